"""Forty texts that become something else wherever a text is not treated as one (A8).

Each names itself by its number, so that what fires can be told, and all but the mXSS shapes fit into forty
characters, the shortest text a person may write.
"""

from __future__ import annotations

PAYLOADS = (
    # Markup that runs by itself.
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(2)>",
    "<svg onload=alert(3)>",
    "<svg/onload=alert(4)//",
    "<iFrAmE srcdoc='<svg onload=alert(5)>'>",
    "<input autofocus onfocus=alert(6)>",
    "<details open ontoggle=alert(7)>",
    "<video><source onerror=alert(8)></video>",
    "<body onpageshow=alert(9)>",
    "<iframe src=javascript:alert(10)>",
    "<embed src=javascript:alert(11)>",
    "<object data=javascript:alert(12)>",
    "<svg><animate onbegin=alert(13) dur=1s>",
    # Markup that waits for a person, or changes what the page already has.
    "<a href=javascript:alert(14)>14</a>",
    "<form action=javascript:alert(15)>",
    "<base href=//evil.example/16/>",
    "<meta http-equiv=refresh content=0;/17>",
    "<style>*{background:url(/18)}</style>",
    # Out of an attribute, a comment, a script, a title, a text area.
    '"><img src=x onerror=alert(19)>',
    "'><svg onload=alert(20)>",
    '" autofocus onfocus="alert(21)',
    "--><svg onload=alert(22)>",
    "</script><svg onload=alert(23)>",
    "</title><svg onload=alert(24)>",
    "</textarea><svg onload=alert(25)>",
    # Shapes that change when they are parsed a second time.
    "<svg><style><img src=x onerror=alert(26)>",
    '<noscript><p title="</noscript><svg onload=alert(27)>">',
    '<math><mtext><table><mglyph><style><!--</style><img title="--><svg onload=alert(28)>">',
    # Addresses.
    "javascript:alert(29)",
    " \tJaVaScRiPt:alert(30)//http://a.ru",
    "data:text/html,<svg onload=alert(31)>",
    # Templates.
    "{{7*7}}{%debug%}${alert(32)}<%=7*7%>",
    "{{constructor.constructor('alert(33)')()",
    # Entities and escapes, which have to stay what they are.
    "&lt;svg onload=alert(34)&gt;&#60;b&#62;",
    "\\u003csvg onload=alert(35)\\u003e\\x3cb>",
    # Unicode: other brackets, hidden characters, right to left.
    "＜svg onload=alert(36)＞‹b›﹤i﹥",
    "<scr\u200bipt>alert(37)</scr\u200bipt>\u2028",
    "\u202e>(83)trela=daolno gvs<\u202c \u2066txt.exe\u2069",
    # A spreadsheet's formula, and tags that never end.
    "=cmd|' /C calc'!A39",
    "<b <<script x=><img src=x onerror=alert(40)//",
)

# Those that fire by themselves in a page that takes them for markup: the proof that the trap can be sprung.
AT_ONCE = frozenset({1, 2, 3, 4, 5, 6, 7, 8, 10, 13, 19, 20, 22, 23, 24, 25, 26, 27, 40})


def text(number: int, longest: int) -> str:
    """A text of at most ``longest`` characters that begins with payload ``number`` and holds as many others as fit."""
    found = PAYLOADS[number % len(PAYLOADS)][:longest]
    for step in range(1, len(PAYLOADS)):
        more = f" {PAYLOADS[(number + step) % len(PAYLOADS)]}"
        if len(found) + len(more) <= longest:
            found += more
    return found
