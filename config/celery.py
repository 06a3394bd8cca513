"""The Celery application. Lanes keep a slow kind of work from holding up another."""

import os

from celery import Celery
from celery.signals import task_prerun
from django.db import connections

from apps.core import clock

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")

app = Celery("otklik")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@task_prerun.connect
def drop_broken_connections(**_details: object) -> None:
    """Let a thread whose connection broke in its last task open another one; where nothing failed, ask nothing.

    Connections outlive tasks here (CELERY_DB_REUSE_MAX), and outside a transaction Django keeps a broken one.
    """
    for connection in connections.all(initialized_only=True):
        connection.close_if_unusable_or_obsolete()


@task_prerun.connect
def know_the_time(**_details: object) -> None:
    """A worker's node may have any wall clock: moments are the database's from its first task on."""
    clock.keep_up()
