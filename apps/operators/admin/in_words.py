"""A line's settings told in sentences, with what somebody would trip over: the page of a line reads as one text."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from apps.core import clock
from apps.core.models import ApiToken, WebhookSubscription
from apps.core.services.tokens import is_live
from apps.operators.admin.levels import stars
from apps.operators.models import LineSkill, Offering, Overflow, Policy, Queue, Skill
from apps.operators.overflowing import circle_through

# The same choices as in the form, in the case a sentence needs.
_TO_WHOM: dict[str, str | Promise] = {
    Policy.LEAST_BUSY: gettext_lazy("to the least busy member"),
    Policy.LONGEST_IDLE: gettext_lazy("to the member who has had nothing new for longest"),
    Policy.ROUND_ROBIN: gettext_lazy("to the members in turn"),
    Policy.BEST_SKILL: gettext_lazy("to the member who knows the subject best"),
}


def told(queue: Queue) -> list[str]:
    """How conversations of this line reach operators, in the order in which it happens."""
    if queue.outside is not None:
        return [*_outside(queue), *_overflow(queue)]
    return [
        *_work(queue),
        *_first(queue),
        *_needs(queue),
        *_silence(queue),
        *_after(queue),
        *_overflow(queue),
    ]


def _work(queue: Queue) -> Iterator[str]:
    if queue.offering == Offering.PULL:
        yield _("Nothing is offered: members take the next conversation themselves.")
        return
    whom = _TO_WHOM[queue.policy]
    if queue.accept_seconds:
        text = ngettext(
            "A conversation is offered %(whom)s; after %(seconds)s second without an answer, to somebody else.",
            "A conversation is offered %(whom)s; after %(seconds)s seconds without an answer, to somebody else.",
            queue.accept_seconds,
        )
        yield text % {"whom": whom, "seconds": queue.accept_seconds}
    else:
        yield _("A conversation is given %(whom)s at once, without asking.") % {"whom": whom}
    if queue.offering == Offering.BOTH:
        yield _("Members may also take the next one themselves.")


def _outside(queue: Queue) -> Iterator[str]:
    """No operator is asked, so that settings about them say nothing here."""
    text = ngettext(
        "“%(name)s” answers outside: it has %(seconds)s second to accept, then the conversation goes back to where it "
        "came from.",
        "“%(name)s” answers outside: it has %(seconds)s seconds to accept, then the conversation goes back to where it "
        "came from.",
        queue.accept_seconds,
    )
    yield text % {"name": _application(queue), "seconds": queue.accept_seconds}
    yield _("Nothing is offered to members, and they take nothing.")
    if warning := warning_of_outside(queue):
        yield f"⚠ {warning}"


def _application(queue: Queue) -> str:
    return str(getattr(queue.outside, "api_token", None) or queue.outside)


def warning_of_outside(queue: Queue) -> str:
    """What keeps the application from serving the line; empty when nothing does."""
    if queue.outside is None:
        return ""
    token = ApiToken.objects.select_related("user").filter(user=queue.outside).first()
    if token is None or not is_live(token, now=clock.now()):
        return _("The token of “%(name)s” does not work: whatever comes goes back.") % {
            "name": _application(queue)
        }
    if not WebhookSubscription.objects.filter(
        token=token, is_active=True, kinds__contains=["offer.made"]
    ).exists():
        return _("“%(name)s” has no webhook for “offer.made”: it is not told what waits for it.") % {
            "name": token.name
        }
    return ""


def _first(queue: Queue) -> Iterator[str]:
    asked = (
        (queue.prefers_manager_seconds, _("the customer's personal manager")),
        (queue.prefers_last_seconds, _("who answered him last")),
    )
    waits = [_("%(whom)s (%(seconds)s s)") % {"whom": whom, "seconds": wait} for wait, whom in asked if wait]
    if waits:
        yield _("Before the others: %(whom)s.") % {"whom": _(", otherwise ").join(waits)}


def _needs(queue: Queue) -> Iterator[str]:
    needs = [_need(each) for each in queue.skill_needs.select_related("skill").order_by("id")]
    if needs:
        yield _("Only for who knows: %(skills)s.") % {"skills": "; ".join(needs)}
    if not queue.matches_language:
        return
    if queue.language_relax_seconds:
        wait = {"seconds": queue.language_relax_seconds}
        yield _("Only for who speaks the customer's language; after %(seconds)s s, for anybody.") % wait
    else:
        yield _("Only for who speaks the customer's language.")
    if not Skill.objects.exclude(language="").exists():
        yield _("⚠ No skill is marked as a language yet, so the language is not looked at.")


def _need(need: LineSkill) -> str:
    known = f"{need.skill} {stars(need.level)}"
    if not need.relax_seconds:
        return known
    return _("%(known)s, one level less each %(seconds)s s") % {"known": known, "seconds": need.relax_seconds}


def _silence(queue: Queue) -> Iterator[str]:
    if not queue.idle_minutes:
        return
    wait = {"minutes": queue.idle_minutes, "seconds": queue.own_wait_seconds}
    if queue.own_wait_seconds:
        yield (
            _(
                "After %(minutes)s min of silence the operator may be given another; should the customer write while "
                "he is full, he is waited for %(seconds)s s."
            )
            % wait
        )
    else:
        yield (
            _(
                "After %(minutes)s min of silence the operator may be given another; should the customer write while "
                "he is full, anybody takes it."
            )
            % wait
        )


def _after(queue: Queue) -> Iterator[str]:
    if queue.wrap_up_seconds:
        wait = {"seconds": queue.wrap_up_seconds}
        yield _("For %(seconds)s s after closing one, its operator is offered nothing.") % wait


_WHEN: dict[str, str | Promise] = {
    Overflow.By.WAIT: gettext_lazy("Whoever has waited %(limit)s s goes on to “%(reserve)s”."),
    Overflow.By.LENGTH: gettext_lazy("Those behind the first %(limit)s go on to “%(reserve)s”."),
    Overflow.By.NO_STAFF: gettext_lazy("Nobody at work for %(limit)s s: all go on to “%(reserve)s”."),
}


def _overflow(queue: Queue) -> Iterator[str]:
    for each in queue.overflows.select_related("reserve"):
        yield _WHEN[each.by] % {"limit": each.limit, "reserve": each.reserve}
        if not each.reserve.is_active:
            yield _("⚠ “%(reserve)s” is off: nothing goes there.") % {"reserve": each.reserve}
    if warning := warning_of_circle(queue):
        yield f"⚠ {warning}"


def warning_of_circle(queue: Queue) -> str:
    """What to say of overflow that leads back here; empty when it does not."""
    circle = circle_through(queue)
    if not circle:
        return ""
    way = " → ".join(str(line) for line in [*circle, queue])
    return _(
        "Overflow goes in a circle: %(way)s. A conversation never comes back: it stays in the last line."
    ) % {"way": way}
