"""`manage.py whatif`: a past day by other rules; how true that is, how honest shown waits, how good the staffing."""

from __future__ import annotations

import sys
from argparse import ArgumentTypeError
from dataclasses import replace
from datetime import date
from typing import Any
from zoneinfo import available_timezones

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction
from django.utils import translation

from apps.analytics.history import proof, reading
from apps.analytics.history.live_day import Plan
from apps.analytics.history.notes import WORDS
from apps.analytics.models import WhatIfRun
from apps.analytics.services import what_if
from apps.analytics.staffing import check
from apps.analytics.whatif import etabench, tables
from apps.analytics.whatif.figures import from_plain
from apps.core import clock
from apps.core.errors import DomainError
from apps.core.numbers import numbered
from apps.operators.calendar import house_zone
from apps.operators.models import Queue

DRAFT = "draft"


def version(text: str) -> int | None:
    """A version's number, or the draft."""
    if text.lower() == DRAFT:
        return None
    if not text.isdecimal():
        raise ArgumentTypeError(f"“{text}” is neither “{DRAFT}” nor the number of a version")
    return int(text)


def zone(text: str) -> str:
    """A time zone by its name."""
    if text not in available_timezones():
        raise ArgumentTypeError(f"“{text}” is no time zone; one is called Europe/Moscow")
    return text


