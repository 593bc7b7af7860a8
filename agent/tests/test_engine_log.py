import json
import os
import tempfile
import time
import unittest

from support import agent

START = (
    ("(APIServer pid=1) INFO 09-12 10:00:01 [api_server.py:1980] vLLM API server version 0.27.1", "boot", None),
    ("INFO 09-12 10:00:02 [model.py:547] Resolved architecture: LlamaForCausalLM", "config", None),
    ("INFO 09-12 10:00:02 [model.py:1510] Using max model len 16384", "config", None),
    ("model-00001-of-00004.safetensors:  42%|####      | 2.1G/4.9G [00:10<00:14]", "download", 42),
    ("(EngineCore pid=45) INFO [core.py:77] Initializing a V1 LLM engine (v0.27.1) with config: model='x', trust_remote_code=True", "init_gpu", None),
    ("(EngineCore pid=45) INFO rank 1 in world size 2 is assigned as DP rank 0", "init_gpu", None),
    ("INFO Starting to load model acme/chat-8b...", "load", None),
    ("Loading safetensors checkpoint shards:  25% Completed | 1/4 [00:01<00:03]", "load", 25),
    ("Loading safetensors checkpoint shards: 100% Completed | 4/4 [00:04<00:00]", "load", 100),
    ("INFO Loading weights took 4.11 seconds", "loaded", None),
    ("INFO Model loading took 14.99 GiB and 5.2 seconds", "loaded", None),
    ("INFO torch.compile takes 21.30 s in total", "compile", None),
    ("INFO Available KV cache memory: 4.10 GiB", "kv", None),
    ("INFO GPU KV cache size: 30,464 tokens", "kv", None),
    ("INFO Maximum concurrency for 16,384 tokens per request: 1.86x", "kv", None),
    ("Capturing CUDA graphs (mixed prefill-decode, PIECEWISE):  33%|###   | 17/51", "graphs", 33),
    ("INFO Graph capturing finished in 12 secs, took 0.55 GiB", "graphs", 33),
    ("INFO init engine (profile, create kv cache, warmup model) took 34.10 seconds", "engine_up", None),
    ("INFO Starting vLLM API server 0 on http://0.0.0.0:8000", "serving", None),
)
OOM = "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB"
DEAD = "vllm.v1.engine.exceptions.EngineDeadError: EngineCore encountered an issue."


def new_log(now_s=0.0):
    return agent.EngineLog(agent.Redactor(), now_s)


class Phases(unittest.TestCase):
    def test_follows_a_healthy_start_without_seeing_a_failure(self):
        log = new_log()
        for at, (line, phase, progress) in enumerate(START):
            log.feed(line, float(at))
            self.assertEqual((log.phase, log.progress), (phase, progress), line)
        self.assertIsNone(log.failure(100.0))
        self.assertEqual(log.kv_tokens, 30464)

    def test_visits_every_phase_it_can_name(self):
        self.assertEqual(list(dict.fromkeys(["waiting", *(phase for _, phase, _ in START)])), list(agent.PHASE_ORDER))

    def test_never_goes_back_when_ranks_print_out_of_step(self):
        log = new_log()
        log.feed(START[9][0], 1.0)
        log.feed("Loading safetensors checkpoint shards:  50% Completed", 2.0)
        self.assertEqual((log.phase, log.since_s), ("loaded", 1.0))

    def test_tells_how_far_inside_a_phase_in_words(self):
        log, details = new_log(), {}
        for line, phase, _ in START:
            log.feed(line, 0.0)
            details[phase] = log.detail
        self.assertEqual({name: text for name, text in details.items() if text},
                         {"download": "2.1G of 4.9G", "load": "4 of 4 shards", "compile": "21.30 s", "kv": "30,464 tokens", "graphs": "17 of 51 graphs"})

    def test_begins_again_at_a_new_start_banner(self):
        log = new_log()
        log.feed(START[9][0], 1.0)
        log.feed(OOM, 2.0)
        log.feed(START[0][0], 3.0)
        self.assertEqual((log.phase, log.since_s, log.attempt, log.failure(9.0)), ("boot", 3.0, 2, None))

    def test_takes_further_banners_of_one_start_for_the_same_attempt(self):
        log = new_log()
        log.feed(START[0][0], 1.0)
        log.feed(START[0][0].replace("pid=1", "pid=2"), 1.0)
        self.assertEqual(log.attempt, 1)


