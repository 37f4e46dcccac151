from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest


class ClosedSignupAdapter(DefaultAccountAdapter):
    """Nobody signs up alone: a firm's direction creates its users."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_reset_password_from_key_url(self, key: str) -> str:
        """On our own address: the request's Host is the visitor's to choose, and the mail goes to somebody else."""
        return settings.SITE_URL + urlsplit(super().get_reset_password_from_key_url(key)).path
