"""With PRODUCTION=1 nothing starts on settings that are only good for a try, and each of them is named."""

import os
import subprocess

import pytest
from django.core.exceptions import ImproperlyConfigured

from factortaboite.production import LOCAL_SECRET, refuse_unsafe_settings
from factortaboite.servers.stack import PYTHON

SECRET = "k3Yq0Zr8vT1mWc5Xn7LdP2sHa9GfJ4bUe6RoI-QyMxBtNwCzVuDh"
ENVIRONMENT = {
    "DATABASE_URL": "postgres://user:password@postgres/factortaboite",
    "REDIS_URL": "redis://redis:6379/0",
    "SEALING_KEY": SECRET[::-1],
    "EMAIL_URL": "smtp+tls://user:password@smtp.example:587",
}
SETTINGS = {
    "debug": False,
    "allowed_hosts": ["courtier.example"],
    "site_url": "https://courtier.example",
    "secret_key": SECRET,
}


@pytest.mark.parametrize("more", [{}, {"BOUNCE_MAILBOX_URL": "imaps://u:p@mail.example/INBOX"}])
def test_settings_fit_for_production(more):
    refuse_unsafe_settings(ENVIRONMENT | more, **SETTINGS)


@pytest.mark.parametrize(
    "environment, settings, line",
    [
        pytest.param({"DATABASE_URL": ""}, {}, "DATABASE_URL manque", id="embedded PostgreSQL"),
        pytest.param({"REDIS_URL": ""}, {}, "REDIS_URL manque", id="embedded Redis"),
        pytest.param({}, {"debug": True}, "DEBUG est actif", id="debug"),
        pytest.param({}, {"secret_key": LOCAL_SECRET}, "SECRET_KEY manque ou est trop simple", id="default secret"),
        pytest.param({}, {"secret_key": SECRET[:49]}, "SECRET_KEY manque ou est trop simple", id="short secret"),
        pytest.param({}, {"secret_key": "abcd" * 20}, "SECRET_KEY manque ou est trop simple", id="monotonous secret"),
        pytest.param({"SEALING_KEY": ""}, {}, "SEALING_KEY manque", id="no sealing key"),
        pytest.param({"SEALING_KEY": SECRET}, {}, "SEALING_KEY est la même que SECRET_KEY", id="one key for both"),
        pytest.param({"SEALING_KEY": "secret"}, {}, "SEALING_KEY est trop simple", id="short sealing key"),
        pytest.param({}, {"site_url": "http://courtier.example"}, "SITE_URL ne commence pas par https", id="no TLS"),
        pytest.param({}, {"allowed_hosts": []}, "ALLOWED_HOSTS est vide", id="no host"),
        pytest.param({}, {"allowed_hosts": ["*"]}, "ALLOWED_HOSTS est vide ou accepte tout", id="any host"),
        pytest.param({"EMAIL_URL": ""}, {}, "EMAIL_URL manque", id="no mail server"),
        pytest.param(
            {"BOUNCE_MAILBOX_URL": "imap://u:p@mail.example"},
            {},
            "BOUNCE_MAILBOX_URL ne commence pas par imaps",
            id="a mailbox read without TLS",
        ),
    ],
)
def test_each_unfit_setting_is_one_line(environment, settings, line):
    with pytest.raises(ImproperlyConfigured) as refusal:
        refuse_unsafe_settings(ENVIRONMENT | environment, **(SETTINGS | settings))
    title, *lines = str(refusal.value).splitlines()
    assert title == "PRODUCTION=1 refuse ces réglages :"
    assert len(lines) == 1
    assert lines[0].startswith(f"  · {line}")


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(["manage.py", "migrate"], id="manage.py"),
        pytest.param(["-m", "gunicorn", "factortaboite.wsgi", "--bind", "127.0.0.1:0"], id="web"),
        pytest.param(["-m", "celery", "-A", "factortaboite", "worker"], id="worker"),
        pytest.param(["-m", "celery", "-A", "factortaboite", "beat", "--schedule", os.devnull], id="beat"),
    ],
)
def test_no_process_starts_and_every_problem_is_said(command):
    empty = dict.fromkeys(["DATABASE_URL", "REDIS_URL", "SECRET_KEY", "SEALING_KEY", "ALLOWED_HOSTS", "EMAIL_URL"], "")
    environment = os.environ | empty | {"PRODUCTION": "1", "DEBUG": "1", "SITE_URL": "http://localhost:8000"}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    ended = subprocess.run([PYTHON, *command], env=environment, capture_output=True, text=True, timeout=60)
    assert ended.returncode != 0
    said = [line.split()[1] for line in ended.stderr.splitlines() if line.startswith("  · ")]
    assert set(said) == {
        "DATABASE_URL",
        "REDIS_URL",
        "DEBUG",
        "SECRET_KEY",
        "SEALING_KEY",
        "SITE_URL",
        "ALLOWED_HOSTS",
        "EMAIL_URL",
    }
