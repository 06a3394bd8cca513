"""Pictures of a running demo: a browser plays a customer and an operator, and photographs them.

One short dialogue in each language is played through the screens themselves; nothing is written behind their back.
Playwright and a browser belong to the development requirements.
"""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, FrameLocator, Locator, Page, sync_playwright

from config.demo import PASSWORD

HEIGHTS = {1440: 900, 390: 844}
SETTLE_MS = 600  # fonts, pictures and transitions
COLOURS = 256  # of a picture's palette
BROWSERS = ("chromium", "chromium-browser", "google-chrome")

Look = tuple[int, str]  # width in pixels, theme
WIDE, WIDE_DARK, PHONE, PHONE_DARK = (1440, "light"), (1440, "dark"), (390, "light"), (390, "dark")

# What is photographed in which looks, by language.
PLAN: dict[str, dict[str, tuple[Look, ...]]] = {
    "ru": {
        "site": (WIDE, PHONE),
        "greeting": (WIDE, PHONE_DARK),
        "conversation": (WIDE, PHONE),
        "rating": (WIDE, PHONE_DARK),
        "workspace": (WIDE, WIDE_DARK, PHONE),
        "templates": (WIDE,),
        "why": (WIDE,),
        "transfer": (PHONE_DARK,),
        "card": (PHONE,),
        "sign-in": (WIDE,),
        "admin": (WIDE, PHONE),
        "admin-lines": (WIDE_DARK,),
        "admin-try": (WIDE_DARK,),
        "admin-template": (WIDE,),
        "admin-history": (WIDE,),
    },
    "en": {
        "greeting": (WIDE_DARK,),
        "conversation": (PHONE_DARK,),
        "workspace": (WIDE,),
        "templates": (PHONE_DARK,),
        "why": (WIDE, PHONE_DARK),
        "transfer": (WIDE,),
        "sign-in": (PHONE_DARK,),
        "admin": (WIDE_DARK,),
        "admin-lines": (WIDE, PHONE),
        "admin-try": (WIDE,),
    },
}


@dataclass(frozen=True)
class Words:
    """What customer and operator say to each other."""

    person: str  # one of the demo site's customers
    question: str
    more: str
    answers: tuple[str, ...]
    thanks: str
    goodbye: str
    comment: str


WORDS = {
    "ru": Words(
        "maria",
        "Здравствуйте! Завтра улетаю в Стамбул. Карта там будет работать?",
        "И можно ли поднять лимит на снятие?",
        (
            "Здравствуйте, Мария! Да, карта работает, предупреждать о поездке не нужно.",
            "Лимит подняла до 300 000 ₽ на две недели. Хорошей поездки!",
        ),
        "Спасибо, очень выручили!",
        "Рада была помочь!",
        "Быстро и по делу",
    ),
    "en": Words(
        "li",
        "Hello! I am flying to Istanbul tomorrow. Will my card work there?",
        "And could you raise my cash limit?",
        (
            "Hello Lee! Yes, the card will work, and there is no need to tell us about the trip.",
            "I have raised the limit to 300,000 ₽ for two weeks. Have a good trip!",
        ),
        "Thank you, that helps a lot!",
        "You are welcome!",
        "Quick and to the point",
    ),
}


class NoBrowser(RuntimeError):
    """No Chromium is installed on this machine."""


@dataclass
class Studio:
    """A browser before a running demo, and the folder that pictures go to."""

    browser: Browser
    url: str
    folder: Path
    say: Callable[[str], object]
    language: str = "ru"
    taken: list[Path] = field(default_factory=list)

    def page(self) -> Page:
        """A person's own browser: nothing in it is shared with another."""
        context = self.browser.new_context(
            locale={"ru": "ru-RU", "en": "en-GB"}[self.language],
            timezone_id="Europe/Moscow",
            viewport={"width": 1440, "height": HEIGHTS[1440]},
            reduced_motion="reduce",
        )
        return context.new_page()

    def sign_in(self, name: str, path: str) -> Page:
        """A member of staff at his page."""
        page = self.page()
        page.goto(f"{self.url}{path}")
        page.locator("#id_login").fill(name)
        page.locator("#id_password").fill(PASSWORD)
        page.locator("main button[type=submit]").click()
        page.wait_for_url(f"{self.url}{path}")
        return page

    def looks(self, what: str, page: Page) -> Iterator[Look]:
        """Put the page into each look wanted of it; the caller prepares what is shown, then it is photographed."""
        for look in PLAN[self.language].get(what, ()):
            dress(page, look)
            yield look
            page.wait_for_timeout(SETTLE_MS)
            self._keep(page, what, look)
        dress(page, WIDE)

    def _keep(self, page: Page, what: str, look: Look) -> None:
        width, theme = look
        path = self.folder / f"{what}-{width}-{theme}-{self.language}.png"
        path.write_bytes(smaller(page.screenshot()))
        self.taken.append(path)
        self.say(f"  {path.name:<40} {path.stat().st_size / 1024:>5.0f} KB")


