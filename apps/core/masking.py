"""Card numbers and card codes never reach a table, a log or a file name.

``mask`` runs before the first write of any text a person typed. A card number is 13 to 19 digits, in any
script and through any of the separators people use, that passes Luhn and begins with a range some issuer
owns; Luhn alone would take every tenth number for a card. What merely looks alike stays: 20-digit accounts,
phones, dates, amounts.
"""

from __future__ import annotations

import logging
import re
import sys
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple, Self

BULLETS = "••••"
HIDDEN_CODE = "•••"
# A card split over messages is looked for in this many messages of one author, the new one included.
SPLIT_MESSAGES = 4

# Longest first, so that no end of a number stays visible.
LENGTHS = range(19, 12, -1)
COMMON_LENGTH = 16
SHORTEST = min(LENGTHS)
AMEX_LENGTH = 15
ACCOUNT_DIGITS = 20

# First digits and the lengths that issuers use with them (ISO/IEC 7812 ranges as published by the schemes).
_ANY = frozenset(range(13, 20))
_LONG = frozenset(range(16, 20))
_ISSUERS: tuple[tuple[int, int, frozenset[int]], ...] = (
    (2200, 2204, _LONG),  # Mir
    (2221, 2720, frozenset({16})),  # Mastercard
    (3000, 3059, frozenset({14, 16, 17, 18, 19})),  # Diners Club
    (3095, 3095, frozenset({14, 16, 17, 18, 19})),
    (3400, 3499, frozenset({15})),  # American Express
    (3528, 3589, _LONG),  # JCB
    (3600, 3699, frozenset(range(14, 20))),  # Diners Club
    (3700, 3799, frozenset({15})),  # American Express
    (3800, 3999, frozenset({14, 16, 17, 18, 19})),  # Diners Club
    (4000, 4999, frozenset({13, 16, 18, 19})),  # Visa
    (5000, 5099, _ANY),  # Maestro, Elo, Verve
    (5100, 5599, frozenset({16})),  # Mastercard
    (5600, 5999, _ANY),  # Maestro
    (6000, 6999, _ANY),  # Discover, UnionPay, Maestro, RuPay
    (8100, 8199, _LONG),  # UnionPay, RuPay
    (8600, 8600, frozenset({16})),  # Uzcard
    (9112, 9112, _LONG),  # Belkart
    (9417, 9417, frozenset({16})),  # Elcart
    (9792, 9792, frozenset({16})),  # Troy
    (9860, 9860, frozenset({16})),  # Humo
)
_LENGTHS_BY_PREFIX = {
    str(prefix): tuple(sorted(lengths, reverse=True))
    for low, high, lengths in _ISSUERS
    for prefix in range(low, high + 1)
}

# Currency digits 6 to 8 of a Russian account number: roubles in clearing and ISO 4217 numbers banks here use.
_ACCOUNT_CURRENCIES = frozenset(
    {"810", "643", "840", "978", "826", "756", "156", "392", "398", "933", "784", "344", "949", "051", "944"}
    | {"417", "972", "860", "981", "934", "356", "036", "124", "702", "410"}
)
_ACCOUNT_LAYOUTS = frozenset({(20,), (4,) * 5, (5,) * 4, (5, 3, 1, 4, 7), (5, 3, 1, 11), (5, 3, 12), (8, 12)})

_OTHER_DIGITS = {
    code: str(unicodedata.digit(chr(code)))
    for code in range(0x80, sys.maxunicode + 1)
    if unicodedata.digit(chr(code), None) is not None
}


def _ranges(codes: Sequence[int]) -> str:
    """The codes as the inside of a character class, neighbours folded into ranges."""
    spans: list[list[int]] = []
    for code in codes:
        if spans and spans[-1][1] == code - 1:
            spans[-1][1] = code
        else:
            spans.append([code, code])
    return "".join(f"{chr(low)}-{chr(high)}" for low, high in spans)


_DIGIT = f"[0-9{_ranges(sorted(_OTHER_DIGITS))}]"
# Spaces, dots, hyphens and dashes, zero-width characters, and what turns a digit into an emoji.
_SEPARATOR = (
    r"[\s._\-\u00ad\u00b7\u2010-\u2015\u2043\u2212\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff"
    r"\ufe0e\ufe0f\u20e3\ufe58\ufe63\uff0d]"
)
_MASKED = rf"{BULLETS} [0-9]{{4}}(?![0-9])"
_ALREADY_MASKED = re.compile(_MASKED)
# Possessive quantifiers and disjoint classes: every run is read once, whatever follows it. The first digit
# stands alone because `re` then skips to the next digit quickly.
_RUN = re.compile(rf"{_DIGIT}{_DIGIT}*+(?:{_SEPARATOR}{{1,5}}+{_DIGIT}++)*+")
_ANY_DIGIT = re.compile(_DIGIT)
_GROUP = re.compile("[0-9]++")

