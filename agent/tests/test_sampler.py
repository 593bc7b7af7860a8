import os
import tempfile
import unittest
from unittest import mock

from support import FakeEngine, agent, config_for, fixture, json_fixture


class Sampling(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = directory.name
        self.engine = FakeEngine()
        self.addCleanup(self.engine.close)
        self.now_s = 1790000000.0
        self.log = os.path.join(self.directory, "engine.log")
        # Without nvidia-smi of the machine that runs the tests.
        path = mock.patch.dict(os.environ, {"PATH": self.directory})
        path.start()
        self.addCleanup(path.stop)

    def sampler(self, **more):
        raw = config_for(self.directory, **{
            "replicas": [{"name": "r0", "gpus": [0], "port": self.engine.port}], "expected_model_id": "acme/chat-8b",
            "expected_max_model_len": 16384, "engine_log_paths": [self.log], **more})
        config = agent.parse_config(raw)
        self.state = agent.State(config.state_dir)
        self.addCleanup(self.state.close)
        redact = agent.Redactor()
        self.events = agent.EventLog(self.state.path("events.jsonl"), redact)
        sampler = agent.Sampler(config, self.state, self.events, redact, clock=lambda: self.now_s, monotonic=lambda: self.now_s)
        self.control = agent.ControlPlane(config, self.state, sampler, self.events, redact, "ab" * 32, clock=lambda: self.now_s)
        self.addCleanup(lambda: [follower._file.close() for follower, _ in sampler._logs if follower._file])
        return sampler

    def write_log(self, text):
        with open(self.log, "a", encoding="utf-8") as file:
            file.write(text)

    def nvidia_smi(self, script):
        path = os.path.join(self.directory, "nvidia-smi")
        with open(path, "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\n" + script)
        os.chmod(path, 0o755)

    def shape(self, value):
        """Key sets only: null stands for any value, lists by their first item."""
        if isinstance(value, dict):
            return {name: self.shape(item) for name, item in sorted(value.items())}
        return [self.shape(value[0])] if isinstance(value, list) and value else None

    def test_sends_exactly_the_fields_of_the_shared_fixture(self):
        self.nvidia_smi('printf "%s" "' + fixture("nvidia-smi", "l4-single.txt").strip() + '"\n')
        self.write_log("vLLM API server version 0.27.1\ntorch.OutOfMemoryError: CUDA out of memory.\n")
        self.engine.models[0]["id"] = "not/yet"
        sampler = self.sampler()
        sampler.sample_once()
        self.engine.metrics = fixture("vllm-metrics", "one-engine-later.txt")
        self.now_s += 5
        payload = self.control.payload(sampler.sample_once(), 7, [])
        full = json_fixture("heartbeat-v2-full")
        for part in ("finished",):  # its keys are data
            for body in (payload, full):
                body["replicas"][0][part] = None
        self.assertEqual(self.shape(payload), self.shape(full))
        self.assertEqual(payload["replicas"][0]["ttft"]["p50_s"], 0.175)
        self.assertEqual(payload["failure"]["code"], "GPU_OOM_LOAD")

    def test_says_null_not_zero_for_what_it_cannot_see(self):
        self.engine.close()
        replica = self.sampler().sample_once().replicas[0]
        self.assertFalse(replica["http_ok"])
        for field in ("models", "running", "waiting", "kv_usage", "prompt_tokens", "ttft", "finished", "scraped_at"):
            self.assertIsNone(replica[field], field)

    def test_passes_from_log_phases_to_ready_and_back(self):
        self.engine.health = 503
        self.write_log("vLLM API server version 0.27.1\nLoading safetensors checkpoint shards:  50% Completed\r")
        sampler = self.sampler()
        self.assertEqual((sampler.sample_once().status, sampler.snapshot.phase["name"], sampler.snapshot.phase["progress"]), ("starting", "load", 50))
        self.write_log("\rLoading safetensors checkpoint shards:  75% Completed")
        self.assertEqual(sampler.sample_once().phase["progress"], 75)
        self.engine.health = 200
        self.assertEqual((sampler.sample_once().status, sampler.snapshot.phase["name"]), ("ready", "serving"))
        self.engine.health = 503
        self.assertEqual(sampler.sample_once().status, "starting")

    def test_wakes_the_heartbeat_for_a_change_and_only_then(self):
        sampler, calls = self.sampler(), []
        sampler.changed = lambda: calls.append(sampler.snapshot.status)
        sampler.sample_once()
        sampler.sample_once()
        self.engine.health = 503
        sampler.sample_once()
        self.assertEqual(calls, ["ready", "starting"])

    def test_sends_the_engine_key_and_explains_a_wrong_one(self):
        self.engine.key = "engine-key-123"
        key_file = os.path.join(self.directory, "engine-key")
        sampler = self.sampler(vllm_key_file=key_file)
        self.assertRegex(sampler.sample_once().readiness[0]["reasons"][0], "engine key right")
        with open(key_file, "w", encoding="utf-8") as file:
            file.write("engine-key-123\n")
        self.assertTrue(sampler.sample_once().readiness[0]["ready"])

    def test_falls_back_when_the_driver_does_not_know_a_field(self):
        refusal, row = fixture("nvidia-smi", "invalid-field.txt").strip(), fixture("nvidia-smi", "no-throttle-column.txt").strip()
        calls = os.path.join(self.directory, "calls")
        self.nvidia_smi(f"echo x >> {calls}\ncase \"$1\" in *reasons*) echo '{refusal}'; exit 2;; esac\necho '{row}'\n")
        probe = agent.GpuProbe()
        self.assertEqual(probe.sample(0.0)[0]["name"], "Tesla T4")
        self.assertEqual(probe.sample(1.0)[0]["name"], "Tesla T4")
        with open(calls, encoding="utf-8") as file:
            self.assertEqual(len(file.readlines()), 4)  # three tries once, then the one that works

    def test_leaves_a_hung_nvidia_smi_alone_for_a_minute(self):
        self.nvidia_smi("exec /bin/sleep 60\n")
        probe = agent.GpuProbe()
        with mock.patch.object(agent, "NVIDIA_SMI_TIMEOUT_S", 0.05):
            self.assertIsNone(probe.sample(0.0))
        first = probe._child
        self.addCleanup(first.stdout.close)
        first.wait()
        self.nvidia_smi("echo '" + fixture("nvidia-smi", "l4-single.txt").strip() + "'\n")
        self.assertIsNone(probe.sample(30.0))
        self.assertIs(probe._child, first)
        self.assertEqual(probe.sample(61.0)[0]["name"], "NVIDIA L4")

    def test_reads_the_machine_itself(self):
        system = self.sampler().sample_once().system
        self.assertGreater(system["memory"]["total_bytes"], system["memory"]["available_bytes"])
        self.assertEqual(len(system["load"]), 3)
        self.assertIsNone(system["cpu"]["used_percent"])
        self.assertEqual(system["disks"][0]["path"], "/")


if __name__ == "__main__":
    unittest.main()
