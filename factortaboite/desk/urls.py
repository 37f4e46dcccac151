from django.urls import path

from factortaboite.desk import views

app_name = "desk"

urlpatterns = [
    path("", views.today, name="today"),
    path("compteur/", views.counter, name="counter"),
    path("recherche/", views.search, name="search"),
]
