"""Runs of what-if: asked, computed once, shown to whom they concern, published from."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation
from pytest_django import DjangoCaptureOnCommitCallbacks

from apps.analytics import tasks
from apps.analytics.admin.what_if import WhatIfRunAdmin
from apps.analytics.history import reading
from apps.analytics.history.staffing import presence_between
from apps.analytics.models import WhatIfRun
from apps.analytics.services import what_if
from apps.conversations.services import outbound
from apps.core import clock
from apps.core.actors import SYSTEM, Actor
from apps.core.errors import Conflict, Invalid, NotFound
from apps.core.events import announce
from apps.operators.events import PresenceChanged
from apps.operators.models import Operator, Queue
from apps.operators.services.presence import set_presence
from apps.routing.models import RuleSet, ServicePolicy
from apps.routing.services import clocks, handling, publishing, to_bot
from tests.factories import bots, dialogues, organisation, people, roles
from tests.factories.people import NOW
from tests.factories.promises import weekdays

pytestmark = pytest.mark.django_db

DAY = NOW.date()
AFTER = NOW + timedelta(days=2)


@pytest.fixture
def line() -> Queue:
    return organisation.common_line()


@pytest.fixture
def anna(line: Queue) -> Operator:
    return people.operator("Анна", lines=(line,), capacity=1)


@pytest.fixture
def worked(line: Queue, anna: Operator) -> Queue:
    """Two customers, one after another: the first is answered after 30 s, the second waits for the end of it."""
    set_presence(anna.pk, state="offline", actor=SYSTEM, now=NOW - timedelta(minutes=2))
    set_presence(anna.pk, state="online", actor=SYSTEM, now=NOW - timedelta(minutes=1))
    _handle(anna, line, came=0, taken=20, answered=30, closed=300)
    _handle(anna, line, came=60, taken=320, answered=360, closed=500)
    return line


def _handle(anna: Operator, line: Queue, *, came: int, taken: int, answered: int, closed: int) -> None:
    def at(seconds: int) -> datetime:
        return NOW + timedelta(seconds=seconds)

    found = dialogues.conversation(line=line, now=at(came))
    clocks.keep(found.pk, now=at(came))
    handling.accept(people.sight(anna), found.pk, now=at(taken))
    outbound.send_text(
        anna.pk,
        conversation_id=found.pk,
        text="Добрый день",
        client_id=f"answer-{came:06d}",
        now=at(answered),
    )
    clocks.keep(found.pk, now=at(answered))
    handling.close(people.sight(anna), found.pk, now=at(closed))


def ask(
    day: date = DAY, *, rule_set_id: int | None = None, within_seconds: int = 60, actor: Actor = SYSTEM
) -> WhatIfRun:
    return what_if.ask(
        day=day,
        zone="UTC",
        actor=actor,
        now=AFTER,
        rule_set_id=rule_set_id,
        within_seconds=within_seconds,
    )


def computed(day: date = DAY, *, within_seconds: int = 60) -> WhatIfRun:
    run = ask(day, within_seconds=within_seconds)
    assert what_if.run_next(now=AFTER) == run.pk
    run.refresh_from_db()
    return run


def test_what_a_bot_had_is_played_from_the_moment_it_left_it(line: Queue, anna: Operator) -> None:
    """The customer's question is as old as before; a promise of people is counted from there, and nothing breaks."""
    _handle(anna, line, came=0, taken=20, answered=30, closed=300)
    bot, moments = bots.bot(), [NOW + timedelta(minutes=each) for each in (10, 11, 12, 14)]
    found = dialogues.conversation(line=line, now=moments[0])
    to_bot.transfer_to_bot(people.sight(anna), found.pk, bot.pk, comment="", now=moments[1])
    to_bot.take_back(now=moments[2])
    handling.accept(people.sight(anna), found.pk, now=moments[3])
    handling.close(people.sight(anna), found.pk, now=moments[3])
    day = reading.read(NOW, NOW + timedelta(hours=8), [publishing.current(now=NOW)]).day
    sent = [each for each in day.arrivals if each.sent_to is not None]
    assert [(each.at, each.sent_to, each.asked) for each in sent] == [(moments[2], line.pk, timedelta())]


# --- computing --------------------------------------------------------------------------------------------


