"""The composition root: settings and the three tables that say who listens to what."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
