"""Rules, segments and categories are edited by forms: what makes no sense is refused, what is saved works."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.conversations.models import Customer
from apps.core import clock
from apps.core.models import User
from apps.operators.models import Calendar, Queue, Skill
from apps.routing.models import Category, Condition, Rule, RuleSet, RulesSetting, Segment
from apps.routing.ruling import kinds
from apps.routing.ruling.judging import pattern
from apps.routing.services import publishing
from tests.factories import dialogues, organisation, roles
from tests.factories import rules as given
from tests.factories.people import NOW

pytestmark = pytest.mark.django_db
GROUPS = {"all": "conditions", "any": "conditions-2", "none": "conditions-3"}


@pytest.fixture
def line() -> Queue:
    organisation.common_line()
    return organisation.line("business", priority=5)


@pytest.fixture
def head() -> Client:
    return signed_in("administrator")


def signed_in(role: str, *lines: Queue) -> Client:
    """A browser of somebody who reads English."""
    user = roles.staff(role, lines=lines)
    User.objects.filter(pk=user.pk).update(language="en")
    user.refresh_from_db()
    return roles.browser(user)


def typed(*conditions: dict[str, Any], skills: int = 0, **values: Any) -> dict[str, Any]:
    """A form as a browser sends it; each condition names its group, "all" unless told otherwise."""
    data: dict[str, Any] = {**values}
    for group, prefix in GROUPS.items():
        rows = [each for each in conditions if each.get("group", "all") == group]
        data |= {f"{prefix}-TOTAL_FORMS": len(rows), f"{prefix}-INITIAL_FORMS": 0}
        for at, row in enumerate(rows):
            data |= {f"{prefix}-{at}-{name}": value for name, value in row.items() if name != "group"}
    data |= {"skill_needs-TOTAL_FORMS": skills, "skill_needs-INITIAL_FORMS": 0}
    return data


def add(client: Client, line: Queue, *conditions: dict[str, Any], **values: Any) -> Any:
    data = typed(*conditions, **{"name": "to business", "queue": line.pk, "is_active": "on", **values})
    return client.post(reverse("admin:routing_rule_add"), data)


def errors(answer: Any) -> dict[str, list[str]]:
    assert answer.status_code == 200
    found: dict[str, list[str]] = {}
    for formset in answer.context["inline_admin_formsets"]:
        for each in formset.formset.errors:
            for name, texts in each.items():
                found.setdefault(name, []).extend(texts)
    return found


def row(kind: str, comparison: str, **values: Any) -> dict[str, Any]:
    return {"kind": kind, "comparison": comparison, **values}


def test_a_rule_with_conditions_of_every_kind_is_written_without_an_expression(
    head: Client, line: Queue
) -> None:
    channel, calendar = organisation.channel(), Calendar.objects.create(name="Days")
    segment = Segment.objects.create(name="key clients")
    answer = add(
        head,
        line,
        row("channel", "is", of_channel=[channel.pk]),
        row("channel_kind", "is", of_channel_kind=["web"]),
        row("address", "is", words="vip@bank.example\r\n\r\n key@bank.example "),
        row("page", "matches", words=r"/business/\d+"),
        row("language", "is", of_language=["ru", "en"], group="any"),
        row("verification", "is", of_verification=["signed"]),
        row("attribute", "at_least", name="turnover", limit="1 500 000,50"),
        row("event", "within", name="contract_signed", days="30"),
        row("page_event", "known", name="form_opened"),
        row("segment", "is", of_segment=[segment.pk]),
        row("intent", "is", words="loan"),
        row("topic", "is", of_topic=[line.pk], group="none"),
        row("hours", "open", of_hours=[calendar.pk]),
    )
    assert answer.status_code == 302, errors(answer)
    stored = {
        each.kind: (each.group, each.comparison, each.name, each.values) for each in Condition.objects.all()
    }
    assert stored == {
        "channel": ("all", "is", "", [channel.pk]),
        "channel_kind": ("all", "is", "", ["web"]),
        "address": ("all", "is", "", ["vip@bank.example", "key@bank.example"]),
        "page": ("all", "matches", "", [r"/business/\d+"]),
        "language": ("any", "is", "", ["ru", "en"]),
        "verification": ("all", "is", "", ["signed"]),
        "attribute": ("all", "at_least", "turnover", ["1 500 000,50"]),
        "event": ("all", "within", "contract_signed", [30]),
        "page_event": ("all", "known", "form_opened", []),
        "segment": ("all", "is", "", [segment.pk]),
        "intent": ("all", "is", "", ["loan"]),
        "topic": ("none", "is", "", [line.pk]),
        "hours": ("all", "open", "", [calendar.pk]),
    }
    assert set(stored) == set(kinds.KINDS)
    shown = head.get(reverse("admin:routing_rule_change", args=[Rule.objects.get().pk])).content.decode()
    assert "1 500 000,50" in shown
    assert "vip@bank.example\nkey@bank.example" in shown


@pytest.mark.parametrize(
    ("condition", "field", "words"),
    [
        (row("channel", "contains", words="x"), "comparison", "is compared so"),
        (row("attribute", "open", name="x"), "comparison", "is compared so"),
        (row("attribute", "is", words="x"), "name", "Say which"),
        (row("attribute", "at_least", name="x", limit="many"), "limit", "is not a number"),
        (row("attribute", "at_most", name="x"), "limit", "Type a number"),
        (row("event", "within", name="x", days=""), "days", "Type a number"),
        (row("event", "within", name="x", days="0"), "days", "greater than or equal to 1"),
        (row("channel", "is"), "of_channel", "Tick at least one"),
        (row("channel", "is", of_channel=["9999"]), "of_channel", "Select a valid choice"),
        (row("address", "is", words=" \n "), "words", "Type at least one"),
        (row("address", "is", words="x" * 201), "words", "at most 200 characters"),
        (row("address", "is", words="\n".join(map(str, range(101)))), "words", "At most 100 values"),
        (row("page", "starts", words="bank.example/cards"), "words", "https://bank.example/cards"),
        (row("page", "matches", words="(unclosed"), "words", "is no pattern"),
        (row("page", "matches", words="x" * 201), "words", "at most 200 characters"),
        (row("page", "matches", words="\n".join(f"x{n}" for n in range(11))), "words", "At most 10 values"),
        (row("page", "matches", words=r"(a)\1"), "words", "is no pattern"),
        (row("page", ""), "comparison", "required"),
        (row("", "is", words="x"), "kind", "required"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_reason_and_nothing_is_stored(
    head: Client, line: Queue, condition: dict[str, Any], field: str, words: str
) -> None:
    found = errors(add(head, line, condition))
    assert any(words in text for text in found[field]), found
    assert not Rule.objects.exists()


def test_a_pattern_that_stalls_other_engines_is_taken_and_answers_at_once(head: Client, line: Queue) -> None:
    """security.md A18: eighteen seconds with Python's own engine."""
    begun = time.monotonic()
    assert add(head, line, row("page", "matches", words="^(a+)+$")).status_code == 302
    condition = publishing.current(now=clock.now()).lines[0].rules[0].conditions[0]
    assert pattern(str(condition.values[0])).search("a" * 26 + "b") is None
    assert pattern(str(condition.values[0])).search("a" * 27) is not None
    assert time.monotonic() - begun < 5


