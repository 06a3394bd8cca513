"""Forms of a page as a browser would send them."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any


class _Fields(HTMLParser):
    """Names and values of one form's fields, as they were on the screen."""

    def __init__(self, wanted: str) -> None:
        super().__init__()
        self.values: dict[str, list[str]] = {}
        self._wanted, self._inside = wanted, False
        self._select, self._area = "", ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = found.get("id") == self._wanted
        if not self._inside:
            return
        name = found.get("name", "")
        if tag == "input" and name:
            self._input(name, found)
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and "selected" in found:
            self.values.setdefault(self._select, []).append(found.get("value", ""))
        elif tag == "textarea" and name:
            self._area = name
            self.values[name] = [""]

    def _input(self, name: str, found: dict[str, str]) -> None:
        kind = found.get("type", "text")
        ticked = kind not in ("checkbox", "radio") or "checked" in found
        if ticked and kind not in ("submit", "button", "file"):
            self.values.setdefault(name, []).append(found.get("value", "on" if kind == "checkbox" else ""))

    def handle_data(self, data: str) -> None:
        if self._area:
            self.values[self._area][0] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
        if tag == "select":
            self._select = ""
        if tag == "textarea" and self._area:
            # A browser drops the line break with which Django begins the box.
            text = self.values[self._area][0].removeprefix("\r").removeprefix("\n")
            self.values[self._area], self._area = [text], ""


def fields_of(answer: Any, form: str) -> dict[str, Any]:
    """What the form with this id sends when nothing is touched."""
    parser = _Fields(form)
    parser.feed(answer.content.decode())
    return dict(parser.values)
