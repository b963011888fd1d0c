"""The référentiel takes its place above the parcours: what is new stands beside what it replaces."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('curriculum', '0002_regulation_by_programme'),
    ]

    operations = [
        migrations.CreateModel(
            name='Specialty',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120, verbose_name='spécialité')),
                ('short', models.CharField(blank=True, max_length=20, verbose_name='sigle')),
                ('source', models.CharField(blank=True, max_length=200, verbose_name='référentiel')),
                ('department', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='specialties', to='curriculum.department')),
            ],
            options={'verbose_name': 'spécialité', 'ordering': ['name']},
        ),
        migrations.AddConstraint(
            model_name='specialty',
            constraint=models.UniqueConstraint(fields=('department', 'name'), name='specialty_name_once'),
        ),
        migrations.RenameField('parcours', 'specialty', 'specialty_name'),
        migrations.AddField(
            model_name='parcours',
            name='specialty',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='parcours', to='curriculum.specialty', verbose_name='spécialité'),
        ),
        migrations.AddField(
            model_name='parcours',
            name='common',
            field=models.BooleanField(default=False, verbose_name='tronc commun'),
        ),
        migrations.RemoveConstraint('competence', 'competence_code_once'),
        migrations.RenameField('competence', 'parcours', 'only_parcours'),
        migrations.AlterField(
            model_name='competence',
            name='only_parcours',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='competences', to='curriculum.parcours'),
        ),
        migrations.AddField(
            model_name='competence',
            name='specialty',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='competences', to='curriculum.specialty'),
        ),
        migrations.AddField(
            model_name='competence',
            name='identity',
            field=models.CharField(default='', max_length=40, verbose_name='identité'),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='competence',
            name='common',
            field=models.BooleanField(default=False, verbose_name='commune à tous les parcours'),
        ),
        migrations.AddField(
            model_name='competence',
            name='parcours',
            field=models.ManyToManyField(blank=True, related_name='own_competences', to='curriculum.parcours'),
        ),
        migrations.AlterField('competence', 'code', models.CharField(max_length=40, verbose_name='code')),
        migrations.AlterField('unit', 'code', models.CharField(max_length=40, verbose_name='code')),
        migrations.CreateModel(
            name='Level',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField(verbose_name='niveau')),
                ('year', models.PositiveSmallIntegerField(verbose_name='année')),
                ('title', models.CharField(max_length=300, verbose_name='intitulé')),
                ('competence', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='levels', to='curriculum.competence')),
            ],
            options={'verbose_name': 'niveau', 'verbose_name_plural': 'niveaux', 'ordering': ['competence', 'number']},
        ),
    ]
