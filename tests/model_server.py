"""A small OpenAI-compatible server on loopback, for tests: it answers, or misbehaves as its path says."""

import json
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class ModelServer(ThreadingHTTPServer):
    """Keeps every request it got. `mode` decides how it answers:

    ok, slow (a second), drip (a byte a tenth of a second), 500, once (500 the first time), 401, 404, redirect, large,
    text, short (fewer octets than announced), empty, odd.
    """

    daemon_threads = True

    def __init__(self, mode: str = "ok", context: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.mode = mode
        self.requests: list[dict[str, Any]] = []
        self.scheme = "https" if context else "http"
        if context:
            self.socket = context.wrap_socket(self.socket, server_side=True)

    @property
    def address(self) -> str:
        """What an admin would enter."""
        return f"{self.scheme}://127.0.0.1:{self.server_address[1]}/v1"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are part of the tests."""


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server: ModelServer

    def do_POST(self) -> None:
        """Note the request, then answer."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append({"path": self.path, "headers": dict(self.headers), "body": body})
        mode = self.server.mode
        if mode == "once":
            mode = "500" if len(self.server.requests) == 1 else "ok"
        getattr(self, f"answer_{mode}")(body)

    def answer_ok(self, body: dict[str, Any]) -> None:
        last = body["messages"][-1]["content"]
        self.send(
            200, {"model": "local-1", "choices": [{"message": {"role": "assistant", "content": f"Echo: {last}"}}]}
        )

    def answer_slow(self, body: dict[str, Any]) -> None:
        time.sleep(1)
        self.answer_ok(body)

    def answer_drip(self, _: dict[str, Any]) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        for _ in range(100):
            self.wfile.write(b" ")
            time.sleep(0.1)

    def answer_500(self, _: dict[str, Any]) -> None:
        self.send(500, {"error": {"message": "inner detail 10.0.0.7"}})

    def answer_401(self, _: dict[str, Any]) -> None:
        self.send(401, {"error": "no"})

    def answer_404(self, _: dict[str, Any]) -> None:
        self.send(404, {"error": "no such model"})

    def answer_redirect(self, _: dict[str, Any]) -> None:
        self.send_response(302)
        self.send_header("Location", self.server.address.replace("/v1", "/elsewhere"))
        self.end_headers()

    def answer_large(self, _: dict[str, Any]) -> None:
        self.send(200, {"choices": "x" * 3_000_000})

    def answer_text(self, _: dict[str, Any]) -> None:
        self.send_bytes(200, b"<html>Hello</html>")

    def answer_short(self, _: dict[str, Any]) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b'{"choices"')

    def answer_empty(self, _: dict[str, Any]) -> None:
        self.send(200, {"choices": [{"message": {"content": ""}}]})

    def answer_odd(self, _: dict[str, Any]) -> None:
        self.send(200, {"choices": [7]})

    def send(self, status: int, data: Any) -> None:
        self.send_bytes(status, json.dumps(data).encode())

    def send_bytes(self, status: int, data: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def model_server(mode: str = "ok", context: ssl.SSLContext | None = None) -> Iterator[ModelServer]:
    """A server for the time of the block."""
    server = ModelServer(mode, context)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
