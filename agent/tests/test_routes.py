import contextlib
import json
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import unittest
from unittest import mock

from support import DEADLINE_S, KEY, FakeEngine, agent, config_for, request


class Routes(unittest.TestCase):
    """One agent on a real socket; samples are taken by hand so that every test knows what it sees."""

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.log = os.path.join(directory.name, "engine.log")
        with open(self.log, "w", encoding="utf-8") as file:
            file.write("first\nprogress 1%\rprogress 2%\nHF_TOKEN=hf_abcdefghijklmnop\n")
        self.engine = FakeEngine()
        self.addCleanup(self.engine.close)
        config = agent.parse_config(config_for(
            directory.name, engine_log_paths=[self.log], expected_model_id="acme/chat-8b",
            replicas=[{"name": "r0", "gpus": [0], "port": self.engine.port}]))
        self.agent = agent.Agent(config, "ab" * 32)
        self.addCleanup(self.agent.state.close)
        self.server = agent.AgentServer(self.agent)
        self.port = self.server.server_address[1]
        thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        self.addCleanup(lambda: [follower._file.close() for follower, _ in self.agent.sampler._logs if follower._file])
        self.addCleanup(lambda: (self.server.shutdown(), self.server.server_close(), thread.join(DEADLINE_S)))

    def get(self, target, key=KEY, method="GET", extra=""):
        authorization = f"Authorization: Bearer {key}\r\n" if key else ""
        return request(self.port, f"{method} {target} HTTP/1.1\r\nHost: x\r\n{authorization}{extra}\r\n".encode())

    def message(self, target, **how):
        status, _, body = self.get(target, **how)
        return status, json.loads(body)["error"]["message"]

    def test_answers_healthz_to_anybody_and_nothing_else_without_the_key(self):
        self.assertEqual(self.get("/healthz", key=None)[::2], (200, b"ok\n"))
        for target in (*self.agent.routes, "/nope"):
            for key in (None, "wrong", KEY + "x", KEY[:-1], "\u00e9"):
                if target != "/healthz":
                    status, headers, _ = self.get(target, key=key)
                    self.assertEqual((status, headers["www-authenticate"]), (401, "Bearer"), (target, key))
        self.assertEqual(request(self.port, f"GET /info HTTP/1.1\r\nAuthorization: Basic {KEY}\r\n\r\n".encode())[0], 401)

    def test_answers_unknown_routes_and_methods_in_json(self):
        status, message = self.message("/nope")
        self.assertEqual((status, message), (404, "no such route"))
        status, headers, _ = self.get("/info", method="POST", extra="Content-Length: 0\r\n")
        self.assertEqual((status, headers["allow"]), (405, "GET, HEAD"))
        status, headers, body = self.get("/info", method="HEAD")
        self.assertEqual((status, body), (200, b""))

    def test_reports_ready_only_with_the_model_loaded(self):
        self.assertEqual(json.loads(self.get("/readyz")[2])["reasons"], ["no sample taken yet"])
        self.engine.models = []
        self.agent.sampler.sample_once()
        status, _, body = self.get("/readyz")
        self.assertEqual((status, json.loads(body)["replicas"][0]["http_ok"]), (503, True))
        self.engine.models = [{"id": "acme/chat-8b", "max_model_len": 16384}]
        self.agent.sampler.sample_once()
        status, _, body = self.get("/readyz")
        self.assertEqual((status, json.loads(body)["ready"]), (200, True))
        self.agent.state.set_draining()
        self.agent.sampler.sample_once()
        status, _, body = self.get("/readyz")
        self.assertEqual((status, json.loads(body)["reasons"]), (503, ["draining"]))

    def test_does_not_trust_an_old_sample(self):
        snapshot = self.agent.sampler.sample_once()
        self.agent.sampler.snapshot = snapshot._replace(monotonic_s=snapshot.monotonic_s - 100)
        status, _, body = self.get("/readyz")
        self.assertEqual(status, 503)
        self.assertRegex(json.loads(body)["reasons"][0], "the last sample is 10[0-9] s old")

    def test_describes_itself(self):
        self.agent.sampler.sample_once()
        info = json.loads(self.get("/info")[2])
        self.assertEqual(info["agent"], {"version": agent.AGENT_VERSION, "build_date": agent.AGENT_BUILD_DATE, "sha256": "ab" * 32,
                                         "python": agent.PYTHON_VERSION})
        self.assertEqual((info["status"], info["phase"]["name"], info["boot_id"]), ("ready", "serving", self.agent.state.boot_id))
        self.assertIsNone(info["control_plane"])
        self.assertNotIn(KEY, json.dumps(info))

    def test_serves_events_as_json_lines_with_tail_and_since(self):
        for n in range(5):
            self.agent.events.write("tick", n=n, note=f"Bearer {KEY}")
        status, headers, body = self.get("/logs?tail=2")
        self.assertEqual((status, headers["content-type"], headers["x-inventiv-truncated"]), (200, "application/x-ndjson", "1"))
        self.assertEqual([json.loads(line)["n"] for line in body.splitlines()], [3, 4])
        self.assertNotIn(KEY.encode(), body)
        self.assertEqual(self.get("/logs?since=2999-01-01T00:00:00Z")[2], b"")
        self.assertEqual(len(self.get("/logs?since=2000-01-01T00:00:00%2B00:00")[2].splitlines()), 5)

    def test_gives_what_came_after_a_cursor(self):
        self.agent.events.write("one")
        cursor = self.get("/logs?tail=1")[1]["x-inventiv-cursor"]
        self.agent.events.write("two")
        status, headers, body = self.get(f"/logs?after={cursor}")
        self.assertEqual([json.loads(line)["event"] for line in body.splitlines()], ["two"])
        self.assertEqual(self.get(f"/logs?after={headers['x-inventiv-cursor']}")[2], b"")
        cursor = json.loads(self.get("/logs/engine")[2])["cursor"]
        with open(self.log, "a", encoding="utf-8") as file:
            file.write("\nmore hf_SecretSecret1\n")
        answer = json.loads(self.get(f"/logs/engine?after={cursor}")[2])
        self.assertEqual(answer["files"][0]["lines"][-1], "more hf_***")
        for bad in ("x", "1-1,2-2", "-1-2", ""):
            self.assertEqual(self.get(f"/logs/engine?after={bad}")[0], 400, bad)

    def test_warms_every_engine_up_with_one_real_answer(self):
        self.assertEqual(self.get("/warmup")[0], 405)
        replica, = json.loads(self.get("/warmup", method="POST")[2])["replicas"]
        self.assertEqual((replica["name"], replica["ok"], replica["completion_tokens"]), ("r0", True, 1))
        self.engine.usage = None
        replica, = json.loads(self.get("/warmup?task=generate", method="POST")[2])["replicas"]
        self.assertEqual((replica["ok"], replica["error"]), (False, "HTTP 200 without usage"))
        self.assertEqual(self.get("/warmup?task=sing", method="POST")[0], 400)

    def test_serves_engine_logs_redacted(self):
        file, = json.loads(self.get("/logs/engine?tail=2")[2])["files"]
        self.assertEqual(file, {"path": self.log, "exists": True, "lines": ["progress 2%", "HF_TOKEN=hf_***"], "truncated": True})

    def test_caps_engine_logs_in_lines_and_bytes(self):
        with open(self.log, "w", encoding="utf-8") as file:
            file.write(("x" * 50_000 + "\n") * 60)
        status, headers, body = self.get("/logs/engine?tail=10000")
        file, = json.loads(body)["files"]
        self.assertLess(len(body), agent.LOG_RESPONSE_MAX_BYTES + 10_000)
        self.assertEqual((file["truncated"], {len(line) for line in file["lines"]}), (True, {agent.SHOWN_LINE_MAX_CHARS}))

    def test_says_what_to_send_instead_of_a_bad_parameter(self):
        for query in ("tail=0", "tail=-1", "tail=x", "tail=", "tail=99999999999999999999", "tail=1&tail=2", "since=yesterday", "lines=4",
                      "tail=\u0663".encode().decode("latin-1"), "&".join(f"a{n}=1" for n in range(50))):
            with self.subTest(query=query):
                status, message = self.message("/logs?" + query.replace("\u00d9", "%D9").replace("\u00a3", "%A3"))
                self.assertEqual(status, 400)
                self.assertTrue(message)
        self.assertEqual(self.message("/info?verbose=1"), (400, "unknown parameter 'verbose'; this route takes none"))

    def test_refuses_huge_heads_and_bodies(self):
        self.assertEqual(request(self.port, b"GET /healthz HTTP/1.1\r\nX: " + b"a" * 30_000)[0], 431)
        self.assertEqual(request(self.port, b"POST /info HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n")[0], 413)
        self.assertEqual(request(self.port, b"POST /info HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n")[0], 413)
        self.assertEqual(request(self.port, b"POST /info HTTP/1.1\r\nContent-Length: -1\r\n\r\n")[0], 413)

    def test_answers_garbage_in_json(self):
        for raw in (b"\x16\x03\x01\x02\x00\x01\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"GET / HTTP/x\r\n\r\n"):
            status, _, body = request(self.port, raw)
            self.assertIn(status, (400, 401, 505), raw)
            self.assertIn("error", json.loads(body))

    def test_gives_up_on_a_client_that_drips(self):
        with mock.patch.object(agent, "REQUEST_TIMEOUT_S", 0.1):
            self.assertEqual(request(self.port, b"GET /healthz HTTP/1.1\r\nX")[0], 408)

    def test_turns_one_connection_too_many_away_and_recovers(self):
        with contextlib.ExitStack() as stack:
            held = [stack.enter_context(socket.create_connection(("127.0.0.1", self.port), DEADLINE_S)) for _ in range(agent.CONNECTIONS_MAX)]
            status, headers, _ = request(self.port, b"")
            self.assertEqual((status, headers["retry-after"]), (503, "1"))
            for connection in held:
                connection.shutdown(socket.SHUT_WR)
                connection.recv(1)
        for _ in range(agent.CONNECTIONS_MAX):  # a slot is free once its thread has ended
            if self.server._slots.acquire(timeout=DEADLINE_S):
                self.server._slots.release()
        self.assertEqual(self.get("/healthz", key=None)[0], 200)

    def test_leaves_unknown_figures_out_of_metrics(self):
        self.engine.metrics = ""
        self.agent.sampler.sample_once()
        text = self.get("/metrics")[2].decode()
        self.assertIn('inventiv_replica_up{replica="r0"} 1.0', text)
        self.assertNotIn("inventiv_replica_requests_running", text)

    @unittest.skipUnless(shutil.which("promtool"), "promtool comes with Debian's prometheus package")
    def test_passes_promtool(self):
        gpus = agent.parse_nvidia_smi('0, GPU-1, Odd "name" \\ here, 87, 20110, 23034, 71, 68.41, 72.00, 0x0000000000000004')
        self.agent.sampler.sample_once()
        self.agent.sampler.snapshot = self.agent.sampler.sample_once()._replace(gpus=gpus)
        self.get("/logs?tail=x")
        text = self.get("/metrics")[2]
        self.assertIn(b"inventiv_gpu_memory_used_bytes", text)
        judged = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, timeout=30)
        self.assertEqual((judged.returncode, judged.stdout + judged.stderr), (0, b""))


if __name__ == "__main__":
    unittest.main()
