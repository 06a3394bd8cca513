"""REST over customers and their addresses, and who sees what is personal."""

from __future__ import annotations

from typing import Any

import pytest

from apps.conversations.models import Conversation, Customer
from apps.core.models import Event
from tests.api import Integration, codes
from tests.factories import dialogues, organisation, people

pytestmark = pytest.mark.django_db
ATTRIBUTES = {"segment": "premium", "cards": 2, "vip": True}


def describe(conversation: Conversation, **values: Any) -> Customer:
    Customer.objects.filter(pk=conversation.customer_id).update(**values)
    return Customer.objects.get(pk=conversation.customer_id)


class TestUpsert:
    def test_unknown_number_makes_a_customer_and_the_next_time_updates_him(self) -> None:
        crm = Integration()
        first = crm.post("customers/", {"bank_id": "C-1", "name": "Иван", "attributes": ATTRIBUTES})
        again = crm.post(
            "customers/", {"bank_id": "C-1", "phone": "+79160000000", "attributes": {"vip": None}}
        )
        customer = Customer.objects.get()
        assert first.json() == again.json() == {"id": customer.pk, "bank_id": "C-1"}
        assert (customer.name, customer.phone) == ("Иван", "+79160000000")
        assert customer.attributes == {"segment": "premium", "cards": 2}
        found = crm.get(f"customers/{customer.pk}/").json()
        assert (found["bank_id"], found["attributes"]) == ("C-1", customer.attributes)
        event = Event.objects.filter(kind="customer.changed").first()
        assert event is not None
        assert (event.actor_kind, event.actor_id) == ("integration", crm.token.pk)

    def test_joined_customer_is_found_through_the_one_he_became(self) -> None:
        kept = Customer.objects.create(bank_id="C-2", created_at=people.NOW)
        Customer.objects.create(bank_id="C-1", merged_into=kept, created_at=people.NOW)
        assert Integration().post("customers/", {"bank_id": "C-1", "name": "Иван"}).json()["id"] == kept.pk
        kept.refresh_from_db()
        assert kept.name == "Иван"

    def test_account_of_some_lines_only_may_not_ask_whom_the_bank_knows(self) -> None:
        customer = Customer.objects.create(bank_id="C-1", created_at=people.NOW)
        limited = Integration(lines=[organisation.line()])
        for number in ("C-1", "C-2"):
            assert codes(limited.post("customers/", {"bank_id": number, "name": "X"})) == (403, "forbidden")
        customer.refresh_from_db()
        assert (customer.name, Customer.objects.count()) == ("", 1)

    @pytest.mark.parametrize(
        "attributes",
        [
            {"Bad Name": 1},
            {"a' OR 1=1 --": 1},
            {"a__b.c": 1},
            {"x": {"deep": 1}},
            {"x": [1]},
            {"x": "y" * 501},
            {"x": 2**60},
            {"x": "a\x00b"},
            [],
            "text",
        ],
    )
    def test_odd_attributes_are_refused(self, attributes: Any) -> None:
        answer = Integration().post("customers/", {"bank_id": "C-1", "attributes": attributes})
        assert codes(answer) == (400, "invalid")
        assert "attributes" in answer.json()["errors"]
        assert not Customer.objects.exists()

    def test_card_numbers_are_hidden_before_the_first_write(self) -> None:
        crm = Integration()
        crm.post("customers/", {"bank_id": "C-1", "attributes": {"comment": "card 4111111111111111"}})
        assert "4111111111111111" not in str(Customer.objects.values().get())

    @pytest.mark.parametrize("field", ["id", "merged_into", "created_at", "identities", "is_staff"])
    def test_other_fields_are_refused(self, field: str) -> None:
        answer = Integration().post("customers/", {"bank_id": "C-1", field: 1})
        assert answer.json()["errors"][field][0]["code"] == "unknown_field"
        assert not Customer.objects.exists()


class TestForeign:
    @pytest.fixture
    def two(self) -> tuple[Integration, Customer, Customer]:
        mine, other = organisation.line(), organisation.line()
        ours = describe(dialogues.conversation(line=mine), name="Ours", phone="+7111", bank_id="C-1")
        theirs = describe(dialogues.conversation(line=other), name="Theirs", phone="+7222", bank_id="C-2")
        return Integration(lines=[mine]), ours, theirs

    def test_customers_and_addresses_of_other_lines_are_404_and_not_listed(self, two: Any) -> None:
        crm, ours, theirs = two
        assert [each["id"] for each in crm.get("customers/").json()["items"]] == [ours.pk]
        assert [each["customer"] for each in crm.get("identities/").json()["items"]] == [ours.pk]
        foreign = crm.get(f"customers/{theirs.pk}/")
        assert foreign.json() == crm.get("customers/999999/").json()
        assert foreign.status_code == 404
        assert crm.get(f"identities/{theirs.identities.get().pk}/").status_code == 404
        for query in ({"search": "Theirs"}, {"phone": "+7222"}, {"bank_id": "C-2"}):
            assert crm.get("customers/", **query).json()["items"] == []

    def test_changing_and_reporting_are_404_and_change_nothing(self, two: Any) -> None:
        crm, _ours, theirs = two
        events = Event.objects.count()
        assert crm.send("PATCH", f"customers/{theirs.pk}/", {"name": "X"}).status_code == 404
        assert crm.post(f"customers/{theirs.pk}/events/", {"code": "paid"}).status_code == 404
        theirs.refresh_from_db()
        assert (theirs.name, Event.objects.count()) == ("Theirs", events)

    def test_customer_who_never_wrote_is_known_to_who_reads_every_line(self, two: Any) -> None:
        crm, _ours, _theirs = two
        silent = Customer.objects.create(bank_id="C-3", created_at=people.NOW)
        assert crm.get(f"customers/{silent.pk}/").status_code == 404
        assert Integration().get(f"customers/{silent.pk}/").status_code == 200


