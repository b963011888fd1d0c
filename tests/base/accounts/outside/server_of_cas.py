"""A CAS server (django-cas-server), in a process of its own: its settings are not ours.

    python tests/base/accounts/outside/server_of_cas.py FOLDER LOGOUTS

Its database goes into FOLDER; LOGOUTS is the address where it tells who has left. It prints its port.
"""

import sys
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command

PASSWORD = "mot-de-passe-du-cas"


def configure(folder: Path) -> None:
    settings.configure(
        SECRET_KEY="a server of tests",
        ALLOWED_HOSTS=["localhost"],
        ROOT_URLCONF="cas_server.tests.urls",
        USE_TZ=True,
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": folder / "cas.sqlite3"}},
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        STATIC_URL="/static/",
        INSTALLED_APPS=[
            *("django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes"),
            *("django.contrib.sessions", "django.contrib.messages", "django.contrib.staticfiles"),
            "cas_server",
        ],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
        ],
        TEMPLATES=[
            {
                "APP_DIRS": True,
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "OPTIONS": {
                    "context_processors": [
                        "django.template.context_processors.request",
                        "django.contrib.auth.context_processors.auth",
                        "django.contrib.messages.context_processors.messages",
                    ]
                },
            }
        ],
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        CAS_NEW_VERSION_HTML_WARNING=False,
        CAS_NEW_VERSION_EMAIL_WARNING=False,
    )
    django.setup()


def fill(logouts: str) -> None:
    """Its people, and our site, to which it gives names and addresses, and says who has left."""
    from cas_server.models import ServicePattern
    from django.contrib.auth.models import User

    for name, first_name, email in (("lea", "Léa", "lea@iut.example"), ("max", "Max", "double@iut.example")):
        User.objects.create_user(name, email, PASSWORD, first_name=first_name, last_name="Roy")
    pattern = ServicePattern.objects.create(
        pattern="^http://testserver/", single_log_out=True, single_log_out_callback=logouts
    )
    for theirs, ours in (("email", "mail"), ("first_name", "givenName"), ("last_name", "sn")):
        pattern.attributs.create(name=theirs, replace=ours)


if __name__ == "__main__":
    configure(Path(sys.argv[1]))
    call_command("migrate", run_syncdb=True, verbosity=0)
    fill(sys.argv[2])

    from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
    from django.core.wsgi import get_wsgi_application

    server = ThreadedWSGIServer(("localhost", 0), WSGIRequestHandler)
    server.set_app(get_wsgi_application())
    print(server.server_port, flush=True)
    server.serve_forever()
