"""What the référentiel replaced goes."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('curriculum', '0004_competences_of_a_specialty'),
    ]

    operations = [
        migrations.RemoveField('parcours', 'specialty_name'),
        migrations.RemoveField('competence', 'only_parcours'),
        migrations.AlterField(
            model_name='parcours',
            name='specialty',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='parcours', to='curriculum.specialty', verbose_name='spécialité'),
        ),
        migrations.AlterField(
            model_name='competence',
            name='specialty',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='competences', to='curriculum.specialty'),
        ),
        migrations.AlterModelOptions('competence', {'ordering': ['code', 'identity'], 'verbose_name': 'compétence'}),
        migrations.AddConstraint(
            model_name='parcours',
            constraint=models.UniqueConstraint(condition=models.Q(('common', True)), fields=('specialty',), name='parcours_one_common'),
        ),
        migrations.AddConstraint(
            model_name='competence',
            constraint=models.UniqueConstraint(fields=('specialty', 'identity'), name='competence_identity_once'),
        ),
        migrations.AddConstraint(
            model_name='level',
            constraint=models.UniqueConstraint(fields=('competence', 'number'), name='level_once'),
        ),
        migrations.AddConstraint(
            model_name='level',
            constraint=models.CheckConstraint(condition=models.Q(('number__range', (1, 3))), name='level_number_1_to_3'),
        ),
        migrations.AddConstraint(
            model_name='level',
            constraint=models.CheckConstraint(condition=models.Q(('year__range', (1, 3))), name='level_year_1_to_3'),
        ),
    ]
