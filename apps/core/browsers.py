"""What a browser is called, for people; versions and systems as the browser itself tells them."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _

# The first that stands in the text counts: later names are claimed by earlier browsers too.
BROWSERS = {
    "YaBrowser/": "Yandex Browser",
    "Edg/": "Edge",
    "OPR/": "Opera",
    "Firefox/": "Firefox",
    "Chrome/": "Chrome",
    "Version/": "Safari",
}
SYSTEMS = {
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Windows": "Windows",
    "Mac OS X": "macOS",
    "Linux": "Linux",
}


def browser_words(agent: str) -> str:
    """A User-Agent in words: "Firefox 128, Windows"."""
    mark = next((each for each in BROWSERS if each in agent), None)
    if mark is None:
        return _("Unknown browser")
    version = re.search(re.escape(mark) + r"(\d{1,4})", agent)
    name = f"{BROWSERS[mark]} {version[1]}" if version else BROWSERS[mark]
    system = next((SYSTEMS[each] for each in SYSTEMS if each in agent), "")
    return f"{name}, {system}" if system else name
