"""Every installed kind of channel keeps the contract."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.conf import settings

from apps.channels.adapters.base import Adapter, RawUpdate, SendError
from apps.channels.adapters.registry import adapter_class, build_adapter, kind_choices, own_socket_kinds
from apps.channels.adapters.web import AppAdapter, WebAdapter
from tests.adapters import null
from tests.channels.adapter_contract import AdapterContract, OwnSocketContract, ProviderContract


class TestSite(OwnSocketContract):
    adapter = WebAdapter


class TestApp(OwnSocketContract):
    adapter = AppAdapter


class TestBlind(ProviderContract):
    adapter = null.BlindAdapter

    @pytest.fixture(autouse=True)
    def provider(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        monkeypatch.setattr(self.adapter, "provider", null.Provider())
        yield
        assert not self.adapter.provider.before
        assert not self.adapter.provider.after

    def signed(self, body: bytes) -> tuple[Adapter, dict[str, str]]:
        return self.adapter(secret=null.SECRET), {null.SIGNATURE: null.signature(body)}

    def request(self) -> bytes:
        return null.request(null.message("1", "Привет"))

    def unknown(self) -> RawUpdate:
        return RawUpdate(external_id="9", body=b'{"id": "9", "dance": true}')

    def started(self, token: str) -> RawUpdate:
        return self.adapter().split(null.request(null.message("1", "", start=token)))[0]

    def sending(self) -> Adapter:
        return self.adapter(secret=null.SECRET)

    def ledger(self) -> list[str]:
        return self.adapter.provider.texts

    def provider_fails(self, error: SendError, *, taken: bool) -> None:
        faults = self.adapter.provider.after if taken else self.adapter.provider.before
        faults.append(null.fails(error))


class TestKeyed(TestBlind):
    adapter = null.KeyedAdapter


def _contracts(base: type) -> Iterator[type]:
    for each in base.__subclasses__():
        yield each
        yield from _contracts(each)


def test_every_installed_kind_is_held_to_the_contract() -> None:
    held = {each.adapter for each in _contracts(AdapterContract) if hasattr(each, "adapter")}
    installed = {adapter_class(kind) for kind in settings.OTKLIK_ADAPTERS}
    assert installed <= held


def test_a_kind_is_named_as_in_the_table() -> None:
    assert {kind: adapter_class(kind).kind for kind in settings.OTKLIK_ADAPTERS} == {
        kind: kind for kind in settings.OTKLIK_ADAPTERS
    }
    assert [kind for kind, _label in kind_choices()] == list(settings.OTKLIK_ADAPTERS)
    assert own_socket_kinds() == {"web", "app"}


def test_an_unknown_kind_is_not_built() -> None:
    with pytest.raises(KeyError):
        build_adapter("pigeon")
