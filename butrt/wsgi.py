"""The way in for a WSGI server (gunicorn)."""

import os

from django.core.wsgi import get_wsgi_application

from butrt.base.workers.collecting import collect_seldom

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "butrt.settings")
collect_seldom()
application = get_wsgi_application()
