import math
import unittest

from support import agent, fixture


class Times(unittest.TestCase):
    def test_reads_what_it_writes(self):
        self.assertEqual(agent.iso(1790000000.25), "2026-09-21T14:13:20.250Z")
        self.assertEqual(agent.parse_iso("2026-09-21T14:13:20.250Z"), 1790000000.25)

    def test_reads_offsets_short_forms_and_a_plus_that_became_a_space(self):
        for text in ("2026-09-21T14:13:20", "2026-09-21 14:13:20Z", "2026-09-21T16:13:20+02:00", "2026-09-21T16:13:20 02:00",
                     "2026-09-21T10:13:20-0400"):
            self.assertEqual(agent.parse_iso(text), 1790000000.0, text)
        self.assertEqual(agent.parse_iso("2026-09-21"), 1789948800.0)

    def test_says_none_for_what_is_no_time(self):
        for text in ("", "yesterday", "2026-13-01", "2026-09-21T25:00:00Z", "1790000000", "2026-09-21T14:13:20Zjunk"):
            self.assertIsNone(agent.parse_iso(text), text)


class NvidiaSmi(unittest.TestCase):
    def parse(self, name):
        return agent.parse_nvidia_smi(fixture("nvidia-smi", name))

    def test_reads_one_gpu(self):
        self.assertEqual(self.parse("l4-single.txt"), [{
            "index": 0, "uuid": "GPU-1b2c3d4e-5f60-7182-93a4-b5c6d7e8f901", "name": "NVIDIA L4", "util": 87.0, "mem_used_mib": 20110,
            "mem_total_mib": 23034, "temp_c": 71.0, "power_w": 68.41, "power_limit_w": 72.0, "throttle": ["sw_power_cap"]}])

    def test_reads_eight_gpus_and_does_not_call_an_idle_one_throttled(self):
        gpus = self.parse("h100-eight.txt")
        self.assertEqual([gpu["index"] for gpu in gpus], list(range(8)))
        self.assertEqual(gpus[7]["throttle"], [])

    def test_drops_only_the_field_that_is_not_available(self):
        first, second = self.parse("not-available.txt")
        self.assertEqual((first["util"], first["mem_used_mib"], first["power_w"], first["throttle"]), (None, 512, None, None))
        self.assertEqual((second["uuid"], second["mem_used_mib"], second["temp_c"], second["util"]), (None, None, None, 12.0))
        self.assertEqual(second["throttle"], ["hw_slowdown", "sw_thermal"])

    def test_keeps_memory_of_a_mig_parent_whose_utilization_is_unknown(self):
        gpu, = self.parse("mig.txt")
        self.assertIsNone(gpu["util"])
        self.assertEqual((gpu["mem_used_mib"], gpu["throttle"]), (39870, []))

    def test_reads_rows_without_the_throttle_column(self):
        gpu, = self.parse("no-throttle-column.txt")
        self.assertEqual((gpu["name"], gpu["power_limit_w"], gpu["throttle"]), ("Tesla T4", 70.0, None))

    def test_tells_no_gpu_from_no_answer(self):
        self.assertEqual(self.parse("no-devices.txt"), [])
        self.assertIsNone(self.parse("driver-failed.txt"))
        self.assertIsNone(agent.parse_nvidia_smi(""))

    def test_keeps_a_comma_in_a_product_name(self):
        gpu, = agent.parse_nvidia_smi("0, GPU-1, Acme, Inc. X1, 5, 1, 2, 3, 4.0, 5.0, 0x0000000000000001")
        self.assertEqual((gpu["name"], gpu["util"], gpu["throttle"]), ("Acme, Inc. X1", 5.0, []))


class Proc(unittest.TestCase):
    def test_measures_cpu_between_two_samples_only(self):
        before = agent.parse_cpu_times("cpu  100 0 100 700 100 0 0 0 0 0\ncpu0 ...")
        after = agent.parse_cpu_times("cpu  200 0 200 1300 300 0 0 0 50 0\n")
        self.assertEqual(before, (200, 1000))
        self.assertEqual(agent.cpu_percent(before, after), 20.0)
        self.assertIsNone(agent.cpu_percent(None, after))
        self.assertIsNone(agent.cpu_percent(after, before))
        self.assertIsNone(agent.parse_cpu_times(""))

    def test_reads_load_and_memory(self):
        self.assertEqual(agent.parse_loadavg("0.52 1.00 2.25 1/233 4242\n"), [0.52, 1.0, 2.25])
        self.assertIsNone(agent.parse_loadavg("nope"))
        memory = agent.parse_meminfo("MemTotal:       1024 kB\nMemFree: 1 kB\nMemAvailable:    512 kB\n")
        self.assertEqual(memory, {"total_bytes": 1048576, "available_bytes": 524288, "swap_total_bytes": None, "swap_free_bytes": None})
        self.assertIsNone(agent.parse_meminfo(""))

    def test_reads_real_interfaces_and_skips_loopback_and_containers(self):
        text = ("Inter-|   Receive  |  Transmit\n face |bytes packets\n    lo: 9 9 0 0 0 0 0 0 9 9 0 0 0 0 0 0\n"
                "  ens2:1000 5 0 0 0 0 0 0 2000 5 0 0 0 0 0 0\nveth12: 1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0\n")
        self.assertEqual(agent.parse_net_dev(text), {"ens2": (1000, 2000)})


