"""Who asks: an integration with a bearer token, and nobody else."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from apps.core import clock
from apps.core.models import ApiToken, User
from apps.core.services.tokens import TokenRefused, redeem

LONGEST = 200


class TokenAuthentication(BaseAuthentication):
    """``Authorization: Bearer otk_…``. Whatever is wrong with a token, the answer is the same 401."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        header = request.headers.get("Authorization", "")
        if not header:
            return None
        scheme, _space, plain = header.partition(" ")
        if scheme.lower() != "bearer" or not plain.strip() or len(header) > LONGEST:
            raise AuthenticationFailed(_("The token is not valid."), code="token_refused")
        try:
            token = redeem(plain.strip(), now=clock.now())
        except TokenRefused as refusal:
            raise AuthenticationFailed(str(refusal.text), code=refusal.code) from refusal
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # untyped there
    """How the schema tells of it."""

    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "A token from the admin: otk_…"}
