"""`manage.py prepare`: what an installation needs before it serves, done where it is not done yet."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection
from django.db.migrations.executor import MigrationExecutor


class Command(BaseCommand):
    help = "Bring the tables and the collected static files up to this version. Cheap when they are."

    def handle(self, *args: Any, **options: Any) -> None:
        if has_unapplied_migrations():
            self.stdout.write("Making the tables…")
            call_command("migrate", verbosity=0)
        call_command("seed_roles", new=True, verbosity=0, stdout=io.StringIO())
        if static_files_changed():
            self.stdout.write("Collecting the static files…")
            call_command("collectstatic", interactive=False, verbosity=0)
            static_stamp().write_text(static_fingerprint())


def has_unapplied_migrations() -> bool:
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def static_stamp() -> Path:
    return Path(settings.STATIC_ROOT) / "sources.sha256"


def static_files_changed() -> bool:
    stamp = static_stamp()
    return not stamp.exists() or stamp.read_text() != static_fingerprint()


def static_fingerprint() -> str:
    """Changes with the name, size or time of any static file's source."""
    digest = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list([]):
            found = Path(storage.path(path)).stat()
            digest.update(f"{path} {found.st_size} {found.st_mtime_ns}\n".encode())
    return digest.hexdigest()
