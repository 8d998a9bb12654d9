import django.db.models.deletion
import pgtrigger.compiler
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '__first__'),
        ('contracts', '0003_ledger_high_water'),
    ]

    operations = [
        migrations.CreateModel(
            name='Verdict',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('fulfilled', models.BooleanField(verbose_name='fulfilled')),
                ('reason', models.TextField(blank=True, verbose_name='reason')),
                ('decided_at', models.DateTimeField(verbose_name='decided at')),
                ('token', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('clause', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='contracts.clause', verbose_name='clause')),
                ('contract', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='verdicts', to='contracts.contract', verbose_name='contract')),
                ('corrects', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='correction', to='kpi.verdict', verbose_name='corrects')),
                ('decided_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='decided by')),
                ('period', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='verdicts', to='contracts.assessmentperiod', verbose_name='assessment period')),
            ],
            options={
                'verbose_name': 'verdict',
                'verbose_name_plural': 'verdicts',
                'abstract': False,
                'constraints': [models.UniqueConstraint(condition=models.Q(('corrects', None)), fields=('period',), name='verdict_one_a_period'), models.CheckConstraint(condition=models.Q(('fulfilled', True), models.Q(('clause__isnull', False), models.Q(('reason', ''), _negated=True)), _connector='OR'), name='verdict_of_failure_says_why'), models.CheckConstraint(condition=models.Q(('corrects', None), models.Q(('reason', ''), _negated=True), _connector='OR'), name='verdict_correction_says_why'), models.CheckConstraint(condition=models.Q(('corrects', models.F('id')), _negated=True), name='verdict_corrects_an_earlier_one')],
                'triggers': [pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n        RAISE EXCEPTION '% is append-only', TG_TABLE_NAME\n        USING ERRCODE = 'restrict_violation';\n    ", hash='16ee34e622db1acc7f45f30dcf3ab30a01c49ae9', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_346a7', table='kpi_verdict', when='BEFORE')), pgtrigger.compiler.Trigger(name='belongs_together', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n        IF NOT EXISTS (\n            SELECT FROM contracts_assessmentperiod\n            WHERE id = NEW.period_id AND contract_id = NEW.contract_id\n        ) OR EXISTS (\n            SELECT FROM contracts_clause\n            WHERE id = NEW.clause_id AND contract_id <> NEW.contract_id\n        ) OR EXISTS (\n            SELECT FROM kpi_verdict\n            WHERE id = NEW.corrects_id AND period_id <> NEW.period_id\n        ) THEN\n            RAISE EXCEPTION 'verdict_belongs_to_one_contract_and_period'\n            USING ERRCODE = 'check_violation';\n        END IF;\n        RETURN NEW;\n    ", hash='c0aa10d2d0488b4d7452aeaccdd28e6eeee0124a', operation='INSERT', pgid='pgtrigger_belongs_together_c68bf', table='kpi_verdict', when='BEFORE'))],
            },
        ),
    ]