class EngineMetrics(unittest.TestCase):
    def summary(self, name):
        return agent.summarize_engine(agent.parse_prometheus(fixture("vllm-metrics", name)))

    def test_reads_one_engine_without_mixing_in_the_queue_by_reason(self):
        scrape = self.summary("one-engine.txt")
        self.assertEqual((scrape.running, scrape.waiting, scrape.kv_usage, scrape.kv_tokens), (2, 3, 0.25, 30464))
        self.assertEqual((scrape.prompt_tokens, scrape.generation_tokens, scrape.preemptions), (1000, 400, 1))
        self.assertEqual(scrape.finished, {"stop": 41, "length": 3, "abort": 0})

    def test_sums_engines_and_averages_the_ratio(self):
        scrape = self.summary("two-engines.txt")
        self.assertEqual((scrape.running, scrape.waiting, scrape.kv_usage, scrape.kv_tokens), (5, 6, 0.5, 60928))
        self.assertEqual(scrape.histograms["ttft"].observed, 80.0)
        self.assertEqual(scrape.finished, {"stop": 82, "length": 6, "abort": 0})

    def test_reads_around_malformed_lines_and_leaves_unknown_figures_out(self):
        scrape = self.summary("malformed.txt")
        self.assertEqual(scrape.prompt_tokens, 7)
        self.assertEqual((scrape.running, scrape.waiting, scrape.kv_usage, scrape.finished), (None, None, None, None))
        self.assertEqual(scrape.histograms, {})


class Latency(unittest.TestCase):
    def histogram(self, name):
        return agent.summarize_engine(agent.parse_prometheus(fixture("vllm-metrics", name))).histograms["ttft"]

    def test_is_unknown_until_something_finished_inside_the_window(self):
        window = agent.LatencyWindow()
        self.assertIsNone(window.add(0.0, self.histogram("one-engine.txt")))
        self.assertIsNone(window.add(5.0, self.histogram("one-engine.txt")))

    def test_computes_mean_and_percentiles_of_the_difference(self):
        window = agent.LatencyWindow()
        window.add(0.0, self.histogram("one-engine.txt"))
        seen = window.add(10.0, self.histogram("one-engine-later.txt"))
        # 40 new requests: 10 up to 0.1 s, 20 up to 0.25 s, 10 up to 0.5 s; 8 s in all
        self.assertEqual(seen, {"mean_s": 0.2, "p50_s": 0.175, "p95_s": 0.45, "count": 40, "window_s": 10.0})

    def test_drops_the_window_when_a_counter_went_down(self):
        window = agent.LatencyWindow()
        window.add(0.0, self.histogram("one-engine-later.txt"))
        self.assertIsNone(window.add(5.0, self.histogram("one-engine.txt")))
        self.assertEqual(window.add(10.0, self.histogram("one-engine-later.txt"))["window_s"], 5.0)

    def test_drops_the_window_when_the_engine_was_away(self):
        window = agent.LatencyWindow()
        window.add(0.0, self.histogram("one-engine.txt"))
        self.assertIsNone(window.add(5.0, None))
        self.assertIsNone(window.add(10.0, self.histogram("one-engine-later.txt")))

    def test_forgets_what_is_older_than_the_window(self):
        window = agent.LatencyWindow(window_s=60.0)
        first, later = self.histogram("one-engine.txt"), self.histogram("one-engine-later.txt")
        window.add(0.0, first)
        window.add(10.0, later)
        self.assertIsNone(window.add(75.0, later))

    def test_answers_the_last_finite_bound_when_the_rank_is_beyond_it(self):
        self.assertEqual(agent.quantile([(1.0, 0.0), (math.inf, 4.0)], 0.5), 1.0)
        self.assertIsNone(agent.quantile([], 0.5))
        self.assertIsNone(agent.quantile([(1.0, 0.0), (math.inf, 0.0)], 0.5))


class Readiness(unittest.TestCase):
    def reasons(self, **replica):
        base = {"name": "r0", "http_ok": True, "models": ["acme/chat-8b"], "max_model_len": 16384}
        return agent.readiness_of({**base, **replica}, "acme/chat-8b", 16384)["reasons"]

    def test_climbs_the_ladder_with_a_reason_at_each_missing_step(self):
        self.assertEqual(self.reasons(), [])
        self.assertRegex(self.reasons(http_ok=False)[0], "^http_ok: /health")
        self.assertRegex(self.reasons(models=None)[0], "key right")
        self.assertRegex(self.reasons(models=["other"])[0], "expected acme/chat-8b, the engine serves other")
        self.assertRegex(self.reasons(max_model_len=4096)[0], "expected a context of 16384 tokens, the engine has 4096")

    def test_does_not_judge_an_engine_by_a_context_it_does_not_state(self):
        self.assertEqual(self.reasons(max_model_len=None), [])

    def test_wants_some_model_when_none_was_named(self):
        replica = {"name": "r0", "http_ok": True, "models": [], "max_model_len": None}
        self.assertFalse(agent.readiness_of(replica, None, None)["ready"])


if __name__ == "__main__":
    unittest.main()
