#!/usr/bin/env python3
"""The inventiv worker agent: watches the engine, the GPUs and the machine, and tells the control plane.

It is never on the token path. One sampler thread looks at the world and publishes an immutable snapshot; HTTP
handlers and the heartbeat only read that snapshot. Missing is not zero: a figure nobody could read is None (JSON
null) or absent (/metrics), so that a blind agent never looks like an idle GPU.

Pull: /healthz (open) /readyz /info /metrics /logs /logs/engine and POST /warmup, with `Authorization: Bearer KEY`.
Push: register once with a one-time secret, then heartbeat protocol 2, when `control_plane_url` is configured.

Python 3.10+, standard library only. Secrets come from files, never from arguments. It ships as this one file, which
is compared by its checksum. It reads from top to bottom; the sections, each under a ruler:

    limits                          every bound, with its unit
    configuration                   config.json, checked once
    time and text                   ISO times, numbers, redaction
    nvidia-smi, /proc               what the machine prints -> figures
    engine metrics                  Prometheus text -> counters, latencies
    why a start failed              signs of failures in log lines; the table is generated
    how far a start has come        phases, progress, attempts
    lines of a log                  bytes -> lines
    files                           written whole, read with a cap
    pages of a log                  tail, cursors, since
    event log, following a log      what we write; what the engine writes
    state                           boot id, token, sequence numbers, across restarts
    probes                          engines, GPUs, the machine: one sample each
    sampler                         the one thread that puts them together
    control plane                   enrolment, heartbeats, commands
    /metrics, HTTP                  what is answered
    main
"""
from __future__ import annotations

import contextlib
import fcntl
import hashlib
import hmac
import http.client
import json
import math
import os
import random
import re
import shutil
import signal
import socket
import socketserver
import ssl
import stat
import subprocess
import sys
import threading
import time
from collections import deque
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler
from io import BytesIO
from typing import Any, Callable, Iterable, Iterator, NamedTuple, Optional
from urllib.parse import parse_qsl, urlsplit

AGENT_VERSION = "0.2.2"
AGENT_BUILD_DATE = "2026-11-27"

PROTOCOL = 2
PYTHON_VERSION = ".".join(str(part) for part in sys.version_info[:3])

# ---------------------------------------------------------------- limits

REQUEST_HEAD_MAX_BYTES = 16 * 1024
REQUEST_BODY_MAX_BYTES = 64 * 1024
REQUEST_TIMEOUT_S = 10.0
CONNECTIONS_MAX = 32
EVENT_LOG_MAX_BYTES = 10 * 1024 * 1024
EVENT_LOG_MAX_LINES = 10_000
EVENT_LINE_MAX_CHARS = 8_000
LOG_RESPONSE_MAX_BYTES = 1024 * 1024
TAIL_DEFAULT = 200
TAIL_MAX = 10_000
SHOWN_LINE_MAX_CHARS = 2_000
LAST_LINE_SETTLES_S = 2.0
ENGINE_LINE_MAX_BYTES = 8 * 1024
ENGINE_LOG_CATCH_UP_BYTES = 2 * 1024 * 1024
ENGINE_LOG_POLL_MAX_BYTES = 1024 * 1024
EVIDENCE_LINES_MAX = 10
EVIDENCE_LINE_MAX_CHARS = 500
# How long a proof, a hint or an echo must have stood before it is told: a line that says more may follow.
FAILURE_SETTLES_S = (1.0, 15.0, 15.0)
CRASH_LOOP_ATTEMPTS = 3
ENGINE_HTTP_TIMEOUT_S = 2.0
WARM_UP_TIMEOUT_S = 110.0
ENGINE_BODY_MAX_BYTES = 4 * 1024 * 1024
LATENCY_WINDOW_S = 60.0
NVIDIA_SMI_TIMEOUT_S = 5.0
NVIDIA_SMI_RETRY_S = 60.0
SNAPSHOT_STALE_S = 30.0
CONTROL_TIMEOUT_S = 10.0
CONTROL_REPLY_MAX_BYTES = 256 * 1024
CONTROL_BACKOFF_MAX_S = 60.0
HEARTBEAT_INTERVAL_MIN_S = 0.5
HEARTBEAT_INTERVAL_MAX_S = 300.0
HEARTBEAT_GAP_MIN_S = 0.5
SEQ_BLOCK = 1_000
COMMANDS_MAX = 20
RESULTS_MAX = 20
COLLECTED_LOGS_MAX_BYTES = 64 * 1024
SECRET_FILE_MAX_BYTES = 4 * 1024


# ---------------------------------------------------------------- configuration

class ConfigError(Exception):
    """The configuration cannot be used; the message says which field and what was expected."""


class ReplicaConfig(NamedTuple):
    """One engine process: its GPU indexes on this machine and where it answers."""
    name: str
    gpus: tuple[int, ...]
    port: int
    base_url: str


class Config(NamedTuple):
    instance_id: str
    worker_id: str
    key_file: str
    state_dir: str
    bind_host: str = "127.0.0.1"
    port: int = 0
    control_plane_url: Optional[str] = None
    control_plane_fingerprint: Optional[str] = None
    allow_insecure_control_plane: bool = False
    enrolment_secret_file: Optional[str] = None
    heartbeat_interval_s: float = 5.0
    sample_interval_s: float = 2.0
    replicas: tuple[ReplicaConfig, ...] = ()
    expected_model_id: Optional[str] = None
    expected_max_model_len: Optional[int] = None
    engine_log_paths: tuple[str, ...] = ()
    vllm_key_file: Optional[str] = None
    disk_paths: tuple[str, ...] = ("/",)


