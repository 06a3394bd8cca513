"""What administrators are handed agrees with the code."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from uvicorn.main import main as uvicorn_command

ROOT = Path(__file__).resolve().parent.parent
COMPOSE = yaml.safe_load((ROOT / "deploy" / "compose.yml").read_text())
# Read by Django and by the bootstrap, not by our settings.
OTHERS = {"DJANGO_SETTINGS_MODULE"}


def variables_of_settings() -> set[str]:
    """Every name that config/settings asks the environment for."""
    sources = (
        path.read_text() for path in (ROOT / "config" / "settings").glob("*.py") if path.stem != "test"
    )
    return {name for text in sources for name in re.findall(r'\benv(?:\.\w+)?\(\s*"([A-Z_]+)"', text)}


def test_every_variable_is_in_the_administrators_table_and_no_other() -> None:
    rows = re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / "docs" / "install.md").read_text(), flags=re.MULTILINE)
    assert set(rows) == variables_of_settings() | OTHERS
    assert len(rows) == len(set(rows))


def test_every_lane_has_a_worker_in_the_compose_file() -> None:
    commands = [shlex.split(service.get("command", "")) for service in COMPOSE["services"].values()]
    lanes = [command[command.index("-Q") + 1] for command in commands if "worker" in command]
    assert sorted(lanes) == sorted(settings.LANES)


def test_every_upgrade_of_the_cluster_makes_and_completes_the_groups_that_installations_begin_with() -> None:
    migrations = COMPOSE["services"]["migrate"]["command"]
    assert "manage.py seed_roles --new" in migrations
    assert "python manage.py seed_roles --new" in (ROOT / "docs/install.md").read_text()


def test_compose_passes_on_only_variables_that_are_read() -> None:
    environment = COMPOSE["x-otklik"]["environment"]
    assert set(environment) <= variables_of_settings()


def test_example_of_the_environment_has_what_the_compose_file_asks_for() -> None:
    asked = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "deploy" / "compose.yml").read_text()))
    given = set(
        re.findall(r"^([A-Z_]+)=", (ROOT / "deploy" / ".env.example").read_text(), flags=re.MULTILINE)
    )
    assert asked == given


@pytest.fixture
def image() -> str:
    return (ROOT / "Dockerfile").read_text()


def test_image_starts_uvicorn_with_options_it_knows(image: str) -> None:
    found = re.search(r"^CMD (\[.*\])", image.replace("\\\n", ""), flags=re.MULTILINE)
    assert found is not None
    command: list[str] = json.loads(found[1])
    options: dict[str, Any] = uvicorn_command.make_context(command[0], command[1:]).params
    assert options["app"] == "config.asgi:application"
    assert options["ws"] == "websockets-sansio"
    assert options["ws_per_message_deflate"] is False
    assert options["proxy_headers"] is False


def test_image_holds_no_secret_and_does_not_run_as_root(image: str) -> None:
    final = image.split("\nFROM ")[-1]
    assert "USER otklik" in final
    assert not re.search(r"KEY|PASSWORD|TOKEN", final)
    assert "deploy/.env" in (ROOT / ".dockerignore").read_text().splitlines()
