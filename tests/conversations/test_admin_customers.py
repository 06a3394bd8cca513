"""The page of a customer: his manager is chosen there, by who may, of those whom he may know."""

from __future__ import annotations

import pytest
from django.urls import reverse

from apps.conversations.models import Conversation, Customer
from apps.core.models import Event
from apps.operators.models import Operator, Queue
from tests.factories import dialogues, organisation, people, roles

pytestmark = pytest.mark.django_db
LISTED = reverse("admin:conversations_customer_changelist")


@pytest.fixture
def ours() -> Queue:
    return organisation.line("Ours")


@pytest.fixture
def anna(ours: Queue) -> Operator:
    return people.operator("Анна", lines=(ours,))


@pytest.fixture
def conversation(ours: Queue) -> Conversation:
    made = dialogues.conversation(line=ours)
    Customer.objects.filter(pk=made.customer_id).update(bank_id="C-77")
    return made


def page(customer: Customer) -> str:
    return reverse("admin:conversations_customer_change", args=[customer.pk])


def test_a_supervisor_names_the_manager_and_takes_him_back(
    ours: Queue, anna: Operator, conversation: Conversation
) -> None:
    supervisor = roles.staff("supervisor", lines=(ours,))
    client = roles.browser(supervisor)
    customer = conversation.customer
    assert client.post(page(customer), {"manager": anna.pk}).status_code == 302
    customer.refresh_from_db()
    assert customer.manager_id == anna.pk
    event = Event.objects.get(kind="customer.changed")
    assert (event.details["fields"], event.actor_id) == (["manager"], supervisor.pk)
    assert "Анна" in client.get(LISTED).content.decode()
    client.post(page(customer), {"manager": ""})
    customer.refresh_from_db()
    assert customer.manager_id is None


def test_nothing_else_of_a_customer_is_written_there(
    ours: Queue, anna: Operator, conversation: Conversation
) -> None:
    client = roles.browser(roles.staff("supervisor", lines=(ours,)))
    client.post(page(conversation.customer), {"manager": anna.pk, "name": "Другой", "bank_id": "X"})
    customer = Customer.objects.get(pk=conversation.customer_id)
    assert (customer.name, customer.bank_id, customer.manager_id) == ("Иван", "C-77", anna.pk)


def test_operators_of_other_lines_are_not_offered_and_not_taken(
    ours: Queue, conversation: Conversation
) -> None:
    boris = people.operator("Борис", lines=(organisation.line("Theirs"),))
    client = roles.browser(roles.staff("supervisor", lines=(ours,)))
    assert "Борис" not in client.get(page(conversation.customer)).content.decode()
    assert client.post(page(conversation.customer), {"manager": boris.pk}).status_code == 200
    assert Customer.objects.get(pk=conversation.customer_id).manager is None


def test_a_manager_from_another_line_stays_when_the_page_is_saved(
    ours: Queue, conversation: Conversation
) -> None:
    boris = people.operator("Борис", lines=(organisation.line("Theirs"),))
    Customer.objects.filter(pk=conversation.customer_id).update(manager=boris.user)
    client = roles.browser(roles.staff("supervisor", lines=(ours,)))
    assert client.post(page(conversation.customer), {"manager": boris.pk}).status_code == 302
    assert Customer.objects.get(pk=conversation.customer_id).manager_id == boris.pk


def test_customers_of_other_lines_have_no_row_and_no_page(ours: Queue, conversation: Conversation) -> None:
    theirs = organisation.line("Theirs")
    client = roles.browser(roles.staff("supervisor", lines=(theirs,)))
    customer = conversation.customer
    assert list(client.get(LISTED).context["cl"].result_list) == []
    for asked in (str(customer.pk), "C-77"):
        assert list(client.get(LISTED, {"q": asked}).context["cl"].result_list) == []
    anna = people.operator("Вера", lines=(theirs,))
    assert client.post(page(customer), {"manager": anna.pk}).status_code in (302, 404)
    assert Customer.objects.get(pk=customer.pk).manager is None


def test_an_auditor_changes_nothing(anna: Operator, conversation: Conversation) -> None:
    client = roles.browser(roles.staff("auditor"))
    assert client.post(page(conversation.customer), {"manager": anna.pk}).status_code in (302, 403)
    assert Customer.objects.get(pk=conversation.customer_id).manager is None


def test_a_customer_is_found_by_his_number_here_and_at_the_bank(
    ours: Queue, conversation: Conversation
) -> None:
    dialogues.conversation(line=ours)
    client = roles.browser(roles.staff("supervisor", lines=(ours,)))
    for asked in (f"№ {conversation.customer_id}", "C-77"):
        found = client.get(LISTED, {"q": asked}).context["cl"].result_list
        assert [row.pk for row in found] == [conversation.customer_id]
    assert list(client.get(LISTED, {"q": "Иван"}).context["cl"].result_list) == []
