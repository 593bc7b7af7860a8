#!/usr/bin/env python3
"""Fetches the files of one model at one commit into a Hugging Face cache, so that the engine finds them there.

Resumable (ranges), checked (SHA-256 of large files, git's SHA-1 of small ones), nothing fetched twice: a file has its
final name only after its content was checked. Tells bytes as `::progress::DONE TOTAL`, facts as `::fact::{json}`, and
refusals as `::fail::CODE text` at once. The token comes from a file and goes to the hub alone, never to where it
redirects. Layout of the cache: `models--OWNER--NAME/{blobs,refs,snapshots}`, as huggingface_hub writes it (the `hub`
folder of HF_HOME). Python 3.10+, standard library.
"""
from __future__ import annotations

import argparse
import fnmatch
import hashlib
import http.client
import json
import os
import re
import shutil
import ssl
import sys
import threading
import time
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from typing import Any, Iterator, NamedTuple, Optional
from urllib.parse import quote, urljoin, urlsplit

CONNECTIONS = 4
PIECE_BYTES = 1024 * 1024
TIMEOUT_S = 60.0
TRIES_MAX = 8
RETRY_MAX_S = 30.0
REPORT_EVERY_S = 1.0
REDIRECTS_MAX = 5
LIST_MAX_BYTES = 64 * 1024 * 1024
SPARE_BYTES = 1_000_000_000
USER_AGENT = "inventiv-fetch-weights/1"

# What an engine reads: one kind of weights, the best there is, and everything small beside it.
WEIGHT_KINDS = ("*.safetensors", "*.bin", "*.pt", "*.pth")
NEVER = ("original/*", "metal/*", "onnx/*", "openvino/*", "coreml/*", "*.gguf", "*.onnx", "*.msgpack", "*.h5", "*.ot", "*.tflite",
         "*.png", "*.jpg", "*.jpeg", "*.gif", "*.mp4", "*.pdf", ".git*")


class Refused(Exception):
    """No use to try again. `code` is one of the vLLM contract, section 9."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class Broken(Exception):
    """The connection, or the content; trying again may help."""


class HubFile(NamedTuple):
    path: str
    size: int
    digest: str
    is_large: bool

    @property
    def blob(self) -> str:
        return self.digest


def choose_files(siblings: list[dict]) -> list[HubFile]:
    """The files to fetch, out of the hub's list of a commit."""
    names = [item["rfilename"] for item in siblings if not matches(item["rfilename"], NEVER)]
    kind = next((kind for kind in WEIGHT_KINDS if any(matches(name, (kind,)) for name in names)), None)
    others = tuple(one for one in WEIGHT_KINDS if one != kind)
    # Mistral's repositories hold the same weights twice; the sharded ones are what an index points to.
    doubled = kind == "*.safetensors" and "model.safetensors.index.json" in names
    chosen = []
    for item in siblings:
        name = item["rfilename"]
        if name not in names or matches(name, others) or (doubled and matches(name, ("consolidated*.safetensors",))):
            continue
        large = item.get("lfs")
        digest = large["sha256"] if large else item.get("blobId")
        size = large["size"] if large else item.get("size")
        if not isinstance(digest, str) or not re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", digest) or not isinstance(size, int):
            raise Refused("HF_LIST", f"the hub's list of files does not tell size and hash of {name!r}")
        if name.startswith("/") or ".." in name.split("/"):
            raise Refused("HF_LIST", f"the hub's list names a file outside of the model: {name!r}")
        chosen.append(HubFile(name, size, digest, large is not None))
    return chosen


