"""Whether a page shuts nobody out, as axe judges it."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

# What fades in has the contrast of a ghost for as long as it does; what never ends (a spinner) is judged as it is.
SETTLED = """async () => {
  const ends = document.getAnimations().filter((each) => Number.isFinite(each.effect?.getComputedTiming().endTime));
  await Promise.allSettled(ends.map((each) => each.finished));
}"""


def axe_problems(page: Page) -> list[str]:
    """Serious and critical findings once everything stands still, each with where it is."""
    for frame in page.frames:
        frame.evaluate(SETTLED)
    results = Axe().run(page).response
    serious = [each for each in results["violations"] if each["impact"] in ("serious", "critical")]
    return [f"{each['id']}: {node['html'][:160]}" for each in serious for node in each["nodes"]]
