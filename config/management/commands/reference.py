"""`manage.py reference`: write the pages and types that are made from the code; `--check` only compares."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.reference import entities, protocol


class Command(BaseCommand):
    help = "Write docs/protocol.md, docs/entities/ and static/shared/frames.d.ts from the code."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="change nothing; fail if something is not current"
        )

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        stale = [path for path, text in wanted().items() if not path.exists() or path.read_text() != text]
        if check and stale:
            names = ", ".join(str(path.relative_to(settings.BASE_DIR)) for path in stale)
            raise CommandError(f"Not current: {names}. Run `manage.py reference`.")
        for path in stale:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(wanted()[path])
            self.stdout.write(f"wrote {path.relative_to(settings.BASE_DIR)}")


def wanted() -> dict[Path, str]:
    """Every made file with the text it should have."""
    base = Path(settings.BASE_DIR)
    page = base / "docs" / "protocol.md"
    files = {page: protocol.page(page), base / "static" / "shared" / "frames.d.ts": protocol.types()}
    files |= {base / "docs" / "entities" / name: text for name, text in entities.pages().items()}
    return files
