"""Links that open a messenger: which channels have them, and the address for a token."""

from __future__ import annotations

from django.utils import translation

from apps.channels.adapters.registry import adapter_class, build_adapter, deep_link_kinds
from apps.channels.models import Channel

# As long as any real token, so that an adapter answers it alike.
_EXAMPLE = "A" * 32


def continuing_channels() -> list[Channel]:
    """Channels in which a chat may be continued now, by their names: on, meant for it, and able to make a link."""
    found = Channel.objects.filter(is_active=True, continues_chats=True, kind__in=deep_link_kinds())
    return [channel for channel in found.order_by("name", "pk") if link_to(channel, _EXAMPLE)]


def link_to(channel: Channel, token: str) -> str:
    """The address that opens the channel's account and brings the token back; empty while it has none."""
    url = build_adapter(channel.kind, secret=channel.webhook_secret).deep_link(token)
    return url if url.startswith("https://") else ""


def names_of(channel: Channel) -> dict[str, str]:
    """What customers call the channel, by language: its title, or the kind's own name."""
    found = {}
    for language in ("ru", "en"):
        with translation.override(language):
            label = str(adapter_class(channel.kind).label)
        found[language] = channel.text("title", language) or label
    return found
