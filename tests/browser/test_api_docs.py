"""The interactive documentation in a browser: it shows every operation under the strict policy."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.conftest import Product


def test_page_shows_the_operations_and_breaks_no_rule_of_the_policy(watched: Page, product: Product) -> None:
    foreign: list[str] = []
    ours = (product.url, "data:")
    watched.on("request", lambda asked: None if asked.url.startswith(ours) else foreign.append(asked.url))

    watched.goto(f"{product.url}/api/v1/docs/")
    expect(watched.locator(".opblock")).not_to_have_count(0)
    watched.get_by_text("List conversations, newest first").first.click()
    expect(watched.get_by_text("Only of this line").first).to_be_visible()
    watched.get_by_role("button", name="Try it out").first.click()
    watched.locator(".btn.authorize").first.click()
    expect(watched.get_by_text("A token from the admin").first).to_be_visible()
    assert foreign == []