class Failures(unittest.TestCase):
    def test_tells_a_proof_when_no_finer_line_followed_for_a_moment(self):
        log = new_log()
        log.feed(OOM, 10.0)
        self.assertIsNone(log.failure(10.5))
        self.assertEqual(log.failure(11.0)["code"], "GPU_OOM_LOAD")

    def test_tells_a_hint_only_when_nothing_has_moved_since(self):
        log = new_log()
        log.feed("requests.exceptions.HTTPError: 401 Client Error: Unauthorized for url: https://hub.example/api", 10.0)
        log.feed(START[7][0], 20.0)
        self.assertIsNone(log.failure(30.0))
        self.assertEqual(log.failure(35.0)["code"], "HF_AUTH")

    def test_prefers_the_line_that_says_what_a_401_meant(self):
        log = new_log()
        log.feed("requests.exceptions.HTTPError: 401 Client Error", 1.0)
        log.feed("huggingface_hub.errors.GatedRepoError: 401 Client Error. (Request ID: x)", 1.0)
        self.assertEqual(log.failure(2.0)["code"], "HF_GATED")

    def test_shows_the_line_of_the_cause_and_what_followed_it_without_secrets(self):
        log = new_log()
        log.feed(OOM + " hf_SecretSecret1", 1.0)
        log.feed("RuntimeError: NCCL error: consequence", 2.0)
        for at in range(40):
            log.feed(f"line after {at}", 3.0)
        failure = log.failure(4.0)
        self.assertEqual(failure["code"], "GPU_OOM_LOAD")
        self.assertEqual(len(failure["evidence_lines"]), agent.EVIDENCE_LINES_MAX)
        self.assertEqual(failure["message"], failure["evidence_lines"][0])
        self.assertNotIn("SecretSecret", json.dumps(failure))

    def test_tells_the_cause_of_a_crash_loop_while_the_next_attempt_runs(self):
        log = new_log()
        for at in range(3):
            log.feed(START[0][0], at * 10.0)
            log.feed(OOM, at * 10.0 + 1)
        log.feed(START[0][0], 30.0)
        log.feed(START[5][0], 31.0)
        self.assertEqual((log.attempt, log.phase, log.failure(31.5)["code"]), (4, "init_gpu", "GPU_OOM_LOAD"))

    def test_ignores_retries_informational_lines_and_settings(self):
        for line in ("WARNING Temporary failure in name resolution, retrying in 2 s", "429 Too Many Requests: retry after 5 s",
                     "INFO 09-12 non-default args: {'x': 'address already in use'}", "engine config: trust_remote_code=True, dtype=bf16"):
            self.assertIsNone(agent.match_failure(line), line)

    def test_blames_the_engine_only_for_its_own_faults_once_it_served(self):
        log = new_log()
        log.feed(START[-1][0], 1.0)
        log.feed("is not a valid model identifier, said a client", 2.0)
        self.assertIsNone(log.failure(60.0))
        log.feed(DEAD, 61.0)
        self.assertEqual(log.failure(90.0)["code"], "RUNTIME_DEAD")

    def test_takes_linear_time_on_hostile_lines(self):
        started = time.process_time()
        for text in ("Downloading " * 700, "Model architectures [" * 400, "Free memory on device " * 370, "429 " * 2000, "pass " * 1600,
                     "To serve at least one request with the model's max seq len (1)" * 120):
            new_log().feed(text, 0.0)
        self.assertLess(time.process_time() - started, 2.0)


class Splitting(unittest.TestCase):
    def test_ends_lines_at_newline_and_carriage_return_in_any_pieces(self):
        splitter = agent.LineSplitter()
        self.assertEqual(splitter.push(b"one\ntw"), ["one"])
        self.assertEqual(splitter.push(b"o\r 25%\r"), ["two", " 25%"])
        self.assertEqual(splitter.push(b"\r\n 50%"), [])
        self.assertEqual(splitter.rest, b" 50%")

    def test_cuts_a_10_mb_line_and_goes_on_after_it(self):
        splitter = agent.LineSplitter(cap_bytes=1000)
        lines = []
        for _ in range(160):
            lines += splitter.push(b"x" * 65536)
        lines += splitter.push(b"tail of it\nnext\n")
        self.assertEqual([len(line) for line in lines], [1000, 4])
        self.assertEqual(lines[1], "next")

    def test_unwraps_docker_json_lines(self):
        wrapped = json.dumps({"log": "\rshards 25%\rshards 50%\n", "stream": "stderr"}, separators=(",", ":"))
        self.assertEqual(agent.unwrap_docker(wrapped), ["shards 25%", "shards 50%"])
        self.assertEqual(agent.unwrap_docker('{"log":broken'), ['{"log":broken'])


class Following(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.path = os.path.join(directory.name, "engine.log")
        self.follower = agent.LogFollower(self.path)
        self.addCleanup(lambda: self.follower._file and self.follower._file.close())

    def append(self, text, mode="a"):
        with open(self.path, mode, encoding="utf-8") as file:
            file.write(text)

    def test_waits_for_the_file_and_reads_only_what_is_new(self):
        self.assertEqual(self.follower.poll(), [])
        self.append("a\nb")
        self.assertEqual(self.follower.poll(), ["a"])
        self.append("c\n")
        self.assertEqual(self.follower.poll(), ["bc"])

    def test_finishes_a_rotated_file_before_the_new_one(self):
        self.append("a\n")
        self.assertEqual(self.follower.poll(), ["a"])
        self.append("last\n")
        os.rename(self.path, self.path + ".1")
        self.append("first\n")
        self.assertEqual(self.follower.poll(), ["last", "first"])

    def test_starts_over_when_the_file_was_truncated(self):
        self.append("a long line\n")
        self.follower.poll()
        self.append("new\n", mode="w")
        self.assertEqual(self.follower.poll(), ["new"])

    def test_reads_a_bounded_piece_per_poll_and_the_end_of_a_huge_old_file(self):
        self.append(("x" * 99 + "\n") * (agent.ENGINE_LOG_CATCH_UP_BYTES // 100 + 5000))
        first = self.follower.poll(budget_bytes=100_000)
        self.assertEqual(len(first), 1000)
        total = len(first)
        while more := self.follower.poll():
            total += len(more)
        self.assertLess(total, agent.ENGINE_LOG_CATCH_UP_BYTES // 100 + 10)

    def test_does_not_hang_on_a_pipe(self):
        os.mkfifo(self.path)
        self.assertEqual(self.follower.poll(), [])


if __name__ == "__main__":
    unittest.main()