def dress(page: Page, look: Look) -> None:
    """Give the page this width and theme."""
    width, theme = look
    page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")


def smaller(png: bytes) -> bytes:
    """The picture with a palette: a third of the bytes, no difference to the eye."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    packed = io.BytesIO()
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(packed, "PNG", optimize=True)
    return packed.getvalue()


@contextmanager
def studio(url: str, folder: Path, say: Callable[[str], object]) -> Iterator[Studio]:
    """A browser of this machine before the demo at `url`. Raises NoBrowser where there is none."""
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        raise NoBrowser
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--hide-scrollbars"]
        )
        yield Studio(browser, url, folder, say)
        browser.close()


def take_all(studio: Studio) -> list[Path]:
    """Every picture of the plan, in both languages."""
    for language in PLAN:
        studio.language = language
        photograph_site(studio)
        photograph_sign_in(studio)
        photograph_dialogue(studio, WORDS[language])
        photograph_admin(studio)
    return studio.taken


# --- The bank's site ----------------------------------------------------------------------------------


def photograph_site(studio: Studio) -> None:
    """The site as somebody unknown sees it, before and after he opens the chat."""
    page = open_site(studio)
    for _look in studio.looks("site", page):
        page.reload()
    for _look in studio.looks("greeting", page):
        open_chat(page).locator(".departments").wait_for()
    page.context.close()


def open_site(studio: Studio) -> Page:
    page = studio.page()
    page.goto(studio.url)
    page.locator(f"form.languages button[value={studio.language}]").click()
    page.locator("otklik-widget button").wait_for()
    return page


def open_chat(page: Page) -> FrameLocator:
    """The chat opened anew, as wide as the page has become."""
    page.reload()
    page.locator("otklik-widget button").click()
    chat = page.frame_locator("otklik-widget iframe")
    chat.locator("textarea").first.wait_for()
    return chat


def photograph_sign_in(studio: Studio) -> None:
    page = studio.page()
    for _look in studio.looks("sign-in", page):
        page.goto(f"{studio.url}/accounts/login/")
        other = page.locator(f"form.languages button[value={studio.language}]")
        if other.count():
            other.click()
    page.context.close()


# --- A dialogue ---------------------------------------------------------------------------------------


def photograph_dialogue(studio: Studio, words: Words) -> None:
    """The customer asks, Anna accepts and answers, closes, and he rates: seen from both sides."""
    customer = open_site(studio)
    sign_in_at_the_bank(customer, words.person)
    write(customer, words.question)
    write(customer, words.more)
    anna = studio.sign_in("anna", "/workspace/")
    settle_in(studio, anna)
    accept(anna, words.more)
    for text in words.answers:
        answer(anna, text)
    write(customer, words.thanks)
    anna.locator(".bubble", has_text=words.thanks).last.wait_for()
    photograph_workspace(studio, anna)
    for _look in studio.looks("conversation", customer):
        open_chat(customer).get_by_text(words.thanks).first.wait_for()
    answer(anna, words.goodbye)
    anna.keyboard.press("Alt+KeyX")
    for _look in studio.looks("rating", customer):
        rate(open_chat(customer), words.comment)
    give_rating(customer, words.comment)
    anna.context.close()
    customer.context.close()


def sign_in_at_the_bank(page: Page, person: str) -> None:
    page.locator("[data-sign-in]").click()
    page.locator(f"form.people button[value={person}]").click()
    page.locator("[data-sign-out]").wait_for()


def write(page: Page, text: str) -> None:
    """The customer writes, and his words have arrived."""
    if page.locator("otklik-widget iframe").count() == 0:
        page.locator("otklik-widget button").click()
    chat = page.frame_locator("otklik-widget iframe")
    chat.locator(".departments, .bubble").first.wait_for()
    box = chat.locator("textarea").last
    box.fill(text)
    box.press("Enter")
    chat.locator(".bubble", has_text=text).last.wait_for()


def settle_in(studio: Studio, page: Page) -> None:
    """Anna comes to work, in the language of the pictures."""
    if page.locator("html").get_attribute("lang") != studio.language:
        page.locator(".account .drop-button").click()
        page.locator(".account .drop-list button").nth(1).click()
        page.locator(f"html[lang={studio.language}]").wait_for(state="attached")
    page.wait_for_timeout(SETTLE_MS)  # the new language comes with a new connection
    page.locator(".presence .dot.online, .away button").first.wait_for()
    if page.locator(".away button").count():
        page.locator(".away button").click()
    page.locator(".presence .dot.online").first.wait_for()


def accept(page: Page, preview: str) -> None:
    """Anna opens the conversation whose last words these are, and takes it."""
    page.locator("button.row", has_text=preview).first.click()
    page.locator("[data-action=accept]").click()
    composer(page).wait_for()


def composer(page: Page) -> Locator:
    return page.locator("form.composer textarea")


def answer(page: Page, text: str) -> None:
    composer(page).fill(text)
    composer(page).press("Enter")
    page.locator(".bubble", has_text=text).last.locator("[data-mark]:not([data-mark=sending])").wait_for()


def photograph_workspace(studio: Studio, page: Page) -> None:
    for _look in studio.looks("workspace", page):
        pass
    for _look in studio.looks("templates", page):
        composer(page).fill("/")
        page.locator(".picker").wait_for()
    composer(page).fill("")
    for _look in studio.looks("why", page):
        page.keyboard.press("Alt+KeyW")
        page.locator(".why-steps").wait_for()
    if page.locator("dialog[open]").count():
        page.keyboard.press("Escape")
    for _look in studio.looks("transfer", page):
        page.keyboard.press("Alt+KeyT")
        page.locator("dialog[open]").wait_for()
    if page.locator("dialog[open]").count():
        page.keyboard.press("Escape")
    for _look in studio.looks("card", page):
        page.keyboard.press("Alt+KeyI")
        page.locator("aside.card").wait_for()


def rate(chat: FrameLocator, comment: str) -> None:
    """Five stars and a word, not sent yet; a rating given before is changed."""
    chat.locator(".rating").last.wait_for()
    if chat.locator(".rating.done button").count():
        chat.locator(".rating.done button").click()
    chat.locator(".rating .star").last.click()
    chat.locator(".rating textarea").fill(comment)


def give_rating(page: Page, comment: str) -> None:
    chat = open_chat(page)
    rate(chat, comment)
    chat.locator(".rating button[type=submit]").click()
    chat.locator(".rating.done").wait_for()


# --- The back office ----------------------------------------------------------------------------------


def photograph_admin(studio: Studio) -> None:
    """Index, lines, rules tried, a template with its preview, the history of a line whose priority was raised."""
    page = studio.sign_in("admin", "/admin/")
    if page.locator("html").get_attribute("lang") != studio.language:
        page.locator(f"button[name=language][value={studio.language}]").click()
        page.locator(f"html[lang={studio.language}]").wait_for(state="attached")
    for _look in studio.looks("admin", page):
        page.goto(f"{studio.url}/admin/")
    lines = f"{studio.url}/admin/operators/queue/"
    for _look in studio.looks("admin-lines", page):
        page.goto(lines)
    for _look in studio.looks("admin-try", page):
        try_the_rules(studio, page)
    for _look in studio.looks("admin-template", page):
        page.goto(f"{studio.url}/admin/operators/replytemplate/")
        page.locator("#result_list tbody th a, #result_list tbody td a").first.click()
        page.locator("#previews figure").first.wait_for()
        page.locator("#previews").scroll_into_view_if_needed()
    for _look in studio.looks("admin-history", page):
        page.goto(lines)
        page.locator("#result_list tbody th a").nth(1).click()
        raise_priority(page)
        page.goto(page.url.replace("/change/", "/history/"))
    page.context.close()


def try_the_rules(studio: Studio, page: Page) -> None:
    """A message from the page of a product, which a rule asks about."""
    page.goto(f"{studio.url}/admin/routing/rule/try/")
    page.locator("#id_text").fill({"ru": "Чек не печатается", "en": "No receipt comes out"}[studio.language])
    page.locator("#id_page").fill("https://meridian.example/kassa")
    page.locator(".try-go button").click()
    page.locator(".try-found").wait_for()


def raise_priority(page: Page) -> None:
    """Change a line and stay on its page."""
    box = page.locator("#id_priority")
    box.fill(str(int(box.input_value()) + 5))
    page.locator("input[name=_continue]").click()
    page.locator(".messagelist .success").wait_for()
