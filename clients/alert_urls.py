from django.urls import path

from clients.views import alerts

app_name = "alerts"

urlpatterns = [
    path("", alerts.alert_list, name="alert_list"),
    path("compteur/", alerts.alert_counter, name="alert_counter"),
    path("vues/", alerts.alerts_seen, name="alerts_seen"),
    path("<int:pk>/traiter/", alerts.alert_handle, name="alert_handle"),
    path("<int:pk>/rouvrir/", alerts.alert_reopen, name="alert_reopen"),
]
