import accounts.cipher
import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
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
            name='Batch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('status', models.CharField(choices=[('checking', 'Being checked'), ('checked', 'Checked'), ('importing', 'Being imported'), ('done', 'Imported'), ('refused', 'Refused'), ('cancelled', 'Cancelled')], default='checking', editable=False, max_length=20, verbose_name='status')),
                ('token', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('file', models.FileField(upload_to='batches/%Y/%m', verbose_name='file')),
                ('name', models.CharField(max_length=200, verbose_name='file name')),
                ('digest', models.CharField(max_length=64, verbose_name='SHA-256')),
                ('size', models.PositiveIntegerField(verbose_name='size (bytes)')),
                ('uploaded_at', models.DateTimeField(verbose_name='uploaded at')),
                ('tries', models.PositiveSmallIntegerField(default=0, editable=False, verbose_name='tries')),
                ('new', models.PositiveIntegerField(default=0, verbose_name='new')),
                ('changed', models.PositiveIntegerField(default=0, verbose_name='changed')),
                ('same', models.PositiveIntegerField(default=0, verbose_name='same')),
                ('faulty', models.PositiveIntegerField(default=0, verbose_name='faulty')),
                ('columns', models.JSONField(default=list, verbose_name='columns')),
                ('refusal', models.CharField(blank=True, max_length=400, verbose_name='why it was refused')),
                ('finished_at', models.DateTimeField(blank=True, null=True, verbose_name='finished at')),
                ('contract', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='batches', to='contracts.contract', verbose_name='contract')),
                ('uploaded_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='uploaded by')),
            ],
            options={
                'verbose_name': 'import',
                'verbose_name_plural': 'imports',
                'ordering': ['-pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(('status__in', ['checking', 'checked', 'importing', 'done', 'refused', 'cancelled'])), name='batch_status_is_known'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'refused'), _negated=True), models.Q(('refusal', ''), _negated=True), _connector='OR'), name='batch_is_refused_with_a_reason')],
                'indexes': [models.Index(fields=['contract', 'digest'], name='cases_batch_contrac_d2db9a_idx')],
            },
        ),
        migrations.CreateModel(
            name='Category',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('sort_key', models.CharField(editable=False, max_length=400)),
                ('first', models.CharField(max_length=60, verbose_name='level 1')),
                ('second', models.CharField(blank=True, max_length=60, verbose_name='level 2')),
                ('third', models.CharField(blank=True, max_length=60, verbose_name='level 3')),
                ('contract', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='contracts.contract', verbose_name='contract')),
            ],
            options={
                'verbose_name': 'category',
                'verbose_name_plural': 'categories',
                'ordering': ['sort_key', 'name'],
                'abstract': False,
                'constraints': [models.UniqueConstraint(fields=('contract', 'name'), name='category_one_a_path')],
            },
        ),
        migrations.CreateModel(
            name='Community',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('sort_key', models.CharField(editable=False, max_length=400)),
                ('contract', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='contracts.contract', verbose_name='contract')),
            ],
            options={
                'verbose_name': 'community',
                'verbose_name_plural': 'communities',
                'ordering': ['sort_key', 'name'],
                'abstract': False,
                'constraints': [models.UniqueConstraint(fields=('contract', 'name'), name='community_one_a_name')],
            },
        ),
        migrations.CreateModel(
            name='Unit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('sort_key', models.CharField(editable=False, max_length=400)),
                ('contract', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='contracts.contract', verbose_name='contract')),
            ],
            options={
                'verbose_name': 'handling unit',
                'verbose_name_plural': 'handling units',
                'ordering': ['sort_key', 'name'],
                'abstract': False,
                'constraints': [models.UniqueConstraint(fields=('contract', 'name'), name='unit_one_a_name')],
            },
        ),
        migrations.CreateModel(
            name='Case',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('status', models.CharField(choices=[('received', 'To be signed'), ('signed', 'To be transferred'), ('returning', 'Return under review'), ('returned', 'Returned'), ('transferred', 'To be accepted by the unit'), ('handling', 'In hand'), ('declined', 'Declined by the unit'), ('replied', 'To be reviewed'), ('reviewed', 'To be closed'), ('closed', 'Closed, callback open'), ('reopened', 'Dispatched again'), ('called_back', 'Called back'), ('archived', 'Archived'), ('void', 'Void')], default='received', editable=False, max_length=20, verbose_name='status')),
                ('number', models.CharField(max_length=40, verbose_name='order number')),
                ('district_number', models.CharField(blank=True, max_length=40, verbose_name='district number')),
                ('source', models.CharField(choices=[('city', 'Dispatched by the city'), ('district', 'Passed on by the district'), ('street', 'Taken by the street itself'), ('other', 'Other')], default='other', max_length=10, verbose_name='source')),
                ('kind', models.CharField(blank=True, max_length=20, verbose_name='type of claim')),
                ('tags', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=30), blank=True, default=list, size=None, verbose_name='tags')),
                ('title', models.CharField(blank=True, max_length=300, verbose_name='title')),
                ('content', models.TextField(blank=True, verbose_name='content')),
                ('urgency', models.CharField(choices=[('ordinary', 'Ordinary'), ('urgent', 'Urgent')], default='ordinary', max_length=10, verbose_name='urgency')),
                ('platform_status', models.CharField(blank=True, max_length=30, verbose_name='status on the platform')),
                ('nature', models.CharField(blank=True, choices=[('lead', 'In the lead'), ('assist', 'Assisting'), ('forward', 'Forwarded')], max_length=10, verbose_name='nature')),
                ('district', models.CharField(blank=True, max_length=60, verbose_name='district')),
                ('street', models.CharField(blank=True, max_length=60, verbose_name='street')),
                ('spot', models.CharField(blank=True, max_length=200, verbose_name='place')),
                ('company', models.CharField(blank=True, max_length=120, verbose_name='company')),
                ('channel', models.CharField(blank=True, max_length=40, verbose_name='way of handling')),
                ('called_at', models.DateTimeField(blank=True, null=True, verbose_name='called at')),
                ('dispatched_at', models.DateTimeField(blank=True, null=True, verbose_name='dispatched at')),
                ('due_at', models.DateTimeField(blank=True, null=True, verbose_name='due at')),
                ('closed_at', models.DateTimeField(blank=True, null=True, verbose_name='closed at')),
                ('result', models.TextField(blank=True, verbose_name='result')),
                ('reply', models.TextField(blank=True, verbose_name='reply')),
                ('valid_callback', models.BooleanField(blank=True, null=True, verbose_name='valid callback')),
                ('contacted', models.BooleanField(blank=True, null=True, verbose_name='contacted')),
                ('solved', models.BooleanField(blank=True, null=True, verbose_name='solved')),
                ('satisfaction', models.CharField(blank=True, choices=[('satisfied', 'Satisfied'), ('partly', 'Basically satisfied'), ('dissatisfied', 'Dissatisfied'), ('unrated', 'Not rated')], max_length=12, verbose_name='satisfaction')),
                ('extra', models.JSONField(blank=True, default=dict, verbose_name='further columns')),
                ('counted_at', models.DateTimeField(verbose_name='counted at')),
                ('received_at', models.DateTimeField(verbose_name='received at')),
                ('signed_at', models.DateTimeField(blank=True, null=True, verbose_name='signed at')),
                ('transferred_at', models.DateTimeField(blank=True, null=True, verbose_name='transferred at')),
                ('inner_due_at', models.DateTimeField(blank=True, null=True, verbose_name='inner deadline')),
                ('accepted_at', models.DateTimeField(blank=True, null=True, verbose_name='accepted at')),
                ('replied_at', models.DateTimeField(blank=True, null=True, verbose_name='replied at')),
                ('reviewed_at', models.DateTimeField(blank=True, null=True, verbose_name='reviewed at')),
                ('attempts', models.PositiveSmallIntegerField(default=1, verbose_name='times handled')),
                ('urged', models.PositiveSmallIntegerField(default=0, verbose_name='times urged')),
                ('exclusion', models.CharField(choices=[('none', 'Counted'), ('excluded', 'Excluded'), ('deferred', 'Deferred')], default='none', max_length=10, verbose_name='exclusion')),
                ('sheet', models.CharField(blank=True, max_length=60, verbose_name='sheet')),
                ('row', models.PositiveIntegerField(blank=True, null=True, verbose_name='row')),
                ('row_digest', models.BinaryField(default=bytes, max_length=32)),
                ('batch', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='cases', to='cases.batch', verbose_name='import')),
                ('contract', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='cases', to='contracts.contract', verbose_name='contract')),
                ('replied_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='replied by')),
                ('reviewed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='reviewed by')),
                ('category', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.category', verbose_name='category')),
                ('community', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.community', verbose_name='community')),
                ('platform_unit', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.unit', verbose_name='unit on the platform')),
                ('unit', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.unit', verbose_name='handling unit')),
            ],
            options={
                'verbose_name': 'work order',
                'verbose_name_plural': 'work orders',
                'constraints': [models.UniqueConstraint(fields=('contract', 'number'), name='case_one_a_number'), models.CheckConstraint(condition=models.Q(('status__in', ['received', 'signed', 'returning', 'returned', 'transferred', 'handling', 'declined', 'replied', 'reviewed', 'closed', 'reopened', 'called_back', 'archived', 'void'])), name='case_status_is_known'), models.CheckConstraint(condition=models.Q(('satisfaction__in', ['', 'satisfied', 'partly', 'dissatisfied', 'unrated'])), name='case_satisfaction_is_known'), models.CheckConstraint(condition=models.Q(('exclusion__in', ['none', 'excluded', 'deferred'])), name='case_exclusion_is_known'), models.CheckConstraint(condition=models.Q(('reviewed_by', None), models.Q(('reviewed_by', models.F('replied_by')), _negated=True), _connector='OR'), name='case_review_has_four_eyes')],
                'indexes': [models.Index(fields=['contract', '-counted_at', '-id'], name='case_newest'), models.Index(models.F('contract'), django.contrib.postgres.indexes.OpClass('number', name='varchar_pattern_ops'), name='case_by_number_begun'), models.Index(condition=models.Q(('status__in', ['declined', 'handling', 'received', 'reopened', 'replied', 'returning', 'reviewed', 'signed', 'transferred'])), fields=['contract', 'due_at', 'id'], name='case_open_by_due'), models.Index(fields=['contract', 'status', '-counted_at', '-id'], name='case_by_status'), models.Index(fields=['contract', 'unit', '-counted_at', '-id'], name='case_by_unit'), models.Index(fields=['contract', 'community', '-counted_at', '-id'], name='case_by_community'), models.Index(fields=['contract', 'category', '-counted_at', '-id'], name='case_by_category'), models.Index(fields=['contract', 'closed_at'], name='case_by_closing')],
            },
        ),
        migrations.CreateModel(
            name='BatchFault',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sheet', models.CharField(max_length=60, verbose_name='sheet')),
                ('row', models.PositiveIntegerField(verbose_name='row')),
                ('column', models.CharField(blank=True, max_length=60, verbose_name='column')),
                ('code', models.CharField(max_length=40, verbose_name='code')),
                ('message', models.CharField(max_length=300, verbose_name='what is wrong')),
                ('value', models.CharField(blank=True, max_length=120, verbose_name='value')),
                ('warning', models.BooleanField(default=False, verbose_name='only a warning')),
                ('batch', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='faults', to='cases.batch', verbose_name='import')),
            ],
            options={
                'verbose_name': 'fault',
                'verbose_name_plural': 'faults',
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='Caller',
            fields=[
                ('case', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='caller', serialize=False, to='cases.case')),
                ('confidential', models.BooleanField(default=False, verbose_name='asked to stay unnamed')),
                ('name', accounts.cipher.EncryptedTextField(blank=True, verbose_name='name')),
                ('phone', accounts.cipher.EncryptedTextField(blank=True, verbose_name='telephone')),
                ('address', accounts.cipher.EncryptedTextField(blank=True, verbose_name='address')),
                ('further', accounts.cipher.EncryptedTextField(blank=True, verbose_name='further columns')),
                ('phone_hash', models.BinaryField(max_length=32, null=True)),
            ],
            options={
                'verbose_name': 'caller',
                'verbose_name_plural': 'callers',
                'indexes': [models.Index(fields=['phone_hash'], name='caller_by_phone')],
            },
        ),
        migrations.CreateModel(
            name='CaseWords',
            fields=[
                ('case', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='words', serialize=False, to='cases.case')),
                ('grams', django.contrib.postgres.search.SearchVectorField()),
            ],
            options={
                'verbose_name': 'searchable text',
                'verbose_name_plural': 'searchable texts',
                'indexes': [django.contrib.postgres.indexes.GinIndex(fields=['grams'], name='words_grams')],
            },
        ),
        migrations.CreateModel(
            name='Entry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('received', 'Received'), ('changed', 'Changed on the platform'), ('signed', 'Signed'), ('transferred', 'Transferred'), ('accepted', 'Accepted by the unit'), ('urged', 'Urged'), ('replied', 'Replied'), ('passed', 'Review passed'), ('sent_back', 'Sent back in review'), ('closed', 'Closed'), ('called_back', 'Called back'), ('revealed', 'Personal data shown'), ('correction', 'Correction')], max_length=12, verbose_name='kind')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('status', models.CharField(blank=True, choices=[('received', 'To be signed'), ('signed', 'To be transferred'), ('returning', 'Return under review'), ('returned', 'Returned'), ('transferred', 'To be accepted by the unit'), ('handling', 'In hand'), ('declined', 'Declined by the unit'), ('replied', 'To be reviewed'), ('reviewed', 'To be closed'), ('closed', 'Closed, callback open'), ('reopened', 'Dispatched again'), ('called_back', 'Called back'), ('archived', 'Archived'), ('void', 'Void')], max_length=20, verbose_name='status from then on')),
                ('text', models.TextField(blank=True, verbose_name='text')),
                ('changes', models.JSONField(blank=True, default=dict, verbose_name='changes')),
                ('token', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('recorded_at', models.DateTimeField(verbose_name='recorded at')),
                ('batch', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.batch', verbose_name='import')),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='cases.case', verbose_name='work order')),
                ('corrects', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='correction', to='cases.entry', verbose_name='corrects')),
                ('recorded_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='recorded by')),
            ],
            options={
                'verbose_name': 'ledger entry',
                'verbose_name_plural': 'ledger entries',
                'abstract': False,
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['received', 'changed', 'signed', 'transferred', 'accepted', 'urged', 'replied', 'passed', 'sent_back', 'closed', 'called_back', 'revealed', 'correction'])), name='entry_kind_is_known'), models.CheckConstraint(condition=models.Q(('status__in', ['', 'received', 'signed', 'returning', 'returned', 'transferred', 'handling', 'declined', 'replied', 'reviewed', 'closed', 'reopened', 'called_back', 'archived', 'void'])), name='entry_status_is_known'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'correction'), ('corrects__isnull', False)), models.Q(models.Q(('kind', 'correction'), _negated=True), ('corrects', None)), _connector='OR'), name='entry_correction_names_what_it_corrects')],
                'indexes': [models.Index(fields=['case', 'at', 'id'], name='entry_of_case'), models.Index(condition=models.Q(('kind', 'revealed')), fields=['recorded_by', 'at'], name='entry_revealed_to')],
                'triggers': [pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n        RAISE EXCEPTION '% is append-only', TG_TABLE_NAME\n        USING ERRCODE = 'restrict_violation';\n    ", hash='090dd2501fdd1ec2d9ce5d57ddc10eabcc738c1d', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_f4327', table='cases_entry', when='BEFORE'))],
            },
        ),
    ]
