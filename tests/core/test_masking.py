"""Card numbers and codes in every writing are hidden; what only looks alike stays."""

import logging
import re
import sys
import time
import unicodedata
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from apps.core.masking import (
    SPLIT_MESSAGES,
    MaskingFilter,
    clean_text,
    find_cards,
    mask,
    mask_split,
)

VISA = "4111111111111111"
BRANDS = {
    "visa": (("4",), (13, 16, 19)),
    "mastercard": (("51", "55", "2221", "2720"), (16,)),
    "mir": (("2200", "2201", "2202", "2203", "2204"), (16, 17, 18, 19)),
    "amex": (("34", "37"), (15,)),
    "diners": (("300", "305", "3095", "36", "38", "39"), (14,)),
    "jcb": (("3528", "3589"), (16, 19)),
    "discover": (("6011", "644", "65"), (16, 19)),
    "unionpay": (("62", "81"), (16, 17, 18, 19)),
    "maestro": (("5018", "5893", "6304", "6759", "6763"), (13, 14, 15, 16, 17, 18, 19)),
    "uzcard": (("8600",), (16,)),
    "humo": (("9860",), (16,)),
    "belkart": (("9112",), (16,)),
}
ZEROS = [
    chr(code)
    for code in range(sys.maxunicode + 1)
    if unicodedata.decimal(chr(code), None) == 0 and unicodedata.decimal(chr(code + 9), None) == 9
]
SEPARATORS = ["", " ", "\u00a0", "-", ".", "\u2011", "\u2013", " - ", "\u202f", "\u200b", "\t", "\n", "_"]

# "flat 45 89161234567": eleven digits in the layout of a Russian phone are believed to be one.
PHONE_SHAPED = re.compile(r"\b[78]\W?[3-9]\d\d\W?\d{3}\W?\d\d\W?\d\d\b")


def with_check_digit(body: str) -> str:
    """The digits with the one appended that makes them pass Luhn."""
    doubled = [int(digit) * (2 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(body))]
    return body + str(-sum(value - 9 if value > 9 else value for value in doubled) % 10)


def in_script(digits: str, zero: str) -> str:
    return "".join(chr(ord(zero) + int(digit)) for digit in digits)


@st.composite
def cards(draw: Callable) -> str:
    prefixes, lengths = BRANDS[draw(st.sampled_from(sorted(BRANDS)))]
    prefix, length = draw(st.sampled_from(prefixes)), draw(st.sampled_from(lengths))
    rest = length - len(prefix) - 1
    return with_check_digit(
        prefix + "".join(draw(st.lists(st.sampled_from("0123456789"), min_size=rest, max_size=rest)))
    )


@st.composite
def formats(draw: Callable, digits: str) -> str:
    """The digits in one script, with separators in groups of four or anywhere."""
    written = in_script(digits, draw(st.sampled_from(ZEROS)))
    if draw(st.booleans()):
        separator = draw(st.sampled_from(SEPARATORS))
        return separator.join(written[place : place + 4] for place in range(0, len(written), 4))
    gaps = draw(st.lists(st.sampled_from(SEPARATORS), min_size=len(written), max_size=len(written)))
    return "".join(digit + gap for digit, gap in zip(written, gaps, strict=True)).rstrip("".join(SEPARATORS))


def digits_of(text: str) -> str:
    return "".join(
        str(unicodedata.digit(letter)) for letter in text if unicodedata.digit(letter, None) is not None
    )


WORDS = st.text(alphabet=st.characters(exclude_categories=["Nd", "No", "Nl"]), max_size=20).filter(
    lambda text: "+" not in text
)


@settings(max_examples=400, deadline=None)
@given(data=st.data(), card=cards(), before=WORDS, behind=WORDS)
def test_no_card_of_any_brand_and_formatting_survives(
    data: st.DataObject, card: str, before: str, behind: str
) -> None:
    written = data.draw(formats(card))
    assume(not PHONE_SHAPED.search(unicodedata.normalize("NFKC", written)))

    masked = mask(before + written + behind)

    assert find_cards(masked) == []
    assert len(digits_of(masked)) <= 7  # the last four, at most with a remainder of a 19-digit number
    assert "••••" in masked


