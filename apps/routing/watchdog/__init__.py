"""The watchdog: what must never be is looked for all the time, shown, told and repaired. See docs/watchdog.md."""