# What a stretch of digits may be instead; these only see the 13 to 19 digits in question.
_DATE = (
    r"(?:(?:0[1-9]|[12]\d|3[01])[.\-](?:0[1-9]|1[0-2])[.\-](?:19|20)\d\d"
    r"|(?:19|20)\d\d[.\-](?:0[1-9]|1[0-2])[.\-](?:0[1-9]|[12]\d|3[01]))"
)
_DATES = re.compile(rf"{_DATE}[\s\-\u2013\u2014]{{1,3}}{_DATE}")
_KOPECKS = r"(?:\d{1,3}(?:\s\d{3})+|\d+)\.\d\d"
_AMOUNTS = re.compile(rf"{_KOPECKS}(?:\s{{1,3}}{_KOPECKS})+")
_THOUSANDS = r"\d{1,3}(?:\s\d{3})+"
_ROUND_AMOUNTS = re.compile(rf"(?=.*\b000\b){_THOUSANDS}(?:\s{_THOUSANDS})*", re.DOTALL)
_EXPIRY_GROUP = re.compile(r"(?:0[1-9]|1[0-2])(?:2[4-9]|3[0-9])")
_PHONE = re.compile(r"[78][3-9]\d{9}")
_PHONE_LAYOUTS = ((11,), (1, 3, 3, 2, 2), (1, 3, 3, 4), (1, 3, 7), (1, 10))
# E.164: a number after a plus sign has at most fifteen digits.
PHONE_DIGITS = 15

# --- Card codes ---
_GAP = r"[\s,;:/|.()_\-\u2013\u2014]{1,6}"
_EXPIRY = r"(?:0?[1-9]|1[0-2])[\s./\-]{0,3}(?:20)?[2-4]\d"
_HOLDER = r"(?:[A-Z]{2,20} ){1,3}"
_MONEY = re.compile(
    r"\s?(?:₽|\$|€|%|₸|(?i:руб|р\.|р\b|тыс|т\.?р|к\b|k\b|коп|млн|usd|eur|rub|дол|dol|евро|euro|тенге|сум))"
)
# The code is no amount, phone or decimal: nothing of the kind follows.
_NO_AMOUNT = rf"(?!{_DIGIT})(?![.,:\-]{_DIGIT})(?!\s{_DIGIT}{{3}}(?!{_DIGIT}))(?!{_MONEY.pattern})"
_CODE_AFTER_CARD = re.compile(
    rf"(?P<kept>{_MASKED}(?:{_GAP}{_EXPIRY}(?={_GAP})(?:{_GAP}{_HOLDER})?)?(?:{_GAP})?){_DIGIT}{{3}}{_NO_AMOUNT}"
)
_LONG_CODE_AFTER_CARD = re.compile(rf"(?:{_GAP}{_EXPIRY})?{_GAP}({_DIGIT}{{4}}){_NO_AMOUNT}")
_CODE_BEFORE_CARD = re.compile(
    rf"^(?P<kept>[ \t\u00a0]{{0,8}}){_DIGIT}{{3}}(?=\s{{1,3}}{_MASKED})", re.MULTILINE
)
_CODE_WORD = (
    r"(?:[cсц][vв][vвcсц]2?|cvn2?|csc|cid|ппк-?2?|код\w*+ безопасности|секретн\w{2,3} код\w*"
    r"|код\w*+ (?:на|с) обо?ро?т\w+|код\w*+ с обратн\w+ стороны"
    r"|(?:три|3) (?:последни\w+ )?цифр\w* (?:на|с) об\w+|security (?:code|number)"
    r"|card (?:verification )?code|verification value|(?:three|3) digits on the back)"
)
_FILLER = (
    r"(?:[^\w•]{0,3}(?:код\w*+|code|номер|number|моей|моя|мой|my|карт\w*+|card|равен|is|это|сзади|of|the)"
    r"(?!\w)){0,4}"
)
_CODE = rf"(?:{_DIGIT}{{3,4}}|{_DIGIT}(?:[ \-]{_DIGIT}){{2,3}})(?!{_DIGIT})(?![.,:]{_DIGIT})"
_CODE_AFTER_WORD = re.compile(rf"(?P<kept>(?<!\w){_CODE_WORD}{_FILLER}[^\w•]{{0,5}}){_CODE}", re.IGNORECASE)
_CODE_RULES = (_CODE_AFTER_CARD, _CODE_BEFORE_CARD, _CODE_AFTER_WORD)
# Hiding one thing may reveal another; each pass hides digits, so this ends by itself, only sooner.
_MAX_PASSES = 4

