"""The same saved logs that the control plane diagnoses (test/core/diagnosis/saved-logs.test.ts)."""
import os
import re
import unittest

from support import ROOT, agent

FOLDER = os.path.join(ROOT, "test", "fixtures", "diagnosis")
# Logs that do not come from the engine, or lines that collectors have wrapped; and an attempt that is over.
COLLECTED = ("compose-prefix", "timestamps", "kernel", "xid", "haproxy", "named-by-our-script", "then-the-next-start")
LATER_S = 60.0


def diagnosed(path):
    log = agent.EngineLog(agent.Redactor(), 0.0)
    with open(path, "rb") as file:
        for line in agent.LineSplitter().push(file.read() + b"\n"):
            for part in agent.unwrap_docker(line):
                log.feed(part, 0.0)
    failure = log.failure(LATER_S)
    return failure["code"] if failure else "none"


class SavedLogs(unittest.TestCase):
    def test_are_recognised_as_by_the_control_plane(self):
        known, right = {"none", *agent.FAILURE_BY_CODE}, 0
        for name in sorted(os.listdir(FOLDER)):
            expected = re.match(r"([A-Z_]+|none)(?:--|\.log)", name)
            if not name.endswith(".log") or expected[1] not in known or any(part in name for part in COLLECTED):
                continue
            with self.subTest(log=name):
                self.assertEqual(diagnosed(os.path.join(FOLDER, name)), expected[1])
                right += 1
        self.assertGreater(right, 90)


if __name__ == "__main__":
    unittest.main()
