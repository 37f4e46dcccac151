from django.urls import path

from clients.views import pipeline

app_name = "pipeline"

urlpatterns = [
    path("", pipeline.board, name="board"),
    path("<int:pk>/etape/", pipeline.client_move, name="client_move"),
    path("<int:pk>/action/", pipeline.client_plan, name="client_plan"),
    path("<int:pk>/action/faite/", pipeline.client_done, name="client_done"),
    path("<int:pk>/suivi/", pipeline.client_assign, name="client_assign"),
]
