"""The settings of the test suite: the real ones, with cheap passwords and a Redis database per test process."""

import os

from factortaboite.settings import *  # noqa: F403
from factortaboite.settings import CACHES as BASE_CACHES
from factortaboite.settings import REDIS_URL as BASE_REDIS_URL

PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.MD5PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",  # what the web server of the browser tests knows
]
ACCOUNT_RATE_LIMITS = False
WHITENOISE_USE_FINDERS = False

# Workers that a test starts get their database number in REDIS_URL itself.
process = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
REDIS_URL = CELERY_BROKER_URL = BASE_REDIS_URL.rsplit("/", 1)[0] + f"/{process}"
CACHES = {"default": BASE_CACHES["default"] | {"LOCATION": REDIS_URL}}
