import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest

from support import AGENT_PY, DEADLINE_S, KEY, FakeControlPlane, agent, config_for, json_fixture, request


class Process(unittest.TestCase):
    """The file as it runs on a worker: its own interpreter, its own signals."""

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = directory.name
        self.config_path = os.path.join(self.directory, "agent.json")

    def start(self, raw=None, **more):
        with open(self.config_path, "w", encoding="utf-8") as file:
            json.dump(config_for(self.directory, **more) if raw is None else raw, file)
        process = subprocess.Popen([sys.executable, AGENT_PY, "--config", self.config_path], stderr=subprocess.PIPE, text=True)
        self.addCleanup(lambda: (process.kill(), process.wait(), process.stderr.close()))
        return process

    def port_file(self):
        return os.path.join(self.directory, "state", "agent.port")

    def ready_port(self, process):
        line = process.stderr.readline()  # written after the port file
        self.assertIn("listens on 127.0.0.1:", line)
        with open(self.port_file(), encoding="utf-8") as file:
            return int(file.read())

    def test_listens_on_a_free_port_writes_it_down_and_leaves_within_a_second(self):
        process = self.start(replicas=[{"name": "r0", "gpus": [], "port": 9}])
        port = self.ready_port(process)
        self.assertEqual(request(port, b"GET /healthz HTTP/1.1\r\n\r\n")[0], 200)
        status, _, body = request(port, f"GET /info HTTP/1.1\r\nAuthorization: Bearer {KEY}\r\n\r\n".encode())
        self.assertEqual((status, json.loads(body)["agent"]["sha256"]), (200, agent.own_sha256()))
        self.assertEqual(os.stat(os.path.join(self.directory, "state")).st_mode & 0o777, 0o700)
        started = time.monotonic()
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(DEADLINE_S), 0)
        self.assertLess(time.monotonic() - started, 1.0)
        self.assertFalse(os.path.exists(self.port_file()))

    def test_enrols_and_beats_by_itself_and_leaves_in_time_while_the_control_plane_hangs(self):
        server = FakeControlPlane((200, json_fixture("register-response")), (200, json_fixture("heartbeat-reply-ok")))
        self.addCleanup(server.close)
        secret_file = os.path.join(self.directory, "secret")
        with open(secret_file, "w", encoding="utf-8") as file:
            file.write("one-time-secret-abcdefgh")
        process = self.start(control_plane_url=server.url, enrolment_secret_file=secret_file)
        (_, _, register), (_, _, beat) = server.wait_for(2)[:2]
        self.assertEqual(register["boot_id"], beat["boot_id"])
        self.assertFalse(os.path.exists(secret_file))
        with server.arrived:  # the fake cannot answer while this lock is held
            process.send_signal(signal.SIGTERM)
            self.assertEqual(process.wait(1.5), 0)

    def test_refuses_a_second_agent_on_the_same_state(self):
        self.ready_port(self.start())
        second = self.start()
        self.assertEqual(second.wait(DEADLINE_S), 2)
        self.assertIn("another agent already runs", second.stderr.read())

    def test_explains_what_is_wrong_with_its_configuration(self):
        for raw, words in (({}, "instance_id is required"), ({"prot": 1}, "did you mean 'port'"), ([], "expected a JSON object"),
                           ({**config_for(self.directory), "key_file": "/nonexistent"}, "key_file /nonexistent: expected a readable file"),
                           ({**config_for(self.directory), "state_dir": tempfile.gettempdir()}, "expected a directory of its own")):
            with self.subTest(words=words):
                process = self.start(raw)
                self.assertEqual(process.wait(DEADLINE_S), 2)
                said = process.stderr.read()
                self.assertIn(words, said)
                self.assertNotIn("Traceback", said)

    def test_explains_a_port_that_is_taken(self):
        port = self.ready_port(self.start())
        raw = config_for(self.directory, port=port)
        second = self.start({**raw, "state_dir": raw["state_dir"] + "-2"})
        self.assertEqual(second.wait(DEADLINE_S), 2)
        self.assertIn(f"cannot listen on 127.0.0.1:{port}: Address already in use", second.stderr.read())

    def test_prints_its_version_and_usage(self):
        shown = subprocess.run([sys.executable, AGENT_PY, "--version"], capture_output=True, text=True, timeout=DEADLINE_S)
        self.assertEqual(json.loads(shown.stdout)["version"], agent.AGENT_VERSION)
        wrong = subprocess.run([sys.executable, AGENT_PY, "--frobnicate"], capture_output=True, text=True, timeout=DEADLINE_S)
        self.assertEqual(wrong.returncode, 2)
        self.assertIn("usage: agent.py --config", wrong.stderr)

    def test_keeps_its_version_where_tools_can_read_it(self):
        with open(AGENT_PY, encoding="utf-8") as file:
            text = file.read()
        self.assertRegex(text, r'(?m)^AGENT_VERSION = "\d+\.\d+\.\d+"$')
        self.assertRegex(text, r'(?m)^AGENT_BUILD_DATE = "\d{4}-\d{2}-\d{2}"$')


if __name__ == "__main__":
    unittest.main()
