"""Tokens without a signature, which the secured broker of the tests takes: from a callback, or from an endpoint."""

from __future__ import annotations

import base64
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

if TYPE_CHECKING:
    from typing_extensions import Self


def unsecured_token(subject: str, life_seconds: float) -> tuple[str, float]:
    """Make a JWT without a signature (RFC 7519, section 6), and the time when it expires."""
    now = time.time()
    claims = {"sub": subject, "iat": now, "exp": now + life_seconds}
    parts = [json.dumps(part).encode() for part in ({"alg": "none"}, claims)]
    return ".".join([*(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts), ""]), now + life_seconds


class TokenMaker:
    """A token callback that remembers its calls.

    Attributes:
        scopes: What it was called with.
        tokens: What it made.
        failures: Exceptions to be raised by the next calls.
        threads: Names of the threads that it was called on.
    """

    def __init__(self, subject: str, life_seconds: float) -> None:
        self._subject = subject
        self._life_seconds = life_seconds
        self.scopes: list[str] = []
        self.tokens: list[tuple[str, float]] = []
        self.failures: list[Exception] = []
        self.threads: set[str] = set()

    def __call__(self, scope: str) -> tuple[str, float]:
        """Make a token, or raise what is due."""
        self.threads.add(threading.current_thread().name)
        self.scopes.append(scope)
        if self.failures:
            raise self.failures.pop(0)
        self.tokens.append(unsecured_token(self._subject, self._life_seconds))
        return self.tokens[-1]


class TokenEndpoint:
    """An HTTP endpoint that gives tokens for client credentials (RFC 6749, section 4.4); a context manager.

    Attributes:
        requests: For each request its `Authorization` header and its form.
    """

    def __init__(self, subject: str, life_seconds: float) -> None:
        requests: list[tuple[str, dict[str, list[str]]]] = []
        self.requests = requests

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                form = self.rfile.read(int(self.headers["Content-Length"])).decode()
                requests.append((self.headers.get("Authorization", ""), parse_qs(form)))
                token, _ = unsecured_token(subject, life_seconds)
                answer = {"access_token": token, "token_type": "Bearer", "expires_in": life_seconds}
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(json.dumps(answer).encode())

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        """The address of the endpoint."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/token"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