def test_a_rule_without_conditions_is_kept_with_a_warning(head: Client, line: Queue) -> None:
    answer = add(head, line)
    shown = head.get(answer.url).content.decode()
    assert "holds for nothing" in shown
    rule = Rule.objects.get()
    assert (
        "holds for nothing" in head.get(reverse("admin:routing_rule_change", args=[rule.pk])).content.decode()
    )
    given.Condition.objects.create(rule=rule, group="all", kind="language", comparison="is", values=["ru"])
    opened = head.get(reverse("admin:routing_rule_change", args=[rule.pk])).content.decode()
    assert "holds for nothing" not in opened


def test_each_save_works_at_once_where_that_is_set_and_waits_where_it_is_not(
    head: Client, line: Queue
) -> None:
    asked = row("language", "is", of_language=["ru"])
    add(head, line, asked)
    now = clock.now()
    assert publishing.has_unpublished_changes(now=now) is False
    assert [rule.name for each in publishing.current(now=now).lines for rule in each.rules] == ["to business"]
    RulesSetting.objects.update_or_create(pk=1, defaults={"publishes_at_once": False})
    add(head, line, asked, name="second")
    now = clock.now()
    assert publishing.has_unpublished_changes(now=now) is True
    assert [rule.name for each in publishing.current(now=now).lines for rule in each.rules] == ["to business"]


