"""The demo's robots go with the demo, however it went."""

from __future__ import annotations

import asyncio
import os

from apps.analytics.management.commands.traffic import play


class Endless:
    """Dialogues that never end."""

    def __init__(self) -> None:
        self.was_stopped = False

    async def play(self) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            self.was_stopped = True


def test_the_robots_stop_when_the_other_end_of_their_input_is_gone() -> None:
    ours, theirs = os.pipe()
    live = Endless()

    async def scenario() -> None:
        with os.fdopen(ours, "rb") as lifeline:
            playing = asyncio.ensure_future(play(live, lifeline=lifeline))  # type: ignore[arg-type]  # plays alike
            await asyncio.sleep(0.05)
            assert not playing.done()
            os.close(theirs)
            await asyncio.wait_for(playing, 5)

    asyncio.run(scenario())
    assert live.was_stopped
