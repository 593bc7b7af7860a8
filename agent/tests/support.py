"""What the tests share: the agent module, fixtures, and fakes that speak over real sockets."""
from __future__ import annotations

import json
import os
import socket
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

sys.dont_write_bytecode = True
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "agent"))

import agent  # noqa: E402  (found through the line above)

AGENT_PY = os.path.join(ROOT, "agent", "agent.py")
KEY = "instance-key-for-tests-0123456789"
DEADLINE_S = 5.0
__all__ = ["AGENT_PY", "DEADLINE_S", "KEY", "FakeControlPlane", "FakeEngine", "agent", "config_for", "fixture", "json_fixture", "request"]


def fixture(*parts: str) -> str:
    with open(os.path.join(ROOT, "test", "fixtures", *parts), encoding="utf-8") as file:
        return file.read()


def json_fixture(name: str) -> dict:
    return json.loads(fixture("agent-protocol", name + ".json"))


def config_for(directory: str, **more) -> dict:
    """A raw configuration whose files exist under `directory`."""
    key_file = os.path.join(directory, "key")
    with open(key_file, "w", encoding="utf-8") as file:
        file.write(KEY + "\n")
    return {"instance_id": "inst-1", "worker_id": "wrk-1", "key_file": key_file,
            "state_dir": os.path.join(directory, "state"), "sample_interval_s": 0.1, **more}


def request(port: int, raw: bytes) -> tuple[int, dict, bytes]:
    """Send raw bytes, read the whole answer -> (status, lower-case headers, body)."""
    with socket.create_connection(("127.0.0.1", port), timeout=DEADLINE_S) as connection:
        connection.sendall(raw)
        data = b""
        while piece := connection.recv(65536):
            data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    status_line, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return int(status_line.split(" ")[1]), headers, body


class _Server:
    """A threaded HTTP server on a port the OS chose; the subclass answers through handle()."""

    def __init__(self) -> None:
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def _any(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                status, reply, headers = owner.handle(self.path, dict(self.headers), body)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(reply)))
                self.end_headers()
                self.wfile.write(reply)

            do_GET = do_POST = _any

            def log_message(self, *args) -> None:
                return None

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *args) -> None:
                return None

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def handle(self, path: str, headers: dict, body: bytes) -> tuple[int, bytes, dict]:
        raise NotImplementedError

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self._thread.join(DEADLINE_S)


class FakeEngine(_Server):
    """The engine's routes the agent reads; change the attributes to change what it says."""

    def __init__(self) -> None:
        self.health = 200
        self.models = [{"id": "acme/chat-8b", "object": "model", "max_model_len": 16384}]
        self.metrics = fixture("vllm-metrics", "one-engine.txt")
        self.key: str | None = None
        self.usage: dict | None = {"prompt_tokens": 9, "completion_tokens": 1}
        super().__init__()

    def handle(self, path, headers, body):
        if path == "/health":
            return self.health, b"", {}
        if path == "/version":
            return 200, b'{"version":"0.27.1"}', {}
        if path == "/metrics":
            return 200, self.metrics.encode(), {}
        if path == "/v1/chat/completions":
            return 200, json.dumps({"object": "chat.completion", "usage": self.usage}).encode(), {}
        if path == "/v1/models":
            if self.key and headers.get("Authorization") != f"Bearer {self.key}":
                return 401, b'{"error":"Unauthorized"}', {}
            return 200, json.dumps({"object": "list", "data": self.models}).encode(), {}
        return 404, b"{}", {}


class FakeControlPlane(_Server):
    """Answers from a script of (status, body) and keeps what it was sent; the last answer repeats."""

    def __init__(self, *script: tuple[int, dict]) -> None:
        self.script = list(script)
        self.received: list[tuple[str, dict, dict]] = []
        self.arrived = threading.Condition()
        super().__init__()

    def handle(self, path, headers, body):
        with self.arrived:
            self.received.append((path, headers, json.loads(body)))
            self.arrived.notify_all()
            status, reply = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        return status, json.dumps(reply).encode(), {}

    def wait_for(self, count: int) -> list[tuple[str, dict, dict]]:
        with self.arrived:
            if not self.arrived.wait_for(lambda: len(self.received) >= count, DEADLINE_S):
                raise AssertionError(f"expected {count} requests, got {len(self.received)}")
            return list(self.received)