def test_deleting_a_rule_publishes_what_remains(head: Client, line: Queue) -> None:
    add(head, line, row("language", "is", of_language=["ru"]))
    rule = Rule.objects.get()
    head.post(reverse("admin:routing_rule_delete", args=[rule.pk]), {"post": "yes"})
    now = clock.now()
    assert publishing.has_unpublished_changes(now=now) is False
    assert [rule for each in publishing.current(now=now).lines for rule in each.rules] == []


def test_a_supervisor_of_one_line_writes_rules_of_that_line_only(line: Queue) -> None:
    other = organisation.line("other")
    foreign = given.rule(other, {"kind": "language", "values": ["ru"]})
    own = signed_in("supervisor", line)
    asked = row("language", "is", of_language=["ru"])
    assert add(own, line, asked).status_code == 302
    refused = add(own, other, asked, name="to the other")
    assert refused.status_code == 200
    assert "queue" in refused.context["adminform"].form.errors
    assert not Rule.objects.filter(name="to the other").exists()
    assert own.get(reverse("admin:routing_rule_change", args=[foreign.pk])).status_code == 302
    assert own.post(reverse("admin:routing_rule_copy", args=[foreign.pk])).status_code == 404
    assert foreign.name not in own.get(reverse("admin:routing_rule_changelist")).content.decode()
    assert own.get(reverse("admin:routing_ruleset_changelist")).status_code == 403
    assert own.get(reverse("admin:routing_segment_add")).status_code == 403
    assert Rule.objects.count() == 2


def test_a_line_out_of_reach_stays_in_a_condition_that_names_it(line: Queue) -> None:
    other = organisation.line("other")
    rule = given.rule(line, {"kind": "topic", "values": [other.pk]})
    own = signed_in("supervisor", line)
    shown = own.get(reverse("admin:routing_rule_change", args=[rule.pk])).content.decode()
    assert f"No. {other.pk}" in shown
    assert "other" not in [
        each.name for each in own.get(reverse("admin:routing_rule_changelist")).context["cl"].queryset
    ]


def test_a_copy_has_the_same_conditions_and_skills_and_is_off(head: Client, line: Queue) -> None:
    rule = given.rule(
        line,
        {"kind": "language", "values": ["ru"]},
        {"kind": "page", "comparison": "contains", "values": ["/x"]},
    )
    rule.skill_needs.create(skill=Skill.objects.create(name="English"), level=3, relax_seconds=60)
    before = publishing.publish(actor=given.SYSTEM, now=NOW)
    answer = head.post(reverse("admin:routing_rule_copy", args=[rule.pk]))
    made = Rule.objects.latest("pk")
    assert answer.url == reverse("admin:routing_rule_change", args=[made.pk])
    assert (made.name, made.is_active, made.queue) == ("to business (copy)", False, line)
    told = [(each.kind, each.values) for each in made.conditions.order_by("pk")]
    assert told == [("language", ["ru"]), ("page", ["/x"])]
    assert [(need.level, need.relax_seconds) for need in made.skill_needs.all()] == [(3, 60)]
    assert list(RuleSet.objects.all()) == [before]


# --- segments and categories --------------------------------------------------------------------------------


def customers(*attributes: dict[str, Any]) -> None:
    for each in attributes:
        by = dialogues.identity(organisation.channel())
        Customer.objects.filter(pk=by.customer_id).update(attributes=each)