@settings(max_examples=200, deadline=None)
@given(card=cards())
def test_a_card_of_common_length_shows_its_last_four_digits(card: str) -> None:
    assume(len(card) in (15, 16))

    assert mask(f"карта {card}, спасибо") == f"карта •••• {card[-4:]}, спасибо"


@settings(max_examples=300, deadline=None)
@given(number=st.text("0123456789", min_size=20, max_size=20), before=WORDS, behind=WORDS)
@example(number="40817810099910004312", before="счёт ", behind="")
@example(number=VISA + "1234", before="", behind="")
def test_an_account_of_twenty_digits_never_changes(number: str, before: str, behind: str) -> None:
    assert number in mask(f"{before} {number} {behind}")


@settings(max_examples=300, deadline=None)
@given(
    code=st.integers(300, 999),
    number=st.integers(0, 9_999_999),
    style=st.sampled_from(
        [
            "+7{c}{n}",
            "8{c}{n}",
            "8 {c} {a} {b} {d}",
            "+7 ({c}) {a}-{b}-{d}",
            "8-{c}-{a}-{b}-{d}",
            "8 {c} {a} {b}{d}",
        ]
    ),
    times=st.integers(1, 4),
)
def test_phones_never_change(code: int, number: int, style: str, times: int) -> None:
    digits = f"{number:07}"
    phone = style.format(c=code, n=digits, a=digits[:3], b=digits[3:5], d=digits[5:])
    text = f"звоните {' '.join([phone] * times)} после шести"

    assert mask(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "+49 1512 3456789",
        "+4915123456789",
        "40817 810 0 9991 0004312",
        "4081 7810 0999 1000 4312",
        "счета 40817810099910004312 30101810400000000225 БИК 044525225",
        "с 30.01.2024 30.12.2025",
        "2024-03-01 – 2025-04-30",
        "450 000 000 1 200 000",
        "4500.00 1200.00 3500.50",
        "15 000 руб. из 4 500 000",
        "заказ 4111",
        "4111 1111 1111 1112",
        "7111111111111114",
        "УИН 18810177230102030405",
        "UUID 41111111-1111-4111-8111-111111111111",
        "карта •••• 1111 2222 3333 4444",
    ],
)
def test_what_only_looks_like_a_card_stays(text: str) -> None:
    assert mask(text) == text


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("4111 1111 1111 1111", "•••• 1111"),
        ("+4111111111111111", "+•••• 1111"),
        ("41 11-11.11\u00a0111111 11", "•••• 1111"),
        ("4️⃣1️⃣1️⃣1️⃣ 1111 1111 1111", "•••• 1111"),
        ("４１１１ １１１１ １１１１ １１１１", "•••• 1111"),
        ("4111 1111\n1111 1111", "•••• 1111"),
        ("①4111111111111111", "①4111111111111111"),
        ("2200 0000 0000 0053 и 5555 5555 5555 4444", "•••• 0053 и •••• 4444"),
        ("8 916 123 45 67 4111 1111 1111 1111", "8 916 123 45 67 •••• 1111"),
        ("4111 1111 1111 1111 1226", "•••• 1111 1226"),
        ("4276 3810 0000 0003 1226", "•••• 0003 1226"),
        # Sixteen and nineteen digits are a card: all are hidden, and none of what may be a code is shown.
        ("4111 1111 1111 1111 102", "•••• 1111"),
        ("4111 1111 1111 1111 102 руб", "•••• 1111 102 руб"),
        ("имя файла 4111111111111111.pdf", "имя файла •••• 1111.pdf"),
    ],
)
def test_a_card_gives_way_to_its_last_four_digits(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("4111111111111111 123", "•••• 1111 •••"),
        ("4111111111111111, 12/26, 123", "•••• 1111, 12/26, •••"),
        ("4111 1111 1111 1111\n12/2026\n123", "•••• 1111\n12/2026\n•••"),
        ("4111 1111 1111 1111 12/26 IVAN IVANOV 123", "•••• 1111 12/26 IVAN IVANOV •••"),
        ("123 4111111111111111", "••• •••• 1111"),
        ("3714 496353 98431 1234", "•••• 8431 •••"),
        ("CVV: 123", "CVV: •••"),
        ("cvv2123", "cvv2•••"),
        ("cvc 123 12/26", "cvc ••• 12/26"),
        ("мой свв-код: 1 2 3", "мой свв-код: •••"),
        ("ППК2 = 456", "ППК2 = •••"),
        ("Код безопасности карты: 456.", "Код безопасности карты: •••."),
        ("код на обороте 789", "код на обороте •••"),
        ("the security code is 4321", "the security code is •••"),
        ("cvv ١٢٣", "cvv •••"),
    ],
)
def test_a_code_beside_a_card_or_after_its_word_is_dropped(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("4111111111111111 500 руб", "•••• 1111 500 руб"),
        ("4111111111111111 500₽", "•••• 1111 500₽"),
        ("4111111111111111 100 000", "•••• 1111 100 000"),
        ("4111111111111111 123.50", "•••• 1111 123.50"),
        ("4111111111111111 5000", "•••• 1111 5000"),
        ("перевёл 500 на 4111111111111111", "перевёл 500 на •••• 1111"),
        ("код из смс 123456", "код из смс 123456"),
        ("сумма 123", "сумма 123"),
        ("cvv. Сумма 500", "cvv. Сумма 500"),
        ("cvv 1234567", "cvv 1234567"),
    ],
)
def test_amounts_and_other_numbers_near_a_card_stay(text: str, masked: str) -> None:
    assert mask(text) == masked


