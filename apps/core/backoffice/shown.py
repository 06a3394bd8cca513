"""Forms in which one choice decides which other boxes count: only those are shown (static/admin/shows.js)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any


def shows(field: Any, boxes: Mapping[str, Sequence[str]]) -> Any:
    """Let a choice show the boxes of what is chosen and hide those of the other choices; ``boxes``: names by value.

    The page needs the template ``otklik/shown_form.html``.
    """
    if field is not None:
        plain = {str(value): list(names) for value, names in boxes.items()}
        field.widget.attrs["data-shows"] = json.dumps(plain)
    return field
