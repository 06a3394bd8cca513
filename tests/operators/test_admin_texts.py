"""Reply templates in the back office: preview, import and export that no spreadsheet will run."""

from __future__ import annotations

import csv
import io
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from apps.core import clock
from apps.core.admin.event_words import kind_words
from apps.core.models import Brand, Event, StoredFile
from apps.core.sheets import FORMULA, made_plain, made_safe
from apps.operators import selectors
from apps.operators.models import BreakReason, ReplyTemplate, Tag
from apps.operators.placeholders import blanks, fill
from tests.factories import organisation, people, roles
from tests.factories.people import NOW
from tests.operators.test_admin_lines import announced
from tests.operators.test_admin_reach import page

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    return roles.browser(roles.staff("administrator"))


def template(**values: object) -> ReplyTemplate:
    return ReplyTemplate.objects.create(**{"shortcut": "hi", "title": "Hi", "text": "Hello", **values})


# --- the file -----------------------------------------------------------------------------------------------


@given(st.text())
def test_a_cell_survives_the_way_out_and_back(text: str) -> None:
    assert made_plain(made_safe(text)) == text
    assert not made_safe(text).startswith(FORMULA)


def exported(client: Client) -> list[dict[str, str]]:
    answer = client.get(page("replytemplate_export"))
    assert answer["Content-Type"] == "text/csv"
    return list(csv.DictReader(io.StringIO(answer.content.decode())))


def test_an_exported_formula_is_only_text(client: Client) -> None:
    template(text='=HYPERLINK("https://evil.example")', title="@SUM(1)")
    row = exported(client)[0]
    assert (row["text"], row["title"]) == ('\'=HYPERLINK("https://evil.example")', "'@SUM(1)")


def uploaded(client: Client, *lines: str) -> object:
    header = "shortcut,language,title,text,folder,line,owner,position,is_active"
    return sent(client, "\n".join([header, *lines]))


def sent(client: Client, content: str) -> object:
    upload = SimpleUploadedFile("t.csv", content.encode(), content_type="text/csv")
    return client.post(page("replytemplate_import"), {"import_file": upload, "format": "0"})


def confirmed(client: Client, answer: object) -> None:
    form = answer.context["confirm_form"].initial
    client.post(page("replytemplate_process_import"), form)


def test_what_was_exported_comes_back_the_same(client: Client) -> None:
    line = organisation.line("Cards")
    template(text="=1+1 {customer_name}", queue=line)
    content = client.get(page("replytemplate_export")).content.decode()
    ReplyTemplate.objects.all().delete()
    confirmed(client, sent(client, content))
    assert list(ReplyTemplate.objects.values_list("text", "queue")) == [("=1+1 {customer_name}", line.pk)]
    assert announced("texts.changed") == [{"catalogue": 0, "what": "templates"}]


def test_a_known_template_is_changed(client: Client) -> None:
    template()
    confirmed(client, uploaded(client, "hi,ru,Hi,New words,,,,0,1"))
    found = ReplyTemplate.objects.get()
    assert found.text == "New words"


def test_a_row_with_a_fault_stops_the_import(client: Client) -> None:
    for bad in (
        "not good!,ru,T,Text,,,,0,1",
        "ok,ru,T,Text,,No such line,,0,1",
        f"ok,ru,T,{'x' * 4001},,,,0,1",
    ):
        answer = uploaded(client, bad)
        assert answer.context["result"].has_errors() or answer.context["result"].has_validation_errors()
    assert not ReplyTemplate.objects.exists()


def test_a_supervisor_imports_into_his_lines_only() -> None:
    ours, theirs = organisation.line("Ours"), organisation.line("Theirs")
    common = template()
    client = roles.browser(roles.staff("supervisor", lines=(ours,)))
    for bad in ("x,ru,T,Text,,Theirs,,0,1", "x,ru,T,Text,,,,0,1", "hi,ru,Hi,Taken over,,,,0,1"):
        result = uploaded(client, bad).context["result"]
        assert result.has_errors() or result.has_validation_errors(), bad
    confirmed(client, uploaded(client, "x,ru,T,Text,,Ours,,0,1"))
    common.refresh_from_db()
    assert common.text == "Hello"
    assert not ReplyTemplate.objects.filter(queue=theirs).exists()
    assert ReplyTemplate.objects.filter(queue=ours).count() == 1


# --- who took it away ---------------------------------------------------------------------------------------


