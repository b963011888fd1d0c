"""One competence of the spécialité in place of one a parcours, where code and title say the same."""

from django.db import migrations

APOSTROPHES = str.maketrans("’ʼ", "''")


def gather(apps, schema_editor):
    Specialty, Parcours, Competence, Unit = (
        apps.get_model("curriculum", name) for name in ("Specialty", "Parcours", "Competence", "Unit")
    )
    for parcours in Parcours.objects.order_by("pk"):
        parcours.specialty, _ = Specialty.objects.get_or_create(
            department_id=parcours.department_id, name=parcours.specialty_name
        )
        parcours.save(update_fields=["specialty"])
    kept, identities = {}, set()
    for row in Competence.objects.select_related("only_parcours").order_by("pk"):
        parcours = row.only_parcours
        same = (parcours.specialty_id, row.code, " ".join(row.title.translate(APOSTROPHES).split()).casefold())
        known = kept.get(same)
        if known is not None:
            known.parcours.add(parcours)
            Unit.objects.filter(competence=row).update(competence=known)
            row.delete()
            continue
        identity = row.code
        if (parcours.specialty_id, identity) in identities:
            identity = f"{row.code}.{parcours.short}"[:40]
        if (parcours.specialty_id, identity) in identities:
            identity = f"{row.code}.{row.pk}"[:40]
        identities.add((parcours.specialty_id, identity))
        row.specialty_id, row.identity = parcours.specialty_id, identity
        row.save(update_fields=["specialty", "identity"])
        row.parcours.add(parcours)
        kept[same] = row


class Migration(migrations.Migration):

    dependencies = [
        ('curriculum', '0003_specialty'),
    ]

    operations = [migrations.RunPython(gather, migrations.RunPython.noop)]
