import django.db.models.deletion
import pgtrigger.compiler
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '__first__'),
        ('contracts', '0003_ledger_high_water'),
        ('pghistory', '0007_auto_20250421_0444'),
    ]

    operations = [
        migrations.CreateModel(
            name='Schedule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('daily', 'Daily report')], max_length=10, verbose_name='kind')),
                ('issue_time', models.TimeField(verbose_name='made at')),
                ('due_time', models.TimeField(verbose_name='owed by')),
                ('owed_since', models.DateField(verbose_name='owed since')),
                ('active', models.BooleanField(default=True, verbose_name='in force')),
                ('contract', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='schedules', to='contracts.contract', verbose_name='contract')),
            ],
            options={
                'verbose_name': 'report schedule',
                'verbose_name_plural': 'report schedules',
                'constraints': [models.UniqueConstraint(fields=('contract', 'kind'), name='schedule_one_a_kind'), models.CheckConstraint(condition=models.Q(('kind__in', ['daily'])), name='schedule_kind_is_known')],
                'triggers': [pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "reports_scheduleevent" ("active", "contract_id", "due_time", "id", "issue_time", "kind", "owed_since", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."active", NEW."contract_id", NEW."due_time", NEW."id", NEW."issue_time", NEW."kind", NEW."owed_since", _pgh_attach_context(), NOW(), \'insert\', NEW."id"); RETURN NULL;', hash='2d1327c95470b2b360e0d15770c58aa4a59d6c20', operation='INSERT', pgid='pgtrigger_insert_insert_712d4', table='reports_schedule', when='AFTER')), pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "reports_scheduleevent" ("active", "contract_id", "due_time", "id", "issue_time", "kind", "owed_since", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."active", NEW."contract_id", NEW."due_time", NEW."id", NEW."issue_time", NEW."kind", NEW."owed_since", _pgh_attach_context(), NOW(), \'update\', NEW."id"); RETURN NULL;', hash='c7c1fcfa4f44752ec33b75ec0272a2c124df60ef', operation='UPDATE', pgid='pgtrigger_update_update_ae15d', table='reports_schedule', when='AFTER'))],
            },
        ),
        migrations.CreateModel(
            name='Issue',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('daily', 'Daily report')], max_length=10, verbose_name='kind')),
                ('version', models.PositiveSmallIntegerField(default=1, verbose_name='version')),
                ('number', models.CharField(max_length=40, verbose_name='issue number')),
                ('day', models.DateField(verbose_name='day')),
                ('starts_at', models.DateTimeField(verbose_name='from')),
                ('ends_at', models.DateTimeField(verbose_name='to')),
                ('due_at', models.DateTimeField(blank=True, null=True, verbose_name='due at')),
                ('status', models.CharField(choices=[('owed', 'Being made'), ('issued', 'Issued'), ('failed', 'Failed')], default='owed', editable=False, max_length=20, verbose_name='status')),
                ('tries', models.PositiveSmallIntegerField(default=0, editable=False, verbose_name='tries')),
                ('asked_at', models.DateTimeField(verbose_name='asked for at')),
                ('issued_at', models.DateTimeField(blank=True, null=True, verbose_name='issued at')),
                ('cut_at', models.DateTimeField(blank=True, null=True, verbose_name='data as of')),
                ('content', models.JSONField(default=dict, verbose_name='content')),
                ('digest', models.CharField(blank=True, max_length=64, verbose_name='SHA-256 of the content')),
                ('seal', models.CharField(blank=True, max_length=64, verbose_name='newest seal')),
                ('xlsx', models.FileField(blank=True, upload_to='issues/%Y/%m', verbose_name='workbook')),
                ('pdf', models.FileField(blank=True, upload_to='issues/%Y/%m', verbose_name='PDF')),
                ('asked_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='asked for by')),
                ('contract', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='issues', to='contracts.contract', verbose_name='contract')),
            ],
            options={
                'verbose_name': 'report',
                'verbose_name_plural': 'reports',
                'ordering': ['-day', '-version'],
                'constraints': [models.UniqueConstraint(fields=('contract', 'kind', 'day', 'version'), name='issue_one_a_day_and_version'), models.CheckConstraint(condition=models.Q(('status__in', ['owed', 'issued', 'failed'])), name='issue_status_is_known'), models.CheckConstraint(condition=models.Q(('kind__in', ['daily'])), name='issue_kind_is_known'), models.CheckConstraint(condition=models.Q(('starts_at__lt', models.F('ends_at'))), name='issue_has_a_span'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'issued'), _negated=True), models.Q(('issued_at__isnull', False), models.Q(('digest', ''), _negated=True)), _connector='OR'), name='issue_is_complete_once_issued')],
                'triggers': [pgtrigger.compiler.Trigger(name='frozen', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."status" = \'issued\')', func="\n                    RAISE EXCEPTION 'an issued report is frozen'\n                    USING ERRCODE = 'restrict_violation';\n                ", hash='7760552cb8c2dd8e19820b2507f3f2509139a73c', operation='UPDATE OR DELETE', pgid='pgtrigger_frozen_463fd', table='reports_issue', when='BEFORE'))],
            },
        ),
        migrations.CreateModel(
            name='ScheduleEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('kind', models.CharField(choices=[('daily', 'Daily report')], max_length=10, verbose_name='kind')),
                ('issue_time', models.TimeField(verbose_name='made at')),
                ('due_time', models.TimeField(verbose_name='owed by')),
                ('owed_since', models.DateField(verbose_name='owed since')),
                ('active', models.BooleanField(default=True, verbose_name='in force')),
                ('contract', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='contracts.contract', verbose_name='contract')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='reports.schedule')),
            ],
            options={
                'abstract': False,
            },
        ),
    ]
