from django.urls import include, path

urlpatterns = [
    path("", include("factortaboite.desk.urls")),
    path("sante/", include("factortaboite.health.urls")),
    path("compte/", include("factortaboite.accounts.urls")),
    path("clients/", include("clients.urls")),
    path("pipeline/", include("clients.pipeline_urls")),
    path("alertes/", include("clients.alert_urls")),
    path("", include("quotes.urls")),
]