def test_a_segment_shows_how_many_it_holds_for_while_it_is_edited_and_stores_nothing(head: Client) -> None:
    customers({"tariff": "business"}, {"tariff": "business"}, {"tariff": "base"})
    address = reverse("admin:routing_segment_count")
    asked = typed(row("attribute", "is", name="tariff", words="Business"), name="x", row="")
    assert head.post(address, asked).json() == {"text": "2 of 3 customers now."}
    nothing = typed(name="x", row="")
    assert head.post(address, nothing).json() == {"text": "No customer: there are no conditions."}
    half = typed(row("attribute", "is", name="tariff"), name="x", row="")
    assert head.post(address, half).json() == {"text": "The conditions are not complete yet."}
    assert not Segment.objects.exists()
    assert not Condition.objects.exists()


def test_a_stored_segment_shows_its_count_without_scripts(head: Client) -> None:
    customers({"tariff": "business"}, {"tariff": "base"})
    segment = Segment.objects.create(name="business")
    Condition.objects.create(
        segment=segment, group="all", kind="attribute", name="tariff", comparison="is", values=["business"]
    )
    shown = head.get(reverse("admin:routing_segment_change", args=[segment.pk])).content.decode()
    assert "1 of 2 customers now." in shown


@pytest.mark.parametrize(
    "condition",
    [
        row("channel", "is"),
        row("page_event", "known", name="x"),
        row("segment", "is"),
        row("attribute", "matches", name="x", words="y"),
    ],
)
def test_a_segment_asks_about_the_customer_only(head: Client, condition: dict[str, Any]) -> None:
    organisation.channel()
    answer = head.post(reverse("admin:routing_segment_add"), typed(condition, name="odd"))
    assert set(errors(answer)) & {"kind", "comparison"}
    assert not Segment.objects.exists()


def test_a_category_may_ask_for_a_segment_and_is_published_with_its_rank(head: Client) -> None:
    segment = Segment.objects.create(name="key")
    data = typed(
        row("segment", "is", of_segment=[segment.pk]),
        name="VIP",
        code="vip",
        rank="10",
        colour="#b8860b",
        is_active="on",
    )
    assert head.post(reverse("admin:routing_category_add"), data).status_code == 302
    (category,) = publishing.current(now=clock.now()).categories
    assert (category.code, category.rank, category.conditions[0].values) == ("vip", 10, (segment.pk,))


def test_a_segment_that_is_asked_for_cannot_be_deleted(head: Client, line: Queue) -> None:
    used, free = Segment.objects.create(name="used"), Segment.objects.create(name="free")
    given.rule(line, {"kind": "segment", "values": [used.pk]})
    for each in (used, free):
        head.post(reverse("admin:routing_segment_delete", args=[each.pk]), {"post": "yes"})
    assert list(Segment.objects.all()) == [used]
    shown = head.get(reverse("admin:routing_segment_delete", args=[used.pk])).content.decode()
    assert "to business" in shown
    chosen = {"action": "delete_selected", "_selected_action": [used.pk], "post": "yes"}
    head.post(reverse("admin:routing_segment_changelist"), chosen)
    assert list(Segment.objects.all()) == [used]


def test_counting_is_for_who_edits_segments(line: Queue) -> None:
    own = signed_in("supervisor", line)
    assert own.post(reverse("admin:routing_segment_count"), typed(name="x")).status_code == 403
    auditor = signed_in("auditor")
    assert auditor.post(reverse("admin:routing_category_count"), typed(name="x")).status_code == 403


def test_who_may_only_look_reads_conditions_as_words(line: Queue) -> None:
    rule = given.rule(line, {"kind": "attribute", "name": "tariff", "values": ["business"]})
    auditor = signed_in("auditor")
    shown = auditor.get(reverse("admin:routing_rule_change", args=[rule.pk])).content.decode()
    assert "what the bank knows of him “tariff”: business" in shown
    assert 'name="conditions-0-kind"' not in shown
    assert not Category.objects.exists()