def test_a_run_tells_what_happened_that_day(worked: Queue) -> None:
    run = computed(within_seconds=60)
    assert (run.state, run.progress, run.failure) == ("done", 100, "")
    (found,) = run.result["happened"]["lines"]
    assert (found["line"], found["came"], found["answered"], found["mean"], found["p90"]) == (
        *(worked.pk, 2, 2),
        *(165.0, 300.0),
    )
    assert found["within"] == 0.5
    (operator,) = run.result["happened"]["operators"]
    assert (operator["taken"], operator["occupancy"] is not None) == (2, True)


def test_a_draft_that_gives_at_once_makes_the_wait_shorter(worked: Queue) -> None:
    publishing.publish(actor=SYSTEM, now=NOW - timedelta(days=1))
    worked.offering, worked.accept_seconds = "automatic", 0
    worked.save()
    run = computed()
    was, asked = run.result["in_force"]["lines"][0], run.result["asked"]["lines"][0]
    assert asked["mean"] < was["mean"]
    assert run.result["in_force_version"] == RuleSet.objects.get().pk


def test_promises_are_counted_as_they_were_kept_and_as_they_would_be(line: Queue, anna: Operator) -> None:
    """The second customer is answered after five minutes; whoever is asked at once is not late."""
    ServicePolicy.objects.create(name="Быстро", first_seconds=120, since=NOW - timedelta(days=9))
    set_presence(anna.pk, state="offline", actor=SYSTEM, now=NOW - timedelta(minutes=2))
    set_presence(anna.pk, state="online", actor=SYSTEM, now=NOW - timedelta(minutes=1))
    Operator.objects.filter(pk=anna.pk).update(capacity=2)
    _handle(anna, line, came=0, taken=20, answered=30, closed=300)
    _handle(anna, line, came=60, taken=320, answered=360, closed=500)
    publishing.publish(actor=SYSTEM, now=NOW - timedelta(days=1))
    run = computed()
    counted = [run.result[name]["total"]["promises"] for name in ("happened", "in_force")]
    assert counted == [{"first": {"counted": 2, "broken": 1}}, {"first": {"counted": 2, "broken": 0}}]


def test_a_version_that_nobody_published_cannot_be_asked(line: Queue) -> None:
    with pytest.raises(NotFound):
        ask(rule_set_id=4711)
    assert not WhatIfRun.objects.exists()


def test_a_day_that_is_not_over_cannot_be_asked(line: Queue) -> None:
    with pytest.raises(Invalid):
        ask(day=AFTER.date())
    assert not WhatIfRun.objects.exists()


def test_of_each_person_only_so_many_runs_wait_and_another_may_ask(line: Queue) -> None:
    first, second = (Actor.staff(roles.staff("administrator").pk) for _each in range(2))
    for _each in range(what_if.OPEN_EACH):
        ask(actor=first)
    with pytest.raises(Conflict):
        ask(actor=first)
    assert WhatIfRun.objects.count() == what_if.OPEN_EACH
    ask(actor=second)
    what_if.cancel(WhatIfRun.objects.earliest("pk").pk)
    ask(actor=first)


def test_everybodys_first_run_comes_before_anybodys_second(worked: Queue) -> None:
    anna, boris = (Actor.staff(roles.staff("administrator").pk) for _each in range(2))
    hers, his = [ask(actor=anna).pk for _each in range(3)], [ask(actor=boris).pk]
    assert [each.run for each in what_if.turns(now=AFTER)] == [hers[0], his[0], hers[1], hers[2]]
    places = [what_if.place_of(run, now=AFTER) for run in (*hers, *his)]
    assert places == [what_if.Place(ahead, is_held_up=False) for ahead in (0, 2, 3, 1)]
    assert [what_if.run_next(now=AFTER) for _each in range(5)] == [hers[0], his[0], hers[1], hers[2], None]


