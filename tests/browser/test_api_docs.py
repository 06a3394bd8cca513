"""The interactive documentation in a browser: it shows every operation under the strict policy."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.conftest import Product


def test_page_shows_the_operations_and_breaks_no_rule_of_the_policy(page: Page, product: Product) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    foreign: list[str] = []
    page.on(
        "request",
        lambda asked: None if asked.url.startswith((product.url, "data:")) else foreign.append(asked.url),
    )

    page.goto(f"{product.url}/api/v1/docs/")
    expect(page.locator(".opblock")).not_to_have_count(0)
    page.get_by_text("List conversations, newest first").first.click()
    expect(page.get_by_text("Only of this line").first).to_be_visible()
    page.get_by_role("button", name="Try it out").first.click()
    page.get_by_role("button", name="Authorize").first.click()
    expect(page.get_by_text("A token from the admin").first).to_be_visible()

    assert complaints == []
    assert foreign == []
