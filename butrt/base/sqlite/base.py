"""Django's SQLite, told how many values a query may hold: many rows are written in one.

Django 5.2 knows the limit of SQLite before 3.32 (2020): it asks a query for every 45 students of an import.
From 6.0 on it asks SQLite its limit, and this goes.
"""

from __future__ import annotations

from django.conf import settings

if settings.BUTRT_METRICS:
    from django_prometheus.db.backends.sqlite3 import base
else:
    from django.db.backends.sqlite3 import base


class DatabaseFeatures(base.DatabaseFeatures):
    max_query_params = 32_766


class DatabaseWrapper(base.DatabaseWrapper):
    features_class = DatabaseFeatures
