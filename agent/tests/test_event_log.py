import json
import os
import tempfile
import unittest

from support import agent


class EventLog(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.path = os.path.join(directory.name, "events.jsonl")
        self.now_s = 1790000000.0

    def open(self, **limits):
        return agent.EventLog(self.path, agent.Redactor(), clock=lambda: self.now_s, **limits)

    def names(self, lines):
        return [json.loads(line)["n"] for line in lines]

    def count(self, path):
        with open(path, encoding="utf-8") as file:
            return len(file.readlines())

    def test_writes_one_private_json_line_per_event(self):
        self.open().write("started", port=1)
        with open(self.path, encoding="utf-8") as file:
            self.assertEqual(json.loads(file.read()), {"ts": "2026-09-21T14:13:20.000Z", "level": "info", "event": "started", "port": 1})
        self.assertEqual(os.stat(self.path).st_mode & 0o777, 0o600)

    def test_rotates_by_lines_and_keeps_one_older_file(self):
        log = self.open(max_lines=10)
        for n in range(25):
            log.write("tick", n=n)
        self.assertEqual((self.count(self.path), self.count(log.older_path)), (5, 10))
        lines, more, _ = log.tail(12)
        self.assertEqual((self.names(lines), more), (list(range(13, 25)), True))
        self.assertEqual(self.names(log.tail(100)[0]), list(range(10, 25)))

    def test_rotates_by_bytes(self):
        log = self.open(max_bytes=1000)
        for n in range(20):
            log.write("tick", n=n, pad="x" * 100)
        self.assertLessEqual(os.path.getsize(self.path), 1000)
        self.assertLessEqual(os.path.getsize(log.older_path), 1000)

    def test_counts_what_an_earlier_run_left(self):
        for n in range(8):
            self.open(max_lines=10).write("tick", n=n)
        log = self.open(max_lines=10)
        log.write("tick", n=8)
        log.write("tick", n=9)
        log.write("tick", n=10)
        self.assertEqual((self.count(self.path), self.count(log.older_path)), (1, 10))

    def test_filters_by_time(self):
        log = self.open()
        for n in range(5):
            log.write("tick", n=n)
            self.now_s += 10
        self.assertEqual(self.names(log.tail(100, 1790000025.0)[0]), [3, 4])

    def test_redacts_before_it_writes_and_cuts_a_huge_event(self):
        log = self.open()
        log.write("oops", header="Bearer abcdefghijk")
        log.write("huge", pad="y" * 100_000)
        with open(self.path, encoding="utf-8") as file:
            first, second = file.read().splitlines()
        self.assertEqual(json.loads(first)["header"], "Bearer ***")
        self.assertEqual(json.loads(second)["cut"], True)

    def test_counts_events_a_broken_disk_loses_instead_of_failing(self):
        log = self.open()
        os.mkdir(self.path)
        log.write("lost")
        self.assertEqual(log.dropped, 1)

    def test_bounds_what_it_reads_back(self):
        log = self.open()
        for n in range(400):
            log.write("tick", n=n, pad="z" * 7000)
        lines, more, _ = log.tail(10_000)
        self.assertLessEqual(sum(len(line) + 1 for line in lines), agent.LOG_RESPONSE_MAX_BYTES)
        self.assertEqual((self.names(lines)[-1], more), (399, True))


if __name__ == "__main__":
    unittest.main()
