"""What must be true of the ledger."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('curriculum', '0005_specialty_in_place'),
        ('grades', '0006_photo_and_remark'),
        ('jury', '0012_copies_of_results'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name='result',
            name='source',
            field=models.CharField(choices=[('jury', 'jury tenu ici'), ('import', 'jury antérieur, repris'), ('transfer', 'autre IUT'), ('bridge', 'passerelle'), ('mobility', 'semestre à l’étranger'), ('vae', 'validation des acquis'), ('dispensation', 'dispense')], max_length=12, verbose_name='origine'),
        ),
        migrations.AddIndex(
            model_name='result',
            index=models.Index(fields=['student', 'school_year'], name='result_of_a_student'),
        ),
        migrations.AddConstraint(
            model_name='recheck',
            constraint=models.UniqueConstraint(condition=models.Q(('answered_at__isnull', True)), fields=('session', 'student'), name='recheck_open_once'),
        ),
        migrations.AddConstraint(
            model_name='result',
            constraint=models.UniqueConstraint(condition=models.Q(('session__isnull', True), ('withdrawn_at__isnull', True)), fields=('student', 'school_year', 'source', 'kind', 'subject'), name='result_recorded_once'),
        ),
        migrations.AddConstraint(
            model_name='result',
            constraint=models.CheckConstraint(condition=models.Q(('code__in', ['', 'ADM', 'CMP', 'ADJ', 'ADJR', 'ADSUP', 'AJ', 'PASD', 'PAS1NCI', 'RED', 'NAR', 'ATJ', 'RAT', 'DEF', 'DEM', 'ABAN', 'ABL', 'EXCLU'])), name='result_code_known'),
        ),
        migrations.AddConstraint(
            model_name='result',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('code', ''), _negated=True), ('kind', 'diploma'), _connector='OR'), name='result_has_code'),
        ),
        migrations.AddConstraint(
            model_name='result',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('session__isnull', False), ('source', 'jury')), models.Q(models.Q(('source', 'jury'), _negated=True), ('session__isnull', True)), _connector='OR'), name='result_of_a_jury_or_from_elsewhere'),
        ),
        migrations.AddConstraint(
            model_name='result',
            constraint=models.CheckConstraint(condition=models.Q(('withdrawn_at__isnull', True), models.Q(('session__isnull', True), models.Q(('withdrawal_motive', ''), _negated=True)), _connector='OR'), name='result_withdrawn_with_motive'),
        ),
        migrations.AddConstraint(
            model_name='result',
            constraint=models.CheckConstraint(condition=models.Q(('competence__isnull', True), models.Q(('kind', 'unit'), ('level__isnull', False), ('semester__isnull', False)), models.Q(('kind', 'rcue'), ('level__isnull', False), ('semester__isnull', True)), _connector='OR'), name='result_subject_whole'),
        ),
    ]
