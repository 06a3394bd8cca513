"""`manage.py traffic`: keep a demo alive with dialogues in its own channels and lines, until it is stopped."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Callable
from typing import IO, Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.analytics.replay import scene
from apps.analytics.replay.dialogues import load
from apps.analytics.replay.live import Live


class _Lifeline(asyncio.Protocol):
    """Standard input, which closes when the process at its other end is gone, killed or not."""

    def __init__(self, cut: Callable[[], object]) -> None:
        self.cut = cut

    def connection_lost(self, exc: Exception | None) -> None:
        self.cut()


async def play(live: Live, *, lifeline: IO[bytes] | None = None) -> None:
    """Play until stopped, or until ``lifeline`` closes."""
    player = asyncio.ensure_future(live.play())
    if lifeline is not None:
        await asyncio.get_running_loop().connect_read_pipe(lambda: _Lifeline(player.cancel), lifeline)
    with contextlib.suppress(asyncio.CancelledError):
        await player


class Command(BaseCommand):
    help = "Play live dialogues into this installation's channels; some wait for the person who tries it out."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--url", default="http://127.0.0.1:8000", help="default http://127.0.0.1:8000")
        parser.add_argument("--operators", default="boris,vika,timur", help="who answers, by log-in")
        parser.add_argument("--speed", type=float, default=3, help="times faster than recorded (default 3)")
        parser.add_argument("--concurrency", type=int, default=4, help="dialogues at once (default 4)")
        parser.add_argument("--lifeline", action="store_true", help="stop when standard input is closed")

    def handle(
        self,
        *args: Any,
        url: str,
        operators: str,
        speed: float,
        concurrency: int,
        lifeline: bool,
        **options: Any,
    ) -> None:
        stage = scene.existing(operators.split(","))
        if not stage.desks or not stage.keys:
            raise CommandError("There is no channel of our own or none of these operators here.")
        live = Live(stage, load(), url.rstrip("/"), speed, concurrency)
        try:
            with contextlib.suppress(KeyboardInterrupt):
                asyncio.run(play(live, lifeline=sys.stdin.buffer if lifeline else None))
        finally:
            scene.leave(stage.desks)
