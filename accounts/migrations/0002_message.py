import django.db.models.deletion
import pgtrigger.compiler
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Message',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('about', models.CharField(max_length=100)),
                ('step', models.CharField(max_length=20)),
                ('contract_number', models.CharField(blank=True, editable=False, max_length=60, verbose_name='contract number')),
                ('template', models.CharField(max_length=200)),
                ('params', models.JSONField(blank=True, default=dict)),
                ('url', models.CharField(max_length=300)),
                ('due_at', models.DateTimeField(blank=True, null=True, verbose_name='due')),
                ('urgent', models.BooleanField(default=False, verbose_name='urgent')),
                ('made_at', models.DateTimeField(verbose_name='made at')),
                ('acknowledged_at', models.DateTimeField(blank=True, null=True, verbose_name='acknowledged at')),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True, verbose_name='withdrawn at')),
                ('tries', models.PositiveSmallIntegerField(default=0)),
                ('mailed_at', models.DateTimeField(blank=True, null=True, verbose_name='mailed at')),
                ('next_try_at', models.DateTimeField()),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='messages', to=settings.AUTH_USER_MODEL, verbose_name='person')),
            ],
            options={
                'verbose_name': 'message',
                'verbose_name_plural': 'messages',
                'constraints': [models.UniqueConstraint(fields=('user', 'about', 'step'), name='message_once_a_step'), models.CheckConstraint(condition=models.Q(('url__startswith', '/'), models.Q(('url__startswith', '//'), _negated=True)), name='message_leads_to_a_page_of_ours'), models.CheckConstraint(condition=models.Q(('acknowledged_at', None), ('withdrawn_at', None), _connector='OR'), name='message_is_over_in_one_way')],
                'indexes': [models.Index(condition=models.Q(('acknowledged_at', None), ('withdrawn_at', None)), fields=['user'], name='message_waiting'), models.Index(condition=models.Q(('acknowledged_at', None), ('withdrawn_at', None), ('mailed_at', None)), fields=['next_try_at'], name='message_to_mail'), models.Index(fields=['about'], name='message_by_subject', opclasses=['varchar_pattern_ops'])],
            },
        ),
        migrations.CreateModel(
            name='Delivery',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('channel', models.CharField(choices=[('in_app', 'On the page of messages'), ('mail', 'By mail')], max_length=10, verbose_name='channel')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('outcome', models.CharField(choices=[('sent', 'Sent'), ('failed', 'Failed')], max_length=10, verbose_name='outcome')),
                ('detail', models.CharField(blank=True, max_length=200, verbose_name='detail')),
                ('message', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='accounts.message', verbose_name='message')),
            ],
            options={
                'verbose_name': 'delivery of a message',
                'verbose_name_plural': 'deliveries of messages',
                'abstract': False,
                'constraints': [models.CheckConstraint(condition=models.Q(('channel__in', ['in_app', 'mail'])), name='delivery_channel_is_known'), models.CheckConstraint(condition=models.Q(('outcome__in', ['sent', 'failed'])), name='delivery_outcome_is_known'), models.UniqueConstraint(condition=models.Q(('outcome', 'sent')), fields=('message', 'channel'), name='delivery_once_a_channel')],
                'triggers': [pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n        RAISE EXCEPTION '% is append-only', TG_TABLE_NAME\n        USING ERRCODE = 'restrict_violation';\n    ", hash='8f393a2105f7c45293ac66d9ab56b29c100b8386', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_8b736', table='accounts_delivery', when='BEFORE'))],
            },
        ),
    ]
