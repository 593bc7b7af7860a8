import hashlib
import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import unittest
from unittest import mock

from support import DEADLINE_S, FakeControlPlane, agent, config_for, json_fixture

OK = (200, json_fixture("heartbeat-reply-ok"))
REGISTERED = (200, json_fixture("register-response"))
TOKEN = REGISTERED[1]["token"]
SECRET = "one-time-secret-abcdefgh"


class ControlPlane(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = directory.name
        self.secret_file = os.path.join(self.directory, "secret")

    def server(self, *script):
        server = FakeControlPlane(*script)
        self.addCleanup(server.close)
        return server

    def control(self, url, secret=SECRET, **more):
        if secret:
            self.write_secret(secret)
        config = agent.parse_config(config_for(self.directory, control_plane_url=url, enrolment_secret_file=self.secret_file,
                                               heartbeat_interval_s=5, replicas=[{"name": "r0", "gpus": [0], "port": 9}], **more))
        self.state = agent.State(config.state_dir)
        self.addCleanup(self.state.close)
        redact = agent.Redactor()
        self.events = agent.EventLog(self.state.path("events.jsonl"), redact)
        self.sampler = agent.Sampler(config, self.state, self.events, redact,
                                     call=mock.Mock(side_effect=ConnectionRefusedError))
        self.sampler.sample_once()
        return agent.ControlPlane(config, self.state, self.sampler, self.events, redact, "ab" * 32, chance=lambda: 1.0)

    def write_secret(self, secret):
        with open(self.secret_file, "w", encoding="utf-8") as file:
            file.write(secret + "\n")

    def restart(self, url):
        self.state.close()
        return self.control(url, secret=None)

    def all_files(self):
        text = ""
        for root, _, names in os.walk(self.state.directory):
            for name in names:
                with open(os.path.join(root, name), encoding="utf-8") as file:
                    text += file.read() if name != "token" else ""
        return text

    def test_enrols_once_with_the_secret_then_beats_with_the_token(self):
        server = self.server(REGISTERED, OK)
        control = self.control(server.url)
        self.assertEqual(control.step(), 0.0)
        self.assertFalse(os.path.exists(self.secret_file))
        self.assertEqual(os.stat(self.state.path("token")).st_mode & 0o777, 0o600)
        self.assertEqual(control.step(), 5.0)
        (path, headers, register), (beat_path, beat_headers, beat) = server.received
        self.assertEqual((path, beat_path), ("/api/worker/v1/register", "/api/worker/v1/heartbeat"))
        self.assertEqual(set(register), set(json_fixture("register-request")))
        self.assertEqual((register["enrolment_secret"], headers.get("Authorization")), (SECRET, None))
        self.assertEqual(beat_headers["Authorization"], f"Bearer {TOKEN}")
        self.assertEqual((beat["seq"], beat["boot_id"]), (1, register["boot_id"]))
        self.assertEqual((control.state, control.acked_seq), ("ok", 1042))

    def test_keeps_identity_and_grows_the_sequence_over_a_restart(self):
        server = self.server(REGISTERED, OK)
        control = self.control(server.url)
        control.step(), control.step(), control.step()
        control = self.restart(server.url)
        control.step()
        beats = [body for path, _, body in server.received if path.endswith("heartbeat")]
        self.assertEqual(len({beat["boot_id"] for beat in beats}), 1)
        self.assertEqual([beat["seq"] for beat in beats], [1, 2, 1001])

    def test_writes_no_secret_anywhere_but_the_token_file(self):
        server = self.server(REGISTERED, OK)
        control = self.control(server.url)
        control.step(), control.step()
        self.events.write("note", text=f"{SECRET} {TOKEN}")
        self.assertNotIn(SECRET, self.all_files())
        self.assertNotIn(TOKEN, self.all_files())

    def test_rotates_the_token_and_reports_it(self):
        rotate = json_fixture("heartbeat-reply-rotate-token")
        server = self.server(REGISTERED, (200, rotate), OK)
        control = self.control(server.url)
        control.step()
        self.assertEqual(control.step(), agent.HEARTBEAT_GAP_MIN_S)  # an answer is waiting to be sent
        self.assertEqual(control.step(), 5.0)
        self.assertEqual(control.step(), 5.0)
        beats = server.received[1:]
        self.assertEqual([headers["Authorization"] for _, headers, _ in beats],
                         [f"Bearer {TOKEN}"] + [f"Bearer {rotate['commands'][0]['token']}"] * 2)
        self.assertEqual(beats[1][2]["results"], [{"id": "cmd-0004", "type": "rotate_token", "ok": True, "message": "the new token is stored and used from now on"}])
        self.assertNotIn("results", beats[2][2])
        self.assertEqual(self.state.token(), rotate["commands"][0]["token"])
        self.assertNotIn(rotate["commands"][0]["token"], self.all_files())

    def test_drains_and_collects_logs_once_however_often_it_is_told(self):
        commands = (200, json_fixture("heartbeat-reply-commands"))
        server = self.server(REGISTERED, commands, commands, OK)
        control = self.control(server.url)
        for _ in range(4):
            control.step()
        results = [body.get("results") for _, _, body in server.received[2:]]
        self.assertEqual([item["type"] for item in results[0]], ["drain", "collect_logs"])
        self.assertEqual(set(results[0][1]["logs"]), {"events", "engine"})
        self.assertIsNone(results[1])
        self.assertEqual(self.sampler.sample_once().status, "draining")
        fixture_shape = json_fixture("heartbeat-v2-results")["results"][1]
        self.assertEqual(set(results[0][1]), set(fixture_shape))

    def test_refuses_unknown_and_malformed_commands_with_a_reason(self):
        strange = {"ok": True, "commands": [{"id": "a", "type": "dance"}, {"id": "b", "type": "rotate_token", "token": "short"},
                                            {"type": "drain"}, "drain", {"id": "c", "type": "collect_logs", "tail": "many"}]}
        server = self.server(REGISTERED, (200, strange), OK)
        control = self.control(server.url)
        for _ in range(3):
            control.step()
        self.assertEqual([(item["id"], item["ok"]) for item in server.received[2][2]["results"]], [("a", False), ("b", False), ("c", True)])
        self.assertEqual(self.state.token(), TOKEN)

    def test_sends_results_again_until_a_heartbeat_was_accepted(self):
        server = self.server(REGISTERED, (200, json_fixture("heartbeat-reply-commands")), (500, {}), OK)
        control = self.control(server.url)
        for _ in range(4):
            control.step()
        self.assertEqual(server.received[2][2]["results"], server.received[3][2]["results"])

    def test_enrols_again_after_a_401_only_with_a_fresh_secret(self):
        server = self.server(REGISTERED, (401, json_fixture("error-401")), REGISTERED, OK)
        control = self.control(server.url)
        control.step()
        self.assertEqual(control.step(), 5.0)
        self.assertEqual((control.state, self.state.token()), ("refused", None))
        control.step()
        self.assertEqual(len(server.received), 2)  # nothing to try with: nothing sent
        self.write_secret("second-secret-abcdefgh")
        control.step(), control.step()
        self.assertEqual(server.received[2][2]["enrolment_secret"], "second-secret-abcdefgh")
        self.assertEqual(control.state, "ok")

    def test_does_not_repeat_a_refused_secret(self):
        server = self.server((401, json_fixture("error-401")))
        control = self.control(server.url)
        control.step(), control.step(), control.step()
        self.assertEqual((len(server.received), control.state), (1, "refused"))

    def test_goes_on_with_its_token_when_a_used_secret_was_left_behind(self):
        server = self.server(REGISTERED, OK)
        self.control(server.url).step()
        server.script = [(401, json_fixture("error-401")), OK]
        self.write_secret(SECRET)
        control = self.restart(server.url)
        self.assertEqual(control.step(), 0.0)
        self.assertEqual(control.step(), 5.0)
        self.assertEqual(control.state, "ok")

    def test_yields_when_another_boot_owns_the_instance(self):
        server = self.server(REGISTERED, (409, json_fixture("error-409")))
        control = self.control(server.url)
        control.step(), control.step(), control.step()
        self.assertEqual((control.state, len(server.received), self.state.token()), ("conflict", 2, None))

    def test_stops_for_good_when_the_instance_is_terminated(self):
        server = self.server(REGISTERED, (410, json_fixture("error-410")))
        control = self.control(server.url)
        control.step()
        self.assertIsNone(control.step())
        self.assertEqual(control.state, "stopped")

    def test_backs_off_while_nobody_answers_and_says_so_once(self):
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            port = unused.getsockname()[1]
        control = self.control(f"http://127.0.0.1:{port}")
        self.assertEqual([control.step() for _ in range(6)], [5.0, 10.0, 20.0, 40.0, 60.0, 60.0])
        self.assertEqual(sum('"register_failed"' in line for line in self.events.tail(100)[0]), 1)
        self.assertTrue(os.path.exists(self.secret_file))

    def test_treats_malformed_answers_as_failures(self):
        for reply in ((200, {}), (200, {"ok": "yes"}), (500, {}), (302, {}), (404, {})):
            with self.subTest(reply=reply):
                server = self.server(REGISTERED, reply)
                control = self.control(server.url)
                control.step()
                self.assertEqual(control.step(), 5.0)
                self.assertEqual(control.state, "failing")
                self.state.close()

    def test_takes_the_interval_it_is_given_within_bounds(self):
        for asked, taken in ((10, 10.0), (0, agent.HEARTBEAT_INTERVAL_MIN_S), (10**9, agent.HEARTBEAT_INTERVAL_MAX_S), ("x", 5.0), (True, 5.0)):
            with self.subTest(asked=asked):
                server = self.server(REGISTERED, (200, {"ok": True, "interval_s": asked}))
                control = self.control(server.url)
                control.step()
                self.assertEqual(control.step(), taken)
                self.state.close()

    def test_keeps_beating_in_its_thread_and_leaves_at_410(self):
        server = self.server(REGISTERED, OK, (410, {}))
        control = self.control(server.url)
        thread = threading.Thread(target=control.run, args=(threading.Event(),), daemon=True)
        thread.start()
        server.wait_for(2)
        control.wake()
        server.wait_for(3)
        thread.join(DEADLINE_S)
        self.assertFalse(thread.is_alive())


class Backoff(unittest.TestCase):
    def test_doubles_with_jitter_up_to_the_maximum(self):
        self.assertEqual([agent.backoff_s(n, 5.0, None, lambda: 0.0) for n in (1, 2, 3, 50)], [2.5, 5.0, 10.0, 30.0])
        self.assertEqual(agent.backoff_s(1, 5.0, None, lambda: 1.0), 5.0)

    def test_honours_retry_after_within_bounds(self):
        self.assertEqual(agent.backoff_s(1, 5.0, 42.0, lambda: 1.0), 42.0)
        self.assertEqual(agent.backoff_s(1, 5.0, 10.0**9, lambda: 1.0), agent.HEARTBEAT_INTERVAL_MAX_S)


@unittest.skipUnless(shutil.which("openssl"), "openssl is needed to make a certificate")
class Pinning(unittest.TestCase):
    def test_talks_only_to_the_certificate_it_was_given(self):
        with tempfile.TemporaryDirectory() as directory:
            key, certificate = os.path.join(directory, "key.pem"), os.path.join(directory, "cert.pem")
            subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                            "-subj", "/CN=worker", "-keyout", key, "-out", certificate], check=True, capture_output=True)
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate, key)
            server = FakeControlPlane(OK)
            self.addCleanup(server.close)
            server.server.socket = context.wrap_socket(server.server.socket, server_side=True)
            with open(certificate, encoding="utf-8") as file:
                pin = hashlib.sha256(ssl.PEM_cert_to_DER_cert(file.read())).hexdigest()
            url = f"https://127.0.0.1:{server.port}/api/worker/v1/heartbeat"
            self.assertEqual(agent.post_json(url, {"seq": 1}, TOKEN, pin).status, 200)
            with self.assertRaisesRegex(OSError, "another certificate"):
                agent.post_json(url, {"seq": 2}, TOKEN, "00" * 32)
            with self.assertRaises(ssl.SSLError):
                agent.post_json(url, {"seq": 3}, TOKEN, None)
            self.assertEqual([body["seq"] for _, _, body in server.received], [1])


if __name__ == "__main__":
    unittest.main()
