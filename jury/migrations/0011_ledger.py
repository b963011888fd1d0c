"""The ledger of results: what a result is about, and where it comes from."""

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

PROTECT = django.db.models.deletion.PROTECT
PERSON = {'null': True, 'blank': True, 'on_delete': PROTECT, 'related_name': '+', 'to': settings.AUTH_USER_MODEL}


def added(name, field):
    return migrations.AddField(model_name='result', name=name, field=field)


class Migration(migrations.Migration):

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ('curriculum', '0005_specialty_in_place'),
        ('grades', '0006_photo_and_remark'),
        ('jury', '0010_apogee'),
    ]

    operations = [
        migrations.AlterModelOptions('result', {'ordering': ['student', 'school_year', 'kind', 'semester', 'subject'], 'verbose_name': 'résultat'}),
        migrations.RemoveConstraint('result', 'result_recorded_once'),
        migrations.RemoveConstraint('result', 'result_code_known'),
        added('competence', models.ForeignKey(blank=True, null=True, on_delete=PROTECT, related_name='results', to='curriculum.competence', verbose_name='compétence')),
        added('level', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='niveau')),
        added('semester', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='semestre')),
        added('year', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='année du BUT')),
        added('programme', models.ForeignKey(blank=True, null=True, on_delete=PROTECT, related_name='results', to='curriculum.programme', verbose_name='programme')),
        added('credits', models.DecimalField(blank=True, decimal_places=1, max_digits=4, null=True, verbose_name='ECTS')),
        added('source', models.CharField(choices=[('jury', 'jury tenu ici'), ('import', 'jury antérieur, repris'), ('transfer', 'autre IUT'), ('bridge', 'passerelle'), ('mobility', 'semestre à l’étranger'), ('vae', 'validation des acquis'), ('dispensation', 'dispense')], default='import', max_length=12, verbose_name='origine')),
        added('decided_on', models.DateField(blank=True, null=True, verbose_name='décidé le')),
        added('document', models.CharField(blank=True, max_length=200, verbose_name='pièce')),
        added('recorded_by', models.ForeignKey(**PERSON)),
        added('recorded_at', models.DateTimeField(blank=True, null=True, verbose_name='enregistré le')),
        added('withdrawn_by', models.ForeignKey(**PERSON)),
        added('withdrawn_at', models.DateTimeField(blank=True, null=True, verbose_name='retiré le')),
        added('withdrawal_motive', models.TextField(blank=True, verbose_name='motif du retrait')),
        migrations.AlterField('result', 'code', models.CharField(blank=True, max_length=8, verbose_name='code')),
        migrations.AlterField('result', 'kind', models.CharField(choices=[('unit', 'UE'), ('rcue', 'RCUE'), ('year', 'année'), ('diploma', 'diplôme')], max_length=8, verbose_name='objet')),
        migrations.AlterField('result', 'subject', models.CharField(max_length=60, verbose_name='UE, RCUE, année ou diplôme')),
        migrations.CreateModel(
            name='Recheck',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('cause', models.CharField(max_length=250, verbose_name='cause')),
                ('at', models.DateTimeField(verbose_name='depuis le')),
                ('answered_at', models.DateTimeField(blank=True, null=True, verbose_name='répondu le')),
                ('answered_by', models.ForeignKey(**PERSON)),
                ('session', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rechecks', to='jury.session')),
                ('student', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rechecks', to='grades.student')),
            ],
            options={
                'verbose_name': 'dossier à revoir',
                'verbose_name_plural': 'dossiers à revoir',
                'ordering': ['session', 'student', 'at'],
            },
        ),
    ]
