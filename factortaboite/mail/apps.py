from django.apps import AppConfig


class MailConfig(AppConfig):
    name = "factortaboite.mail"
    label = "mail"
    verbose_name = "Courrier"
