import os
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "factortaboite.settings")

application = get_wsgi_application()
# Every view is imported once, for all the workers that are forked from here: no visitor's first page waits for it.
import_module(settings.ROOT_URLCONF)
