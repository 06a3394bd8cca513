"""`manage.py replay`: play recorded dialogues against a running server and check that nothing was lost."""

from __future__ import annotations

import asyncio
import math
import random
import sys
from argparse import ArgumentTypeError
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.analytics.load import processes
from apps.analytics.load.figures import milliseconds, percentile
from apps.analytics.replay import scene
from apps.analytics.replay.checker import Verdict, check
from apps.analytics.replay.dialogues import BadDialogue, chosen, load
from apps.analytics.replay.run import Performance, Plan, Played
from apps.core import clock

CAPACITY = 5
SHOWN_FINDINGS = 20
DEFAULT_MIX = "app=75,site=15,messenger=10"


def parse_mix(text: str) -> dict[str, float]:
    """``app=75,site=15`` as weights; raises ArgumentTypeError."""
    try:
        weights = {name: float(share) for name, share in (pair.split("=") for pair in text.split(","))}
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not of the form {DEFAULT_MIX}") from None
    if unknown := weights.keys() - scene.PARTS.keys():
        raise ArgumentTypeError(f"unknown parts: {', '.join(sorted(unknown))}")
    return weights


class Command(BaseCommand):
    help = "Play recorded dialogues through real sockets and compare what each side saw with the database."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dialogues", type=int, default=40, help="how many (default 40)")
        parser.add_argument("--concurrency", type=int, default=20, help="at once (default 20)")
        parser.add_argument("--speed", type=float, default=60, help="times faster than recorded (default 60)")
        parser.add_argument("--seed", type=int, help="dice of channels, marks and cuts (default: a new one)")
        parser.add_argument("--data", type=Path, help="JSON lines, .gz or plain (default: the project's own)")
        parser.add_argument("--chaos", action="store_true", help="cut sockets at random moments")
        parser.add_argument("--mix", type=parse_mix, default=parse_mix(DEFAULT_MIX), help=DEFAULT_MIX)
        parser.add_argument(
            "--url", action="append", help="web address, may be repeated (default http://127.0.0.1:8000)"
        )
        parser.add_argument(
            "--patience", type=float, default=90, help="seconds until a message counts as lost"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        plan = _plan(options)
        self.stdout.write(f"Playing {len(plan.dialogues)} dialogues, seed {plan.seed}.")
        clock.synchronise()
        began = clock.now() - timedelta(seconds=5)
        operators = math.ceil(plan.concurrency / CAPACITY) + 1
        if not any(plan.mix.get(part, 0) > 0 for part in scene.playable_parts()):
            raise CommandError("No part of this mix has a channel here; see --mix.")
        stage = scene.set_up(operators=operators, capacity=CAPACITY)
        servers = processes.server_pids(plan.urls)
        before = processes.cpu_seconds(servers)
        try:
            played = asyncio.run(Performance(plan, stage, on_end=self._tell_progress).play())
        finally:
            scene.leave(stage.desks)
        cpu = processes.cpu_seconds(servers) - before
        known = {number for story in played.stories if (number := story.customer.conversation)}
        verdict = check(played.stories, scene.stored_since(began, names=known))
        self._report(plan, played, cpu if servers else math.nan)
        if not self._judge(plan, played, verdict):
            sys.exit(1)

    def _tell_progress(self, done: int) -> None:
        if done % 50 == 0:
            self.stdout.write(f"  {done} dialogues are over")

    def _report(self, plan: Plan, played: Played, cpu: float) -> None:
        messages = sum(len(story.turns) for story in played.stories)
        seen, rows = played.seen_latencies, played.row_latencies
        parts = [milliseconds(percentile(seen, share)) for share in (0.5, 0.95, 0.99)]
        first = [milliseconds(percentile(rows, share)) for share in (0.5, 0.95, 0.99)]
        self.stdout.write(
            f"{messages} messages in {played.seconds:.0f} s ({messages / played.seconds:.1f}/s), "
            f"{played.connections} connections\n"
            f"send to screen  p50 {parts[0]}  p95 {parts[1]}  p99 {parts[2]}\n"
            f"first words to the operators' list  p50 {first[0]}  p95 {first[1]}  p99 {first[2]}\n"
            f"server CPU {cpu / messages * 1000:.2f} s per 1,000 messages"
        )
        if plan.chaos:
            cuts = ", ".join(f"{count} {moment}" for moment, count in sorted(played.cuts.items()))
            self.stdout.write(f"chaos, seed {plan.seed}: {sum(played.cuts.values())} cuts ({cuts})")

    def _judge(self, plan: Plan, played: Played, verdict: Verdict) -> bool:
        for kind, findings in verdict.kinds().items():
            for finding in findings[:SHOWN_FINDINGS]:
                self.stdout.write(f"  {kind}: {finding}")
        summary = ", ".join(f"{len(findings)} {kind}" for kind, findings in verdict.kinds().items())
        self.stdout.write(summary)
        silent = plan.chaos and not played.cuts
        if silent:
            self.stdout.write("The chaos never fired: this run proves nothing about cuts.")
        return verdict.is_clean and not silent


def _plan(options: dict[str, Any]) -> Plan:
    try:
        dialogues = load(options["data"])
    except (OSError, BadDialogue) as error:
        raise CommandError(str(error)) from error
    if not dialogues or options["dialogues"] < 1 or options["concurrency"] < 1 or options["speed"] <= 0:
        raise CommandError("Nothing to play: --dialogues, --concurrency and --speed must be above zero.")
    seed = options["seed"]
    return Plan(
        dialogues=chosen(dialogues, options["dialogues"]),
        concurrency=options["concurrency"],
        speed=options["speed"],
        seed=random.randrange(2**31) if seed is None else seed,  # noqa: S311 - printed and repeatable
        mix=options["mix"],
        urls=[url.rstrip("/") for url in options["url"] or ["http://127.0.0.1:8000"]],
        chaos=options["chaos"],
        patience=options["patience"],
    )
