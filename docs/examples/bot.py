"""A bot for Otklik in one file: it answers about tariffs, and gives everything else to people.

    python bot.py --url https://chat.bank.example --token otk_…

It asks every two seconds what it has, answers what is not answered, and returns what it does not know. A process with
an address of its own lets webhooks wake it instead (`bot.given`, `message.received`) and calls the same `look`. Every
write carries a key that is made of what was said last, so that a repeat after a lost answer changes nothing.
Python's own library is enough.
"""

from __future__ import annotations

import argparse
import json
import logging
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from typing import Any

log = logging.getLogger("bot")
ANSWERS = {
    "тариф": "Тариф «Лайт» — 0 ₽ в месяц, «Про» — 490 ₽.",
    "tariff": "“Light” costs 0 ₽ a month, “Pro” 490 ₽.",
}


class Otklik:
    """The REST interface, as the bot's integration sees it."""

    def __init__(self, url: str, token: str) -> None:
        self._url, self._token = f"{url.rstrip('/')}/api/v1", token

    def call(self, path: str, body: dict[str, Any] | None = None, key: str = "") -> Any:
        """The answer, or None of what the bot does not have any more: a person was quicker."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        if data is not None:
            headers["Idempotency-Key"] = key
        request = urllib.request.Request(f"{self._url}/{path}", data=data, headers=headers)  # noqa: S310 - an https address
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - as above
                return json.load(answer)
        except urllib.error.HTTPError as refusal:
            with refusal:
                if refusal.code in (403, 404, 409):
                    return None
            raise

    def items(self, path: str) -> list[dict[str, Any]]:
        """Every page of a list."""
        found: list[dict[str, Any]] = []
        following = ""
        while page := self.call(f"{path}?limit=200{following}"):
            found += page["items"]
            if page["next"] is None:
                break
            following = f"&after={page['next']}"
        return found


def look(otklik: Otklik) -> None:
    """Answer or return everything that the bot has now: it sees nothing else."""
    for conversation in otklik.items("conversations/"):
        answer(otklik, conversation["id"])


def answer(otklik: Otklik, number: int) -> None:
    messages = otklik.items(f"conversations/{number}/messages/")
    asked = unanswered(messages)
    if asked is None:
        return
    known = next((text for word, text in ANSWERS.items() if word in asked["text"].lower()), None)
    # The last line of all, not the question: handed over once more, the same question is another matter.
    key = f"bot-{number}-{messages[-1]['id']}"
    if known is not None:
        otklik.call(f"conversations/{number}/messages/", {"text": known}, f"{key}-answer")
    else:
        otklik.call(f"conversations/{number}/return/", {"comment": "Вопрос не о тарифах"}, f"{key}-return")


def unanswered(messages: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The customer's last message, unless something was said to him after it."""
    said = [each for each in messages if not each["staff_only"] and each["author"]["kind"] != "system"]
    return said[-1] if said and said[-1]["author"]["kind"] == "customer" else None


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", required=True)
    parser.add_argument("--token", required=True)
    parser.add_argument("--once", action="store_true", help="look once and end")
    chosen = parser.parse_args(arguments)
    otklik = Otklik(chosen.url, chosen.token)
    look(otklik)
    while not chosen.once:
        time.sleep(2)  # far below the limit of an integration, far within a bot's seconds to answer
        try:
            look(otklik)
        except OSError as failure:
            # No connection, or the server is restarted: the next look finds everything.
            log.warning("%s", failure)


if __name__ == "__main__":
    main()
