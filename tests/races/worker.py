"""One process of a race: come up, say so, wait for the start, do it, print what came out."""

from __future__ import annotations

import json
import os
import sys


def main() -> None:
    import django

    django.setup()
    from django.db import connection

    from tests.races import tasks

    name, arguments = json.loads(os.environ["OTKLIK_RACE_TASK"])
    connection.ensure_connection()
    print("ready", flush=True)
    sys.stdin.readline()
    print(json.dumps(getattr(tasks, name)(**arguments)), flush=True)


if __name__ == "__main__":
    main()