NOISE = st.lists(
    st.one_of(
        st.text("0123456789 -.•", max_size=12),
        st.sampled_from(
            ["•••• 1111", VISA, "cvv ", "код ", " 12/26 ", "+7", "4081 7810 0999 1000 4312", "\n", "555"]
        ),
    ),
    max_size=12,
).map("".join)


@settings(max_examples=600, deadline=None)
@given(text=NOISE)
def test_masking_a_masked_text_changes_nothing(text: str) -> None:
    masked = mask(text)

    assert mask(masked) == masked


def test_an_ordinary_text_comes_back_as_the_same_object() -> None:
    text = "Здравствуйте, заказ 15 на 4 500 руб."

    assert mask(text) is text


@pytest.mark.parametrize(
    "unit",
    [
        "4 ",
        "4111 ",
        "444444444444x",
        "4     ",
        "\n",
        " ",
        "cvv код ",
        "код",
        "cvv" + "код" * 50,
        "•••• 1111 12 ",
        "•••• 1111 12/26 IVAN ",
        "30.01.2024 ",
        "секретный ",
        "٤ ",
        "8 916 123 45 67 ",
        "4111 1111 1111 1111 12/26 123 ",
        "2️⃣",
    ],
)
def test_no_text_takes_long(unit: str) -> None:
    text = (unit * 36_000)[:36_000]

    started = time.perf_counter()
    mask(text)

    # Some 2 to 50 ms; the bound leaves room for a busy machine and none for anything worse than linear.
    assert time.perf_counter() - started < 1