# --- Text ---
_ODD = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_LINE_ENDS = re.compile("\r\n?")
# What people put around the pieces of a number that they send in several messages.
_EDGES = " \t\n\u00a0.,;:!()\u2026-\u2013\u2014"


class Card(NamedTuple):
    """A card number found in a text: where it stands, its last four digits, how long its code is."""

    start: int
    end: int
    last_four: str
    code_length: int


class _Edit(NamedTuple):
    """Characters ``start`` to ``end`` give way to ``text``."""

    start: int
    end: int
    text: str


class _Run:
    """Digits that only separators part, with the groups they are written in."""

    def __init__(self, written: str, *, start: int, after_plus: bool, ends_with_amount: bool) -> None:
        self.text = written if written.isascii() else written.translate(_OTHER_DIGITS)
        self.start = start
        self.after_plus = after_plus
        self.ends_with_amount = ends_with_amount
        self.groups = [match.span() for match in _GROUP.finditer(self.text)]
        self.digits = "".join([self.text[begin:end] for begin, end in self.groups])

    def may_hold_card(self) -> bool:
        longest = max(LENGTHS) if len(self.groups) == 1 else len(self.digits)
        return SHORTEST <= len(self.digits) <= longest

    @cached_property
    def offsets(self) -> list[int]:
        """How many digits stand before each group, and before the end."""
        return [0, *accumulate(end - begin for begin, end in self.groups)]

    @cached_property
    def group_at(self) -> dict[int, int]:
        """Which group begins (or would begin) after so many digits."""
        return {offset: group for group, offset in enumerate(self.offsets)}

    @cached_property
    def _sums(self) -> tuple[list[int], list[int]]:
        return _luhn_sums(self.digits)

    def passes_luhn(self, first: int, last: int) -> bool:
        """Whether the digits from ``first`` up to ``last`` pass Luhn."""
        sums = self._sums[last % 2]
        return (sums[last] - sums[first]) % 10 == 0

    def layout(self, first: int, last: int) -> tuple[int, ...]:
        """How many digits stand in each group from ``first`` up to ``last``."""
        return tuple(end - begin for begin, end in self.groups[first:last])

    def span(self, first: int, last: int) -> tuple[int, int]:
        """Where the groups from ``first`` up to ``last`` stand in the run."""
        return self.groups[first][0], self.groups[last - 1][1]


_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)


def _luhn_sums(digits: str) -> tuple[list[int], list[int]]:
    """Running Luhn sums: the first doubles digits at even places, the second those at odd ones.

    A number that ends before place n doubles the places of n's own parity, so any stretch of the run is
    checked by one subtraction and a text of nothing but digits stays cheap.
    """
    values = [int(digit) for digit in digits]
    even = accumulate(
        (_DOUBLED[value] if place % 2 == 0 else value for place, value in enumerate(values)), initial=0
    )
    odd = accumulate(
        (_DOUBLED[value] if place % 2 else value for place, value in enumerate(values)), initial=0
    )
    return list(even), list(odd)


def find_cards(text: str) -> list[Card]:
    """All card numbers of the text, in order, whatever digits and separators they are written with."""
    return [card for run in _runs(text) for card in _cards_of(run)]


def _runs(text: str) -> Iterator[_Run]:
    """Digits long enough for a card; what stands behind the dots of an earlier masking is none."""
    done = 0
    for masked in [match.span() for match in _ALREADY_MASKED.finditer(text)] + [(len(text), len(text))]:
        for match in _RUN.finditer(text, done, masked[0]):
            start, end = match.span()
            if end - start >= SHORTEST:
                plus, money = text[start - 1 : start] == "+", _MONEY.match(text, end) is not None
                run = _Run(match[0], start=start, after_plus=plus, ends_with_amount=money)
                if run.may_hold_card():
                    yield run
        done = masked[1]


def _cards_of(run: _Run) -> Iterator[Card]:
    shielded = _shielded_groups(run)
    group = 0
    while group < len(run.groups):
        ends = _ends_of_card(run, group, shielded)
        if ends:
            yield _card(run, group, ends)
        group = next(iter(ends.values()), group + 1)


