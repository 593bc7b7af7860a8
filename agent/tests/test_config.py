import os
import tempfile
import unittest

from support import agent, config_for


class ParseConfig(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.addCleanup(self.directory.cleanup)

    def raw(self, **more):
        return config_for(self.directory.name, **more)

    def refuses(self, pattern, raw):
        with self.assertRaisesRegex(agent.ConfigError, pattern):
            agent.parse_config(raw)

    def test_fills_defaults_and_derives_the_replica_url(self):
        config = agent.parse_config(self.raw(replicas=[{"name": "r0", "gpus": [0, 1], "port": 8001}]))
        self.assertEqual(config.bind_host, "127.0.0.1")
        self.assertEqual(config.heartbeat_interval_s, 5.0)
        self.assertEqual(config.replicas[0].base_url, "http://127.0.0.1:8001")
        self.assertEqual(config.replicas[0].gpus, (0, 1))

    def test_names_the_near_field_of_a_typo(self):
        self.refuses("unknown field 'heartbeat_intervall_s'; did you mean 'heartbeat_interval_s'", self.raw(heartbeat_intervall_s=5))

    def test_names_a_missing_field(self):
        raw = self.raw()
        del raw["worker_id"]
        self.refuses("worker_id is required", raw)

    def test_refuses_values_out_of_range_or_of_another_type(self):
        for name, value in (("port", 70000), ("port", True), ("port", "80"), ("heartbeat_interval_s", 0),
                            ("sample_interval_s", "2"), ("instance_id", ""), ("engine_log_paths", "x"),
                            ("allow_insecure_control_plane", "yes"), ("control_plane_fingerprint", "ab:cd")):
            with self.subTest(name=name, value=value):
                self.refuses(name, self.raw(**{name: value}))

    def test_refuses_bad_replicas(self):
        for replicas in ({}, [1], [{"name": "", "port": 1}], [{"name": "a", "port": 0}], [{"name": "a", "port": 1, "gpus": ["0"]}],
                         [{"name": "a", "port": 1, "base_url": "ftp://x"}], [{"name": "a", "port": 1}, {"name": "a", "port": 2}]):
            with self.subTest(replicas=replicas):
                self.refuses("replicas", self.raw(replicas=replicas))

    def test_sends_a_token_in_clear_only_to_the_machine_itself(self):
        self.refuses("plain http", self.raw(control_plane_url="http://control.example"))
        for url, more in (("http://127.0.0.1:9", {}), ("https://control.example", {}),
                          ("http://control.example", {"allow_insecure_control_plane": True})):
            self.assertEqual(agent.parse_config(self.raw(control_plane_url=url, **more)).control_plane_url, url)

    def test_takes_a_fingerprint_as_openssl_prints_it(self):
        config = agent.parse_config(self.raw(control_plane_fingerprint="SHA256:" + ":".join(["AB"] * 32)))
        self.assertEqual(config.control_plane_fingerprint, "ab" * 32)

    def test_names_the_file_that_is_missing_or_not_json(self):
        path = os.path.join(self.directory.name, "agent.json")
        with self.assertRaisesRegex(agent.ConfigError, "agent.json: cannot be read"):
            agent.load_config(path)
        with open(path, "w", encoding="utf-8") as file:
            file.write("{nope")
        with self.assertRaisesRegex(agent.ConfigError, "agent.json: not valid JSON"):
            agent.load_config(path)


if __name__ == "__main__":
    unittest.main()
