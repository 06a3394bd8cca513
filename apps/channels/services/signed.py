"""Customers whom the bank vouches for: a short JWT signed by its back end (security.md, "Visitor identity")."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import isfinite
from typing import Any

import jwt
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from apps.channels.models import Channel, ChannelKey, UsedToken
from apps.core.errors import DomainError
from apps.core.masking import clean_text, fitted, mask, mask_phone

LEEWAY = timedelta(seconds=60)
LONGEST_LIFE = timedelta(minutes=10)
MAX_ATTRIBUTES = 50


class SignatureRefused(DomainError):
    """The signed token is forged, expired, used before, for another channel, or of a wrong shape."""

    code = "signature_refused"
    status = 401


@dataclass(frozen=True, slots=True)
class SignedCustomer:
    """Who the bank says is there."""

    bank_id: str
    name: str
    phone: str
    email: str
    attributes: Mapping[str, str | int | float | bool]


def verify(channel: Channel, token: str, *, now: datetime) -> SignedCustomer:
    """Check a token of the bank and use it up; raises SignatureRefused. Call inside a transaction."""
    claims = _decode(channel, token, now)
    _check_times(claims, now)
    _check_names(claims)
    _use_up(channel, claims["jti"], now)
    return SignedCustomer(
        bank_id=str(claims["sub"]),
        name=_text(claims, "name", 120),
        phone=_text(claims, "phone", 32),
        email=_text(claims, "email", 254),
        attributes=_attributes(claims.get("attributes", {})),
    )


def _decode(channel: Channel, token: str, now: datetime) -> dict[str, Any]:
    key = _key_for(channel, token)
    try:
        return jwt.decode(
            token,
            key.secret,
            # The channel's own setting decides, never the token's header.
            algorithms=[key.algorithm],
            audience=channel.public_key,
            options={
                "require": ["aud", "sub", "exp", "iat", "jti"],
                "verify_exp": False,
                "verify_iat": False,
            },
        )
    except jwt.PyJWTError as error:
        raise _refused() from error


def _key_for(channel: Channel, token: str) -> ChannelKey:
    try:
        header = jwt.get_unverified_header(token)
    except jwt.PyJWTError as error:
        raise _refused() from error
    keys = list(channel.keys.filter(is_active=True)[:2])
    named = [key for key in keys if key.name == header.get("kid")]
    chosen = named or (keys if len(keys) == 1 and "kid" not in header else [])
    if not chosen or header.get("alg") != chosen[0].algorithm:
        raise _refused()
    return chosen[0]


def _check_times(claims: dict[str, Any], now: datetime) -> None:
    try:
        issued, expires = float(claims["iat"]), float(claims["exp"])
    except (TypeError, ValueError, OverflowError) as error:
        raise _refused() from error
    moment, leeway = now.timestamp(), LEEWAY.total_seconds()
    # Said so that NaN, which is neither more nor less than anything, is refused as well.
    lives_shortly = expires - issued <= LONGEST_LIFE.total_seconds()
    if not (lives_shortly and moment - leeway <= expires and issued <= moment + leeway):
        raise _refused()


def _check_names(claims: dict[str, Any]) -> None:
    """Whose number and which token: whole and storable. A number cut short would be somebody else's."""
    number, jti = claims["sub"], claims["jti"]
    if not number.strip() or len(number) > 80 or not jti or clean_text(number + jti) != number + jti:
        raise _refused()


def _use_up(channel: Channel, jti: str, now: datetime) -> None:
    try:
        with transaction.atomic():
            UsedToken.objects.create(
                channel=channel, jti=jti[:80], expires_at=now + LONGEST_LIFE + 2 * LEEWAY
            )
    except IntegrityError as error:
        raise _refused() from error


def forget_used(*, now: datetime) -> int:
    """Delete tokens that could not be valid any more; returns how many."""
    return UsedToken.objects.filter(expires_at__lt=now).delete()[0]


def _text(claims: dict[str, Any], name: str, limit: int) -> str:
    value = claims.get(name, "")
    if not isinstance(value, str):
        return ""
    return (mask_phone(clean_text(value)) if name == "phone" else mask(clean_text(value)))[:limit]


def _attributes(values: object) -> dict[str, str | int | float | bool]:
    if not isinstance(values, dict) or len(values) > MAX_ATTRIBUTES:
        raise _refused()
    return {
        fitted(str(key), 40): fitted(value, 500) if isinstance(value, str) else value
        for key, value in values.items()
        if isinstance(value, str) or (isinstance(value, int | float) and isfinite(value))
    }


def _refused() -> SignatureRefused:
    return SignatureRefused(_("The sign-in from the bank's page was not accepted. Reload the page."))