class TestSplit:
    def test_a_number_in_two_messages_is_masked_in_both(self) -> None:
        assert mask_split(["4111 1111"], "1111 1111") == (["••••"], "•••• 1111")

    def test_a_number_in_four_messages_is_masked_in_all(self) -> None:
        assert mask_split(["4111", "1111", "1111"], "1111") == (["••••"] * 3, "•••• 1111")

    def test_punctuation_and_spaces_around_the_pieces_do_not_hide_it(self) -> None:
        masked = mask_split(["карта 4111 1111 ...", "(1111,"], " 1111.")

        assert masked == (["карта •••• ...", "(••••,"], " •••• 1111.")

    def test_a_last_piece_shorter_than_four_digits_shows_them_all_the_same(self) -> None:
        assert mask_split(["4111 1111 1111 11"], "11 до свидания") == (["••••"], "•••• 1111 до свидания")

    def test_a_code_sent_after_its_card_is_dropped(self) -> None:
        assert mask_split(["•••• 1111", "12/26"], "123") == (["•••• 1111", "12/26"], "•••")

    def test_a_code_sent_after_its_word_is_dropped(self) -> None:
        assert mask_split(["мой cvv"], "123") == (["мой cvv"], "•••")

    def test_words_between_the_digits_part_them(self) -> None:
        previous, new = ["договор 4111 1111"], "сумма 1111 1111"

        assert mask_split(previous, new) == (previous, new)

    def test_earlier_messages_alone_are_left_as_they_are(self) -> None:
        previous = ["4111 1111", "1111 1111"]

        assert mask_split(previous, "привет") == (previous, "привет")

    def test_only_the_last_messages_count(self) -> None:
        previous = ["4111 1111 1111", "1", "11"]

        assert len(previous) == SPLIT_MESSAGES - 1
        assert mask_split(["4111", *previous], "1") == (["4111", "••••", "••••", "••••"], "•••• 1111")

    def test_a_whole_card_in_the_new_message_leaves_the_earlier_ones(self) -> None:
        assert mask_split(["привет"], f"вот {VISA}") == (["привет"], "вот •••• 1111")

    def test_a_first_message_is_simply_masked(self) -> None:
        assert mask_split([], VISA) == ([], "•••• 1111")

    @settings(max_examples=200, deadline=None)
    @given(card=cards(), places=st.sets(st.integers(1, 12), min_size=1, max_size=3))
    def test_no_cut_lets_a_card_survive(self, card: str, places: set[int]) -> None:
        cuts = [0, *sorted(places), len(card)]
        pieces = [card[start:end] for start, end in pairwise(cuts)]
        # A piece that is a card of its own is masked when it comes, and its rest then stands alone.
        assume(not find_cards("\n".join(pieces[:-1])))
        assume(not PHONE_SHAPED.search(" ".join(pieces)))

        previous, new = mask_split(pieces[:-1], pieces[-1])

        assert len(digits_of("".join([*previous, new]))) <= 7
        assert mask_split(previous, new) == (previous, new)


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("a\x00b", "a\ufffdb"),
        ("a\ud800b\udfff", "a\ufffdb\ufffd"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("a\tb\nc", "a\tb\nc"),
        ("\x1b[31mred\x07\x7f\x85", "[31mred"),
        ("Привет 👋🏽 ع", "Привет 👋🏽 ع"),
    ],
)
def test_clean_text_keeps_what_people_write_and_nothing_else(text: str, cleaned: str) -> None:
    assert clean_text(text) == cleaned


class TestFilter:
    @pytest.fixture
    def lines(self) -> list[str]:
        return []

    @pytest.fixture
    def log(self, lines: list[str]) -> logging.Logger:
        class Keep(logging.Handler):
            def emit(self, record: logging.LogRecord) -> None:
                lines.append(self.format(record))

        logger = logging.getLogger("tests.masked")
        handler = Keep()
        handler.addFilter(MaskingFilter())
        logger.handlers = [handler]
        logger.propagate = False
        return logger

    def test_message_and_arguments_are_masked(self, log: logging.Logger, lines: list[str]) -> None:
        log.warning("card %s of %s", VISA, {"pan": VISA})

        assert lines == ["card •••• 1111 of {'pan': '•••• 1111'}"]

    def test_a_number_that_only_the_joined_message_shows_is_masked(
        self, log: logging.Logger, lines: list[str]
    ) -> None:
        log.warning("%s %s", VISA[:8], VISA[8:])

        assert lines == ["•••• 1111"]

    def test_the_traceback_is_masked(self, log: logging.Logger, lines: list[str]) -> None:
        try:
            raise ValueError(f"bad card {VISA}")
        except ValueError:
            log.exception("failed", stack_info=True)

        assert "ValueError: bad card •••• 1111" in lines[0]
        assert VISA not in lines[0]

    def test_arguments_that_do_not_fit_neither_lose_nor_leak_the_line(
        self, log: logging.Logger, lines: list[str]
    ) -> None:
        log.warning("%d cards", VISA)

        assert lines == ["%d cards ('•••• 1111',)"]
