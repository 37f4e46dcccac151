from django.urls import path

from factortaboite.health import views

app_name = "health"

urlpatterns = [
    path("", views.alive, name="alive"),
    path("pret/", views.ready, name="ready"),
]