def _card(run: _Run, group: int, ends: dict[int, int]) -> Card:
    """The card over all digits that may be its own.

    Sixteen digits and a code of three may pass for nineteen: then everything is covered, and the last four
    shown are those of the sixteen, lest they tell the code.
    """
    shown = COMMON_LENGTH if COMMON_LENGTH in ends else max(ends)
    start, end = run.span(group, ends[max(ends)])
    last = run.offsets[group] + shown
    amex = run.digits[run.offsets[group]] == "3" and shown == AMEX_LENGTH
    return Card(run.start + start, run.start + end, run.digits[last - 4 : last], 4 if amex else 3)


def _ends_of_card(run: _Run, group: int, shielded: frozenset[int]) -> dict[int, int]:
    """For each length the card that begins with this group may have, longest first: the group after it."""
    first = run.offsets[group]
    ends = {}
    for length in _LENGTHS_BY_PREFIX.get(run.digits[first : first + 4], ()):
        after = run.group_at.get(first + length)
        if (
            after is not None
            and run.passes_luhn(first, first + length)
            and shielded.isdisjoint(range(group, after))
            and not _looks_otherwise(run, group, after)
        ):
            ends[length] = after
    if COMMON_LENGTH in ends and run.ends_with_amount:
        # "… 1111 500 roubles" may also pass for a card of nineteen digits.
        return {n: after for n, after in ends.items() if n <= COMMON_LENGTH or after < len(run.groups)}
    return ends


def _looks_otherwise(run: _Run, group: int, after: int) -> bool:
    """Whether these groups read as dates, amounts or a foreign phone."""
    start, end = run.span(group, after)
    written = run.text[start:end]
    if group == 0 and run.after_plus and run.offsets[after] <= PHONE_DIGITS:
        return True
    return any(rule.fullmatch(written) for rule in (_DATES, _AMOUNTS, _ROUND_AMOUNTS))


def _shielded_groups(run: _Run) -> frozenset[int]:
    """Groups that belong to an account, or to phones at the beginning or the end of the run."""
    if len(run.groups) == 1:
        return frozenset()
    return frozenset((*_account_groups(run), *_leading_phones(run), *_trailing_phones(run)))


def _account_groups(run: _Run) -> Iterator[int]:
    for group, first in enumerate(run.offsets[:-1]):
        after = run.group_at.get(first + ACCOUNT_DIGITS)
        if after is not None and run.digits[first + 5 : first + 8] in _ACCOUNT_CURRENCIES:
            layout = run.layout(group, after)
            # A card followed by its expiry is written in the same five groups of four.
            expiry = len(layout) == 5 and _EXPIRY_GROUP.fullmatch(run.digits, first + 16, first + 20)
            if layout in _ACCOUNT_LAYOUTS and not expiry:
                yield from range(group, after)


def _leading_phones(run: _Run) -> Iterator[int]:
    group = 0
    while (after := run.group_at.get(run.offsets[group] + 11)) is not None and _is_phone(run, group, after):
        yield from range(group, after)
        group = after


def _trailing_phones(run: _Run) -> Iterator[int]:
    after = len(run.groups)
    while (group := run.group_at.get(run.offsets[after] - 11)) is not None and _is_phone(run, group, after):
        yield from range(group, after)
        after = group


def _is_phone(run: _Run, group: int, after: int) -> bool:
    digits = run.digits[run.offsets[group] : run.offsets[after]]
    return _PHONE.fullmatch(digits) is not None and run.layout(group, after) in _PHONE_LAYOUTS


def mask(text: str) -> str:
    """The text with card numbers shown as their last four digits and card codes dropped.

    Masking a masked text changes nothing. Takes a few milliseconds for 36 KB, whatever is in it.
    """
    for _ in range(_MAX_PASSES if _ANY_DIGIT.search(text) else 0):
        masked = _mask_once(text)
        if masked == text:
            break
        text = masked
    return text


def _mask_once(text: str) -> str:
    text = _apply(text, _card_edits(text))
    return _apply(text, _code_edits(text))


def _card_edits(text: str) -> list[_Edit]:
    edits = []
    for card in find_cards(text):
        edits.append(_Edit(card.start, card.end, f"{BULLETS} {card.last_four}"))
        code = _LONG_CODE_AFTER_CARD.match(text, card.end) if card.code_length == 4 else None
        if code:
            edits.append(_Edit(*code.span(1), HIDDEN_CODE))
    return edits


def _code_edits(text: str) -> list[_Edit]:
    found = sorted(
        _Edit(match.end("kept"), match.end(), HIDDEN_CODE)
        for rule in _CODE_RULES
        for match in rule.finditer(text)
    )
    return [edit for place, edit in enumerate(found) if place == 0 or edit.start >= found[place - 1].end]


