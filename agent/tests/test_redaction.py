import json
import time
import unittest

from support import agent


class Redaction(unittest.TestCase):
    def setUp(self):
        self.redact = agent.Redactor()

    def test_hides_what_looks_like_a_secret(self):
        for text, secret in (
            ("using token hf_AbCdEfGhIjKlMnOp in env", "hf_AbCdEfGhIjKlMnOp"),
            ("Authorization: Bearer abc.def-ghi_123", "abc.def-ghi_123"),
            ("curl -H 'authorization: bearer s3cr3tvalue'", "s3cr3tvalue"),
            ("key sk-proj-0123456789abcdef", "0123456789abcdef"),
            ("HF_TOKEN=plainvalue123 docker run", "plainvalue123"),
            ("VLLM_API_KEY: 'plainvalue123'", "plainvalue123"),
            ("'api_key': ['plainvalue123']", "plainvalue123"),
            ('{"token":"plainvalue123"}', "plainvalue123"),
            ("--api-key plainvalue123 --port 1", "plainvalue123"),
            ("SCW_SECRET_KEY=11111111-2222-3333-4444-555555555555", "2222-3333"),
            ("access SCWABCDEFGHIJKLMNOPQ used", "SCWABCDEFGHIJKLMNOPQ"),
            ("https://user:passw0rd@hub.example/x", "passw0rd"),
            ("jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abcdef", "eyJzdWIiOiIxMjM0In0"),
        ):
            with self.subTest(text=text):
                self.assertNotIn(secret, self.redact(text))
                self.assertIn("***", self.redact(text))

    def test_leaves_ordinary_engine_lines_alone(self):
        for text in ("GPU KV cache size: 30,464 tokens", "max_num_batched_tokens=8192, max_model_len=16384",
                     "Loading safetensors checkpoint shards: 25% Completed | 1/4", "http://127.0.0.1:8000/v1/models 200 OK"):
            self.assertEqual(self.redact(text), text)

    def test_hides_the_secrets_it_was_told_wherever_they_stand(self):
        self.redact.learn("zz-plain-zz")
        self.assertEqual(self.redact("azz-plain-zzb"), "a***b")

    def test_keeps_json_valid(self):
        line = json.dumps({"event": "x", "token": "abcdefgh12345", "note": "Bearer abcdefghi", "api_key": "k" * 20})
        self.assertEqual(json.loads(self.redact(line)), {"event": "x", "token": "***", "note": "Bearer ***", "api_key": "***"})

    def test_takes_linear_time_on_hostile_lines(self):
        started = time.process_time()
        for text in ("a-" * 4000, "Bearer " * 1200, "token=" * 1300, "://" * 2700, "eyJ" + "a" * 8000, "x:" * 4000 + "@"):
            self.redact(text)
        self.assertLess(time.process_time() - started, 2.0)


if __name__ == "__main__":
    unittest.main()
