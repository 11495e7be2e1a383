#!/usr/bin/python3
"""scripts/demo-live.sh, short: whole, and interrupted while the load lasts.

    demo_test.py SOURCE BUILD [CLASS[.TEST]...]
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import unittest

SOURCE = BUILD = ""


def processes_that_name(text):
    """Numbers of processes with the text in their command line."""
    found = []
    for number in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{number}/cmdline", "rb") as file:
                if text.encode() in file.read() and int(number) != os.getpid():
                    found.append(int(number))
        except OSError:
            pass  # it has ended
    return found


class DemoTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="rehearse-demo-test-")
        self.addCleanup(folder.cleanup)
        self.work = os.path.join(folder.name, "work")
        self.out = os.path.join(folder.name, "out")
        os.mkdir(self.work)

    def start(self):
        # In the background, a shell has interrupts ignored, and so would the script.
        default = lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)
        return subprocess.Popen(
            [os.path.join(SOURCE, "scripts/demo-live.sh"), "--short", "--no-build", "--out", self.out],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**os.environ, "TMPDIR": self.work, "REHEARSE_BUILD": BUILD}, preexec_fn=default)

    def nothing_is_left(self):
        self.assertEqual(processes_that_name(self.work), [])
        self.assertEqual(os.listdir(self.work), [])

    def test_whole(self):
        demo = self.start()
        out, told = demo.communicate(timeout=120)
        self.assertEqual(demo.returncode, 0, out + told)
        line = out.splitlines()[-1]
        self.assertTrue(line.startswith("demo-live: {"), line)
        summary = json.loads(line.removeprefix("demo-live: "))
        self.assertEqual(summary["replay"], "identical")
        self.assertGreater(summary["most_instances"], 1)
        self.assertGreater(summary["decisions"], 0)
        self.assertEqual(summary["load"]["answered"] + summary["load"]["failed"],
                         summary["load"]["due"])
        self.assertGreater(summary["load"]["answered"], summary["load"]["due"] / 2)
        self.assertTrue(os.path.exists(summary["page"]))
        self.nothing_is_left()

    def test_interrupted(self):
        demo = self.start()
        for line in demo.stderr:
            if "load for" in line:
                break
        self.assertNotEqual(processes_that_name(self.work), [])
        demo.send_signal(signal.SIGINT)
        demo.communicate(timeout=60)
        self.assertEqual(demo.returncode, 130)
        self.nothing_is_left()


if __name__ == "__main__":
    SOURCE, BUILD = sys.argv[1:3]
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]], verbosity=2)
