"""The back office in a real browser: a supervisor's morning, each change seen in an operator's open window."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from apps.channels.models import Channel
from apps.conversations.models import Conversation
from apps.core.models import Brand
from apps.operators.models import Operator, Queue, QueueMembership, ReplyTemplate, Skill
from tests.browser.axe import axe_problems
from tests.browser.test_workspace import sign_in
from tests.factories import dialogues, organisation, people, roles

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "correct horse battery"


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "locale": "ru-RU", "viewport": {"width": 1280, "height": 860}}


@pytest.fixture
def lines(server: str) -> tuple[Queue, Queue]:
    """Cards before loans, and a customer waiting in each."""
    organisation.common_line()
    cards, loans = organisation.line("Карты", priority=20), organisation.line("Кредиты", priority=10)
    for line in (cards, loans):
        dialogues.conversation(line=line)
    ReplyTemplate.objects.create(shortcut="привет", title="Приветствие", text="Здравствуйте", queue=cards)
    return cards, loans


@pytest.fixture
def supervisor(lines: tuple[Queue, Queue]) -> Any:
    found = roles.staff("head supervisor", lines=lines)
    found.set_password(PASSWORD)
    found.save()
    return found


def enter(page: Page, server: str, username: str) -> None:
    """Through the door that everybody takes."""
    page.goto(f"{server}/admin/")
    page.locator("[name=login]").fill(username)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=password]").press("Enter")
    expect(page).to_have_url(f"{server}/admin/")


def drag_above(page: Page, upper: str, lower: str) -> None:
    rows = page.locator("#result_list tbody tr")
    handle = rows.filter(has_text=upper).locator(".drag-handle")
    target = rows.filter(has_text=lower)
    handle.drag_to(target, target_position={"x": 40, "y": 3})


def test_a_supervisors_morning(
    watched: Page, server: str, lines: tuple[Queue, Queue], supervisor: Any, browser: Browser, eventually: Any
) -> None:
    cards, loans = lines
    anna = people.operator("Анна", lines=lines)
    enter(watched, server, supervisor.username)
    office = browser.new_context(locale="ru-RU")
    sign_in(office, server, anna.user)
    window = office.new_page()
    window.goto(f"{server}/workspace/")
    eventually(lambda: order_of(window) == ["Карты", "Кредиты"])

    # A line is raised by dragging; nothing is saved before the button.
    watched.goto(f"{server}/admin/operators/queue/")
    drag_above(watched, "Кредиты", "Карты")
    expect(watched.locator("#result_list tbody tr").first).to_contain_text("Кредиты")
    assert list(Queue.objects.order_by("-priority", "id").values_list("name", flat=True)[:2]) == [
        "Карты",
        "Кредиты",
    ]
    watched.locator("input[name=_save]").click()
    expect(watched.locator(".messagelist .success")).to_be_visible()
    cards.refresh_from_db()
    loans.refresh_from_db()
    assert loans.priority > cards.priority
    eventually(lambda: order_of(window) == ["Кредиты", "Карты"])

    # A template is changed; the preview follows while it is typed, and the open window offers the new text.
    window.locator(f"[data-conversation='{waiting_in(cards).pk}']").click()
    window.get_by_role("button", name="Принять").first.click()
    composer = window.get_by_label("Ответ клиенту")
    composer.press_sequentially("/при")
    expect(window.locator(".picker")).to_contain_text("Здравствуйте")
    hello = ReplyTemplate.objects.get()
    watched.goto(f"{server}/admin/operators/replytemplate/{hello.pk}/change/")
    watched.locator("[name=text]").fill("Добрый день, {customer_name}!")
    expect(watched.locator(".preview p").first).not_to_contain_text("{customer_name}")
    expect(watched.locator(".preview p").first).to_contain_text("Добрый день")
    watched.locator("input[name=_save]").click()
    expect(watched.locator(".messagelist .success")).to_be_visible()
    assert ReplyTemplate.objects.get().text == "Добрый день, {customer_name}!"
    expect(window.locator(".picker")).to_contain_text("Добрый день")
    composer.fill("")
    composer.press_sequentially("/при")
    expect(window.locator(".picker")).to_contain_text("Добрый день")
    composer.press("Enter")
    expect(composer).to_have_value(re.compile(r"^Добрый день, .+!$"))

    # An operator is added and works within the minute.
    watched.goto(f"{server}/admin/operators/operator/add/")
    watched.locator("[name=public_name]").fill("Зоя")
    watched.locator("[name=username]").fill("zoya")
    watched.locator("[name=password]").fill("an entirely new password")
    watched.locator("#memberships-group .add-row a").click()
    watched.locator("[name=memberships-0-queue]").select_option(str(loans.pk))
    watched.locator("input[name=_save]").click()
    expect(watched.locator(".messagelist .success")).to_be_visible()
    zoya = Operator.objects.get(user__username="zoya")
    assert list(QueueMembership.objects.filter(operator=zoya).values_list("queue", flat=True)) == [loans.pk]
    hers = browser.new_context(locale="ru-RU")
    page = hers.new_page()
    page.goto(f"{server}/workspace/")
    page.locator("[name=login]").fill("zoya")
    page.locator("[name=password]").fill("an entirely new password")
    page.locator("[name=password]").press("Enter")
    eventually(lambda: order_of(page) == ["Кредиты"])
    for context in (office, hers):
        context.close()


def waiting_in(line: Queue) -> Conversation:
    return Conversation.objects.get(line=line)


def order_of(page: Page) -> list[str]:
    """Line headings of the operator's list that hold somebody, from top to bottom."""
    text = page.locator("#root").inner_text()
    found = {name: text.find(name) for name in ("Карты", "Кредиты")}
    return sorted((name for name, at in found.items() if at >= 0), key=found.__getitem__)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_skill_given_in_the_back_office_stands_where_a_colleague_is_chosen(
    page: Page, server: str, lines: tuple[Queue, Queue], browser: Browser, theme: str
) -> None:
    cards, _loans = lines
    anna, boris = people.operator("Анна", lines=lines), people.operator("Борис", lines=(cards,))
    long = "переводы в иностранной валюте и валютный контроль"
    for name in ("Английский", long):
        Skill.objects.create(name=name)
    as_administrator(page, server, "ru")
    office = browser.new_context(locale="ru-RU", color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]  # one of the two
    sign_in(office, server, anna.user)
    window = office.new_page()
    window.goto(f"{server}/workspace/")
    window.locator(f"[data-conversation='{waiting_in(cards).pk}']").click()
    window.get_by_role("button", name="Принять").first.click()

    page.goto(f"{server}/admin/operators/operator/{boris.pk}/change/")
    for place, skill in enumerate(("Английский", long)):
        page.locator("#skill_levels-group .add-row a").click()
        page.locator(f"#id_skill_levels-{place}-skill + .select2 .select2-selection").click()
        page.locator(".select2-search__field").fill(skill)
        page.locator(".select2-results__option", has_text=skill).click()
    page.locator("input[name=_save]").click()
    expect(page.locator(".messagelist .success")).to_be_visible()

    window.keyboard.press("Alt+t")
    dialog = window.get_by_role("dialog")
    dialog.get_by_role("button", name="Коллеге").click()
    skills = dialog.locator(".choice").filter(has_text="Борис").locator(".skills")
    expect(skills).to_have_text(f"Английский, {long}")
    expect(skills).to_have_attribute("title", f"Английский, {long}")
    assert skills.evaluate("each => each.scrollWidth > each.clientWidth && each.clientHeight < 24")
    assert axe_problems(window) == []
    dialog.get_by_role("textbox").first.fill("англ")
    expect(dialog.locator(".choice")).to_have_count(1)
    dialog.get_by_role("textbox").first.fill("испан")
    expect(dialog.locator(".choice")).to_have_count(0)
    office.close()