def _apply(text: str, edits: Sequence[_Edit]) -> str:
    parts, done = [], 0
    for edit in edits:
        parts += [text[done : edit.start], edit.text]
        done = edit.end
    return "".join([*parts, text[done:]]) if edits else text


def mask_split(previous_texts: list[str], new_text: str) -> tuple[list[str], str]:
    """Mask what only shows when messages are read together: a number in pieces, a code sent after its card.

    ``previous_texts`` are the author's messages of the last minute, oldest first, as they are stored; the
    last three count. Returns them redacted and the new text masked; an unchanged text comes back equal. The
    last piece keeps the last four digits, the earlier ones show dots only.
    """
    earlier = previous_texts[: -(SPLIT_MESSAGES - 1)] if len(previous_texts) >= SPLIT_MESSAGES else []
    texts = [*previous_texts[len(earlier) :], new_text]
    if len(texts) > 1:
        # Before the new text is masked alone: its end of a long number may be a shorter number of its own.
        texts = _mask_together(texts, _card_edits)
    texts[-1] = mask(texts[-1])
    if len(texts) > 1:
        texts = _mask_together(texts, _card_edits)
        texts = _mask_together(texts, _code_edits)
    return [*earlier, *texts[:-1]], texts[-1]


def _mask_together(texts: list[str], find: Callable[[str], list[_Edit]]) -> list[str]:
    pieces = [_Piece.of(text) for text in texts]
    starts = list(accumulate((len(piece.core) + 1 for piece in pieces[:-1]), initial=0))
    # From right to left, so that the places of the edits still to come stay true.
    for edit in reversed(find("\n".join(piece.core for piece in pieces))):
        # Whatever ends before the new text was looked at when it came.
        if edit.end > starts[-1]:
            _cut(pieces, starts, edit)
    return [piece.text for piece in pieces]


@dataclass(slots=True)
class _Piece:
    """A message whose ``core`` is read together with its neighbours, whatever stands around it."""

    before: str
    core: str
    behind: str

    @classmethod
    def of(cls, text: str) -> Self:
        core = text.strip(_EDGES)
        start = text.index(core) if core else len(text)
        return cls(text[:start], core, text[start + len(core) :])

    @property
    def text(self) -> str:
        return self.before + self.core + self.behind


def _cut(pieces: list[_Piece], starts: list[int], edit: _Edit) -> None:
    """Carry out one edit over all pieces that it touches; the last of them gets its text."""
    replacement = edit.text
    for piece, start in reversed(list(zip(pieces, starts, strict=True))):
        begin, end = max(edit.start - start, 0), min(edit.end - start, len(piece.core))
        if begin < end:
            piece.core = piece.core[:begin] + replacement + piece.core[end:]
            replacement = BULLETS


def fitted(text: str, limit: int) -> str:
    """A text that others bring along (a page's address, a browser's name), cleaned, masked and cut."""
    return mask(clean_text(text))[:limit]


def mask_phone(text: str) -> str:
    """A phone number as it was typed. With more digits than any phone has it is read as a text."""
    return text if len(_ANY_DIGIT.findall(text)) <= PHONE_DIGITS else mask(text)


def short_email(email: str) -> str:
    """An address for who should only recognise it: i•••@mail.ru."""
    name, _at, domain = email.rpartition("@")
    return f"{name[:1]}•••@{domain}"


def clean_text(text: str) -> str:
    """Text fit for the database and the screen.

    NUL and lone surrogates become U+FFFD, line ends become \\n, other control characters except the tab go.
    """
    return _ODD.sub(_replace_odd, _LINE_ENDS.sub("\n", text))


def _replace_odd(match: re.Match[str]) -> str:
    character = match[0]
    return "\ufffd" if character == "\0" or "\ud800" <= character <= "\udfff" else ""


class MaskingFilter(logging.Filter):
    """Lets every record pass with card numbers masked in its message, its traceback and its stack."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = mask(_message(record)), ()
        if record.exc_info and not record.exc_text:
            record.exc_text = _FORMATTER.formatException(record.exc_info)
        if record.exc_text:
            # Formatters use exc_text when it is there and do not build the traceback again.
            record.exc_text = mask(record.exc_text)
        if record.stack_info:
            record.stack_info = mask(record.stack_info)
        return True


_FORMATTER = logging.Formatter()


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError, KeyError):
        # Arguments that do not fit must not lose the line, nor pass it unmasked.
        return f"{record.msg} {record.args!r}"