def test_of_one_person_one_run_is_computed_at_a_time(worked: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the first one is computed a second worker finds nothing of hers, and begins his."""
    anna, boris = (Actor.staff(roles.staff("administrator").pk) for _each in range(2))
    first, second, other = ask(actor=anna), ask(actor=anna), ask(actor=boris)
    WhatIfRun.objects.filter(pk=first.pk).update(state="running", touched_at=AFTER)
    assert what_if.left_behind(now=AFTER) == 1
    assert what_if.run_next(now=AFTER) == other.pk
    assert what_if.run_next(now=AFTER) is None
    assert what_if.place_of(second.pk, now=AFTER) == what_if.Place(0, is_held_up=True)
    assert what_if.place_of(first.pk, now=AFTER) is None
    assert what_if.cancel(first.pk)
    assert what_if.run_next(now=AFTER) == second.pk


def test_the_page_tells_how_many_come_before(line: Queue) -> None:
    admin = roles.staff("administrator")
    runs = [ask(actor=Actor.staff(admin.pk)) for _each in range(3)]
    shown = roles.browser(admin).get(f"/admin/analytics/whatifrun/{runs[2].pk}/change/")
    assert shown.context["place"] == what_if.Place(2, is_held_up=False)


def test_a_day_on_which_nothing_came_says_so(line: Queue) -> None:
    run = computed(day=date(2026, 11, 10))
    assert (run.state, run.failure, run.result) == ("failed", "empty", {})


def test_a_run_is_computed_once_and_again_only_when_its_worker_is_gone(worked: Queue) -> None:
    run = ask()
    WhatIfRun.objects.filter(pk=run.pk).update(state="running", touched_at=AFTER)
    assert what_if.run_next(now=AFTER + timedelta(minutes=9)) is None
    assert what_if.left_behind(now=AFTER + timedelta(minutes=9)) == 0
    late = AFTER + timedelta(minutes=11)
    assert what_if.left_behind(now=late) == 1
    assert what_if.run_next(now=late) == run.pk
    assert what_if.run_next(now=late) is None


def test_a_run_that_takes_its_worker_with_it_is_given_up_after_the_second_try(worked: Queue) -> None:
    run = ask()
    WhatIfRun.objects.filter(pk=run.pk).update(state="running", touched_at=AFTER, tries=2)
    early, late = AFTER + timedelta(minutes=9), AFTER + timedelta(minutes=11)
    assert what_if.run_next(now=early) is None
    run.refresh_from_db()
    assert (run.state, run.failure) == ("running", "")
    assert what_if.left_behind(now=late) == 1
    assert what_if.run_next(now=late) is None
    run.refresh_from_db()
    assert (run.state, run.failure, run.tries, run.result) == ("failed", "lost", 2, {})
    assert what_if.left_behind(now=late) == 0
    client = roles.browser(roles.staff("administrator"))
    shown = client.get(f"/admin/analytics/whatifrun/{run.pk}/change/")
    assert "Вычисление дважды прервалось" in shown.content.decode()


def test_each_beginning_of_a_run_is_counted(worked: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that is killed leaves nothing but the row as it was claimed."""

    def killed(*_args: Any, **_kwargs: Any) -> None:
        raise SystemExit

    run = ask()
    begun = AFTER
    with monkeypatch.context() as worker:
        worker.setattr(what_if, "compare", killed)
        for tries in (1, 2):
            with pytest.raises(SystemExit):
                what_if.run_next(now=begun)
            run.refresh_from_db()
            assert (run.state, run.tries) == ("running", tries)
            WhatIfRun.objects.filter(pk=run.pk).update(touched_at=begun)
            begun += timedelta(minutes=11)
    assert what_if.run_next(now=begun) is None
    run.refresh_from_db()
    assert (run.state, run.failure) == ("failed", "lost")


def test_the_sweep_finds_a_run_whose_nudge_was_lost(worked: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    run = ask()
    sent: list[bool] = []
    monkeypatch.setattr(tasks.run_what_if, "delay", lambda: sent.append(True))
    tasks.run_left_behind()
    assert len(sent) == 1
    tasks.run_what_if()
    run.refresh_from_db()
    # Whoever computed one looks for the next one, which may have waited for it.
    assert (run.state, len(sent)) == ("done", 2)
    tasks.run_what_if()
    assert len(sent) == 2


def test_a_run_that_was_called_off_stops_at_the_next_step(
    worked: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = ask()
    read = reading.read

    def called_off_meanwhile(*args: Any) -> reading.Past:
        assert what_if.cancel(run.pk)
        return read(*args)

    monkeypatch.setattr(reading, "read", called_off_meanwhile)
    assert what_if.run_next(now=AFTER) == run.pk
    run.refresh_from_db()
    assert (run.state, run.failure, run.result) == ("failed", "cancelled", {})
    assert not what_if.cancel(run.pk)
    assert what_if.run_next(now=AFTER) is None


def test_a_run_that_is_done_cannot_be_called_off(worked: Queue) -> None:
    run = computed()
    assert not what_if.cancel(run.pk)
    run.refresh_from_db()
    assert (run.state, run.failure) == ("done", "")


# --- publishing -------------------------------------------------------------------------------------------


def test_what_was_asked_is_published_as_it_was_asked(worked: Queue) -> None:
    publishing.publish(actor=SYSTEM, now=NOW - timedelta(days=1))
    worked.accept_seconds = 5
    worked.save()
    run = computed()
    made = what_if.publish(run.pk, actor=SYSTEM, now=AFTER)
    assert made is not None
    assert made.digest == run.digest


def test_a_draft_that_was_changed_since_is_not_published(worked: Queue) -> None:
    run = computed()
    worked.accept_seconds = 5
    worked.save()
    with pytest.raises(what_if.DraftChanged):
        what_if.publish(run.pk, actor=SYSTEM, now=AFTER)
    assert not RuleSet.objects.exists()


# --- the page ---------------------------------------------------------------------------------------------


def test_a_supervisor_of_one_line_sees_his_own_runs_and_in_them_his_line(worked: Queue) -> None:
    other = organisation.line("Чужая")
    stranger = people.operator("Борис", lines=(other,))
    _handle(stranger, other, came=10, taken=20, answered=30, closed=40)
    supervisor = roles.staff("supervisor", lines=(worked,))
    client = roles.browser(supervisor)
    foreign = computed()
    assert client.get(f"/admin/analytics/whatifrun/{foreign.pk}/change/").status_code == 302
    WhatIfRun.objects.filter(pk=foreign.pk).update(asked_by=supervisor)
    shown = client.get(f"/admin/analytics/whatifrun/{foreign.pk}/change/")
    found = shown.context["found"]
    assert [name for name, _rows in found["lines"]] == [worked.name]
    assert found["total"] == []
    assert "Борис" not in shown.content.decode()
    assert "Чужая" not in shown.content.decode()


def test_a_supervisor_of_one_line_does_not_publish(worked: Queue) -> None:
    supervisor = roles.staff("supervisor", lines=(worked,))
    run = computed()
    WhatIfRun.objects.filter(pk=run.pk).update(asked_by=supervisor)
    address = f"/admin/analytics/whatifrun/{run.pk}/publish/"
    assert roles.browser(supervisor).post(address).status_code == 403
    assert not RuleSet.objects.exists()


def test_an_administrator_asks_sees_and_publishes(
    worked: Queue,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    monkeypatch.setattr(clock, "now", lambda: AFTER)
    sent: list[bool] = []
    monkeypatch.setattr(tasks.run_what_if, "delay", lambda: sent.append(True))
    client = roles.browser(roles.staff("administrator"))
    values = {"day": DAY.isoformat(), "within_seconds": "60", "rule_set": "", "line": ""}
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post("/admin/analytics/whatifrun/add/", values)
    run = WhatIfRun.objects.get()
    assert answer.status_code == 302
    assert sent == [True]
    waiting = client.get(f"/admin/analytics/whatifrun/{run.pk}/change/")
    assert b'class="module what-if-open"' in waiting.content
    assert b'http-equiv="refresh"' in waiting.content
    what_if.run_next(now=AFTER)
    shown = client.get(f"/admin/analytics/whatifrun/{run.pk}/change/")
    assert len(shown.context["found"]["lines"]) == 1
    client.post(f"/admin/analytics/whatifrun/{run.pk}/publish/")
    assert RuleSet.objects.get().digest == run.digest


def test_a_stranger_does_not_call_off_and_who_asked_does(worked: Queue) -> None:
    supervisor = roles.staff("supervisor", lines=(worked,))
    run = ask()
    address = f"/admin/analytics/whatifrun/{run.pk}/cancel/"
    assert roles.browser(supervisor).post(address).status_code == 404
    run.refresh_from_db()
    assert run.state == "waiting"
    WhatIfRun.objects.filter(pk=run.pk).update(asked_by=supervisor)
    assert roles.browser(supervisor).get(address).status_code == 405
    assert roles.browser(supervisor).post(address).status_code == 302
    run.refresh_from_db()
    assert (run.state, run.failure) == ("failed", "cancelled")


def test_the_page_tells_times_changes_and_what_is_not_of_that_day(worked: Queue) -> None:
    publishing.publish(actor=SYSTEM, now=NOW - timedelta(days=1))
    worked.offering, worked.accept_seconds = "automatic", 0
    worked.save()
    run = computed()
    run.result["notes"] = [
        {"code": "new_lines", "lines": [worked.pk]},
        {"code": "hours_changed", "lines": []},
    ]
    run.save()
    client = roles.browser(roles.staff("administrator"))
    found = client.get(f"/admin/analytics/whatifrun/{run.pk}/change/").context["found"]
    mean = [figure.name for figure in found["line_figures"]].index("mean")
    ((_name, rows),) = found["lines"]
    happened, in_force, asked = (cells[mean] for _label, cells in rows)
    assert (happened.text, happened.change) == ("2:45", "")
    assert in_force.change == ""
    assert (asked.change[0], asked.tone) == ("−", "better")
    assert [worked.name in note for note in found["notes"]] == [True, False]


def test_who_cannot_publish_what_was_asked_is_told_why(worked: Queue) -> None:
    client = roles.browser(roles.staff("administrator"))
    run = computed()
    address = f"/admin/analytics/whatifrun/{run.pk}/change/"
    assert (client.get(address).context["why_not"], b"/publish/" in client.get(address).content) == ("", True)
    worked.accept_seconds = 5
    worked.save()
    changed = client.get(address)
    assert changed.context["why_not"]
    assert b"/publish/" not in changed.content


def test_what_was_published_from_a_run_is_taken_back_with_one_click(worked: Queue) -> None:
    client = roles.browser(roles.staff("administrator"))
    first = publishing.publish(actor=SYSTEM, now=AFTER)
    assert first is not None
    Queue.objects.filter(pk=worked.pk).update(priority=7)
    run = computed()
    address = f"/admin/analytics/whatifrun/{run.pk}/change/"
    back = f"/admin/routing/ruleset/{first.pk}/take-back/"
    assert back not in client.get(address).content.decode()
    client.post(f"/admin/analytics/whatifrun/{run.pk}/publish/")
    assert back in client.get(address).content.decode()
    client.post(back)
    assert Queue.objects.get(pk=worked.pk).priority == 0
    assert back not in client.get(address).content.decode()


def test_an_empty_list_says_what_to_do(line: Queue) -> None:
    page = roles.browser(roles.staff("administrator")).get("/admin/analytics/whatifrun/").content.decode()
    words = str(WhatIfRunAdmin.nothing_hint)
    assert (page.count(str(WhatIfRunAdmin.add_words)), words in page) == (2, True)


# --- the command ------------------------------------------------------------------------------------------


def test_the_command_prints_the_three_columns(worked: Queue, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("whatif", day=DAY, zone="UTC")
    printed = capsys.readouterr().out
    assert [word in printed for word in ("happened", "version", "draft", worked.name)] == [True] * 4


def test_the_command_and_the_page_begin_the_day_at_the_same_midnight(worked: Queue, capsys: Any) -> None:
    client = roles.browser(roles.staff("administrator"))
    for calendar, line, zone in (
        (None, worked, "UTC"),
        (weekdays(zone="Asia/Tomsk"), organisation.line("other"), "Asia/Tomsk"),
        (weekdays(zone="Europe/Samara"), worked, "Europe/Samara"),
    ):
        Queue.objects.filter(pk=line.pk).update(calendar=calendar)
        page = client.get("/admin/analytics/whatifrun/add/")
        assert zone in str(page.context["adminform"].form["day"].help_text)
        call_command("whatif", day=DAY)
        assert capsys.readouterr().out.startswith(f"{DAY}, {zone}\n")
    call_command("whatif", day=DAY, zone="Asia/Yekaterinburg")
    assert capsys.readouterr().out.startswith(f"{DAY}, Asia/Yekaterinburg\n")


def test_the_command_speaks_english_in_a_russian_house(worked: Queue, capsys: Any) -> None:
    with translation.override("ru"):
        call_command("whatif", day=DAY)
        assert "! No version of the rules was in force that day" in capsys.readouterr().out
        with pytest.raises(CommandError, match=r"Choose a day that is over\."):
            call_command("whatif", day=AFTER.date() + timedelta(days=900))
        with pytest.raises(CommandError, match="no time zone"):
            call_command("whatif", "--day", str(DAY), "--zone", "Moscow")


def test_after_work_is_no_coming_to_work(anna: Operator) -> None:
    """It is told by an event too, and may be written of somebody who has left since."""
    for at, state, before in ((0, "online", "offline"), (60, "offline", "online"), (90, "online", "online")):
        changed = PresenceChanged(operator=anna.pk, state_from=before, state=state, reason=None)
        announce(changed, actor=SYSTEM, now=NOW + timedelta(seconds=at))
    hour = timedelta(hours=1)
    assert presence_between(NOW, NOW + hour)[anna.pk][-1] == (NOW + timedelta(seconds=60), "offline")
    assert presence_between(NOW + hour, NOW + 2 * hour) == {}


def test_the_command_refuses_a_day_on_which_nothing_came(line: Queue) -> None:
    with pytest.raises(CommandError):
        call_command("whatif", day=date(2026, 11, 10), zone="UTC")
