"""What every adapter promises, whatever it speaks. A kind's own test module inherits ``AdapterContract``.

The subclass says which requests its provider sends and how its provider can be made to fail; the promises are
here. ``test_adapters.py`` checks that every installed kind has such a class.
"""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from typing import ClassVar

import pytest

from apps.channels.adapters.base import (
    Abilities,
    Adapter,
    InboundMessage,
    InboundReceipt,
    NotAuthentic,
    OutboundMessage,
    PermanentError,
    RawUpdate,
    SendError,
    TransientError,
    UncertainError,
)
from tests.factories.people import NOW


class AdapterContract:
    """Promises of every kind."""

    adapter: ClassVar[type[Adapter]]

    def test_it_says_what_it_is(self) -> None:
        assert self.adapter.kind
        assert len(self.adapter.kind) <= 20
        assert str(self.adapter.label)
        with pytest.raises(FrozenInstanceError):
            self.adapter.abilities.text_limit = 5

    def test_it_is_built_from_plain_settings(self) -> None:
        built = self.adapter(secret="s", settings={"a": "b"})
        assert (built.secret, built.settings) == ("s", {"a": "b"})

    def test_an_unsigned_request_is_never_authentic(self) -> None:
        for secret in ("", "secret"):
            with pytest.raises(NotAuthentic):
                self.adapter(secret=secret).authenticate({}, b"{}", now=NOW)

    def test_a_broken_body_is_a_value_error_and_nothing_else(self) -> None:
        for body in (b"", b"\xff\xfe", b"null", b"[]", b"not what it speaks"):
            with pytest.raises(ValueError):  # noqa: PT011 - the contract names the class alone
                self.adapter(secret="s").split(body)


class OwnSocketContract(AdapterContract):
    """Kinds whose customers sit at our own sockets: nothing leaves and nothing comes by webhook."""

    def test_nothing_leaves(self) -> None:
        assert self.adapter.abilities.own_socket
        with pytest.raises(PermanentError):
            self.adapter(secret="s").send(OutboundMessage(recipient="1", text="a", key="k"))


class ProviderContract(AdapterContract):
    """Kinds with a provider. What raises NotImplementedError is said by each kind's own test."""

    def signed(self, body: bytes) -> tuple[Adapter, dict[str, str]]:
        """An adapter and the headers with which the provider would send this body to it."""
        raise NotImplementedError

    def request(self) -> bytes:
        """A request with one message from customer "42" saying "Привет", as the provider sends it."""
        raise NotImplementedError

    def unknown(self) -> RawUpdate:
        """An update of a shape that the adapter does not know."""
        raise NotImplementedError

    def started(self, token: str) -> RawUpdate:
        """The update by which customer "42" comes with this token; of kinds with links only."""
        raise NotImplementedError

    def sending(self) -> Adapter:
        """An adapter that can send, its provider's ledger empty."""
        raise NotImplementedError

    def ledger(self) -> list[str]:
        """The texts that reached the provider's customers."""
        raise NotImplementedError

    def provider_fails(self, error: SendError, *, taken: bool) -> None:
        """The provider's next answer is what makes the adapter raise this, before or after it took the message."""
        raise NotImplementedError

    def test_it_is_for_somebody_elses_wire(self) -> None:
        assert isinstance(self.adapter.abilities, Abilities)
        assert not self.adapter.abilities.own_socket

    def test_the_providers_own_request_is_authentic_and_a_changed_one_is_not(self) -> None:
        body = self.request()
        adapter, headers = self.signed(body)
        adapter.authenticate(headers, body, now=NOW)
        with pytest.raises(NotAuthentic):
            adapter.authenticate(headers, body + b" ", now=NOW)
        with pytest.raises(NotAuthentic):
            self.adapter(secret="another").authenticate(headers, body, now=NOW)

    def test_cutting_and_reading_give_the_message(self) -> None:
        adapter, _headers = self.signed(self.request())
        [update] = adapter.split(self.request())
        assert update.external_id
        [message] = adapter.parse(update)
        assert isinstance(message, InboundMessage)
        assert (message.sender, message.text) == ("42", "Привет")
        assert message.external_id

    def test_reading_is_pure(self) -> None:
        adapter, _headers = self.signed(self.request())
        [update] = adapter.split(self.request())
        assert list(adapter.parse(update)) == list(adapter.parse(update))

    def test_an_unknown_shape_yields_nothing_and_does_not_raise(self) -> None:
        found = list(self.adapter(secret="s").parse(self.unknown()))
        assert [each for each in found if isinstance(each, InboundMessage | InboundReceipt)] == []

    def test_its_links_open_the_messenger_and_carry_the_token(self) -> None:
        adapter, _headers = self.signed(self.request())
        if not adapter.abilities.deep_links:
            return
        token = "Az09-_" * 5 + "xy"
        assert adapter.deep_link(token).startswith("https://")
        assert token in adapter.deep_link(token)
        assert adapter.deep_link(token) == adapter.deep_link(token)
        assert self.adapter().deep_link(token) in ("", adapter.deep_link(token))

    def test_a_token_comes_back_beside_the_words_and_not_in_them(self) -> None:
        if not self.adapter.abilities.deep_links:
            return
        [message] = self.adapter(secret="s").parse(self.started("Az09-_"))
        assert isinstance(message, InboundMessage)
        assert (message.sender, message.start) == ("42", "Az09-_")
        assert "Az09-_" not in message.text

    def test_a_sent_message_has_the_providers_number(self) -> None:
        receipt = self.sending().send(OutboundMessage(recipient="42", text="Готово", key="k1"))
        assert receipt.provider_id
        assert self.ledger() == ["Готово"]

    @pytest.mark.parametrize("error", [PermanentError("no"), TransientError("later", retry_after=7.0)])
    def test_what_it_calls_not_sent_was_not_sent(self, error: SendError) -> None:
        adapter = self.sending()
        self.provider_fails(error, taken=False)
        with pytest.raises(type(error)) as raised:
            adapter.send(OutboundMessage(recipient="42", text="Готово", key="k1"))
        assert self.ledger() == []
        if isinstance(error, TransientError):
            assert raised.value.retry_after == 7.0

    def test_a_repeat_with_the_same_key_is_carried_once_exactly_when_it_says_so(self) -> None:
        adapter = self.sending()
        message = OutboundMessage(recipient="42", text="Готово", key="k1")
        self.provider_fails(UncertainError("lost"), taken=True)
        with pytest.raises(UncertainError):
            adapter.send(message)
        adapter.send(message)
        assert len(self.ledger()) == (1 if adapter.abilities.idempotent else 2)
