"""Words of the OpenAPI schema that all operations share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema

from apps.core.api.problems import CONTENT_TYPE
from apps.core.api.serializers import ProblemSerializer

KEY = OpenApiParameter(
    "Idempotency-Key",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    required=True,
    description="A new random value for each intended change; the same value for each try of it.",
    pattern=r"^[\x21-\x7e]{8,80}$",
)
PROBLEMS = {
    400: "A field, parameter or header is not valid.",
    401: "No valid token.",
    403: "The token lacks the scope, or its account lacks the right.",
    404: "There is no such thing, or it is not visible to the token.",
    409: "The state does not allow it, or the same request is being worked on.",
    413: "Too large.",
    415: "The body is in another form than declared.",
    422: "The idempotency key was used for another request.",
    429: "Too many requests; see Retry-After.",
}
READ = (400, 401, 403, 404, 429)
WRITE = (400, 401, 403, 404, 409, 413, 415, 422, 429)


def operation(
    name: str,
    *,
    tag: str,
    summary: str,
    answer: Any,
    status: int = 200,
    media: str = "application/json",
    request: Any = None,
    parameters: Sequence[Any] = (),
    sent: Any = None,
    received: Any = None,
    description: str = "",
) -> Callable[..., Any]:
    """Describe one operation: ``sent`` and ``received`` are examples of the two bodies."""
    writes = request is not None
    problem = {
        (code, CONTENT_TYPE): OpenApiResponse(ProblemSerializer, PROBLEMS[code])
        for code in (WRITE if writes else READ)
    }
    examples = []
    if sent is not None:
        examples.append(OpenApiExample("Request", value=sent, request_only=True))
    if received is not None:
        examples.append(
            OpenApiExample("Answer", value=received, response_only=True, status_codes=[str(status)])
        )
    return extend_schema(
        operation_id=name,
        tags=[tag],
        summary=summary,
        description=description,
        request=request,
        responses={(status, media): answer, **problem},
        parameters=[*parameters, *([KEY] if writes else [])],
        examples=examples,
    )