def test_a_deleted_template_is_restored_from_the_list(
    watched: Page, server: str, lines: tuple[Queue, Queue], eventually: Any
) -> None:
    as_administrator(watched, server, "ru")
    hello = ReplyTemplate.objects.get()
    watched.goto(f"{server}/admin/operators/replytemplate/{hello.pk}/delete/")
    watched.get_by_role("button", name="Удалить").click()
    watched.get_by_role("link", name="Удалённое").click()
    expect(watched.locator(".history")).to_contain_text("Здравствуйте")
    watched.get_by_role("button", name="Восстановить").click()
    asked = watched.locator("dialog.ask")
    expect(asked).to_contain_text("/привет Приветствие")
    asked.get_by_role("button", name="Отмена").click()
    assert not ReplyTemplate.objects.exists()
    watched.get_by_role("button", name="Восстановить").click()
    watched.locator("dialog.ask").get_by_role("button", name="Восстановить").click()
    expect(watched.locator(".messagelist .success")).to_contain_text("/привет Приветствие")
    assert ReplyTemplate.objects.get().pk == hello.pk


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_session_elsewhere_is_ended_from_the_page_of_sessions(
    page: Page, server: str, supervisor: Any, browser: Browser, theme: str
) -> None:
    other = browser.new_context(locale="ru-RU")
    lost = other.new_page()
    enter(lost, server, supervisor.username)
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]  # one of the two
    enter(page, server, supervisor.username)
    page.get_by_role("link", name="Сеансы").click()
    expect(page.locator(".places li")).to_have_count(2)
    assert axe_problems(page) == []
    page.locator(".places button").click()
    expect(page.locator(".said")).to_be_visible()
    expect(page.locator(".places li")).to_have_count(1)
    lost.goto(f"{server}/admin/")
    expect(lost.locator("[name=login]")).to_be_visible()
    other.close()


