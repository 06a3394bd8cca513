"""JSON in and out, whatever is in it: too deep a body is refused, and no answer fails for what it repeats."""

from __future__ import annotations

from typing import Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser
from rest_framework.renderers import JSONRenderer


class BoundedJsonParser(JSONParser):
    """Python's own parser, which gives up on a body nested thousands of times: that is a refusal and no breakdown."""

    def parse(self, *args: Any, **options: Any) -> Any:
        try:
            return super().parse(*args, **options)
        except RecursionError as error:
            raise ParseError from error


class PlainJsonRenderer(JSONRenderer):
    """Lone surrogates, which a refusal may repeat from the request, leave as escapes: no bytes stand for them."""

    def render(self, data: Any, *args: Any, **options: Any) -> Any:
        try:
            return super().render(data, *args, **options)
        except UnicodeEncodeError:
            return _EscapingRenderer().render(data, *args, **options)


class _EscapingRenderer(JSONRenderer):
    ensure_ascii = True
