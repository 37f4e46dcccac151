from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "factortaboite.accounts"
    label = "accounts"
    verbose_name = "Comptes"
