"""A mail server for tests: it keeps what it takes, and refuses, holds or cuts off when told to."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import cast


@dataclass
class MailServer:
    """``taken``: every letter that arrived whole. The others say how it behaves at which step."""

    port: int = 0
    taken: list[EmailMessage] = field(default_factory=list)
    on_recipient: str = "250 fine"
    on_letter: str = "250 taken"
    # Takes the letter and goes away without a word.
    cuts: bool = False
    # Set when a letter has arrived; answered only once ``release`` is set.
    arrived: threading.Event = field(default_factory=threading.Event)
    release: threading.Event = field(default_factory=threading.Event)

    def host(self) -> dict[str, object]:
        """Django's settings that lead here."""
        backend = "django.core.mail.backends.smtp.EmailBackend"
        return {
            "EMAIL_BACKEND": backend,
            "EMAIL_HOST": "127.0.0.1",
            "EMAIL_PORT": self.port,
            "EMAIL_TIMEOUT": 5,
        }


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """A running mail server, which waits for nobody to release what it holds."""
    state = MailServer()
    state.release.set()

    class Talk(socketserver.StreamRequestHandler):
        def say(self, text: str) -> None:
            self.wfile.write(f"{text}\r\n".encode())

        def handle(self) -> None:
            self.say("220 tests")
            while line := self.rfile.readline():
                verb = line.split(b" ")[0].strip().upper()
                if verb == b"DATA":
                    if not self.take():
                        return
                elif verb == b"RCPT":
                    self.say(state.on_recipient)
                else:
                    self.say("221 bye" if verb == b"QUIT" else "250 fine")

        def take(self) -> bool:
            self.say("354 go on")
            lines: list[bytes] = []
            while (line := self.rfile.readline()) not in (b".\r\n", b""):
                lines.append(line)
            state.taken.append(cast(EmailMessage, message_from_bytes(b"".join(lines), policy=default)))
            state.arrived.set()
            state.release.wait(60)
            if not state.cuts:
                self.say(state.on_letter)
            return not state.cuts

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """Who was killed says no good-bye."""

    with Server(("127.0.0.1", 0), Talk) as server:
        state.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield state
        finally:
            state.release.set()
            server.shutdown()
            thread.join()