def test_an_export_is_told_by_the_log_the_file_and_its_name() -> None:
    line = organisation.line("Cards")
    template(queue=line)
    template(shortcut="bye", queue=organisation.line("Loans"))
    user = roles.staff("supervisor", lines=(line,))
    answer = roles.browser(user).get(page("replytemplate_export"))
    now = clock.now()
    event = Event.objects.get(kind="texts.exported")
    assert (event.actor_kind, event.actor_id) == ("staff", user.pk)
    assert event.details == {"catalogue": 0, "what": "templates", "rows": 1}
    marks = [row["exported"] for row in csv.DictReader(io.StringIO(answer.content.decode()))]
    assert len(marks) == 1
    assert re.fullmatch(rf"{user.username} {now:%Y-%m-%d} \d\d:\d\d UTC", marks[0])
    assert re.search(
        rf'filename="templates-{user.username}-{now:%Y%m%d}-\d{{4}}\.csv"', answer["Content-Disposition"]
    )


def test_an_export_of_nothing_is_told_as_well(client: Client) -> None:
    assert client.get(page("replytemplate_export")).status_code == 200
    assert announced("texts.exported") == [{"catalogue": 0, "what": "templates", "rows": 0}]


def test_an_export_that_is_refused_leaves_no_event() -> None:
    browser = roles.browser(roles.staff("operator"))
    assert browser.get(page("replytemplate_export")).status_code in (302, 403)
    assert announced("texts.exported") == []


def test_the_list_has_no_second_door_to_the_file(client: Client) -> None:
    kept = template()
    offered = client.get(page("replytemplate_changelist")).content.decode()
    assert 'value="switch_off"' in offered
    assert "export_admin_action" not in offered
    asked = {"action": "export_admin_action", "_selected_action": [kept.pk]}
    assert client.post(page("replytemplate_changelist"), asked)["Content-Type"] != "text/csv"
    assert announced("texts.exported") == []


@pytest.mark.parametrize(("language", "words"), [("en", "taken away as a file"), ("ru", "выгружены в файл")])
def test_the_journal_words_an_export(language: str, words: str) -> None:
    with translation.override(language):
        assert words in kind_words("texts.exported")


# --- whose upload -------------------------------------------------------------------------------------------


def pending_form(client: Client) -> dict[str, str]:
    answer = uploaded(client, "new,ru,New,Words,,,,0,1")
    return dict(answer.context["confirm_form"].initial)


def refused(client: Client, form: dict[str, str]) -> bool:
    answer = client.post(page("replytemplate_process_import"), form, follow=True)
    told = [str(each) for each in answer.context["messages"]]
    assert answer.redirect_chain == [(page("replytemplate_import"), 302)]
    assert told[-1:] == ["Этот файл больше не ждёт загрузки. Выберите его снова."]
    return not ReplyTemplate.objects.exists()


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "/etc/passwd", "passwd", "", "owner-", "0" * 32, "0" * 31 + "\n", "\x00"]
)
def test_a_forged_name_of_an_upload_opens_nothing(client: Client, name: str) -> None:
    assert refused(client, pending_form(client) | {"import_file_name": name})


def test_a_colleague_does_not_confirm_my_upload(client: Client) -> None:
    form = pending_form(client)
    colleague = roles.browser(roles.staff("administrator"))
    assert refused(colleague, form)
    client.post(page("replytemplate_process_import"), form)
    assert [each.shortcut for each in ReplyTemplate.objects.all()] == ["new"]


def test_an_upload_is_confirmed_once(client: Client) -> None:
    form = pending_form(client)
    client.post(page("replytemplate_process_import"), form)
    ReplyTemplate.objects.all().delete()
    assert refused(client, form)


@pytest.mark.parametrize("number", ["1", "-1", "x", ""])
def test_a_forged_format_opens_nothing(client: Client, number: str) -> None:
    assert refused(client, pending_form(client) | {"format": number})


def test_an_upload_is_not_confirmed_by_an_address(client: Client) -> None:
    assert client.get(page("replytemplate_process_import"), pending_form(client)).status_code == 405
    assert not ReplyTemplate.objects.exists()


# --- the preview --------------------------------------------------------------------------------------------


def previewed(client: Client, text: str) -> list[dict[str, object]]:
    return client.post(page("replytemplate_preview"), {"text": text}).json()["previews"]


def test_the_preview_fills_what_is_known_and_names_the_blanks(client: Client) -> None:
    client.post(reverse("admin:own_language"), {"language": "en"})
    shown = previewed(client, "Hello {customer_name}, until {date}")
    assert {each["text"] for each in shown} == {"Hello Maria, until {date}"}
    assert shown[0]["note"] == "25 of 4000 characters · 1 blank to fill: date"


