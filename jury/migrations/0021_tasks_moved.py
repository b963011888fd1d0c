"""The documents that wait in the queue while the site is upgraded: a task is known by where its function lives."""

from django.db import migrations

MOVED = {
    f"jury.batches.tasks.{name}": f"jury.documents.batches.tasks.{name}" for name in ("make", "assemble")
}


def move(apps, schema_editor):
    for old, new in MOVED.items():
        apps.get_model("django_tasks_database", "DBTaskResult").objects.filter(task_path=old).update(task_path=new)


def move_back(apps, schema_editor):
    for old, new in MOVED.items():
        apps.get_model("django_tasks_database", "DBTaskResult").objects.filter(task_path=new).update(task_path=old)


class Migration(migrations.Migration):

    dependencies = [
        ("django_tasks_database", "0018_rename_succeeded_status"),
        ("jury", "0020_by_correction_not_by_time"),
    ]

    operations = [migrations.RunPython(move, move_back)]