class Command(BaseCommand):
    help = (
        "Play a past day through a draft or a version of the rules, beside what happened. See docs/whatif.md."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--rules", type=version, default=None, help="draft (default) or a version's number"
        )
        parser.add_argument("--day", type=date.fromisoformat, help="YYYY-MM-DD")
        parser.add_argument(
            "--zone",
            type=zone,
            default=None,
            help="whose midnight begins the day (default: the bank's, as on the page: that of the common line's hours)",
        )
        parser.add_argument("--line", type=int, default=None, help="only this line, by its number")
        parser.add_argument(
            "--within", type=int, default=60, help="seconds of the service level (default 60)"
        )
        parser.add_argument("--eta", action="store_true", help="measure the shown waits on the simulator")
        parser.add_argument(
            "--staffing",
            action="store_true",
            help="compare Erlang A, by which lines are staffed, with the simulator",
        )
        parser.add_argument(
            "--prove",
            action="store_true",
            help="let the live services produce a day on a scratch database, and play it again",
        )
        parser.add_argument(
            "--seed", type=int, default=proof.FULL.seed, help="of the day that --prove makes (default 7)"
        )
        parser.add_argument(
            "--hours", type=float, default=proof.FULL.hours, help="that --prove plays (default 3)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        # What a command prints is English, its errors too, whatever the language of the house.
        with translation.override("en"):
            self._handle(options)

    def _handle(self, options: dict[str, Any]) -> None:
        if options["eta"]:
            self._eta()
        elif options["prove"]:
            self._prove(replace(proof.FULL, seed=options["seed"], hours=options["hours"]))
        elif options["staffing"]:
            self._staffing()
        elif options["day"] is None:
            raise CommandError("Say which day: --day YYYY-MM-DD.")
        else:
            self._compare(options)

    # --- a past day -------------------------------------------------------------------------------------

    def _compare(self, options: dict[str, Any]) -> None:
        zone = options["zone"] or house_zone()
        try:
            what_if.require_over(day=options["day"], zone=zone, now=clock.now())
            content = what_if.content_asked(options["rules"])
            asked = WhatIfRun(
                day=options["day"],
                zone=zone,
                rule_set_id=options["rules"],
                content=what_if.kept(content),
                within_seconds=options["within"],
            )
            result = what_if.compare(asked, tell=lambda _done: None)
        except reading.NothingCame:
            raise CommandError(f"Nothing came that day ({zone}).") from None
        except reading.TooLarge:
            raise CommandError("That day is too large.") from None
        except DomainError as refusal:
            raise CommandError(str(refusal)) from refusal
        self._print(result, options)

    def _print(self, result: dict[str, Any], options: dict[str, Any]) -> None:
        labels = {
            "happened": "happened",
            "in_force": f"version {version}" if (version := result["in_force_version"]) else "as they stand",
            "asked": f"version {options['rules']}" if options["rules"] else DRAFT,
        }
        columns = {label: from_plain(result[key]) for key, label in labels.items()}
        names = dict(Queue.objects.values_list("pk", "name"))
        self.stdout.write(f"{options['day']}, {options['zone'] or house_zone()}\n\n")
        self.stdout.write(tables.compared(columns, names, options["line"]))
        self.stdout.write("\n" + tables.operators(columns))
        for note in result["notes"]:
            lines = ", ".join(names.get(line, numbered(line)) for line in note["lines"])
            self.stdout.write(f"! {WORDS[note['code']]} {lines}".rstrip())

    # --- measurements -----------------------------------------------------------------------------------

    def _eta(self) -> None:
        rows = etabench.measure()
        headings = ["occupancy", "seed", "line", "shown", "inside", "waited", "of them inside"]
        headings += ["median, s", "mean width, s", "allowed, s", "wider ones", "kept"]
        self.stdout.write(tables.as_table(headings, [_eta_cells(row) for row in rows]))
        if not all(row.holds for row in rows):
            sys.exit(1)

    def _staffing(self) -> None:
        rows = list(check.measure(check.LARGE, customers=check.CUSTOMERS, seed=1))
        headings = ["operators", "at once", "load", "patience, s", "in time, s", "in time", "played"]
        headings += ["gave up", "played", "mean wait, s", "played", "kept"]
        self.stdout.write(tables.as_table(headings, [_staffing_cells(row) for row in rows]))
        if not all(row.holds for row in rows):
            sys.exit(1)

    def _prove(self, plan: Plan) -> None:
        """On a scratch database of its own: people and lines of a day are made, and gone afterwards."""
        usual = connection.settings_dict["NAME"]
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        try:
            with transaction.atomic():
                found = proof.prove(plan)
                transaction.set_rollback(True)
        finally:
            connection.creation.destroy_test_db(usual, verbosity=0)
        headings = ["line", "came", "live mean, s", "what-if", "off by", "live p90, s", "what-if", "off by"]
        self.stdout.write(tables.as_table(headings, [_proof_cells(each) for each in found]))
        if not all(each.holds for each in found):
            sys.exit(1)


def _eta_cells(row: etabench.Row) -> list[str]:
    return [
        f"{100 * row.occupancy:.0f}%",
        str(row.seed),
        str(row.line),
        str(row.shown),
        tables.shown("inside", row.inside),
        str(row.waiting),
        tables.shown("inside", row.waiting_inside),
        f"{row.median:.0f}",
        f"{row.width:.0f}",
        f"{row.allowed:.0f}",
        tables.shown("inside", row.wide),
        "yes" if row.holds else "NO",
    ]


def _staffing_cells(row: check.Row) -> list[str]:
    case, formula = row.case, row.formula
    return [
        str(case.operators),
        f"{case.slots / case.operators:g}",
        f"{100 * case.occupancy:.0f}%",
        f"{case.patience:.0f}",
        f"{case.within:.0f}",
        tables.shown("within", formula.in_time),
        tables.shown("within", row.in_time),
        tables.shown("within", formula.abandoned),
        tables.shown("within", row.abandoned),
        f"{formula.wait:.1f}",
        f"{row.wait:.1f}",
        "yes" if row.holds else "NO",
    ]


def _proof_cells(each: proof.Deviation) -> list[str]:
    return [
        str(each.live.line),
        str(each.live.came),
        tables.shown("mean", each.live.mean),
        tables.shown("mean", each.simulated.mean),
        f"{100 * each.mean:.1f}%",
        tables.shown("p90", each.live.p90),
        tables.shown("p90", each.simulated.p90),
        f"{100 * each.p90:.1f}%",
    ]
