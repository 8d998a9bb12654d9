"""Celery as clock and hands. The row is the queue: nothing of record is in Redis."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

#: Seconds until what a person has asked for is begun.
SOON = 2.0

app = Celery("config")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.update(
    # Every task may run twice; so none is lost when its worker is killed.
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_ignore_result=True,
    # Above the longest task, or Redis hands out a running one again.
    broker_transport_options={"visibility_timeout": 3600},
    broker_connection_retry_on_startup=True,
    task_time_limit=1800,
    worker_prefetch_multiplier=1,
    worker_max_memory_per_child=600_000,  # KB; a leak in a parser ends with its child
    beat_schedule={
        "seal": {"task": "contracts.tasks.seal", "schedule": 60.0},
        "sessions": {
            "task": "accounts.tasks.end_sessions_that_are_over",
            "schedule": 60.0,
        },
        "messages": {"task": "accounts.tasks.deliver_messages", "schedule": 60.0},
        # An urgent order waits for nobody, by day or by night.
        "watch": {"task": "cases.tasks.watch", "schedule": 60.0},
        # Who has left is shut out, and who has not come is missed, within a minute.
        "roster": {"task": "staffing.tasks.watch", "schedule": 60.0},
        "breaches": {"task": "staffing.tasks.find_breaches", "schedule": 600.0},
        "remind": {"task": "contracts.tasks.remind", "schedule": 300.0},
        "warn": {"task": "kpi.tasks.warn", "schedule": 300.0},
        "plan": {"task": "reports.tasks.plan", "schedule": 60.0},
        # Somebody is looking at the progress bar. What is at work is left alone.
        "batches": {"task": "cases.tasks.sweep_batches", "schedule": SOON},
        "exports": {"task": "cases.tasks.sweep_exports", "schedule": SOON},
        "expiry": {"task": "cases.tasks.expire_exports", "schedule": 600.0},
        "issues": {"task": "reports.tasks.sweep_issues", "schedule": SOON},
        "packages": {"task": "reports.tasks.sweep_packages", "schedule": SOON},
    },
)
