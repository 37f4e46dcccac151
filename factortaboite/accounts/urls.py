"""The login and passwords: allauth's views under French paths, and only those we need; the firm's settings."""

from allauth.account import views
from django.urls import include, path, re_path

from factortaboite.accounts.views import firm_edit, preferences, user_edit, user_invite, user_list

firm_settings = [
    path("cabinet/", firm_edit, name="firm_edit"),
    path("preferences/", preferences, name="preferences"),
    path("utilisateurs/", user_list, name="user_list"),
    path("utilisateurs/<int:pk>/", user_edit, name="user_edit"),
    path("utilisateurs/<int:pk>/invitation/", user_invite, name="user_invite"),
]

urlpatterns = [
    path("", include((firm_settings, "accounts"))),
    path("connexion/", views.login, name="account_login"),
    path("deconnexion/", views.logout, name="account_logout"),
    path("inscription/", views.signup, name="account_signup"),
    path("desactive/", views.account_inactive, name="account_inactive"),
    path("mot-de-passe/", views.password_change, name="account_change_password"),
    path("mot-de-passe/oublie/", views.password_reset, name="account_reset_password"),
    path("mot-de-passe/oublie/envoye/", views.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^mot-de-passe/nouveau/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        views.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "mot-de-passe/nouveau/fait/",
        views.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
]
