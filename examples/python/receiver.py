"""Takes webhooks: verifies the bytes as they came, answers at once, hands on each `webhook-id` once."""

import queue
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks.webhooks import Webhook, WebhookVerificationError


class Receiver:
    """A small HTTP server on this machine. `events` holds what was verified, until somebody works on it."""

    def __init__(self, port: int = 0) -> None:
        self.secret = ""
        self.events: queue.Queue[dict[str, Any]] = queue.Queue()
        self.seen: set[str] = set()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                self.send_response(receiver.take(dict(self.headers), body))
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/leadwell"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def take(self, headers: dict[str, str], body: bytes) -> int:
        """The status to answer. A delivery that is not from Leadwell, was changed on the way or is older than five minutes is 401."""
        lower = {name.lower(): value for name, value in headers.items()}
        try:
            event = Webhook(self.secret).verify(body, lower)
        except (WebhookVerificationError, UnicodeDecodeError):
            return 401
        if lower["webhook-id"] not in self.seen:   # a delivery may come twice, its id stays
            self.seen.add(lower["webhook-id"])
            self.events.put(event)
        return 204

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