def matches(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


def refusal_of(status: int, headers: Any, body: bytes, model: str) -> Optional[Refused]:
    """The hub's answer -> why it is no use to go on, or None for what may pass."""
    code = (headers.get("X-Error-Code") or "").lower()
    text = body.decode("utf-8", "replace")
    if code == "gatedrepo" or "access to model" in text.lower() and status in (401, 403):
        return Refused("HF_GATED", f"{model} is gated: its licence has to be accepted, and the token has to be allowed to read it")
    if code == "reponotfound" or (status == 404 and code != "entrynotfound" and code != "revisionnotfound"):
        return Refused("HF_NOT_FOUND", f"the hub does not know {model}, or it is private")
    if code == "revisionnotfound":
        return Refused("HF_NOT_FOUND", f"{model} has no such revision")
    if code == "entrynotfound" or status == 404:
        return Refused("HF_NOT_FOUND", f"a file of {model} is not there any more")
    if status == 401:
        return Refused("HF_AUTH", f"the hub refused the token for {model} (401)")
    if status == 403:
        return Refused("HF_GATED", f"the token may not read {model} (403)")
    if status == 429:
        return Refused("HF_RATE", f"the hub limits this address (429 Too Many Requests) for {model}")
    return None


class Hub:
    def __init__(self, url: str, token: Optional[str], model: str) -> None:
        self._url, self._token, self._model = url.rstrip("/"), token, model

    def list(self, revision: str) -> dict:
        path = f"{self._url}/api/models/{quote(self._model)}/revision/{quote(revision, safe='')}?blobs=true"
        with self.open(path, None) as response:
            return json.loads(response.read(LIST_MAX_BYTES))

    def file_url(self, commit: str, path: str) -> str:
        return f"{self._url}/{quote(self._model)}/resolve/{commit}/{quote(path)}"

    def open(self, url: str, start: Optional[int]) -> "Answer":
        """Follows redirects by hand: the token stays with the hub."""
        own = urlsplit(self._url)[:2]
        for _ in range(REDIRECTS_MAX):
            target = urlsplit(url)
            headers = {"User-Agent": USER_AGENT, "Accept-Encoding": "identity"}
            if start:
                headers["Range"] = f"bytes={start}-"
            if self._token and target[:2] == own:
                headers["Authorization"] = f"Bearer {self._token}"
            answer = request(target, headers)
            if answer.status in (301, 302, 303, 307, 308):
                url = urljoin(url, answer.headers.get("Location") or "")
                answer.close()
                continue
            if answer.status in (200, 206):
                return answer
            if answer.status == 416:
                answer.close()
                raise Broken("the range was refused")
            with answer:
                refusal = refusal_of(answer.status, answer.headers, answer.read(4096), self._model)
            raise refusal or Broken(f"the hub answered {answer.status}")
        raise Broken("too many redirects")


class Answer:
    def __init__(self, connection: http.client.HTTPConnection, response: http.client.HTTPResponse) -> None:
        self._connection, self._response = connection, response
        self.status, self.headers = response.status, response.headers

    def read(self, size: int) -> bytes:
        return self._response.read(size)

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> "Answer":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def request(target: Any, headers: dict[str, str]) -> Answer:
    if target.scheme == "https":
        connection: http.client.HTTPConnection = http.client.HTTPSConnection(
            target.netloc, timeout=TIMEOUT_S, context=ssl.create_default_context())
    elif target.scheme == "http":
        connection = http.client.HTTPConnection(target.netloc, timeout=TIMEOUT_S)
    else:
        raise Broken(f"cannot fetch {target.scheme}:// addresses")
    try:
        connection.request("GET", target.path + (f"?{target.query}" if target.query else ""), headers=headers)
        return Answer(connection, connection.getresponse())
    except (OSError, http.client.HTTPException) as fault:
        connection.close()
        raise Broken(f"{target.netloc}: {fault}") from None


class Progress:
    """Bytes of all files together; told once a second, from whichever thread comes by."""

    def __init__(self, total: int) -> None:
        self._total, self._done, self._told_at_s = total, 0, 0.0
        self._lock = threading.Lock()

    def add(self, count: int) -> None:
        with self._lock:
            self._done += count
            now_s = time.monotonic()
            if now_s - self._told_at_s >= REPORT_EVERY_S or self._done >= self._total:
                self._told_at_s = now_s
                print(f"::progress::{max(0, self._done)} {self._total}", flush=True)


class Store:
    """One model's folder in the cache."""

    def __init__(self, cache: str, model: str) -> None:
        self.root = os.path.join(cache, "hub", "models--" + model.replace("/", "--"))
        for name in ("blobs", "refs", "snapshots"):
            os.makedirs(os.path.join(self.root, name), exist_ok=True)

    def blob(self, file: HubFile) -> str:
        return os.path.join(self.root, "blobs", file.blob)

    def has(self, file: HubFile) -> bool:
        """By its hash as its name, given after the check, and its size."""
        try:
            return os.path.getsize(self.blob(file)) == file.size
        except OSError:
            return False

    def link(self, file: HubFile, commit: str) -> None:
        path = os.path.join(self.root, "snapshots", commit, file.path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        target = os.path.relpath(self.blob(file), os.path.dirname(path))
        if os.path.islink(path) and os.readlink(path) == target:
            return
        temporary = path + ".new"
        if os.path.lexists(temporary):
            os.unlink(temporary)
        os.symlink(target, temporary)
        os.replace(temporary, path)

    def name(self, revision: str, commit: str) -> None:
        """Written last: it is what the engine follows."""
        if revision == commit:
            return
        path = os.path.join(self.root, "refs", revision)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path + ".new", "w") as file:
            file.write(commit)
        os.replace(path + ".new", path)


def fetch(hub: Hub, store: Store, file: HubFile, commit: str, progress: Progress) -> None:
    for attempt in range(1, TRIES_MAX + 1):
        before = partial_size(store, file)
        try:
            return fetch_once(hub, store, file, commit, progress)
        except (Broken, OSError, http.client.HTTPException) as fault:
            if isinstance(fault, OSError) and fault.errno == 28:
                raise Refused("DISK_FULL", f"No space left on device for {file.path}") from None
            # A connection that brought something was worth it: only tries in vain are counted out.
            gained = partial_size(store, file) > before
            if attempt == TRIES_MAX and not gained:
                raise Refused("NET", f"{file.path} could not be fetched: {fault}") from None
            print(f"{file.path}: {fault}; trying again", flush=True)
            time.sleep(0.2 if gained else min(RETRY_MAX_S, 0.5 * 2 ** attempt))
    raise Refused("NET", f"{file.path} could not be fetched: the connection was cut again and again")


def partial_size(store: Store, file: HubFile) -> int:
    try:
        return os.path.getsize(store.blob(file) + ".incomplete")
    except OSError:
        return 0


def fetch_once(hub: Hub, store: Store, file: HubFile, commit: str, progress: Progress) -> None:
    partial = store.blob(file) + ".incomplete"
    start = partial_size(store, file)
    if start > file.size:
        os.unlink(partial)
        start = 0
    counted = 0
    try:
        hasher = hashlib.sha256() if file.is_large else hashlib.sha1(f"blob {file.size}\0".encode())
        with open(partial, "ab") as output:
            if start:
                for piece in pieces(partial, start):
                    hasher.update(piece)
                progress.add(start)
                counted = start
            if start < file.size or file.size == 0:
                with hub.open(hub.file_url(commit, file.path), start) as answer:
                    if start and answer.status != 206:
                        output.truncate(0)
                        os.unlink(partial)
                        raise Broken("the hub does not go on in the middle")
                    while piece := answer.read(PIECE_BYTES):
                        output.write(piece)
                        hasher.update(piece)
                        progress.add(len(piece))
                        counted += len(piece)
            output.flush()
            os.fsync(output.fileno())
        if counted != file.size:
            raise Broken(f"{counted} of {file.size} bytes came")
        if hasher.hexdigest() != file.digest:
            os.unlink(partial)
            raise Broken("its content does not have the hash that the hub names")
        os.replace(partial, store.blob(file))
    except BaseException:
        progress.add(-counted)
        raise


def pieces(path: str, size: int) -> Iterator[bytes]:
    with open(path, "rb") as file:
        while size > 0 and (piece := file.read(min(PIECE_BYTES, size))):
            size -= len(piece)
            yield piece


def recorded_commit(path: str, model: str, revision: str) -> Optional[str]:
    """The commit that an earlier run found for this revision: a branch must not move under a running instance."""
    try:
        with open(path) as file:
            record = json.load(file)
        if record["model"] == model and record["revision"] == revision and re.fullmatch(r"[0-9a-f]{40}", record["commit"]):
            return record["commit"]
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return None


def recorded_files(path: str, model: str, commit: Optional[str]) -> Optional[list[HubFile]]:
    try:
        with open(path) as file:
            record = json.load(file)
        if commit and record["model"] == model and record["commit"] == commit:
            return [HubFile(*item) for item in record["files"]]
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return None


def list_with_patience(hub: Hub, revision: str) -> dict:
    for attempt in range(1, TRIES_MAX + 1):
        try:
            return hub.list(revision)
        except (Broken, OSError, ValueError, http.client.HTTPException) as fault:
            if attempt >= 4:
                raise Refused("NET", f"the model hub does not answer: {fault}") from None
            time.sleep(0.5 * 2 ** attempt)
    raise Refused("NET", "the model hub does not answer")


def run(options: argparse.Namespace) -> None:
    token = None
    if options.token_file:
        with open(options.token_file) as file:
            token = file.read().strip() or None
    hub = Hub(options.hub, token, options.model)
    store = Store(options.cache, options.model)
    commit = recorded_commit(options.record, options.model, options.revision)
    files = recorded_files(options.record, options.model, commit)
    if files is None or not all(store.has(file) for file in files):
        listed = list_with_patience(hub, commit or options.revision)
        commit, files = listed["sha"], choose_files(listed["siblings"])
    assert commit is not None
    total = sum(file.size for file in files)
    wanted = [file for file in {file.blob: file for file in files}.values() if not store.has(file)]
    missing = sum(file.size - partial_size(store, file) for file in wanted)
    free = shutil.disk_usage(store.root).free
    if wanted and missing + SPARE_BYTES > free:
        raise Refused("DISK_FULL", f"the weights of {options.model} need {missing / 1e9:.1f} GB more, {store.root} has {free / 1e9:.1f} GB left")
    # Written before the first byte: a run that goes on after an interruption fetches the same commit.
    write_record(options, commit, files)
    progress = Progress(total)
    progress.add(total - sum(file.size for file in wanted))
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        # The smallest first: a licence that was not accepted shows before the first gigabyte.
        waiting = {pool.submit(fetch, hub, store, file, commit, progress) for file in sorted(wanted, key=lambda file: file.size)}
        done, rest = wait(waiting, return_when=FIRST_EXCEPTION)
        for future in rest:
            future.cancel()
        for future in done:
            if future.exception():
                os._exit(fail(future.exception()))
    for file in files:
        store.link(file, commit)
    store.name(options.revision, commit)
    print("::fact::" + json.dumps({"model_revision": commit, "weights_bytes": total, "weights_fetched_bytes": missing if wanted else 0}),
          flush=True)


def write_record(options: argparse.Namespace, commit: str, files: list[HubFile]) -> None:
    temporary = options.record + ".new"
    with open(temporary, "w") as file:
        json.dump({"model": options.model, "revision": options.revision, "commit": commit, "files": files}, file)
    os.replace(temporary, options.record)


def fail(fault: Optional[BaseException]) -> int:
    code = fault.code if isinstance(fault, Refused) else "WEIGHTS"
    text = " ".join(str(fault).split())[:400] or type(fault).__name__
    print(f"::fail::{code} {text}", flush=True)
    return 1


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Fetch the files of one model into a Hugging Face cache.")
    for name in ("model", "revision", "hub", "cache", "record"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--token-file")
    options = parser.parse_args(argv)
    try:
        run(options)
        return 0
    except (Refused, OSError) as fault:
        if isinstance(fault, OSError) and fault.errno == 28:
            fault = Refused("DISK_FULL", "No space left on device for the weights")
        return fail(fault)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
