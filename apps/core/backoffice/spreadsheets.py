"""Tables that people download: CSV, begun with the mark by which Excel knows that it is UTF-8."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

from django.http import HttpResponse, StreamingHttpResponse

MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
CONTENT_TYPE = "text/csv; charset=utf-8"


def table(text: str, *, name: str) -> HttpResponse:
    """A whole file."""
    answer = HttpResponse(MARK + text, content_type=CONTENT_TYPE)
    answer["Content-Disposition"] = _named(name)
    return answer


def streamed(lines: Iterable[str], *, name: str) -> StreamingHttpResponse:
    """A long one, line by line."""
    answer = StreamingHttpResponse(chain([MARK], lines), content_type=CONTENT_TYPE)
    answer["Content-Disposition"] = _named(name)
    return answer


def _named(name: str) -> str:
    return f'attachment; filename="{name}"'
