import json
import os
import random
import tempfile
import time
import unittest

from support import agent


def plain(text):
    return text


class Pages(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.path = os.path.join(directory.name, "engine.log")

    def append(self, text):
        with open(self.path, "a", encoding="utf-8") as file:
            file.write(text)

    def test_gives_every_line_once_however_it_was_written_and_rotated(self):
        chance = random.Random(4)
        for _ in range(30):
            for path in (self.path, self.path + ".1"):
                if os.path.exists(path):
                    os.unlink(path)
            self.append("first\n")
            cursor, seen, written, number = agent.tail_page(self.path, 10).cursor, [], [], 0
            rotated = False  # at most once between two readings, as with every rotation by size
            for _ in range(60):
                act = chance.randrange(4)
                if act == 0:
                    cut = True
                    while cut:
                        lines, cut, cursor = agent.next_page(self.path, cursor, chance.choice((20, 64, 100_000)))
                        seen += lines
                    rotated = False
                elif act == 1 and not rotated:
                    os.replace(self.path, self.path + ".1")
                    self.append("")
                    rotated = True
                else:
                    number += 1
                    written.append(f"line {number}")
                    self.append(f"line {number}\n")
            cut = True
            while cut:
                lines, cut, cursor = agent.next_page(self.path, cursor)
                seen += lines
            self.assertEqual(seen, written)

    def test_waits_for_the_end_of_a_line_that_is_being_written(self):
        self.append("whole\nhalf")
        page = agent.tail_page(self.path, 10)
        self.assertEqual(page.lines, ["whole"])
        self.append(" of it\n")
        self.assertEqual(agent.next_page(self.path, page.cursor).lines, ["half of it"])

    def test_shows_last_words_without_a_line_end(self):
        self.append("whole\nKilled")
        long_ago = time.time() - 10
        os.utime(self.path, (long_ago, long_ago))
        page = agent.tail_page(self.path, 10)
        self.assertEqual(page.lines, ["whole", "Killed"])
        self.assertEqual(agent.next_page(self.path, page.cursor).lines, [])

    def test_goes_on_through_a_line_of_10_mb(self):
        self.append("a\n")
        cursor, lines, cut = agent.tail_page(self.path, 10).cursor, [], True
        self.append("x" * (10 * 1024 * 1024) + "\nend\n")
        while cut:
            page, cut, cursor = agent.next_page(self.path, cursor)
            lines += page
        self.assertEqual(lines[-1], "end")
        self.assertEqual(len("".join(lines)), 10 * 1024 * 1024 + len("end"))

    def test_starts_over_when_the_file_was_truncated(self):
        self.append("a long line\n")
        cursor = agent.tail_page(self.path, 10).cursor
        with open(self.path, "w", encoding="utf-8") as file:
            file.write("new\n")
        self.assertEqual(agent.next_page(self.path, cursor).lines, ["new"])

    def test_leaves_out_what_the_agent_itself_asked_the_engine(self):
        probe = '(APIServer pid=1) INFO:     127.0.0.1:33468 - "GET /health HTTP/1.1" 200 OK\n'
        wrapped = json.dumps({"log": probe}) + "\n"
        self.append("a\n" + probe * 50 + wrapped + probe.replace("200 OK", "503 Service Unavailable") + "b\n")
        page = agent.tail_page(self.path, 3)
        self.assertEqual([line[-4:] for line in page.lines], ["a", "able", "b"])
        self.append(probe)
        self.assertEqual(agent.next_page(self.path, page.cursor).lines, [])

    def test_is_empty_where_there_is_no_file(self):
        self.assertEqual(agent.tail_page(self.path, 10), ([], False, None))
        self.assertEqual(agent.next_page(self.path, "1f-0").lines, [])


class Since(unittest.TestCase):
    def test_keeps_lines_from_a_time_on_with_what_belongs_to_them(self):
        def at(second, text):
            return json.dumps({"log": text, "time": f"2026-11-23T10:00:{second:02d}.123456789Z"}, separators=(",", ":"))

        lines = ["no time", at(1, "one"), at(5, "five"), "  traceback", at(9, "nine")]
        since_s = agent.parse_iso("2026-11-23T10:00:04Z")
        self.assertEqual(agent.written_since(lines, since_s, since_s), lines[2:])

    def test_reads_the_time_of_vllm_which_lacks_the_year(self):
        now_s = time.mktime((2027, 1, 1, 0, 10, 0, 0, 0, -1))
        self.assertEqual(agent.line_time("(EngineCore pid=4) INFO 12-31 23:59:00 [x.py:1] y", now_s), now_s - 660)
        self.assertEqual(agent.line_time("INFO 01-01 00:09:00 [x.py:1] y", now_s), now_s - 60)
        self.assertIsNone(agent.line_time("INFO 99-99 00:00:00 [x.py:1] y", now_s))

    def test_keeps_a_log_that_tells_no_times(self):
        self.assertEqual(agent.written_since(["a", "b"], 1.0, 2.0), ["a", "b"])


if __name__ == "__main__":
    unittest.main()