def parse_config(raw: Any) -> Config:
    """Turn the JSON configuration into a Config, or raise ConfigError naming the field."""
    if not isinstance(raw, dict):
        raise ConfigError("expected a JSON object at the top of the configuration")
    unknown = sorted(set(raw) - set(Config._fields))
    if unknown:
        from difflib import get_close_matches
        near = get_close_matches(unknown[0], Config._fields, n=1)
        raise ConfigError(f"unknown field {unknown[0]!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
    values = {name: value for name, value in raw.items() if value is not None}
    for name in ("instance_id", "worker_id", "key_file", "state_dir"):
        if name not in values:
            raise ConfigError(f"{name} is required")
    for name in ("instance_id", "worker_id", "key_file", "state_dir", "bind_host", "control_plane_url",
                 "control_plane_fingerprint", "enrolment_secret_file", "expected_model_id", "vllm_key_file"):
        if name in values and not (isinstance(values[name], str) and 0 < len(values[name]) <= 4096):
            raise ConfigError(f"{name}: expected a non-empty string")
    _expect_number(values, "port", 0, 65535, whole=True)
    _expect_number(values, "expected_max_model_len", 1, 10**9, whole=True)
    _expect_number(values, "heartbeat_interval_s", HEARTBEAT_INTERVAL_MIN_S, HEARTBEAT_INTERVAL_MAX_S)
    _expect_number(values, "sample_interval_s", 0.1, 300)
    if not isinstance(values.get("allow_insecure_control_plane", False), bool):
        raise ConfigError("allow_insecure_control_plane: expected true or false")
    for name in ("engine_log_paths", "disk_paths"):
        if name in values:
            paths = values[name]
            if not isinstance(paths, list) or len(paths) > 64 or not all(isinstance(path, str) for path in paths):
                raise ConfigError(f"{name}: expected a list of at most 64 paths")
            values[name] = tuple(paths)
    if "replicas" in values:
        values["replicas"] = _parse_replicas(values["replicas"])
    if "control_plane_fingerprint" in values:
        digest = values["control_plane_fingerprint"].lower().removeprefix("sha256:").replace(":", "")
        if not re.fullmatch(r"[0-9a-f]{64}", digest):
            raise ConfigError("control_plane_fingerprint: expected the SHA-256 of the certificate, 64 hex digits")
        values["control_plane_fingerprint"] = digest
    if "control_plane_url" in values:
        _check_control_plane_url(values)
    return Config(**values)


def _expect_number(values: dict, name: str, low: float, high: float, whole: bool = False) -> None:
    if name not in values:
        return
    value = values[name]
    kinds = (int,) if whole else (int, float)
    if isinstance(value, bool) or not isinstance(value, kinds) or not low <= value <= high:
        raise ConfigError(f"{name}: expected {'a whole number' if whole else 'a number'} from {low} to {high}")


def _parse_replicas(raw: Any) -> tuple[ReplicaConfig, ...]:
    if not isinstance(raw, list) or len(raw) > 64:
        raise ConfigError("replicas: expected a list of at most 64 objects")
    replicas = []
    for at, item in enumerate(raw):
        where = f"replicas[{at}]"
        if not isinstance(item, dict) or set(item) - {"name", "gpus", "port", "base_url"}:
            raise ConfigError(f"{where}: expected an object with name, gpus, port and, if not local, base_url")
        name, gpus, port = item.get("name"), item.get("gpus", []), item.get("port")
        if not isinstance(name, str) or not name:
            raise ConfigError(f"{where}.name: expected a non-empty string")
        if not isinstance(gpus, list) or any(isinstance(gpu, bool) or not isinstance(gpu, int) for gpu in gpus):
            raise ConfigError(f"{where}.gpus: expected a list of GPU indexes")
        if isinstance(port, bool) or not isinstance(port, int) or not 1 <= port <= 65535:
            raise ConfigError(f"{where}.port: expected a port from 1 to 65535")
        base_url = item.get("base_url") or f"http://127.0.0.1:{port}"
        if not isinstance(base_url, str) or urlsplit(base_url).scheme != "http" or not urlsplit(base_url).hostname:
            raise ConfigError(f"{where}.base_url: expected http://HOST:PORT")
        replicas.append(ReplicaConfig(name, tuple(gpus), port, base_url.rstrip("/")))
    if len({replica.name for replica in replicas}) != len(replicas):
        raise ConfigError("replicas: every name must be different")
    return tuple(replicas)


def _check_control_plane_url(values: dict) -> None:
    url = urlsplit(values["control_plane_url"])
    if url.scheme not in ("http", "https") or not url.hostname or url.username:
        raise ConfigError("control_plane_url: expected https://HOST[:PORT][/PATH] without user name")
    local = url.hostname in ("localhost", "::1") or url.hostname.startswith("127.")
    if url.scheme == "http" and not local and not values.get("allow_insecure_control_plane"):
        raise ConfigError("control_plane_url: plain http would send the token in clear; use https, or set "
                          "allow_insecure_control_plane to true on a network that is already encrypted")


# ---------------------------------------------------------------- pure: time and text

def iso(at_s: float) -> str:
    """Unix seconds -> ISO 8601 UTC with milliseconds and Z, the only time format on the wire."""
    return datetime.fromtimestamp(at_s, timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_iso(text: str) -> Optional[float]:
    """ISO 8601 with Z, offset or nothing (read as UTC) -> Unix seconds; None when it is not a time."""
    # Python 3.10 accepts neither Z nor one or two digits of fraction; a "+" in a query may arrive as a space.
    match = re.fullmatch(r"(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?)(?:\.(\d{1,9}))?)?\s?(Z|[+-]?\d{2}:?\d{2})?",
                         text.strip(), re.IGNORECASE)
    if not match:
        return None
    day, clock, fraction, zone = match.groups()
    if zone is None or zone in "zZ":
        zone = "+00:00"
    zone = zone if zone[0] in "+-" else "+" + zone
    zone = zone if ":" in zone else zone[:3] + ":" + zone[3:]
    try:
        moment = datetime.fromisoformat(f"{day}T{clock or '00:00'}{zone}")
    except ValueError:
        return None
    return moment.timestamp() + (float("0." + fraction) if fraction else 0.0)


def number(text: Any) -> Optional[float]:
    """A finite number, or None: [N/A], ERR!, NaN and empty all mean "nobody knows"."""
    try:
        value = float(text)
    except (TypeError, ValueError):
        return None
    return value if math.isfinite(value) else None


def whole(text: Any) -> Optional[int]:
    value = number(text)
    return None if value is None else int(value)


REDACTIONS: tuple[tuple[re.Pattern, str], ...] = (
    (re.compile(r"\bhf_[A-Za-z0-9]{6,}"), "hf_***"),
    (re.compile(r"(?i)\b(bearer|basic)(\s+|%20)[A-Za-z0-9._~+/=-]{6,}"), r"\1 ***"),
    (re.compile(r"\b(sk|ghp|gho|glpat)([-_])[A-Za-z0-9_-]{12,}"), r"\1\2***"),
    (re.compile(r"\bSCW[A-Z0-9]{17}\b"), "SCW***"),
    (re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?"), "***"),
    (re.compile(r"(?i)\b([a-z][a-z0-9+.-]{0,20}://)[^/\s:@\"']{1,200}:[^/\s@\"']{1,200}@"), r"\1***@"),
    (re.compile(r"(?i)(--(?:api-key|hf-token|token)[ =]+)[^\s\"']+"), r"\1***"),
    (re.compile(r"(?i)((?:api[_-]?key|access[_-]?key|secret[_-]?key|token|secret|passw(?:or)?d|authorization)"
                r"\\?[\"']?\s{0,4}[=:]\s{0,4}\[?\\?[\"']?)[^\s\"',;&}\]\\*]{8,}"), r"\1***"),
)


class Redactor:
    """Hides secrets in text: those this agent knows literally, and everything that looks like one."""

    def __init__(self) -> None:
        self._known: tuple[str, ...] = ()

    def learn(self, secret: Optional[str]) -> None:
        if secret and len(secret) >= 6 and secret not in self._known:
            self._known = tuple(sorted((*self._known, secret), key=len, reverse=True))[:64]

    def __call__(self, text: str) -> str:
        for secret in self._known:
            text = text.replace(secret, "***")
        for pattern, replacement in REDACTIONS:
            text = pattern.sub(replacement, text)
        return text


# ---------------------------------------------------------------- pure: nvidia-smi

GPU_FIELDS = ("index", "uuid", "name", "utilization.gpu", "memory.used", "memory.total", "temperature.gpu",
              "power.draw", "power.limit")
# The field was renamed with driver 535; a driver that knows neither still gives the other figures.
THROTTLE_FIELDS = ("clocks_event_reasons.active", "clocks_throttle_reasons.active", None)
# NVML bits; bit 0 (idle) is left out because an idle GPU is not a throttled one.
THROTTLE_BITS = ((0x2, "applications_clocks"), (0x4, "sw_power_cap"), (0x8, "hw_slowdown"), (0x10, "sync_boost"),
                 (0x20, "sw_thermal"), (0x40, "hw_thermal"), (0x80, "hw_power_brake"), (0x100, "display_clocks"))


def parse_nvidia_smi(text: str) -> Optional[list[dict]]:
    """`--query-gpu=GPU_FIELDS[,throttle] --format=csv,noheader,nounits` -> one dict per GPU.

    None when the tool could not talk to the driver, [] when it found no GPU. A field it does not know ([N/A], as
    utilization on a MIG parent) becomes None and the rest of the row stays.
    """
    gpus = []
    for line in text.splitlines():
        if "No devices were found" in line:
            return []
        cells = [cell.strip() for cell in line.split(",")]
        extra = len(cells) - len(GPU_FIELDS)
        if extra < 0 or whole(cells[0]) is None:
            continue
        throttle = cells.pop() if cells[-1].lower().startswith("0x") or extra > 0 else None
        while len(cells) > len(GPU_FIELDS):  # a comma inside the product name
            cells[2:4] = [cells[2] + ", " + cells[3]]
        gpus.append({
            "index": whole(cells[0]), "uuid": _known(cells[1]), "name": _known(cells[2]),
            "util": number(cells[3]), "mem_used_mib": whole(cells[4]), "mem_total_mib": whole(cells[5]),
            "temp_c": number(cells[6]), "power_w": number(cells[7]), "power_limit_w": number(cells[8]),
            "throttle": parse_throttle(throttle),
        })
    return gpus or None


def parse_throttle(text: Optional[str]) -> Optional[list[str]]:
    """The active clock-reason mask (hex) -> names; None when unknown, [] when nothing holds the clocks back."""
    if text is None or not re.fullmatch(r"0x[0-9a-fA-F]{1,16}", text):
        return None
    mask = int(text, 16)
    return [name for bit, name in THROTTLE_BITS if mask & bit]


def _known(text: str) -> Optional[str]:
    return None if not text or text.startswith("[") or text in ("N/A", "ERR!") else text


# ---------------------------------------------------------------- pure: /proc

def parse_cpu_times(proc_stat: str) -> Optional[tuple[int, int]]:
    """/proc/stat -> (busy, total) jiffies of all CPUs; guest time is already inside user time."""
    fields = proc_stat.split("\n", 1)[0].split()
    if len(fields) < 6 or fields[0] != "cpu" or not all(field.isdigit() for field in fields[1:9]):
        return None
    ticks = [int(field) for field in fields[1:9]]
    return sum(ticks) - ticks[3] - ticks[4], sum(ticks)


def cpu_percent(before: Optional[tuple[int, int]], after: Optional[tuple[int, int]]) -> Optional[float]:
    if before is None or after is None or after[1] <= before[1]:
        return None
    return round(min(100.0, max(0.0, 100.0 * (after[0] - before[0]) / (after[1] - before[1]))), 1)


def parse_loadavg(text: str) -> Optional[list[float]]:
    loads = [number(part) for part in text.split()[:3]]
    return [load for load in loads if load is not None] if len(loads) == 3 and None not in loads else None


def parse_meminfo(text: str) -> Optional[dict]:
    """/proc/meminfo -> bytes; `available` is the kernel's own estimate, not free memory."""
    kib = dict(re.findall(r"^(\w+):\s+(\d+) kB$", text, re.MULTILINE))
    if "MemTotal" not in kib:
        return None
    return {name: int(kib[key]) * 1024 if key in kib else None
            for name, key in (("total_bytes", "MemTotal"), ("available_bytes", "MemAvailable"),
                              ("swap_total_bytes", "SwapTotal"), ("swap_free_bytes", "SwapFree"))}


def parse_net_dev(text: str) -> dict[str, tuple[int, int]]:
    """/proc/net/dev -> {interface: (received, sent) bytes}, without loopback and container plumbing."""
    found = {}
    for name, figures in re.findall(r"^\s*([^:\s]+):\s*(.+)$", text, re.MULTILINE):
        columns = figures.split()
        if name != "lo" and not name.startswith(("veth", "docker", "br-", "virbr", "cni", "ifb", "dummy")) and len(columns) >= 9:
            if columns[0].isdigit() and columns[8].isdigit():
                found[name] = (int(columns[0]), int(columns[8]))
    return dict(list(found.items())[:16])


# ---------------------------------------------------------------- pure: engine metrics

SAMPLE_LINE = re.compile(r"([A-Za-z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)(?:\s+-?\d+)?")
LABEL = re.compile(r'([A-Za-z_]\w*)="((?:[^"\\]|\\.)*)"')
HISTOGRAMS = {"ttft": "vllm:time_to_first_token_seconds", "itl": "vllm:inter_token_latency_seconds",
              "queue_time": "vllm:request_queue_time_seconds"}
Samples = dict[str, list[tuple[dict, float]]]


class Histogram(NamedTuple):
    """Cumulative buckets by upper bound (math.inf last), summed over engines."""
    buckets: tuple[tuple[float, float], ...]
    total: float
    observed: float


class Scrape(NamedTuple):
    """What one engine's /metrics said, summed over its data-parallel ranks. None = the engine did not say."""
    running: Optional[int]
    waiting: Optional[int]
    kv_usage: Optional[float]
    kv_tokens: Optional[int]
    preemptions: Optional[int]
    prompt_tokens: Optional[int]
    generation_tokens: Optional[int]
    finished: Optional[dict]
    histograms: dict[str, Histogram]


def parse_prometheus(text: str) -> Samples:
    """Text format 0.0.4 -> {name: [(labels, value)]}. A malformed line or NaN drops that sample only."""
    samples: Samples = {}
    for line in text.split("\n"):
        if not line or line[0] == "#" or len(line) > ENGINE_LINE_MAX_BYTES:
            continue
        match = SAMPLE_LINE.fullmatch(line.strip())
        if not match:
            continue
        value = math.inf if match[3] == "+Inf" else number(match[3])
        if value is not None:
            samples.setdefault(match[1], []).append((dict(LABEL.findall(match[2] or "")), value))
    return samples


def summarize_engine(samples: Samples) -> Scrape:
    """Sum over the `engine` label; a ratio (KV usage) is averaged instead, every rank holding an equal share."""
    def total(name: str) -> Optional[int]:
        return int(sum(value for _, value in samples[name])) if name in samples else None

    usage = [value for _, value in samples.get("vllm:kv_cache_usage_perc", [])]
    blocks = [(whole(labels.get("block_size")), whole(labels.get("num_gpu_blocks")))
              for labels, _ in samples.get("vllm:cache_config_info", [])]
    capacity = [size * count for size, count in blocks if size and count]
    finished: dict[str, int] = {}
    for labels, value in samples.get("vllm:request_success_total", []):
        reason = labels.get("finished_reason", "unknown")
        finished[reason] = finished.get(reason, 0) + int(value)
    return Scrape(
        running=total("vllm:num_requests_running"), waiting=total("vllm:num_requests_waiting"),
        kv_usage=round(sum(usage) / len(usage), 4) if usage else None,
        kv_tokens=sum(capacity) if capacity else None,
        preemptions=total("vllm:num_preemptions_total"), prompt_tokens=total("vllm:prompt_tokens_total"),
        generation_tokens=total("vllm:generation_tokens_total"), finished=finished or None,
        histograms={key: histogram for key, name in HISTOGRAMS.items()
                    if (histogram := _histogram(samples, name)) is not None},
    )


def _histogram(samples: Samples, name: str) -> Optional[Histogram]:
    if name + "_count" not in samples or name + "_sum" not in samples:
        return None
    buckets: dict[float, float] = {}
    for labels, value in samples.get(name + "_bucket", []):
        bound = math.inf if labels.get("le") == "+Inf" else number(labels.get("le"))
        if bound is not None:
            buckets[bound] = buckets.get(bound, 0.0) + value
    return Histogram(tuple(sorted(buckets.items())), sum(value for _, value in samples[name + "_sum"]),
                     sum(value for _, value in samples[name + "_count"]))


class LatencyWindow:
    """Histogram deltas over the last minute. A counter that went down is a restarted engine: the window is dropped."""

    def __init__(self, window_s: float = LATENCY_WINDOW_S) -> None:
        self._window_s = window_s
        self._seen: deque[tuple[float, Histogram]] = deque(maxlen=1024)

    def add(self, at_s: float, histogram: Optional[Histogram]) -> Optional[dict]:
        """Add a scrape; the mean and percentiles of what finished inside the window, None when nothing did."""
        if histogram is None:
            self._seen.clear()
            return None
        if self._seen and (histogram.observed < self._seen[-1][1].observed or at_s <= self._seen[-1][0]):
            self._seen.clear()
        self._seen.append((at_s, histogram))
        while len(self._seen) > 2 and self._seen[1][0] <= at_s - self._window_s:
            self._seen.popleft()
        return latency_between(self._seen[0][1], histogram, at_s - self._seen[0][0])


def latency_between(old: Histogram, new: Histogram, window_s: float) -> Optional[dict]:
    count = new.observed - old.observed
    if count <= 0:
        return None
    before = dict(old.buckets)
    deltas = [(bound, value - before.get(bound, 0.0)) for bound, value in new.buckets]
    return {"mean_s": round((new.total - old.total) / count, 6), "p50_s": quantile(deltas, 0.5),
            "p95_s": quantile(deltas, 0.95), "count": int(count), "window_s": round(window_s, 1)}


def quantile(buckets: list[tuple[float, float]], share: float) -> Optional[float]:
    """As Prometheus' histogram_quantile: linear inside the bucket, the last finite bound for the +Inf bucket."""
    if not buckets or buckets[-1][1] <= 0:
        return None
    rank, low, below = share * buckets[-1][1], 0.0, 0.0
    for bound, cumulative in buckets:
        if cumulative >= rank:
            if bound == math.inf or cumulative == below:
                return round(low, 6) if low > 0 else None
            return round(low + (bound - low) * (rank - below) / (cumulative - below), 6)
        low, below = bound, cumulative
    return round(low, 6)


# ---------------------------------------------------------------- pure: why a start failed

class Failure:
    """A cause with its signs: `proof` names it, `hint` may be it, `echo` is what some cause above it leads to."""

    def __init__(self, code: str, proof: Optional[str] = None, hint: Optional[str] = None, echo: Optional[str] = None,
                 overrides: tuple[str, ...] = (), may_pass: bool = False, at_runtime: bool = False) -> None:
        self.code, self.overrides, self.may_pass, self.at_runtime = code, overrides, may_pass, at_runtime
        self.patterns = (proof, hint, echo)
        self.signs = tuple(pattern and re.compile(pattern) for pattern in self.patterns)


# failures: generated from src/core/diagnosis/failures by test/support/agent-failures.ts
FAILURES: tuple[Failure, ...] = (
    Failure(
        "HF_GATED",
        proof=r"Cannot access gated repo|GatedRepoError|You are trying to access a gated repo|enable access to public gated repositories",
        hint=r"403 Client Error",
        overrides=("HF_NOT_FOUND",),
    ),
    Failure(
        "HF_AUTH",
        proof=r"Invalid (?:user )?token|Invalid username or password|Invalid credentials in Authorization header",
        hint=r"401 Client Error",
        overrides=("HF_NOT_FOUND",),
    ),
    Failure(
        "HF_RATE",
        proof=r"429 .{0,80}Too Many Requests|Too Many Requests for url",
        may_pass=True,
    ),
    Failure(
        "HF_NOT_FOUND",
        proof=r"RepositoryNotFoundError|is not a valid model identifier|RevisionNotFoundError|Repository Not Found for url|does not appear to have a file named",
    ),
    Failure(
        "HF_DOWN",
        proof=r"50[0234] Server Error.{0,80}(?:huggingface|hf\.co)",
        may_pass=True,
    ),
    Failure(
        "TLS",
        proof=r"CERTIFICATE_VERIFY_FAILED|certificate verify failed|x509: certificate",
    ),
    Failure(
        "NET",
        proof=r"[Tt]emporary failure in name resolution|Failed to resolve '|couldn't connect to 'https://|[Nn]ame or service not known|Could not resolve host|Network is unreachable",
        hint=r"\bConnectionError\b|\bConnectTimeout\b|LocalEntryNotFoundError|\bReadTimeout(?:Error)?\b",
        may_pass=True,
    ),
    Failure(
        "DRIVER_OLD",
        proof=r"requirement error: unsatisfied condition: cuda ?>= ?(?:[\d.]{1,10}\d)|NVIDIA driver on your system is too old",
    ),
    Failure(
        "DRIVER_MISMATCH",
        proof=r"CUDA driver version is insufficient|unsupported display driver / cuda driver combination|[Dd]river/library version mismatch",
    ),
    Failure(
        "DRIVER_MISSING",
        proof=r"couldn't communicate with the NVIDIA driver|nvidia-smi: (?:command )?not found|nvml error: driver not loaded|libnvidia-ml\.so\.1: cannot open",
        overrides=("ENGINE_BROKEN",),
    ),
    Failure(
        "NO_GPU_RUNTIME",
        proof=r'could not select device driver "" with capabilities: \[\[gpu\]\]|Failed to infer device type|No CUDA GPUs are available|unresolvable CDI devices|[Uu]nknown (?:or invalid )?runtime(?: specified| name:)? nvidia|nvidia-container-cli: device error',
    ),
    Failure(
        "DOCKER_MISSING",
        proof=r"docker: (?:command )?not found",
    ),
    Failure(
        "DOCKER_DOWN",
        proof=r"Cannot connect to the Docker daemon|Is the docker daemon running",
    ),
    Failure(
        "DOCKER_DENIED",
        proof=r"permission denied while trying to connect to the [Dd]ocker",
    ),
    Failure(
        "IMAGE_RATE",
        proof=r"toomanyrequests|reached your (?:unauthenticated )?pull rate limit",
    ),
    Failure(
        "IMAGE_DENIED",
        proof=r"pull access denied|requested access to the resource is denied",
    ),
    Failure(
        "IMAGE_MISSING",
        proof=r"manifest (?:for \S{1,200} not found|unknown)|No such image|invalid reference format",
    ),
    Failure(
        "IMAGE_NET",
        proof=r'Get "https://[^"]{1,200}": .{0,80}(?:dial tcp|TLS handshake timeout|request canceled|i/o timeout|EOF)|failed to do request: Head|net/http: TLS handshake timeout',
        may_pass=True,
    ),
    Failure(
        "IMAGE_PLATFORM",
        proof=r"exec format error|no matching manifest for linux/",
    ),
    Failure(
        "CONTAINER_NAME",
        proof=r'The container name "[^"]{1,200}" is already in use',
    ),
    Failure(
        "PORT",
        proof=r"port is already allocated|\[Errno 98\]|[Aa]ddress already in use",
    ),
    Failure(
        "GPU_OOM_WARMUP",
        proof=r"CUDA out of memory occurred when warming up",
        overrides=("GPU_OOM_LOAD",),
    ),
    Failure(
        "GPU_OOM_LOAD",
        proof=r"OutOfMemoryError: CUDA out of memory(?:\. Tried to allocate (?:[\d.]+ [GM]iB)\. GPU \d+ has a total capacity of (?:[\d.]+) GiB)?|CUDA error: out of memory",
        at_runtime=True,
    ),
    Failure(
        "KV_TOO_SMALL",
        proof=r"To serve at least one request with the models?'s max seq len \((?:\d+)\)(?:.{0,80}?(?:[\d.]+) GiB KV cache is needed(?:.{0,200}?\((?:[\d.]+) GiB\)(?:.{0,200}?maximum model length is (?:\d+))?)?)?",
    ),
    Failure(
        "CONTEXT_TOO_LONG",
        proof=r"User-specified max_model_len \((?:\d+)\) is greater than the derived max_model_len(?: \([a-z_]{1,60}=(?:\d+))?",
    ),
    Failure(
        "NO_KV_MEMORY",
        proof=r"No available memory for the cache blocks",
    ),
    Failure(
        "GPU_BUSY",
        proof=r"Free memory on device (?:\S{1,20} )?\((?:[\d.]+)/(?:[\d.]+) GiB\).{0,80}less than desired GPU memory utilization",
    ),
    Failure(
        "TP_INVALID",
        proof=r"attention heads \((?:\d+)\) must be divisible by tensor parallel size|is not divisible by weight quantization block_[nk]",
    ),
    Failure(
        "WORLD_TOO_BIG",
        proof=r"World size \((?:\d+)\) is larger than the number of available GPUs(?: \((?:\d+)\))?",
    ),
    Failure(
        "GPU_ARCH",
        proof=r"no kernel image is available for execution|only supported on GPUs with compute capability|quantization method .{0,40}is not supported for the current GPU",
    ),
    Failure(
        "SHM",
        proof=r"Error while creating shared memory segment|\bBus error\b|/dev/shm.{0,200}No space left on device|No space left on device.{0,80}/dev/shm",
        at_runtime=True,
    ),
    Failure(
        "NCCL",
        proof=r"\bNCCL error\b|ncclSystemError|ncclUnhandledCudaError|ncclInternalError|ncclRemoteError",
        at_runtime=True,
    ),
    Failure(
        "READY_TIMEOUT",
        proof=r"Timed out waiting for engine core processes to start",
    ),
    Failure(
        "ARGS",
        proof=r"unrecognized arguments|invalid (?:tool call|reasoning) parser|\berror: (?:argument|ambiguous option|the following arguments)",
    ),
    Failure(
        "ARCH_UNSUPPORTED",
        proof=r"Model architectures \[.{0,200}\] (?:are not supported|failed to be inspected)|but Transformers does not recognize this architecture",
    ),
    Failure(
        "REMOTE_CODE",
        proof=r"contains custom code|(?:pass|set|setting|argument|option).{0,60}trust_remote_code=True",
    ),
    Failure(
        "WEIGHTS_CORRUPT",
        proof=r"SafetensorError|Error while deserializing header|MetadataIncompleteBuffer|PytorchStreamReader failed|consistency check failed",
    ),
    Failure(
        "FILES_LIMIT",
        proof=r"\[Errno 24\]|Too many open files",
        at_runtime=True,
    ),
    Failure(
        "ENGINE_BROKEN",
        proof=r"ModuleNotFoundError: No module named|cannot open shared object file|undefined symbol: ",
    ),
    Failure(
        "RUNTIME_DEAD",
        proof=r"\bXid\b.{0,20}(?:PCI|\d)|an illegal memory access|uncorrectable ECC error|unspecified launch failure|device-side assert triggered|GPU has fallen off the bus",
        echo=r"EngineDeadError",
        at_runtime=True,
    ),
    Failure(
        "ENGINE_CRASHED",
        hint=r"Segmentation fault|exit(?:ed)? (?:with )?(?:code|status) 139\b|Fatal Python error: (?:Segmentation|Aborted|Illegal)",
        at_runtime=True,
    ),
    Failure(
        "ENGINE_EXITED",
        echo=r"Engine core initialization failed|EngineCore failed to start|engine exited with status \d+",
    ),
    Failure(
        "HOST_OOM",
        proof=r'''OOMKilled"?[=:] ?true|Out of memory: Killed process|emory cgroup out of memory|oom-kill:constraint|result 'oom-kill'|Failed core proc\(s\): \{[^}]{0,200}: -9\b|DefaultCPUAllocator: can't allocate memory|\[Errno 12\]|Cannot allocate memory''',
        hint=r"exit(?:ed)? (?:with )?(?:code|status) 137\b|\bExited \(137\)|died with exit code -9\b",
        at_runtime=True,
    ),
    Failure(
        "DISK_FULL",
        proof=r"[Nn]o space left on device|[Dd]isk quota exceeded",
        hint=r"failed to (?:register|extract) layer",
        at_runtime=True,
    ),
)
# end of failures
FAILURE_BY_CODE = {failure.code: failure for failure in FAILURES}
# Most lines show nothing: one look tells, instead of one for each sign.
ANY_SIGN = re.compile("|".join(pattern for failure in FAILURES for pattern in failure.patterns if pattern))
PROOF, HINT, ECHO = range(3)
CALM_LINE = re.compile(r"^(?:\([^)]{1,60}\) )?(?:INFO|DEBUG)\b|\] NCCL INFO ")
WARNING_LINE = re.compile(r"^(?:\([^)]{1,60}\) )?WARNING\b")
RETRY_NOTE = re.compile(r"\b[Rr]etry(?:ing)?\b|RETRYING")
TERMINAL_CODES = re.compile(r"\x1b\[[0-9;?]{0,16}[ -/]{0,2}[@-~]|[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def match_failure(line: str, served: bool = False) -> Optional[tuple[str, int]]:
    """One log line -> (code, strength) of the failure it shows, or None. INFO and DEBUG lines never count.

    Once the engine has served, other words than those of its own faults may come from clients' requests.
    """
    if CALM_LINE.search(line) or not ANY_SIGN.search(line):
        return None
    weakest = HINT if WARNING_LINE.match(line) else PROOF
    retried = RETRY_NOTE.search(line) is not None
    for strength in (PROOF, HINT, ECHO):
        for failure in FAILURES:
            if (served and not failure.at_runtime and strength != ECHO) or (retried and failure.may_pass):
                continue
            sign = failure.signs[strength]
            if sign and sign.search(line):
                return failure.code, max(strength, weakest)
    return None


class Finding:
    """The first line of an attempt that shows a failure this surely, and what was printed after it."""

    def __init__(self, code: str, strength: int, shown: str, at_s: float) -> None:
        self.code, self.strength, self.at_s, self.evidence = code, strength, at_s, [shown]


def cause_of(findings: list[Finding]) -> Optional[Finding]:
    """The first of the surest findings, or the one among them that says more about it."""
    surest = min((finding.strength for finding in findings), default=None)
    candidates = [finding for finding in findings if finding.strength == surest]
    if not candidates:
        return None
    first = candidates[0]
    return next((finding for finding in candidates if first.code in FAILURE_BY_CODE[finding.code].overrides), first)


# ---------------------------------------------------------------- pure: how far a start has come

# Order is how far a start has come. A group holding digits before % is the progress inside that phase.
PHASES: tuple[tuple[str, re.Pattern], ...] = tuple((name, re.compile(pattern)) for name, pattern in (
    ("waiting", r"(?!)"),
    ("boot", r"vLLM API server version"),
    ("config", r"Resolved architecture:|Using max model len"),
    ("download", r"(?:\bDownloading|\bFetching|\.safetensors:|\.bin:)[^%]{0,200}?(\d{1,3})%"),
    ("init_gpu", r"Initializing a V1 LLM engine|rank \d+ in world size"),
    ("load", r"Starting to load model|Loading \w+ checkpoint shards:\s*(\d{1,3})%"),
    ("loaded", r"Loading weights took|Model loading took [\d.]+ GiB"),
    ("compile", r"torch\.compile takes [\d.]+ s|Directly load the compiled graph|Compiling a graph|Dynamo bytecode"),
    ("kv", r"Available KV cache memory:|GPU KV cache size:|Maximum concurrency for"),
    ("graphs", r"Capturing CUDA graph[^%]{0,200}?(\d{1,3})%|Graph capturing finished in"),
    ("engine_up", r"init engine .{0,200}? took [\d.]+ s"),
    ("serving", r"Starting vLLM .{0,80}server.{0,80} on http|Application startup complete"),
))
PHASE_ORDER = {name: at for at, (name, _) in enumerate(PHASES)}
SERVING = PHASE_ORDER["serving"]
KV_TOKENS = re.compile(r"GPU KV cache size: ([\d,]+) tokens")

DETAILS: dict[str, tuple[re.Pattern, str]] = {name: (re.compile(pattern), text) for name, pattern, text in (
    ("download", r"([\d.]{1,9}[kMGT]?)B?/([\d.]{1,9}[kMGT]?)B?\b", "{0} of {1}"),
    ("load", r"\b(\d{1,6})/(\d{1,6})\b", "{0} of {1} shards"),
    ("compile", r"torch\.compile takes ([\d.]{1,9} s)", "{0}"),
    ("kv", r"KV cache size: ([\d,]{1,20} tokens)", "{0}"),
    ("graphs", r"\b(\d{1,6})/(\d{1,6})\b", "{0} of {1} graphs"),
)}


class EngineLog:
    """Phase, progress and failure of one engine, fed line by line; a new start banner begins a new attempt."""

    def __init__(self, redact: Callable[[str], str], now_s: float) -> None:
        self._redact = redact
        self.attempt = 1
        self._earlier: Optional[Finding] = None
        self._begin("waiting", now_s)

    def _begin(self, phase: str, now_s: float) -> None:
        self.phase, self.since_s, self.advanced_s = phase, now_s, now_s
        self.progress: Optional[int] = None
        self.detail: Optional[str] = None
        self.kv_tokens: Optional[int] = None
        self._findings: list[Finding] = []

    def feed(self, raw: str, now_s: float) -> None:
        line = TERMINAL_CODES.sub("", raw[:ENGINE_LINE_MAX_BYTES]).strip()
        if not line:
            return
        self.peek(line, now_s)
        shown = self._redact(line)[:EVIDENCE_LINE_MAX_CHARS]
        for finding in self._findings:
            if len(finding.evidence) < EVIDENCE_LINES_MAX:
                finding.evidence.append(shown)
        found = match_failure(line, PHASE_ORDER[self.phase] >= SERVING)
        if found:
            self._add(Finding(found[0], found[1], shown, now_s))

    def _add(self, new: Finding) -> None:
        known = next((finding for finding in self._findings if finding.code == new.code), None)
        if known is None:
            self._findings.append(new)
        elif new.strength < known.strength:
            self._findings.remove(known)
            self._findings.append(new)

    def failure(self, now_s: float) -> Optional[dict]:
        """What to tell: a proof once no finer one followed, weaker signs only when nothing has moved since; in a crash
        loop the cause of the attempt before counts too."""
        cause = cause_of(self._findings)
        if cause and now_s - max(cause.at_s, 0 if cause.strength == PROOF else self.advanced_s) < FAILURE_SETTLES_S[cause.strength]:
            cause = None
        if cause is None and self.attempt >= CRASH_LOOP_ATTEMPTS:
            cause = self._earlier
        return cause and {"code": cause.code, "message": cause.evidence[0], "evidence_lines": list(cause.evidence)}

    def peek(self, line: str, now_s: float) -> None:
        """Read phase and progress only. Safe on an unfinished line: progress bars end with \r at their next step."""
        for name, pattern in reversed(PHASES):
            match = pattern.search(line)
            if not match:
                continue
            if name == "boot" and (PHASE_ORDER[self.phase] > PHASE_ORDER["boot"] or self._findings):
                self._earlier = cause_of(self._findings) or self._earlier
                self.attempt += 1
                self._begin("boot", now_s)
            elif PHASE_ORDER[name] > PHASE_ORDER[self.phase]:
                self._advance(name, now_s)
            elif name != self.phase:
                return  # ranks print out of step: never go back
            self._note_progress(name, match, line, now_s)
            return

    def _advance(self, phase: str, now_s: float) -> None:
        self.phase, self.since_s, self.advanced_s, self.progress, self.detail = phase, now_s, now_s, None, None
        if PHASE_ORDER[phase] >= SERVING:  # nothing above has kept it from serving
            self._findings, self._earlier, self.attempt = [], None, 1

    def _note_progress(self, name: str, match: re.Match, line: str, now_s: float) -> None:
        before = (self.progress, self.detail)
        percent = whole(match[1]) if match.re.groups and match[1] else None
        self.progress = min(100, percent) if percent is not None else self.progress
        if name in DETAILS:
            pattern, text = DETAILS[name]
            figures = pattern.search(line)
            self.detail = text.format(*figures.groups()) if figures else self.detail
        if (self.progress, self.detail) != before:
            self.advanced_s = now_s
        tokens = KV_TOKENS.search(line)
        if tokens:
            self.kv_tokens = int(tokens[1].replace(",", ""))


# ---------------------------------------------------------------- pure: lines of a log

class LineSplitter:
    """Bytes in any pieces -> whole lines, at \\n and \\r. A line over the cap is cut and the rest of it dropped."""

    def __init__(self, cap_bytes: int = ENGINE_LINE_MAX_BYTES) -> None:
        self._cap = cap_bytes
        self.rest = b""
        self._dropping = False

    def push(self, data: bytes) -> list[str]:
        *complete, last = re.split(rb"[\r\n]+", data)
        lines = []
        for piece in complete:
            if not self._dropping:
                lines.append((self.rest + piece)[:self._cap].decode("utf-8", "replace"))
            self.rest, self._dropping = b"", False
        if not self._dropping:
            self.rest += last
            if len(self.rest) > self._cap:
                lines.append(self.rest[:self._cap].decode("utf-8", "replace"))
                self.rest, self._dropping = b"", True
        return [line for line in lines if line]


def unwrap_docker(line: str) -> list[str]:
    """Docker's json-file format carries the text in "log", a progress bar with all its states; else the line itself."""
    if line.startswith('{"log":'):
        try:
            text = json.loads(line).get("log")
            line = text if isinstance(text, str) else line
        except (ValueError, RecursionError):
            pass
    return [part for part in re.split(r"[\r\n]+", line) if part.strip()] or [""]


# ---------------------------------------------------------------- files

def write_private(path: str, text: str) -> None:
    """Replace a file atomically, readable by its owner only."""
    temporary = f"{path}.{os.getpid()}.tmp"
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        _unlink(temporary)
        raise


def read_secret(path: Optional[str]) -> Optional[str]:
    """The first line of a secret file; None when there is no such file or it is empty."""
    if not path:
        return None
    try:
        with open(path, "r", encoding="utf-8") as file:
            return file.read(SECRET_FILE_MAX_BYTES).strip().split("\n")[0].strip() or None
    except (OSError, UnicodeDecodeError):
        return None


def read_text(path: str, cap: int = 256 * 1024) -> str:
    try:
        with open(path, "r", encoding="utf-8", errors="replace") as file:
            return file.read(cap)
    except OSError:
        return ""


def _unlink(path: str) -> None:
    try:
        os.unlink(path)
    except OSError:
        pass


# ---------------------------------------------------------------- pages of a log

class LogPage(NamedTuple):
    """Lines of a log, oldest first. `cursor` marks where the next page begins; None when there is no file."""
    lines: list[str]
    cut: bool
    cursor: Optional[str]


def tail_page(path: str, count: int, max_bytes: int = LOG_RESPONSE_MAX_BYTES) -> LogPage:
    """The last lines of a regular file, reading at most max_bytes; `cut` says whether older text was left out."""
    with _open_log(path) as file:
        if file is None:
            return LogPage([], False, None)
        info = os.fstat(file.fileno())
        start = max(0, info.st_size - max_bytes)
        file.seek(start)
        data = file.read(max_bytes)
        whole_bytes = _whole_lines(data, info)
        parts = data[:whole_bytes].split(b"\n")
    lines = _shown_lines(parts[1:] if start else parts)
    return LogPage(lines[-count:], bool(start) or len(lines) > count, _cursor(info, start + whole_bytes))


def next_page(path: str, cursor: str, max_bytes: int = LOG_RESPONSE_MAX_BYTES) -> LogPage:
    """Whole lines written since a cursor, through one rotation to `path.1`; `cut` says whether there is more to ask for.

    A file that was truncated, or rotated away altogether, is read from its beginning.
    """
    inode, offset = (int(part, 16) for part in cursor.split("-"))
    for candidate in (path + ".1", path):
        with _open_log(candidate) as file:
            info = os.fstat(file.fileno()) if file else None
            if file is None or info is None or (candidate != path and info.st_ino != inode):
                continue
            start = offset if info.st_ino == inode and offset <= info.st_size else 0
            file.seek(start)
            data = file.read(max_bytes)
            # A line longer than a whole page goes out in pieces.
            whole_bytes = _whole_lines(data, info) or (len(data) if len(data) == max_bytes else 0)
            end = start + whole_bytes
            if candidate == path or whole_bytes:
                more = end < info.st_size if candidate == path else True
                return LogPage(_shown_lines(data[:whole_bytes].split(b"\n")), more and whole_bytes > 0, _cursor(info, end))
    return LogPage([], False, cursor)


@contextlib.contextmanager
def _open_log(path: str) -> Iterator[Any]:
    """A regular file for reading bytes, or None; never hangs on a pipe."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        yield None
        return
    with os.fdopen(handle, "rb") as file:
        yield file if stat.S_ISREG(os.fstat(file.fileno()).st_mode) else None


def _whole_lines(data: bytes, info: os.stat_result) -> int:
    """How many bytes end with a line; all of them when nobody has written for a moment: a last word without line end."""
    return len(data) if time.time() - info.st_mtime > LAST_LINE_SETTLES_S else data.rfind(b"\n") + 1


# Three lines every two seconds, of our own making: they would bury what the engine says.
OWN_PROBE = re.compile(rb'127\.0\.0\.1:\d{1,5} - \\?"GET /(?:health|metrics|version|v1/models) HTTP/1\.1\\?" 200')


def _shown_lines(parts: list[bytes]) -> list[str]:
    """Without our own probes; of a progress bar that was drawn over itself, the last state."""
    shown = (part.rstrip(b"\r").rsplit(b"\r", 1)[-1] for part in parts if part.strip() and not OWN_PROBE.search(part))
    return [part.decode("utf-8", "replace") for part in shown]


def _cursor(info: os.stat_result, offset: int) -> str:
    return f"{info.st_ino:x}-{offset:x}"


def engine_page(path: str, count: int, since_s: Optional[float], cursor: Optional[str], max_bytes: int,
                redact: Callable[[str], str]) -> LogPage:
    """The end of an engine's log, or what came after a cursor; redacted, long lines cut."""
    page = next_page(path, cursor, max_bytes) if cursor else tail_page(path, count)
    lines = written_since(page.lines, since_s, time.time()) if since_s is not None else page.lines
    shown = [redact(unwrap_docker(line)[-1][:4 * SHOWN_LINE_MAX_CHARS])[:SHOWN_LINE_MAX_CHARS] for line in lines]
    if cursor:
        return page._replace(lines=shown)
    kept = fit(shown, max_bytes)
    return page._replace(lines=kept, cut=page.cut or len(kept) < len(shown))


DOCKER_TIME = re.compile(r'"time":"([^"]{1,40})"\}?$')
VLLM_TIME = re.compile(r"\b(?:DEBUG|INFO|WARNING|ERROR|CRITICAL) (\d\d-\d\d \d\d:\d\d:\d\d) ")


def written_since(lines: list[str], since_s: float, now_s: float) -> list[str]:
    """Lines from a time on. A line without a time (a traceback) goes with the one before it; without any time, all stay."""
    times = [line_time(line, now_s) for line in lines]
    inside = all(at_s is None for at_s in times)
    kept = []
    for line, at_s in zip(lines, times):
        inside = inside if at_s is None else at_s >= since_s
        if inside:
            kept.append(line)
    return kept


def line_time(line: str, now_s: float) -> Optional[float]:
    """When a line was written: what Docker noted, else vLLM's own local time, which lacks the year."""
    docker = DOCKER_TIME.search(line)
    if docker:
        return parse_iso(docker[1])
    local = VLLM_TIME.search(line)
    if not local:
        return None
    year = time.localtime(now_s).tm_year
    try:
        at_s = time.mktime(time.strptime(f"{year}-{local[1]}", "%Y-%m-%d %H:%M:%S"))
        return at_s if at_s < now_s + 86_400 else time.mktime(time.strptime(f"{year - 1}-{local[1]}", "%Y-%m-%d %H:%M:%S"))
    except (ValueError, OverflowError):
        return None


def fit(lines: list[str], max_bytes: int) -> list[str]:
    """The newest lines whose JSON text stays under max_bytes."""
    kept, size = [], 0
    for line in reversed(lines):
        size += len(json.dumps(line)) + 1
        if size > max_bytes:
            break
        kept.append(line)
    return kept[::-1]


# ---------------------------------------------------------------- event log

class EventLog:
    """JSON lines {ts, level, event, ...}; one older file is kept. A full disk loses events, never the agent."""

    def __init__(self, path: str, redact: Callable[[str], str], clock: Callable[[], float] = time.time,
                 max_bytes: int = EVENT_LOG_MAX_BYTES, max_lines: int = EVENT_LOG_MAX_LINES) -> None:
        self.path, self.older_path = path, path + ".1"
        self._redact, self._clock, self._max_bytes, self._max_lines = redact, clock, max_bytes, max_lines
        self._lock = threading.Lock()
        self.dropped = 0
        self._bytes, self._lines = self._measure()

    def write(self, event: str, level: str = "info", **fields: Any) -> None:
        record = {"ts": iso(self._clock()), "level": level, "event": event, **fields}
        line = self._redact(json.dumps(record, separators=(",", ":"), default=str))
        if len(line) > EVENT_LINE_MAX_CHARS:
            line = json.dumps({"ts": record["ts"], "level": level, "event": event[:200], "cut": True})
        data = line.encode("utf-8") + b"\n"
        with self._lock:
            try:
                if self._lines and (self._bytes + len(data) > self._max_bytes or self._lines >= self._max_lines):
                    os.replace(self.path, self.older_path)
                    self._bytes = self._lines = 0
                handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
                try:
                    os.write(handle, data)
                finally:
                    os.close(handle)
                self._bytes += len(data)
                self._lines += 1
            except OSError:
                self.dropped += 1

    def tail(self, count: int, since_s: Optional[float] = None) -> LogPage:
        """The last events, oldest first, at most LOG_RESPONSE_MAX_BYTES of them."""
        with self._lock:
            page = tail_page(self.path, count)
            lines, more, size = page.lines, page.cut, sum(len(line) + 1 for line in page.lines)
            if not more and len(lines) < count and size < LOG_RESPONSE_MAX_BYTES:
                older = tail_page(self.older_path, count - len(lines), LOG_RESPONSE_MAX_BYTES - size)
                lines, more = older.lines + lines, older.cut
        kept = [line for line in lines if since_s is None or _event_time(line) >= since_s]
        return LogPage([self._redact(line) for line in kept], more and len(kept) == len(lines), page.cursor)

    def after(self, cursor: str) -> LogPage:
        with self._lock:
            page = next_page(self.path, cursor)
        return page._replace(lines=[self._redact(line) for line in page.lines])

    def _measure(self) -> tuple[int, int]:
        try:
            with open(self.path, "rb") as file:
                data = file.read(2 * self._max_bytes)
                return len(data), data.count(b"\n")
        except OSError:
            return 0, 0


def _event_time(line: str) -> float:
    match = re.match(r'\{"ts": ?"([^"]{1,40})"', line)
    return (parse_iso(match[1]) if match else None) or 0.0


# ---------------------------------------------------------------- following a log

class LogFollower:
    """Follows one growing file through rotation (new inode) and truncation, a bounded piece per poll."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._file: Any = None
        self._inode: Optional[tuple[int, int]] = None
        self.splitter = LineSplitter()
        self._first = True

    def poll(self, budget_bytes: int = ENGINE_LOG_POLL_MAX_BYTES) -> list[str]:
        lines: list[str] = []
        if self._file is None and not self._open():
            return lines
        while budget_bytes > 0:
            if os.fstat(self._file.fileno()).st_size < self._file.tell():  # truncated in place
                self._file.seek(0)
                self.splitter = LineSplitter()
            data = self._file.read(min(65536, budget_bytes))
            budget_bytes -= len(data)
            if data:
                lines.extend(self.splitter.push(data))
            elif self._same_file():
                break
            else:  # rotated: the old file is read to its end, go on with the new one
                self._file.close()
                self._file, self.splitter = None, LineSplitter()
                if not self._open():
                    break
        return [part for line in lines for part in unwrap_docker(line)]

    def _open(self) -> bool:
        try:
            handle = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK)
        except OSError:
            self._first = False
            return False
        info = os.fstat(handle)
        if not stat.S_ISREG(info.st_mode):
            os.close(handle)
            return False
        self._file = os.fdopen(handle, "rb", buffering=0)
        self._inode = (info.st_dev, info.st_ino)
        if self._first and info.st_size > ENGINE_LOG_CATCH_UP_BYTES:
            self._file.seek(info.st_size - ENGINE_LOG_CATCH_UP_BYTES)
        self._first = False
        return True

    def _same_file(self) -> bool:
        try:
            info = os.stat(self.path)
        except OSError:
            return True  # moved away and not made again yet
        return (info.st_dev, info.st_ino) == self._inode


# ---------------------------------------------------------------- state

class State:
    """The private directory: boot id, token, sequence numbers, drain mark, lock."""

    def __init__(self, directory: str) -> None:
        self.directory = directory
        os.makedirs(directory, mode=0o700, exist_ok=True)
        info = os.stat(directory)
        if info.st_uid != os.geteuid() or info.st_mode & stat.S_ISVTX:
            raise ConfigError(f"state_dir {directory}: expected a directory of its own, owned by the user the agent runs as")
        os.chmod(directory, 0o700)
        self._lock_file = open(os.path.join(directory, "agent.lock"), "w")
        try:
            fcntl.flock(self._lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._lock_file.close()
            raise ConfigError(f"another agent already runs with state_dir {directory}; stop it first") from None
        self.boot_id = self._boot_id()
        self._seq = self._seq_end = self._stored_seq()

    def path(self, name: str) -> str:
        return os.path.join(self.directory, name)

    def token(self) -> Optional[str]:
        return read_secret(self.path("token"))

    def store_token(self, token: Optional[str]) -> None:
        if token is None:
            _unlink(self.path("token"))
        else:
            write_private(self.path("token"), token + "\n")

    def draining(self) -> bool:
        return os.path.exists(self.path("draining"))

    def set_draining(self) -> None:
        write_private(self.path("draining"), "drain\n")

    def next_seq(self) -> int:
        """Grows over restarts too (blocks are reserved on disk), so that a replayed heartbeat can be told."""
        if self._seq >= self._seq_end:
            self._seq_end = self._seq + SEQ_BLOCK
            write_private(self.path("seq"), f"{self._seq_end}\n")
        self._seq += 1
        return self._seq

    def close(self) -> None:
        self._lock_file.close()

    def _boot_id(self) -> str:
        stored = read_secret(self.path("boot_id"))
        if stored and re.fullmatch(r"[0-9a-f]{32}", stored):
            return stored
        made = os.urandom(16).hex()
        write_private(self.path("boot_id"), made + "\n")
        return made

    def _stored_seq(self) -> int:
        return max(0, whole(read_secret(self.path("seq"))) or 0)


# ---------------------------------------------------------------- probes: engines

class Reply(NamedTuple):
    status: int
    body: bytes


def engine_call(base_url: str, path: str, key: Optional[str], body: Optional[dict] = None) -> Reply:
    """One bounded GET (or POST of a body) to an engine. Raises OSError or http.client.HTTPException."""
    url, timeout_s = urlsplit(base_url), ENGINE_HTTP_TIMEOUT_S if body is None else WARM_UP_TIMEOUT_S
    deadline_s = time.monotonic() + timeout_s
    connection = http.client.HTTPConnection(url.hostname or "", url.port or 80, timeout=timeout_s)
    headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {key}"} if key else {})}
    try:
        connection.request("GET" if body is None else "POST", url.path + path, None if body is None else json.dumps(body), headers)
        response = connection.getresponse()
        return Reply(response.status, _read_bounded(response, ENGINE_BODY_MAX_BYTES, deadline_s))
    finally:
        connection.close()


def _read_bounded(response: Any, cap: int, deadline_s: float) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        part = response.read1(65536)
        if not part:
            return b"".join(parts)
        parts.append(part)
        size += len(part)
        if size > cap:
            raise OSError(f"the answer is larger than {cap} bytes")
        if time.monotonic() > deadline_s:
            raise OSError("the answer took too long")


class Replica:
    """One engine over time: probes it, keeps its latency windows and its version."""

    def __init__(self, config: ReplicaConfig, call: Callable[..., Reply]) -> None:
        self.config = config
        self._call = call
        self._windows = {key: LatencyWindow() for key in HISTOGRAMS}
        self._version: Optional[str] = None

    def sample(self, key: Optional[str], now_s: float, monotonic_s: float) -> dict:
        http_ok = self._answers("/health")
        models = self._models(key) if http_ok else None
        scrape = self._scrape(key) if http_ok else None
        if not http_ok:
            self._version = None  # the next one to answer may be another version
        elif self._version is None:
            version = _json_object(self._body("/version", key)).get("version")
            self._version = version[:80] if isinstance(version, str) else None
        histograms = scrape.histograms if scrape else {}
        latency = {name: window.add(monotonic_s, histograms.get(name)) for name, window in self._windows.items()}
        return {
            "name": self.config.name, "gpus": list(self.config.gpus), "port": self.config.port, "http_ok": http_ok,
            "models": None if models is None else [name for name, _ in models],
            "max_model_len": next((length for _, length in models or [] if length is not None), None),
            "version": self._version,
            "running": scrape.running if scrape else None, "waiting": scrape.waiting if scrape else None,
            "kv_usage": scrape.kv_usage if scrape else None, "kv_tokens": scrape.kv_tokens if scrape else None,
            "preemptions": scrape.preemptions if scrape else None,
            "prompt_tokens": scrape.prompt_tokens if scrape else None,
            "generation_tokens": scrape.generation_tokens if scrape else None,
            "ttft": latency["ttft"], "itl": latency["itl"], "queue_time": latency["queue_time"],
            "finished": scrape.finished if scrape else None,
            "scraped_at": iso(now_s) if scrape else None,
        }

    def warm_up(self, task: str, model: Optional[str], key: Optional[str]) -> dict:
        """One real answer with usage; the first one compiles kernels. `error` says why there is none."""
        path, fields = WARM_UP_REQUESTS[task]
        started_s = time.monotonic()
        try:
            reply = self._call(self.config.base_url, path, key, {"model": model, **fields})
        except (OSError, http.client.HTTPException) as fault:
            return {"name": self.config.name, "ok": False, "error": f"{type(fault).__name__}: {fault}"[:300]}
        usage = _json_object(reply.body).get("usage")
        if reply.status != 200 or not isinstance(usage, dict) or not isinstance(usage.get("prompt_tokens"), int):
            return {"name": self.config.name, "ok": False, "error": f"HTTP {reply.status} without usage"}
        return {"name": self.config.name, "ok": True, "duration_s": round(time.monotonic() - started_s, 3),
                "prompt_tokens": usage["prompt_tokens"], "completion_tokens": usage.get("completion_tokens") or 0}

    def _answers(self, path: str) -> bool:
        return self._body(path, None) is not None

    def _models(self, key: Optional[str]) -> Optional[list[tuple[str, Optional[int]]]]:
        body = self._body("/v1/models", key)
        data = _json_object(body).get("data") if body is not None else None
        if not isinstance(data, list):
            return None
        return [(item["id"][:300], item["max_model_len"] if isinstance(item.get("max_model_len"), int) else None)
                for item in data[:50] if isinstance(item, dict) and isinstance(item.get("id"), str)]

    def _scrape(self, key: Optional[str]) -> Optional[Scrape]:
        body = self._body("/metrics", key)
        samples = parse_prometheus(body.decode("utf-8", "replace")) if body else {}
        return summarize_engine(samples) if samples else None

    def _body(self, path: str, key: Optional[str]) -> Optional[bytes]:
        try:
            reply = self._call(self.config.base_url, path, key)
        except (OSError, http.client.HTTPException):
            return None
        return reply.body if reply.status == 200 else None


def _json_object(body: Optional[bytes]) -> dict:
    try:
        value = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


WARM_UP_REQUESTS: dict[str, tuple[str, dict]] = {
    "generate": ("/v1/chat/completions", {"messages": [{"role": "user", "content": "Hello"}], "max_tokens": 1}),
    "embed": ("/v1/embeddings", {"input": "Hello"}),
}


def readiness_of(replica: dict, expected_model: Optional[str], expected_len: Optional[int]) -> dict:
    """The ladder http_ok -> model loaded with the asked context, with a reason for the step that is missing."""
    reasons = []
    models, length = replica["models"], replica["max_model_len"]
    if not replica["http_ok"]:
        reasons.append("http_ok: /health does not answer 200")
    elif models is None:
        reasons.append("model_loaded: /v1/models does not answer with a list (is the engine key right?)")
    elif expected_model is not None and expected_model not in models:
        reasons.append(f"model_loaded: expected {expected_model}, the engine serves {', '.join(models[:5]) or 'nothing'}")
    elif not models:
        reasons.append("model_loaded: the engine serves no model")
    # An engine that does not state its context (llama.cpp) cannot be judged by it.
    elif expected_len is not None and length is not None and length < expected_len:
        reasons.append(f"model_loaded: expected a context of {expected_len} tokens, the engine has {length}")
    return {"name": replica["name"], "http_ok": replica["http_ok"],
            "model_loaded": not reasons, "ready": not reasons, "reasons": reasons}


# ---------------------------------------------------------------- probes: GPUs

class GpuProbe:
    """Runs nvidia-smi. A hung one (a dead GPU leaves it unkillable) is left behind and retried a minute later."""

    def __init__(self) -> None:
        self._throttle = 0
        self._retry_at_s = 0.0
        self._child: Optional[subprocess.Popen] = None

    def sample(self, monotonic_s: float) -> Optional[list[dict]]:
        if monotonic_s < self._retry_at_s or (self._child and self._child.poll() is None):
            return None
        program = shutil.which("nvidia-smi")
        if program is None:
            return None
        while self._throttle < len(THROTTLE_FIELDS):
            field = THROTTLE_FIELDS[self._throttle]
            output = self._run(program, ",".join((*GPU_FIELDS, field) if field else GPU_FIELDS), monotonic_s)
            if output is None or "not a valid field" not in output:
                return None if output is None else parse_nvidia_smi(output)
            self._throttle += 1
        self._throttle = len(THROTTLE_FIELDS) - 1
        return None

    def kill(self) -> None:
        if self._child and self._child.poll() is None:
            self._child.kill()

    def _run(self, program: str, fields: str, monotonic_s: float) -> Optional[str]:
        try:
            self._child = subprocess.Popen([program, f"--query-gpu={fields}", "--format=csv,noheader,nounits"],
                                           stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            output, _ = self._child.communicate(timeout=NVIDIA_SMI_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.kill()
            self._retry_at_s = monotonic_s + NVIDIA_SMI_RETRY_S
            return None
        except OSError:
            self._retry_at_s = monotonic_s + NVIDIA_SMI_RETRY_S
            return None
        return output.decode("utf-8", "replace")


# ---------------------------------------------------------------- probes: the machine

class SystemProbe:
    """CPU, load, memory, disks and network; rates come from the sample before."""

    def __init__(self, disk_paths: Iterable[str], proc: str = "/proc") -> None:
        self._disk_paths, self._proc = tuple(disk_paths), proc
        self._cpu: Optional[tuple[int, int]] = None
        self._net: dict[str, tuple[int, int]] = {}
        self._net_at_s: Optional[float] = None

    def sample(self, monotonic_s: float) -> dict:
        cpu = parse_cpu_times(read_text(self._proc + "/stat"))
        used, self._cpu = cpu_percent(self._cpu, cpu), cpu
        return {"cpu": {"count": os.cpu_count(), "used_percent": used},
                "load": parse_loadavg(read_text(self._proc + "/loadavg")),
                "memory": parse_meminfo(read_text(self._proc + "/meminfo")),
                "disks": self._disks(), "network": self._network(monotonic_s)}

    def _disks(self) -> list[dict]:
        disks, seen = [], set()
        for path in self._disk_paths:
            try:
                device, figures = os.stat(path).st_dev, os.statvfs(path)
            except OSError:
                continue
            if device not in seen:
                seen.add(device)
                disks.append({"path": path, "total_bytes": figures.f_blocks * figures.f_frsize,
                              "available_bytes": figures.f_bavail * figures.f_frsize,
                              "inodes_total": figures.f_files or None,
                              "inodes_available": figures.f_favail if figures.f_files else None})
        return disks

    def _network(self, monotonic_s: float) -> list[dict]:
        now = parse_net_dev(read_text(self._proc + "/net/dev"))
        elapsed_s = monotonic_s - self._net_at_s if self._net_at_s is not None else 0.0
        rows = []
        for name, figures in now.items():
            old = self._net.get(name)
            known = old is not None and elapsed_s > 0 and figures[0] >= old[0] and figures[1] >= old[1]
            rates = [int((figures[at] - old[at]) / elapsed_s) if known and old else None for at in (0, 1)]
            rows.append({"name": name, "rx_bytes": figures[0], "tx_bytes": figures[1],
                         "rx_bytes_per_s": rates[0], "tx_bytes_per_s": rates[1]})
        self._net, self._net_at_s = now, monotonic_s
        return rows


# ---------------------------------------------------------------- sampler

class Snapshot(NamedTuple):
    """Everything handlers may read. Built once per sample and never changed after."""
    sampled_at_s: float
    monotonic_s: float
    status: str
    phase: dict
    failure: Optional[dict]
    replicas: list[dict]
    readiness: list[dict]
    gpus: Optional[list[dict]]
    system: dict


class Sampler:
    """The one thread that looks at the world. `snapshot` is replaced whole; everybody else only reads it."""

    def __init__(self, config: Config, state: State, events: EventLog, redact: Redactor,
                 clock: Callable[[], float] = time.time, monotonic: Callable[[], float] = time.monotonic,
                 call: Callable[..., Reply] = engine_call) -> None:
        self._config, self._state, self._events = config, state, events
        self._clock, self._monotonic, self._redact = clock, monotonic, redact
        self._replicas = [Replica(replica, call) for replica in config.replicas]
        self._logs = [(LogFollower(path), EngineLog(redact, clock())) for path in config.engine_log_paths]
        self._gpus, self._system = GpuProbe(), SystemProbe((*config.disk_paths, state.directory))
        self._served_since_s: Optional[float] = None
        self._faulted = False
        self.snapshot: Optional[Snapshot] = None
        self.first_sample = threading.Event()
        self.changed: Callable[[], None] = lambda: None

    def run(self, stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                self.sample_once()
                self._faulted = False
            except Exception as fault:  # a surprise must not end sampling; say it once, not every two seconds
                if not self._faulted:
                    self._events.write("sampler_fault", "error", fault=f"{type(fault).__name__}: {fault}")
                self._faulted = True
            stop.wait(self._config.sample_interval_s)
        self._gpus.kill()

    def sample_once(self) -> Snapshot:
        now_s, monotonic_s = self._clock(), self._monotonic()
        self._follow_logs(now_s)
        key = read_secret(self._config.vllm_key_file)
        self._redact.learn(key)
        replicas = [replica.sample(key, now_s, monotonic_s) for replica in self._replicas]
        if len(self._logs) == len(replicas):  # engines that do not publish their KV size still log it
            replicas = [{**replica, "kv_tokens": log.kv_tokens if replica["kv_tokens"] is None else replica["kv_tokens"]}
                        for replica, (_, log) in zip(replicas, self._logs)]
        readiness = [readiness_of(replica, self._config.expected_model_id, self._config.expected_max_model_len)
                     for replica in replicas]
        ready = bool(readiness) and all(item["ready"] for item in readiness)
        failures = [failure for _, log in self._logs if (failure := log.failure(now_s))]
        snapshot = Snapshot(
            sampled_at_s=now_s, monotonic_s=monotonic_s,
            status="draining" if self._state.draining() else "ready" if ready else "starting",
            phase=self._phase(ready, now_s), failure=failures[0] if failures and not ready else None,
            replicas=replicas, readiness=readiness, gpus=self._gpus.sample(monotonic_s),
            system=self._system.sample(monotonic_s),
        )
        before, self.snapshot = self.snapshot, snapshot
        self.first_sample.set()
        if self._tell(before, snapshot):
            self.changed()
        return snapshot

    def warm_up(self, task: str) -> list[dict]:
        """All engines at once, each in a thread of its own: the slowest decides how long it takes."""
        key, results = read_secret(self._config.vllm_key_file), {}

        def warm(replica: Replica) -> None:
            results[replica.config.name] = replica.warm_up(task, self._config.expected_model_id, key)

        threads = [threading.Thread(target=warm, args=(replica,), daemon=True) for replica in self._replicas]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(WARM_UP_TIMEOUT_S + 5)
        missing = {"ok": False, "error": "no answer in time"}
        return [results.get(replica.config.name, {"name": replica.config.name, **missing}) for replica in self._replicas]

    def _follow_logs(self, now_s: float) -> None:
        for follower, log in self._logs:
            for line in follower.poll():
                log.feed(line, now_s)
            if follower.splitter.rest:
                log.peek(follower.splitter.rest.decode("utf-8", "replace"), now_s)

    def _phase(self, ready: bool, now_s: float) -> dict:
        """The slowest engine's phase; engines that answer with the right model are past their logs."""
        self._served_since_s = (self._served_since_s or now_s) if ready else None
        if self._served_since_s is not None:
            return {"name": "serving", "since": iso(self._served_since_s), "progress": None, "detail": None, "attempt": 1}
        if not self._logs:
            return {"name": "waiting", "since": None, "progress": None, "detail": None, "attempt": 1}
        _, log = min(self._logs, key=lambda entry: (entry[1].failure(now_s) is None, PHASE_ORDER[entry[1].phase]))
        return {"name": log.phase, "since": iso(log.since_s), "progress": log.progress, "detail": log.detail,
                "attempt": log.attempt}

    def _tell(self, before: Optional[Snapshot], now: Snapshot) -> bool:
        """Write what changed to the event log; true when the control plane should hear of it at once."""
        changed = False
        if before is None or before.status != now.status:
            self._events.write("status_changed", status=now.status, was=before.status if before else None)
            changed = True
        if before is None or before.phase["name"] != now.phase["name"]:
            self._events.write("phase_changed", phase=now.phase["name"], was=before.phase["name"] if before else None)
            changed = True
        code, old_code = (item.failure["code"] if item and item.failure else None for item in (now, before))
        if code != old_code:
            if now.failure:
                self._events.write("engine_failure", "error", **now.failure)
            changed = True
        for at, item in enumerate(now.readiness):
            if before is None or before.readiness[at]["reasons"] != item["reasons"]:
                self._events.write("replica_ready" if item["ready"] else "replica_not_ready",
                                   "info" if item["ready"] or before is None else "warning",
                                   replica=item["name"], reasons=item["reasons"])
                changed = True
        return changed


# ---------------------------------------------------------------- control plane

class ControlReply(NamedTuple):
    status: int
    body: dict
    retry_after_s: Optional[float] = None


def post_json(url: str, payload: dict, bearer: Optional[str], fingerprint: Optional[str]) -> ControlReply:
    """One bounded POST. With a fingerprint the certificate itself is checked, before a byte of the request leaves."""
    parts = urlsplit(url)
    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        context = ssl.create_default_context()
        if fingerprint:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        connection = http.client.HTTPSConnection(parts.hostname or "", parts.port or 443,
                                                 timeout=CONTROL_TIMEOUT_S, context=context)
    else:
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=CONTROL_TIMEOUT_S)
    deadline_s = time.monotonic() + CONTROL_TIMEOUT_S
    try:
        connection.connect()
        if fingerprint and parts.scheme == "https":
            shown = hashlib.sha256(connection.sock.getpeercert(True) or b"").hexdigest()  # type: ignore[union-attr]
            if not hmac.compare_digest(shown, fingerprint):
                raise OSError("the control plane shows another certificate than the pinned one")
        headers = {"Content-Type": "application/json", "User-Agent": f"inventiv-agent/{AGENT_VERSION}"}
        if bearer:
            headers["Authorization"] = f"Bearer {bearer}"
        connection.request("POST", parts.path, json.dumps(payload, separators=(",", ":")), headers)
        response = connection.getresponse()
        body = _json_object(_read_bounded(response, CONTROL_REPLY_MAX_BYTES, deadline_s))
        return ControlReply(response.status, body, number(response.headers.get("Retry-After")))
    finally:
        connection.close()


def backoff_s(failures: int, interval_s: float, retry_after_s: Optional[float], chance: Callable[[], float]) -> float:
    """Doubling with jitter in the upper half, so that a thousand workers do not come back in one second."""
    ceiling = min(CONTROL_BACKOFF_MAX_S, max(1.0, interval_s) * 2 ** min(failures - 1, 10))
    wait_s = ceiling * (0.5 + chance() / 2)
    return max(wait_s, min(retry_after_s, HEARTBEAT_INTERVAL_MAX_S)) if retry_after_s else wait_s


class Commands:
    """What the replies to heartbeats ask for: each is done once, and its result is kept until it was heard."""

    def __init__(self, config: Config, state: State, events: EventLog, redact: Redactor,
                 adopt_token: Callable[[str], None]) -> None:
        self._config, self._state, self._events, self._redact = config, state, events, redact
        self._adopt_token = adopt_token
        self._done: deque[str] = deque(maxlen=100)
        self.results: list[dict] = []

    def heard(self) -> None:
        """A heartbeat with the results was accepted."""
        self.results = []

    def obey(self, commands: Any) -> None:
        """Takes them as they came: what is not one, and what was done before, is passed over."""
        for command in commands[:COMMANDS_MAX] if isinstance(commands, list) else ():
            if not isinstance(command, dict) or not isinstance(command.get("id"), str):
                continue
            if command["id"] in self._done:  # sent again because our answer was lost
                continue
            self._done.append(command["id"])
            kind = str(command.get("type"))[:40]
            try:
                result = self._execute(kind, command)
            except OSError as fault:
                result = {"ok": False, "message": f"{type(fault).__name__}: {fault.strerror}"}
            self._events.write("command", "info" if result["ok"] else "warning", id=command["id"][:80], type=kind,
                               ok=result["ok"], message=result["message"])
            self.results = [*self.results, {"id": command["id"], "type": kind, **result}][-RESULTS_MAX:]

    def _execute(self, kind: str, command: dict) -> dict:
        if kind == "drain":
            self._state.set_draining()
            return {"ok": True, "message": "draining: /readyz answers 503 from the next sample"}
        if kind == "rotate_token":
            token = command.get("token")
            if not _is_token(token):
                return {"ok": False, "message": "expected token: 16 to 512 visible characters"}
            self._adopt_token(token)
            return {"ok": True, "message": "the new token is stored and used from now on"}
        if kind == "collect_logs":
            tail = command.get("tail", TAIL_DEFAULT)
            count = max(1, min(tail, 1_000)) if isinstance(tail, int) and not isinstance(tail, bool) else TAIL_DEFAULT
            return {"ok": True, "message": "collected", "logs": self._collect(count)}
        return {"ok": False, "message": "unknown command; known: drain, rotate_token, collect_logs"}

    def _collect(self, count: int) -> dict:
        share = COLLECTED_LOGS_MAX_BYTES // (1 + len(self._config.engine_log_paths))
        events = fit(self._events.tail(count).lines, share)
        engine = [{"path": path, "lines": engine_page(path, count, None, None, share, self._redact).lines}
                  for path in self._config.engine_log_paths]
        return {"events": events, "engine": engine}


class ControlPlane:
    """Enrols once, then beats. step() does one exchange and says when to come back: no clock, no sleep inside.

    states: waiting_for_secret -> ok <-> failing; refused (401) and conflict (409) wait for a fresh secret;
    stopped (410) never comes back in this process.
    """

    def __init__(self, config: Config, state: State, sampler: Sampler, events: EventLog, redact: Redactor,
                 sha256: str, post: Callable[..., ControlReply] = post_json,
                 clock: Callable[[], float] = time.time, chance: Callable[[], float] = random.random) -> None:
        self._config, self._keep, self._sampler, self._events, self._redact = config, state, sampler, events, redact
        self._sha256, self._post, self._clock, self._chance = sha256, post, clock, chance
        self._base = (config.control_plane_url or "").rstrip("/") + "/api/worker/v1"
        self._token = state.token()
        redact.learn(self._token)
        self._interval_s = config.heartbeat_interval_s
        self._failures = 0
        self._refused_secrets: set[str] = set()
        self._commands = Commands(config, state, events, redact, self._adopt_token)
        self._wake = threading.Event()
        self.state = "failing" if self._token else "waiting_for_secret"
        self.sent = self.failed = 0
        self._last_fault = "no answer"
        self.last_ok_at_s: Optional[float] = None
        self.acked_seq: Optional[int] = None

    def run(self, stop: threading.Event) -> None:
        self._sampler.first_sample.wait(REQUEST_TIMEOUT_S)
        while not stop.is_set():
            try:
                delay_s = self.step()
            except Exception as fault:  # nothing a control plane answers may end the heartbeat
                self._events.write("heartbeat_fault", "error", fault=f"{type(fault).__name__}: {fault}")
                delay_s = self._fail("fault", None)
            if delay_s is None:
                return
            stop.wait(min(delay_s, HEARTBEAT_GAP_MIN_S))
            rest_s = max(0.0, delay_s - HEARTBEAT_GAP_MIN_S)
            (self._wake if self.state == "ok" else stop).wait(rest_s)
            self._wake.clear()

    def wake(self) -> None:
        """Beat soon: something changed. Ignored while backing off."""
        self._wake.set()

    def step(self) -> Optional[float]:
        """One exchange -> seconds until the next, or None to stop for good."""
        secret = self._fresh_secret()
        if secret is not None:
            return self._enrol(secret)
        if self._token is None:
            return self._interval_s
        return self._beat(self._token)

    def _adopt_token(self, token: str) -> None:
        self._redact.learn(token)
        self._keep.store_token(token)
        self._token = token

    def _fresh_secret(self) -> Optional[str]:
        secret = read_secret(self._config.enrolment_secret_file)
        return None if secret is None or _digest(secret) in self._refused_secrets else secret

    def _enrol(self, secret: str) -> Optional[float]:
        self._redact.learn(secret)
        payload = {"protocol": PROTOCOL, "instance_id": self._config.instance_id, "worker_id": self._config.worker_id,
                   "boot_id": self._keep.boot_id, "enrolment_secret": secret, "sent_at": iso(self._clock()),
                   "agent": self._agent(),
                   "replicas": [{"name": replica.name, "gpus": list(replica.gpus), "port": replica.port}
                                for replica in self._config.replicas]}
        reply = self._exchange("/register", payload, None)
        if reply is None:
            return self._fail("register_failed", None)
        token = reply.body.get("token")
        if reply.status == 200 and _is_token(token):
            self._adopt_token(token)  # stored before the secret goes: a crash between leaves a way back
            _unlink(self._config.enrolment_secret_file or "")
            self._failures = 0
            self._take_interval(reply.body)
            self._become("ok", "enrolled")
            return 0.0
        if reply.status in (401, 403, 409):
            self._refused_secrets.add(_digest(secret))
            if self._token is None:
                self._become("conflict" if reply.status == 409 else "refused", "enrolment_refused", status=reply.status)
                return self._interval_s
            return 0.0  # a used secret left behind by a crash: the stored token still counts
        if reply.status == 410:
            self._become("stopped", "instance_terminated")
            return None
        return self._fail("register_failed", reply)

    def _beat(self, token: str) -> Optional[float]:
        snapshot = self._sampler.snapshot
        if snapshot is None:
            return self._interval_s
        seq, results = self._keep.next_seq(), list(self._commands.results)
        reply = self._exchange("/heartbeat", self.payload(snapshot, seq, results), token)
        if reply is None:
            return self._fail("heartbeat_failed", None)
        if reply.status == 200 and reply.body.get("ok") is True:
            self._failures, self.last_ok_at_s = 0, self._clock()
            ack = reply.body.get("ack_seq")
            self.acked_seq = ack if isinstance(ack, int) else self.acked_seq
            self._commands.heard()
            self._take_interval(reply.body)
            self._become("ok", "heartbeat_ok")
            self._commands.obey(reply.body.get("commands"))
            return min(self._interval_s, HEARTBEAT_GAP_MIN_S) if self._commands.results else self._interval_s
        if reply.status in (401, 409):
            self._token = None
            self._keep.store_token(None)
            self._become("conflict" if reply.status == 409 else "refused",
                         "instance_owned_by_another_boot" if reply.status == 409 else "token_refused")
            return self._interval_s
        if reply.status == 410:
            self._become("stopped", "instance_terminated")
            return None
        return self._fail("heartbeat_failed", reply)

    def payload(self, snapshot: Snapshot, seq: int, results: list[dict]) -> dict:
        body = {"protocol": PROTOCOL, "instance_id": self._config.instance_id, "worker_id": self._config.worker_id,
                "boot_id": self._keep.boot_id, "seq": seq, "sent_at": iso(self._clock()), "agent": self._agent(),
                "phase": snapshot.phase, "status": snapshot.status, "failure": snapshot.failure,
                "replicas": snapshot.replicas, "gpus": snapshot.gpus, "system": snapshot.system}
        return {**body, "results": results} if results else body

    def _agent(self) -> dict:
        return {"version": AGENT_VERSION, "sha256": self._sha256, "python": PYTHON_VERSION}

    def _exchange(self, path: str, payload: dict, bearer: Optional[str]) -> Optional[ControlReply]:
        self.sent += 1
        try:
            return self._post(self._base + path, payload, bearer, self._config.control_plane_fingerprint)
        except (OSError, http.client.HTTPException) as fault:
            self._last_fault = f"{type(fault).__name__}: {fault}"[:300]
            return None

    def _fail(self, event: str, reply: Optional[ControlReply]) -> float:
        self._failures += 1
        self.failed += 1
        reason = f"HTTP {reply.status}" if reply else self._last_fault
        self._become("failing", event, reason=reason)
        return backoff_s(self._failures, self._interval_s, reply.retry_after_s if reply else None, self._chance)

    def _become(self, state: str, event: str, **fields: Any) -> None:
        if state != self.state:  # transitions only: a day without a control plane must not fill the log
            self._events.write(event, "info" if state == "ok" else "warning", control_plane=state, **fields)
        self.state = state

    def _take_interval(self, body: dict) -> None:
        asked = body.get("interval_s")
        if isinstance(asked, (int, float)) and not isinstance(asked, bool) and math.isfinite(asked):
            self._interval_s = min(HEARTBEAT_INTERVAL_MAX_S, max(HEARTBEAT_INTERVAL_MIN_S, float(asked)))


def _is_token(token: Any) -> bool:
    return isinstance(token, str) and re.fullmatch(r"[\x21-\x7e]{16,512}", token) is not None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


# ---------------------------------------------------------------- /metrics

def render_metrics(agent: "Agent") -> str:
    """Prometheus text 0.0.4. A figure that is None has no line: absent is not zero."""
    families: list[str] = []

    def family(name: str, kind: str, help_text: str, rows: Iterable[tuple[dict, Any]]) -> None:
        lines = [f"{name}{_labels(labels)} {float(value)!r}" for labels, value in rows if value is not None]
        if lines:
            families.append("\n".join((f"# HELP {name} {help_text}", f"# TYPE {name} {kind}", *lines)))

    family("inventiv_agent_info", "gauge", "Version and checksum of the agent.",
           [({"version": AGENT_VERSION, "sha256": agent.sha256, "python": PYTHON_VERSION}, 1)])
    family("inventiv_agent_start_time_seconds", "gauge", "When the agent started, Unix time.", [({}, agent.started_at_s)])
    family("inventiv_agent_http_requests_total", "counter", "Requests answered by the agent.",
           [({"route": route, "code": str(code)}, count) for (route, code), count in sorted(agent.requests().items())])
    family("inventiv_agent_events_dropped_total", "counter", "Events that could not be written to disk.", [({}, agent.events.dropped)])
    if agent.control:
        family("inventiv_agent_control_requests_total", "counter", "Requests sent to the control plane.", [({}, agent.control.sent)])
        family("inventiv_agent_control_failures_total", "counter", "Exchanges with the control plane that failed.", [({}, agent.control.failed)])
        family("inventiv_agent_heartbeat_last_success_timestamp_seconds", "gauge", "When a heartbeat was last accepted.",
               [({}, agent.control.last_ok_at_s)])
    snapshot = agent.sampler.snapshot
    if snapshot is None:
        return "\n".join(families) + "\n"
    family("inventiv_agent_sample_timestamp_seconds", "gauge", "When the figures below were taken.", [({}, snapshot.sampled_at_s)])
    family("inventiv_worker_ready", "gauge", "1 when every replica serves the expected model.", [({}, int(snapshot.status == "ready"))])
    family("inventiv_worker_phase", "gauge", "1 for the phase the worker is in.",
           [({"phase": name}, int(snapshot.phase["name"] == name)) for name in PHASE_ORDER])

    def per_replica(name: str, kind: str, help_text: str, read: Callable[[dict], Any]) -> None:
        family("inventiv_replica_" + name, kind, help_text, [({"replica": item["name"]}, read(item)) for item in snapshot.replicas])

    per_replica("up", "gauge", "1 when the engine's /health answers 200.", lambda item: int(item["http_ok"]))
    family("inventiv_replica_ready", "gauge", "1 when the engine serves the expected model.",
           [({"replica": item["name"]}, int(item["ready"])) for item in snapshot.readiness])
    per_replica("requests_running", "gauge", "Requests in the batch.", lambda item: item["running"])
    per_replica("requests_waiting", "gauge", "Requests in the queue.", lambda item: item["waiting"])
    per_replica("kv_cache_usage_ratio", "gauge", "Share of the KV cache in use, 0 to 1.", lambda item: item["kv_usage"])
    per_replica("kv_cache_capacity_tokens", "gauge", "Tokens the KV cache can hold.", lambda item: item["kv_tokens"])
    per_replica("max_model_len_tokens", "gauge", "Context the engine serves.", lambda item: item["max_model_len"])
    per_replica("preemptions_total", "counter", "Requests put back for want of KV cache.", lambda item: item["preemptions"])
    per_replica("prompt_tokens_total", "counter", "Prompt tokens.", lambda item: item["prompt_tokens"])
    per_replica("generation_tokens_total", "counter", "Generated tokens.", lambda item: item["generation_tokens"])
    family("inventiv_replica_requests_finished_total", "counter", "Requests finished, by reason.",
           [({"replica": item["name"], "reason": reason}, count)
            for item in snapshot.replicas for reason, count in sorted((item["finished"] or {}).items())])
    for key, what in (("ttft", "Time to first token"), ("itl", "Time between tokens"), ("queue_time", "Time in the queue")):
        family(f"inventiv_replica_{key}_window_seconds", "gauge", f"{what} over the last minute.",
               [({"replica": item["name"], "stat": stat_name}, item[key][stat_name + "_s"])
                for item in snapshot.replicas if item[key] for stat_name in ("mean", "p50", "p95")])

    def per_gpu(name: str, help_text: str, field: str, factor: float) -> None:
        family("inventiv_gpu_" + name, "gauge", help_text,
               [({"gpu": str(gpu["index"]), "uuid": gpu["uuid"] or "", "name": gpu["name"] or ""},
                 None if gpu[field] is None else gpu[field] * factor) for gpu in snapshot.gpus or ()])

    per_gpu("utilization_ratio", "Share of time a kernel ran, 0 to 1.", "util", 0.01)
    per_gpu("memory_used_bytes", "GPU memory in use.", "mem_used_mib", 2**20)
    per_gpu("memory_total_bytes", "GPU memory.", "mem_total_mib", 2**20)
    per_gpu("temperature_celsius", "GPU temperature.", "temp_c", 1)
    per_gpu("power_draw_watts", "Power drawn.", "power_w", 1)
    per_gpu("power_limit_watts", "Power limit.", "power_limit_w", 1)
    family("inventiv_gpu_throttled", "gauge", "1 for each reason that holds the clocks back.",
           [({"gpu": str(gpu["index"]), "reason": reason}, int(reason in gpu["throttle"]))
            for gpu in snapshot.gpus or () if gpu["throttle"] is not None for _, reason in THROTTLE_BITS])
    system = snapshot.system
    used = system["cpu"]["used_percent"]
    family("inventiv_host_cpu_used_ratio", "gauge", "Share of CPU time in use, 0 to 1.", [({}, None if used is None else used / 100)])
    family("inventiv_host_load1", "gauge", "Load average over one minute.", [({}, system["load"] and system["load"][0])])
    for field, what in (("total_bytes", "Memory of the machine."), ("available_bytes", "Memory available without swapping.")):
        family("inventiv_host_memory_" + field, "gauge", what, [({}, system["memory"] and system["memory"][field])])
    for field, what in (("total_bytes", "Size of the file system."), ("available_bytes", "Space available."), ("inodes_available", "Inodes available.")):
        family("inventiv_host_disk_" + field, "gauge", what, [({"path": disk["path"]}, disk[field]) for disk in system["disks"]])
    for field, name in (("rx_bytes", "receive"), ("tx_bytes", "transmit")):
        family(f"inventiv_host_network_{name}_bytes_total", "counter", f"Bytes, {name}.",
               [({"device": item["name"]}, item[field]) for item in system["network"]])
    return "\n".join(families) + "\n"


def _labels(labels: dict) -> str:
    if not labels:
        return ""
    escaped = (f'{name}="' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"' for name, value in labels.items())
    return "{" + ",".join(escaped) + "}"


# ---------------------------------------------------------------- HTTP

class BadRequest(Exception):
    """The message tells the caller what to send."""


class Answer(NamedTuple):
    status: int
    body: bytes
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()


def json_answer(status: int, value: Any, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    return Answer(status, json.dumps(value).encode() + b"\n", headers=headers)


def error_answer(status: int, code: str, message: str, headers: tuple[tuple[str, str], ...] = (), **more: Any) -> Answer:
    return json_answer(status, {"error": {"code": code, "message": message, **more}}, headers)


def query_params(query: str, allowed: tuple[str, ...]) -> dict[str, str]:
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=10)
    except ValueError:
        raise BadRequest("too many parameters") from None
    names = [name for name, _ in pairs]
    strange = [name for name in names if name not in allowed]
    if strange:
        known = f"send {', '.join(allowed)}" if allowed else "this route takes none"
        raise BadRequest(f"unknown parameter {strange[0][:40]!r}; {known}")
    if len(set(names)) != len(names):
        raise BadRequest("send each parameter once")
    return dict(pairs)


def tail_param(params: dict[str, str]) -> int:
    text = params.get("tail", str(TAIL_DEFAULT))
    if not re.fullmatch(r"[0-9]{1,6}", text) or not 1 <= int(text) <= TAIL_MAX:
        raise BadRequest(f"tail: send a whole number from 1 to {TAIL_MAX}, for example ?tail=100")
    return int(text)


def since_param(params: dict[str, str]) -> Optional[float]:
    if "since" not in params:
        return None
    since_s = parse_iso(params["since"])
    if since_s is None:
        raise BadRequest("since: send an ISO 8601 time, for example ?since=2026-11-23T10:00:00Z")
    return since_s


def after_param(params: dict[str, str], files: int) -> Optional[list[Optional[str]]]:
    """One cursor per file, "-" for a file that was not there; None when none was sent."""
    if "after" not in params:
        return None
    cursors = params["after"].split(",")
    if len(cursors) != files or not all(re.fullmatch(r"-|[0-9a-f]{1,16}-[0-9a-f]{1,16}", cursor) for cursor in cursors):
        raise BadRequest("after: send the cursor of the answer before, as it came")
    return [None if cursor == "-" else cursor for cursor in cursors]


class Agent:
    """The parts, wired; the routes read from here."""

    def __init__(self, config: Config, sha256: str) -> None:
        self.config, self.sha256, self.started_at_s = config, sha256, time.time()
        self.redact = Redactor()
        key = read_secret(config.key_file)
        if key is None:
            raise ConfigError(f"key_file {config.key_file}: expected a readable file with the instance key in its first line")
        self.redact.learn(key)
        self._key = hashlib.sha256(key.encode()).digest()
        self.state = State(config.state_dir)
        self.events = EventLog(self.state.path("events.jsonl"), self.redact)
        self.sampler = Sampler(config, self.state, self.events, self.redact)
        self.control: Optional[ControlPlane] = None
        if config.control_plane_url:
            self.control = ControlPlane(config, self.state, self.sampler, self.events, self.redact, sha256)
            self.sampler.changed = self.control.wake
        self._requests: dict[tuple[str, int], int] = {}
        self._requests_lock = threading.Lock()
        self.routes: dict[str, Callable[[str], Answer]] = {
            "/healthz": self._healthz, "/readyz": self._readyz, "/info": self._info, "/metrics": self._metrics,
            "/logs": self._logs, "/logs/engine": self._engine_logs, "/warmup": self._warmup,
        }

    def answer(self, method: str, target: str, authorization: Optional[str]) -> Answer:
        """One request -> one answer. Authorization comes first, so that a stranger cannot even list the routes."""
        path, _, query = target.partition("?")
        if path != "/healthz" and not self._authorized(authorization):
            answer = error_answer(401, "unauthorized", "send the instance key: Authorization: Bearer KEY",
                                  (("WWW-Authenticate", "Bearer"),))
        elif path not in self.routes:
            answer = error_answer(404, "not_found", "no such route", routes=sorted(self.routes))
        elif method not in (allowed := ("POST",) if path == "/warmup" else ("GET", "HEAD")):
            answer = error_answer(405, "method_not_allowed", f"send {' or '.join(allowed)}", (("Allow", ", ".join(allowed)),))
        else:
            try:
                answer = self.routes[path](query)
            except BadRequest as bad:
                answer = error_answer(400, "bad_request", str(bad))
        key = (path if path in self.routes else "other", answer.status)
        with self._requests_lock:
            self._requests[key] = self._requests.get(key, 0) + 1
        return answer

    def requests(self) -> dict[tuple[str, int], int]:
        with self._requests_lock:
            return dict(self._requests)

    def _authorized(self, authorization: Optional[str]) -> bool:
        scheme, _, key = (authorization or "").partition(" ")
        given = hashlib.sha256(key.strip().encode("utf-8", "replace")).digest()
        return hmac.compare_digest(given, self._key) and scheme.lower() == "bearer"

    def _healthz(self, query: str) -> Answer:
        return Answer(200, b"ok\n", "text/plain; charset=utf-8")

    def _readyz(self, query: str) -> Answer:
        query_params(query, ())
        snapshot = self.sampler.snapshot
        if snapshot is None:
            return json_answer(503, {"ready": False, "reasons": ["no sample taken yet"], "replicas": []})
        reasons = [f"{item['name']}: {reason}" for item in snapshot.readiness for reason in item["reasons"]]
        if not snapshot.readiness:
            reasons.append("no replicas are configured")
        if snapshot.status == "draining":
            reasons.append("draining")
        age_s = time.monotonic() - snapshot.monotonic_s
        if age_s > max(SNAPSHOT_STALE_S, 3 * self.config.sample_interval_s):
            reasons.append(f"the last sample is {age_s:.0f} s old")
        body = {"ready": not reasons, "status": snapshot.status, "reasons": reasons, "replicas": snapshot.readiness}
        return json_answer(503 if reasons else 200, body)

    def _info(self, query: str) -> Answer:
        query_params(query, ())
        snapshot, control = self.sampler.snapshot, self.control
        seen = snapshot._asdict() if snapshot else {}
        return json_answer(200, {
            "agent": {"version": AGENT_VERSION, "build_date": AGENT_BUILD_DATE, "sha256": self.sha256, "python": PYTHON_VERSION},
            "protocol": PROTOCOL, "instance_id": self.config.instance_id, "worker_id": self.config.worker_id,
            "boot_id": self.state.boot_id, "started_at": iso(self.started_at_s),
            "sampled_at": iso(snapshot.sampled_at_s) if snapshot else None,
            **{name: seen.get(name) for name in ("status", "phase", "failure", "replicas", "readiness", "gpus", "system")},
            "control_plane": None if control is None else {
                "state": control.state, "acked_seq": control.acked_seq,
                "last_ok_at": None if control.last_ok_at_s is None else iso(control.last_ok_at_s)},
        })

    def _metrics(self, query: str) -> Answer:
        return Answer(200, render_metrics(self).encode(), "text/plain; version=0.0.4; charset=utf-8")

    def _logs(self, query: str) -> Answer:
        params = query_params(query, ("tail", "since", "after"))
        count, since_s, after = tail_param(params), since_param(params), after_param(params, 1)
        page = self.events.after(after[0]) if after and after[0] else self.events.tail(count, since_s)
        return Answer(200, "".join(line + "\n" for line in page.lines).encode(), "application/x-ndjson",
                      (("X-Inventiv-Truncated", "1" if page.cut else "0"), ("X-Inventiv-Cursor", page.cursor or "-")))

    def _engine_logs(self, query: str) -> Answer:
        paths = self.config.engine_log_paths
        params = query_params(query, ("tail", "since", "after"))
        count, since_s, after = tail_param(params), since_param(params), after_param(params, len(paths))
        share = LOG_RESPONSE_MAX_BYTES // max(1, len(paths))
        pages = [engine_page(path, count, since_s, cursor, share, self.redact)
                 for path, cursor in zip(paths, after or [None] * len(paths))]
        files = [{"path": path, "exists": page.cursor is not None, "lines": page.lines, "truncated": page.cut}
                 for path, page in zip(paths, pages)]
        return json_answer(200, {"files": files, "cursor": ",".join(page.cursor or "-" for page in pages)})

    def _warmup(self, query: str) -> Answer:
        params = query_params(query, ("task",))
        task = params.get("task", "generate")
        if task not in WARM_UP_REQUESTS:
            raise BadRequest(f"task: send one of {', '.join(WARM_UP_REQUESTS)}")
        return json_answer(200, {"replicas": self.sampler.warm_up(task)})


class Handler(BaseHTTPRequestHandler):
    """One request per connection. The head is read here with one deadline, so that dripping bytes cannot hold a slot."""
    protocol_version = "HTTP/1.1"
    server_version = f"inventiv-agent/{AGENT_VERSION}"
    sys_version = ""
    server: "AgentServer"

    def handle(self) -> None:
        self.close_connection = True
        self.command, self.requestline, self.request_version = "GET", "", "HTTP/1.1"
        try:
            self._handle_once()
        except OSError:
            pass  # the client left

    def _handle_once(self) -> None:
        deadline_s = time.monotonic() + REQUEST_TIMEOUT_S
        data = b""
        while b"\r\n\r\n" not in data and b"\n\n" not in data:
            if len(data) > REQUEST_HEAD_MAX_BYTES:
                return self._send(error_answer(431, "head_too_large", f"send at most {REQUEST_HEAD_MAX_BYTES} bytes of headers"))
            piece = self._receive(deadline_s)
            if piece is None:
                return self._send(error_answer(408, "timeout", f"send the request within {REQUEST_TIMEOUT_S:.0f} s")) if data else None
            if not piece:
                return None
            data += piece
        self.connection.settimeout(REQUEST_TIMEOUT_S)
        self.rfile = BytesIO(data)  # type: ignore[assignment]
        self.raw_requestline = self.rfile.readline(REQUEST_HEAD_MAX_BYTES)
        if not self.parse_request():
            return None
        if not self._drop_body(len(self.rfile.read()), deadline_s):
            return None
        return self._send(self.server.agent.answer(self.command, self.path, self.headers.get("Authorization")))

    def _receive(self, deadline_s: float) -> Optional[bytes]:
        left_s = deadline_s - time.monotonic()
        if left_s <= 0:
            return None
        self.connection.settimeout(left_s)
        try:
            return self.connection.recv(4096)
        except TimeoutError:
            return None

    def _drop_body(self, already: int, deadline_s: float) -> bool:
        """No route takes a body; a small one is read and forgotten, so that closing does not reset the answer away."""
        length = self.headers.get("Content-Length", "0")
        if self.headers.get("Transfer-Encoding") or not re.fullmatch(r"[0-9]{1,12}", length) or int(length) > REQUEST_BODY_MAX_BYTES:
            self._send(error_answer(413, "body_not_taken", "send no body: no route takes one"))
            return False
        left = int(length) - already
        while left > 0:
            piece = self._receive(deadline_s)
            if not piece:
                return False
            left -= len(piece)
        self.connection.settimeout(REQUEST_TIMEOUT_S)
        return True

    def send_error(self, code: int, message: Optional[str] = None, explain: Optional[str] = None) -> None:
        self._send(error_answer(int(code), "bad_request", message or "the request could not be read"))

    def _send(self, answer: Answer) -> None:
        self.request_version = self.protocol_version  # garbage parses as HTTP/0.9, which would drop the status line
        self.send_response(answer.status)
        for name, value in (("Content-Type", answer.content_type), ("Content-Length", str(len(answer.body))),
                            ("Cache-Control", "no-store"), ("Connection", "close"), *answer.headers):
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    def log_message(self, format: str, *args: Any) -> None:
        return None


class AgentServer(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """A thread per connection, at most CONNECTIONS_MAX of them; one more is told to come back."""
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = 64

    def __init__(self, agent: Agent) -> None:
        self.agent = agent
        self._slots = threading.BoundedSemaphore(CONNECTIONS_MAX)
        self.address_family = socket.AF_INET6 if ":" in agent.config.bind_host else socket.AF_INET
        super().__init__((agent.config.bind_host, agent.config.port), Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        if not self._slots.acquire(blocking=False):
            request.settimeout(0.1)
            try:
                request.sendall(b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            except OSError:
                pass
            self.shutdown_request(request)
            return
        try:
            super().process_request(request, client_address)
        except RuntimeError:  # no thread could be started
            self._slots.release()
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._slots.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        fault = sys.exc_info()[1]
        self.agent.events.write("http_fault", "error", fault=f"{type(fault).__name__}: {fault}")


# ---------------------------------------------------------------- main

def own_sha256() -> str:
    with open(os.path.abspath(__file__), "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def load_config(path: str) -> Config:
    try:
        with open(path, "r", encoding="utf-8") as file:
            raw = json.loads(file.read(1024 * 1024))
    except OSError as fault:
        raise ConfigError(f"{path}: cannot be read ({fault.strerror})") from None
    except (ValueError, RecursionError) as fault:
        raise ConfigError(f"{path}: not valid JSON ({fault})") from None
    try:
        return parse_config(raw)
    except ConfigError as fault:
        raise ConfigError(f"{path}: {fault}") from None


def run(config: Config, stop: threading.Event) -> int:
    """Serve until `stop` is set. Threads are daemons: nothing they wait for can hold the exit back."""
    agent = Agent(config, own_sha256())
    try:
        server = AgentServer(agent)
    except OSError as fault:
        raise ConfigError(f"cannot listen on {config.bind_host}:{config.port}: {fault.strerror or fault}") from None
    port = server.server_address[1]
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, name="http", daemon=True).start()
    write_private(agent.state.path("agent.port"), f"{port}\n")
    agent.events.write("agent_started", version=AGENT_VERSION, sha256=agent.sha256, python=PYTHON_VERSION,
                       boot_id=agent.state.boot_id, port=port)
    sampling = threading.Thread(target=agent.sampler.run, args=(stop,), name="sampler", daemon=True)
    sampling.start()
    if agent.control:
        threading.Thread(target=agent.control.run, args=(stop,), name="heartbeat", daemon=True).start()
    print(f"inventiv-agent {AGENT_VERSION} listens on {config.bind_host}:{port}", file=sys.stderr, flush=True)
    stop.wait()
    server.shutdown()
    server.server_close()
    sampling.join(0.3)
    agent.events.write("agent_stopped")
    _unlink(agent.state.path("agent.port"))
    return 0


def main(argv: list[str]) -> int:
    if argv == ["--version"]:
        print(json.dumps({"version": AGENT_VERSION, "build_date": AGENT_BUILD_DATE, "sha256": own_sha256(), "python": PYTHON_VERSION}))
        return 0
    path = os.environ.get("INVENTIV_AGENT_CONFIG")
    if len(argv) == 2 and argv[0] == "--config":
        path = argv[1]
    elif argv or not path:
        print("usage: agent.py --config FILE.json   (or INVENTIV_AGENT_CONFIG=FILE.json agent.py)\n       agent.py --version", file=sys.stderr)
        return 2
    stop = threading.Event()
    for number_of_signal in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number_of_signal, lambda *_: stop.set())
    os.umask(0o077)
    try:
        return run(load_config(path), stop)
    except ConfigError as fault:
        print(f"inventiv-agent: {fault}", file=sys.stderr)
        return 2
    except OSError as fault:
        print(f"inventiv-agent: {fault.filename or 'cannot start'}: {fault.strerror or fault}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
