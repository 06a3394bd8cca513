"""What the "Check" button of a channel asks of the channel itself; other apps add their own questions."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.channels.adapters.base import SendError
from apps.channels.adapters.registry import build_adapter
from apps.channels.admin.forms import SITE, fault_of_key, has_own_socket
from apps.channels.models import Channel
from apps.core.admin_site import Finding


def check_channel(channel: Channel, now: datetime) -> list[Finding]:
    """Is it on, where may it be shown, who signs its customers, does the provider answer."""
    return [_is_on(channel), *_sites(channel), _keys(channel), *_provider(channel)]


def _is_on(channel: Channel) -> Finding:
    return Finding(
        channel.is_active, _("The channel is on.") if channel.is_active else _("The channel is off.")
    )


def _sites(channel: Channel) -> list[Finding]:
    if not has_own_socket(channel.kind):
        return []
    if not channel.allowed_sites:
        return [Finding(None, _("Any page may show the widget: the list of sites is empty."))]
    odd = [site for site in channel.allowed_sites if not SITE.fullmatch(site)]
    if odd:
        return [Finding(False, _("These sites will never match: %s") % ", ".join(odd))]
    plain = [site for site in channel.allowed_sites if site.startswith("http:") and "localhost" not in site]
    found = [Finding(True, _("The widget may be shown on: %s") % ", ".join(channel.allowed_sites))]
    return [*found, *([Finding(None, _("Not protected by TLS: %s") % ", ".join(plain))] if plain else [])]


def _keys(channel: Channel) -> Finding:
    keys = list(channel.keys.filter(is_active=True))
    if not keys:
        return Finding(None, _("No signing key is on: customers stay anonymous."))
    for key in keys:
        if problem := fault_of_key(key.algorithm, key.secret):
            return Finding(False, f"{key.name}: {problem}")
    count = len(keys)
    text = ngettext("%(count)s signing key is on.", "%(count)s signing keys are on.", count)
    return Finding(True, text % {"count": count})


def _provider(channel: Channel) -> list[Finding]:
    if has_own_socket(channel.kind):
        return []
    try:
        said = build_adapter(channel.kind, secret=channel.webhook_secret).check()
    except SendError as error:
        return [Finding(False, _("The provider refuses: %s") % error)]
    return [Finding(True, said or _("The provider answers."))]
