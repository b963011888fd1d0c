from typing import Any

from django.apps import AppConfig
from django.apps import apps as installed
from django.apps.registry import Apps
from django.db.models.signals import post_migrate


class JournalConfig(AppConfig):
    name = "butrt.base.journal"
    label = "journal"
    verbose_name = "journal"

    def ready(self) -> None:
        post_migrate.connect(begin, sender=self)


def begin(apps: Apps = installed, **_: Any) -> None:
    """An empty journal has the head of its first chain, after a migration or a flush, which tells no `apps`.

    One with entries is left as it is: a head taken away must be seen.
    """
    try:
        head, entry = apps.get_model("journal", "Head"), apps.get_model("journal", "Entry")
    except LookupError:  # not migrated so far
        return
    if not head.objects.exists() and not entry.objects.exists():
        head.objects.create(chain=0, number=0, digest="0" * 64, count=0)