def test_the_password_is_asked_once_more_and_leads_to_the_page(
    watched: Page, server: str, supervisor: Any, settings: Any
) -> None:
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 0
    enter(watched, server, supervisor.username)
    watched.goto(f"{server}/admin/operators/operator/add/")
    expect(watched.get_by_role("heading", level=1)).to_have_text("Подтвердите, что это вы")
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 900
    watched.locator("[name=password]").fill(PASSWORD)
    watched.locator("[name=password]").press("Enter")
    expect(watched).to_have_url(f"{server}/admin/operators/operator/add/")


def test_a_number_typed_does_what_dragging_does(
    watched: Page, server: str, lines: tuple[Queue, Queue], supervisor: Any
) -> None:
    enter(watched, server, supervisor.username)
    watched.goto(f"{server}/admin/operators/queue/")
    field = watched.locator("#result_list tbody tr").filter(has_text="Кредиты").locator("input[type=number]")
    field.fill("90")
    field.press("Enter")
    expect(watched.locator("#result_list tbody tr").first).to_contain_text("Кредиты")
    lines[1].refresh_from_db()
    assert lines[1].priority == 90


def test_a_channel_is_checked_and_its_code_copied(
    watched: Page, server: str, lines: tuple[Queue, Queue]
) -> None:
    channel = organisation.channel("Сайт", is_active=False)
    sign_in(watched.context, server, roles.staff("administrator"))
    watched.goto(f"{server}/admin/support_channels/channel/{channel.pk}/change/")
    watched.locator("[data-check]").click()
    expect(watched.locator("#findings .fault").first).to_be_visible()
    expect(watched.locator("#embed-code")).to_contain_text(f'data-key="{channel.public_key}"')
    assert Channel.objects.get(pk=channel.pk).is_active is False


PAGES = [
    "",
    "operators/queue/",
    "operators/queue/{queue}/change/",
    "operators/queue/{queue}/history/",
    "operators/replytemplate/",
    "operators/replytemplate/add/",
    "operators/replytemplate/import/",
    "operators/replytemplate/deleted/",
    "operators/tag/deleted/",
    "operators/operator/add/",
    "operators/calendar/add/",
    "core/user/",
    "core/apitoken/add/",
    "core/brand/1/change/",
    "auth/group/add/",
    "support_channels/channel/add/",
    "conversations/conversation/",
    "core/event/",
]


def as_administrator(page: Page, server: str, language: str) -> None:
    administrator = roles.staff("administrator")
    administrator.language = language
    administrator.save()
    sign_in(page.context, server, administrator)


@pytest.fixture
def something(lines: tuple[Queue, Queue]) -> Queue:
    """A line with a history, under a colour that is hard to read."""
    Brand.objects.update_or_create(pk=1, defaults={"accent": "#ffd400"})
    Queue.objects.filter(pk=lines[0].pk).update(reopen_hours=5)
    ReplyTemplate.objects.create(shortcut="пока", title="Прощание", text="До свидания").delete()
    return lines[0]


@pytest.mark.parametrize("language", ["ru", "en"])
def test_no_page_breaks_the_policy(watched: Page, server: str, something: Queue, language: str) -> None:
    as_administrator(watched, server, language)
    for path in PAGES:
        watched.goto(f"{server}/admin/{path.format(queue=something.pk)}")
        expect(watched.locator("h1").first).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nobody_is_shut_out(page: Page, server: str, something: Queue, theme: str) -> None:
    # axe writes styles of its own, which the policy refuses: so not on a watched page.
    as_administrator(page, server, "ru")
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    found = {}
    for path in PAGES:
        page.goto(f"{server}/admin/{path.format(queue=something.pk)}")
        expect(page.locator("h1").first).to_be_visible()
        found[path] = axe_problems(page)
    assert not any(found.values()), found


def test_a_bulk_change_asks_how_many_rows_are_meant(
    watched: Page, server: str, lines: tuple[Queue, Queue], supervisor: Any, eventually: Any
) -> None:
    enter(watched, server, supervisor.username)
    watched.goto(f"{server}/admin/operators/queue/")
    row = watched.locator("#result_list tbody tr").filter(has_text="Карты")
    for answer, is_on in (("Отмена", True), ("Продолжить", False)):
        row.locator("input.action-select").check()
        watched.locator("select[name=action]").select_option("switch_off")
        watched.locator(".actions button").click()
        expect(watched.locator("dialog.ask")).to_contain_text("выбрано строк — 1")
        watched.locator("dialog.ask").get_by_role("button", name=answer).click()
        expect(watched.locator("dialog.ask")).to_have_count(0)
        eventually(lambda expected=is_on: Queue.objects.get(pk=lines[0].pk).is_active is expected)
    expect(watched.locator(".messagelist .success")).to_be_visible()