def test_the_preview_says_when_a_kind_would_not_take_it(client: Client) -> None:
    shown = previewed(client, "x" * 4001)
    assert (shown[0]["fits"], len(shown[0]["text"])) == (False, 4000)


def test_placeholders_are_replaced_once_and_are_not_a_language() -> None:
    assert fill("{customer_name}", {"customer_name": "{bank}", "bank": "Ours"}) == "{bank}"
    for odd in (
        "{{ settings }}",
        "{% load x %}",
        "{0.__class__}",
        "{customer_name.__class__}",
        "{customer_name!r}",
    ):
        assert fill(odd, {"customer_name": "Maria", "settings": "no"}) in (odd, "{no}", odd)
    assert blanks("{a} {customer_name} {срок} {a}") == ["a", "срок"]


# --- what follows -------------------------------------------------------------------------------------------


def test_every_text_changed_is_announced(client: Client) -> None:
    for name, form in {
        "tag_add": {"name": "urgent", "colour": "#ff0000", "is_active": "on"},
        "breakreason_add": {"name_ru": "обед", "name_en": "lunch", "position": 0, "is_active": "on"},
        "templatefolder_add": {"name": "Greetings", "position": 0},
        "skill_add": {"name": "English"},
    }.items():
        assert client.post(page(name), form).status_code == 302, name
    assert [each["what"] for each in announced("texts.changed")] == ["tags", "reasons", "templates", "skills"]


def test_a_template_switched_off_leaves_the_catalogue(client: Client) -> None:
    line = organisation.line()
    anna = people.operator("Анна", lines=(line,))
    hi = template(queue=line)
    assert [each.id for each in selectors.catalogue(anna.pk, language="ru", now=NOW).templates] == [hi.pk]
    client.post(page("replytemplate_changelist"), {"action": "switch_off", "_selected_action": [hi.pk]})
    assert selectors.catalogue(anna.pk, language="ru", now=NOW).templates == []
    assert announced("texts.changed") == [{"catalogue": 0, "what": "templates"}]


def test_deleted_tags_and_reasons_are_announced_one_by_one(client: Client) -> None:
    tags = [Tag.objects.create(name=name) for name in ("one", "two")]
    reason = BreakReason.objects.create(name_ru="обед")
    chosen = [tag.pk for tag in tags]
    client.post(
        page("tag_changelist"), {"action": "delete_selected", "_selected_action": chosen, "post": "yes"}
    )
    client.post(page("breakreason_delete", reason.pk), {"post": "yes"})
    assert [each["what"] for each in announced("texts.changed")] == ["tags", "tags", "reasons"]
    assert not Tag.objects.exists()


def picture(kind: str = "PNG") -> SimpleUploadedFile:
    from PIL import Image

    content = io.BytesIO()
    Image.new("RGB", (40, 20), "#123456").save(content, kind)
    return SimpleUploadedFile(f"logo.{kind.lower()}", content.getvalue())


def test_the_look_of_the_bank_takes_colour_and_logo(client: Client) -> None:
    Brand.objects.update_or_create(pk=1)
    address = reverse("admin:core_brand_change", args=[1])
    form = {"name": "Meridian", "accent": "#0c5a4b", "upload": picture()}
    assert client.post(address, form).status_code == 302
    brand = Brand.objects.get()
    assert (brand.name, brand.accent, brand.logo.kind) == ("Meridian", "#0c5a4b", "image")
    assert 'content="#0c5a4b"' in client.get("/admin/").content.decode()
    shown = f'src="{reverse("public_picture", args=[brand.logo_id])}"'
    # On its own page, and at the top of this one as of every page.
    assert client.get(address).content.decode().count(shown) == 2
    client.post(address, {"name": "Meridian", "accent": "#0c5a4b", "without_logo": "on"})
    assert Brand.objects.get().logo is None
    assert [each["what"] for each in announced("texts.changed")] == ["brand", "brand"]


@pytest.mark.parametrize(
    "content", [b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"\xff\xd8\xff<html><script>", b""]
)
def test_what_is_not_a_picture_becomes_no_logo(client: Client, content: bytes) -> None:
    Brand.objects.update_or_create(pk=1)
    upload = SimpleUploadedFile("logo.png", content)
    answer = client.post(
        reverse("admin:core_brand_change", args=[1]), {"name": "X", "accent": "#0c5a4b", "upload": upload}
    )
    assert answer.status_code == 200
    assert Brand.objects.get().logo is None
    assert not StoredFile.objects.exists()
