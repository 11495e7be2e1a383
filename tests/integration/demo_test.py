#!/usr/bin/python3
"""scripts/demo-live.sh, short: whole, and interrupted while the load lasts.

    demo_test.py SOURCE BUILD [CLASS[.TEST]...]
"""

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import unittest

SOURCE = BUILD = ""


def processes_of(folder):
    """Command lines of what names the folder, there or in the mark of an instance."""
    found = {}
    for number in filter(str.isdigit, os.listdir("/proc")):
        if int(number) == os.getpid():
            continue
        try:
            with open(f"/proc/{number}/cmdline", "rb") as file:
                command = file.read().replace(b"\0", b" ").decode(errors="replace")
            with open(f"/proc/{number}/environ", "rb") as file:
                marks = [v for v in file.read().decode(errors="replace").split("\0")
                         if v.startswith("REHEARSE_INSTANCE=")]
        except OSError:
            continue  # it has ended
        if folder in command or any(folder in mark for mark in marks):
            found[int(number)] = command
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
        self.assertEqual(processes_of(self.work), {})
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
        self.assertTrue(any("rehearse-testbed serve" in command
                            for command in processes_of(self.work).values()))
        time.sleep(random.uniform(0, 1.5))  # wherever it is by then
        demo.send_signal(signal.SIGINT)
        demo.communicate(timeout=60)
        self.assertEqual(demo.returncode, 130)
        self.nothing_is_left()


if __name__ == "__main__":
    SOURCE, BUILD = sys.argv[1:3]
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]], verbosity=2)
