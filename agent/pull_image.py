#!/usr/bin/env python3
"""Pulls one container image through Docker's socket, telling bytes: `::progress::DONE TOTAL`.

The command `docker pull` tells no bytes without a terminal; it is the way out where the socket cannot be read. Layers
that are here already are not fetched again, so an interrupted pull goes on where it was. Python 3.10+, standard library.
"""
from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from urllib.parse import urlencode

REPORT_EVERY_S = 1.0
SILENCE_MAX_S = 600.0
TRIES_MAX = 3
RETRY_AFTER_S = 5.0

# The text of the daemon or the registry -> our code. The first match counts.
REFUSALS = (
    ("IMAGE_RATE", ("toomanyrequests", "too many requests", "429")),
    ("DISK_FULL", ("no space left on device",)),
    ("IMAGE_MISSING", ("manifest unknown", "not found", "no such image", "manifest for")),
    ("IMAGE_DENIED", ("pull access denied", "unauthorized", "denied:")),
    ("IMAGE_NET", ("dial tcp", "lookup ", "i/o timeout", "tls handshake", "connection reset", "unexpected eof", "context deadline")),
)


class Refused(Exception):
    """The image cannot be pulled; the text is the daemon's."""


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("docker", timeout=SILENCE_MAX_S)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class Layers:
    """Bytes over all layers. A layer's size is known once its download began, so the total grows at first."""

    def __init__(self) -> None:
        self._done: dict[str, int] = {}
        self._total: dict[str, int] = {}
        self._told_at_s = 0.0

    def take(self, message: dict) -> None:
        layer, status = message.get("id"), message.get("status", "")
        detail = message.get("progressDetail") or {}
        if not layer:
            return
        if status == "Downloading" and detail.get("total"):
            self._total[layer] = int(detail["total"])
            self._done[layer] = min(int(detail.get("current", 0)), self._total[layer])
        elif status in ("Download complete", "Verifying Checksum", "Extracting", "Pull complete"):
            self._done[layer] = self._total.get(layer, 0)
        self.tell()

    def tell(self, at_once: bool = False) -> None:
        now_s = time.monotonic()
        if self._total and (at_once or now_s - self._told_at_s >= REPORT_EVERY_S):
            self._told_at_s = now_s
            print(f"::progress::{sum(self._done.values())} {sum(self._total.values())}", flush=True)


def code_of(text: str) -> str:
    lowered = text.lower()
    return next((code for code, marks in REFUSALS if any(mark in lowered for mark in marks)), "IMAGE_PULL")


def socket_path() -> str:
    host = os.environ.get("DOCKER_HOST", "")
    return host.removeprefix("unix://") if host.startswith("unix://") else "/var/run/docker.sock"


def split_reference(reference: str) -> tuple[str, str]:
    """Name and tag, or name and digest."""
    name, at, digest = reference.partition("@")
    if at:
        return name, digest
    head, colon, tag = reference.rpartition(":")
    return (head, tag) if colon and "/" not in tag else (reference, "latest")


def pull_by_socket(reference: str) -> None:
    name, tag = split_reference(reference)
    connection = UnixConnection(socket_path())
    connection.request("POST", "/images/create?" + urlencode({"fromImage": name, "tag": tag}))
    response = connection.getresponse()
    if response.status != 200:
        text = response.read(16384).decode("utf-8", "replace")
        try:
            text = json.loads(text)["message"]
        except (ValueError, KeyError, TypeError):
            pass
        raise Refused(text)
    layers = Layers()
    for line in response:
        try:
            message = json.loads(line)
        except ValueError:
            continue
        if "error" in message:
            raise Refused(str(message["error"]))
        layers.take(message)
    layers.tell(at_once=True)


def pull_by_command(reference: str) -> None:
    process = subprocess.Popen(["docker", "pull", reference], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    last = ""
    for line in process.stdout or ():
        last = line.strip() or last
        print(last, flush=True)
    if process.wait() != 0:
        raise Refused(last)


def main(argv: list[str]) -> int:
    if len(argv) != 1:
        print("usage: pull_image.py IMAGE", file=sys.stderr)
        return 2
    for attempt in range(1, TRIES_MAX + 1):
        try:
            try:
                pull_by_socket(argv[0])
            except (FileNotFoundError, PermissionError, ConnectionRefusedError):
                pull_by_command(argv[0])
            return 0
        except (Refused, OSError, http.client.HTTPException) as fault:
            text = " ".join(str(fault).split())[:400] or type(fault).__name__
            code = code_of(text) if isinstance(fault, Refused) else "IMAGE_NET"
            if code != "IMAGE_NET" or attempt == TRIES_MAX:
                print(f"::fail::{code} {argv[0]}: {text}", flush=True)
                return 1
            print(f"pull of {argv[0]} broke off ({text}); going on in {RETRY_AFTER_S:.0f} s", flush=True)
            time.sleep(RETRY_AFTER_S)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