class TestPersonal:
    def test_without_the_right_personal_fields_are_null_and_find_nobody(self) -> None:
        customer = describe(
            dialogues.conversation(), name="Иван", phone="+7111", email="i@example.com", bank_id="C-1"
        )
        reader = Integration(rights=["see_text"])
        found = reader.get(f"customers/{customer.pk}/").json()
        assert found["name"] == "Иван"
        assert {found[name] for name in ("bank_id", "phone", "email")} == {None}
        assert found["attributes"] is None
        for query in ({"phone": "+7111"}, {"email": "i@example.com"}, {"bank_id": "C-1"}):
            assert reader.get("customers/", **query).json()["items"] == []
            assert len(Integration().get("customers/", **query).json()["items"]) == 1
        identity = customer.identities.get()
        assert reader.get("identities/").json()["items"][0]["external_id"] is None
        assert reader.get("identities/", external_id=identity.external_id).json()["items"] == []
        shown = Integration().get("identities/", external_id=identity.external_id).json()["items"]
        assert [each["external_id"] for each in shown] == [identity.external_id]

    def test_right_in_one_line_shows_customers_of_that_line_only(self) -> None:
        mine = organisation.line()
        ours = describe(dialogues.conversation(line=mine), phone="+7111")
        crm = Integration(lines=[mine], rights=["see_text", "see_personal"])
        assert crm.get(f"customers/{ours.pk}/").json()["phone"] == "+7111"

    def test_who_does_not_see_personal_data_does_not_change_it(self) -> None:
        customer = describe(dialogues.conversation(), name="Иван")
        reader = Integration(rights=["see_text"])
        assert codes(reader.send("PATCH", f"customers/{customer.pk}/", {"name": "X"})) == (403, "forbidden")
        customer.refresh_from_db()
        assert customer.name == "Иван"


def test_named_fields_change_and_the_others_stay() -> None:
    customer = describe(dialogues.conversation(), name="Иван", phone="+7111", attributes={"a": 1})
    answer = Integration().send(
        "PATCH", f"customers/{customer.pk}/", {"phone": "+7222", "attributes": {"b": "two"}}
    )
    found = answer.json()
    assert (answer.status_code, found["name"], found["phone"]) == (200, "Иван", "+7222")
    assert found["attributes"] == {"a": 1, "b": "two"}


def test_what_a_customer_did_becomes_an_event_of_ids_and_codes() -> None:
    customer_id = dialogues.conversation().customer_id
    crm = Integration()
    body = {"code": "contract_signed", "at": "2026-11-20T08:55:00Z"}
    answer = crm.post(f"customers/{customer_id}/events/", body)
    assert (answer.status_code, answer.json()) == (201, {"customer": customer_id, **body})
    event = Event.objects.get(kind="customer.acted")
    assert event.details == {
        "customer": customer_id,
        "code": "contract_signed",
        "happened_at": "2026-11-20T08:55:00+00:00",
        "claimed": False,
    }
    assert crm.post(f"customers/{customer_id}/events/", {"code": "Words of a person"}).status_code == 400


class TestManager:
    def test_the_bank_names_a_personal_manager_and_takes_him_back(self) -> None:
        crm, anna = Integration(), people.operator("Анна")
        made = crm.post("customers/", {"bank_id": "C-1", "manager": anna.pk}).json()["id"]
        assert crm.get(f"customers/{made}/").json()["manager"] == anna.pk
        event = Event.objects.get(kind="customer.changed")
        assert event.details["fields"] == ["manager"]
        assert crm.send("PATCH", f"customers/{made}/", {"manager": None}).json()["manager"] is None
        assert Customer.objects.get().manager is None

    def test_a_manager_who_is_no_operator_is_refused(self) -> None:
        crm, anna = Integration(), people.operator("Анна")
        made = crm.post("customers/", {"bank_id": "C-1", "manager": anna.pk}).json()["id"]
        clerk = people.user("clerk")
        for number in (clerk.pk, 10**9):
            assert codes(crm.send("PATCH", f"customers/{made}/", {"manager": number})) == (404, "not_found")
            assert codes(crm.post("customers/", {"bank_id": "C-2", "manager": number})) == (404, "not_found")
        assert [row.manager_id for row in Customer.objects.all()] == [anna.pk]

    def test_who_has_left_becomes_nobodys_manager(self) -> None:
        crm, anna = Integration(), people.operator("Анна")
        anna.is_active = False
        anna.save()
        assert codes(crm.post("customers/", {"bank_id": "C-1", "manager": anna.pk})) == (404, "not_found")
        assert not Customer.objects.exists()
