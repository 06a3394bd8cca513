"""Keys of integrations: made, shown once, kept as a digest, taken back."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.core.errors import DomainError, Invalid
from apps.core.models import ApiToken, User
from apps.core.scopes import scopes as known_scopes

PREFIX = "otk_"
USE_NOTED_EVERY = timedelta(minutes=1)


class TokenRefused(DomainError):
    """Unknown, expired or revoked token, or its account is switched off: the four look alike."""

    code = "token_refused"
    status = 401


def digest_of(plain: str) -> str:
    """What is stored. The token has 256 random bits, so a plain hash cannot be guessed back."""
    return hashlib.sha256(plain.encode()).hexdigest()


@transaction.atomic
def issue(
    *, name: str, user: User, scopes: Collection[str], expires_at: datetime, now: datetime
) -> tuple[ApiToken, str]:
    """Make the token of a service account; the second value is shown once and never stored.

    An account has one token: a new one replaces the old one, which stops working at once. Raises Invalid.
    """
    _check(user, scopes, expires_at, now)
    plain = PREFIX + secrets.token_urlsafe(32)
    values = {
        "name": name,
        "digest": digest_of(plain),
        "last_four": plain[-4:],
        "scopes": sorted(set(scopes)),
        "created_at": now,
        "expires_at": expires_at,
        "revoked_at": None,
        "last_used_at": None,
    }
    token, _created = ApiToken.objects.update_or_create(user=user, defaults=values)
    return token, plain


def _check(user: User, scopes: Collection[str], expires_at: datetime, now: datetime) -> None:
    if not user.is_service or not user.is_active:
        raise Invalid(_("A token belongs to an active service account."))
    if unknown := set(scopes) - set(known_scopes()):
        raise Invalid(_("There is no such permission: %(names)s.") % {"names": ", ".join(sorted(unknown))})
    if expires_at <= now:
        raise Invalid(_("Choose a moment in the future."))


def revoke(token: ApiToken, *, now: datetime) -> None:
    """Stop a token from the next request on."""
    ApiToken.objects.filter(pk=token.pk, revoked_at__isnull=True).update(revoked_at=now)
    token.refresh_from_db(fields=["revoked_at"])


def redeem(plain: str, *, now: datetime) -> ApiToken:
    """The living token behind a secret; raises TokenRefused. Its use is noted at most once a minute."""
    if not plain.startswith(PREFIX):
        raise TokenRefused(_("The token is not valid."))
    token = ApiToken.objects.select_related("user").filter(digest=digest_of(plain)).first()
    if token is None or not is_live(token, now=now):
        raise TokenRefused(_("The token is not valid."))
    stale = Q(last_used_at__isnull=True) | Q(last_used_at__lte=now - USE_NOTED_EVERY)
    if token.last_used_at is None or token.last_used_at <= now - USE_NOTED_EVERY:
        ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=now)
    return token


def is_live(token: ApiToken, *, now: datetime) -> bool:
    """Whether a token opens anything at this moment."""
    user = token.user
    return token.revoked_at is None and token.expires_at > now and user.is_active and user.is_service
