"""What tests of the command share: the command itself, a small scenario, a terminal.

A file of tests is started as

    FILE COMMAND SOURCE [CLASS[.TEST]...]

Exit code 77 where every test was skipped, which CTest shows as such.
"""

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import unittest

COMMAND, SOURCE = os.path.abspath(sys.argv[1]), sys.argv[2]

# M/M/10 at 80 %: small, and far from its bounds.
STATION = """\
rehearse: 1
name: M/M/10
experiment: {horizon: 60s, seed: 1, trials: 4}
system: {services: {station: {servers: 10, service_time: {exponential: 100ms}}}}
workload: {clients: {arrivals: {poisson: 80rps}, to: station}}
objectives: [mean_response(station) < 1s]
"""
FIVE_MISTAKES = """\
rehearse: 1
experiment: {horizont: 30m, confidence: 95}
system:
  services:
    station: {servers: ten, service_time: {exponentail: 100ms}}
workload:
  clients: {arrivals: {poisson: 80rps}, to: station}
objectives:
  - p95(staton) < 200ms
"""
FAILS = "objectives=[mean_response(station) < 1ms]"
# The true mean wait; with two trials the interval around it is wide.
UNDECIDED = ["--set", "objectives=[mean_response(station) < 120.5ms]", "--trials", "2"]


class CommandCase(unittest.TestCase):
    """A folder of its own for each test, with the small scenario in it."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="rehearse-cli-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.write("station.yaml", STATION)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)

    def read(self, name):
        with open(self.path(name), encoding="utf-8") as file:
            return file.read()

    def rehearse(self, *arguments, **options):
        options.setdefault("cwd", self.folder)
        return subprocess.run([COMMAND, *arguments], capture_output=True, text=True,
                              encoding="utf-8", stdin=subprocess.DEVNULL, timeout=100, check=False,
                              **options)

    def ends_with(self, code, *arguments, **options):
        done = self.rehearse(*arguments, **options)
        self.assertEqual(done.returncode, code, f"{arguments}\n{done.stdout}\n{done.stderr}")
        return done


    def needs_matplotlib(self):
        python = os.environ.get("REHEARSE_PYTHON") or "/usr/bin/python3"
        if subprocess.run([python, "-c", "import matplotlib"], capture_output=True,
                          check=False).returncode != 0:
            self.skipTest("needs matplotlib (Debian: python3-matplotlib)")


def heed_interrupts():
    """Who is started in the background ignores Ctrl-C, and so does all that it starts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Terminal:
    """A command whose output (or only whose errors) goes to a terminal of that many columns."""

    def __init__(self, arguments, folder, columns=80, only_errors=False, **environment):
        self.output = b""
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        base = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "COLUMNS", "LC_ALL")}
        base |= {"TERM": "xterm", "LANG": "C.UTF-8"} | environment
        self.process = subprocess.Popen([COMMAND, *arguments], cwd=folder, env=base,
                                        stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE if only_errors else slave,
                                        stderr=slave, preexec_fn=heed_interrupts)
        os.close(slave)
        self.master = master

    def read_until(self, pattern):
        """Reads on until the pattern was seen; False at the end of the output."""
        while not re.search(pattern, self.output):
            try:
                more = os.read(self.master, 65536)
            except OSError:  # Linux: the other side is closed
                more = b""
            if not more:
                return False
            self.output += more
        return True

    def interrupt(self, pattern):
        """Ctrl-C once the pattern was seen. What the command printed, its exit code, its errors."""
        if not self.read_until(pattern):
            raise AssertionError(f"{pattern} not in {self.output}")
        self.process.send_signal(signal.SIGINT)
        printed = self.process.stdout.read()
        self.process.stdout.close()
        return printed, *self.finish()

    def finish(self):
        self.read_until(rb"(?!)")
        code = self.process.wait(timeout=100)
        os.close(self.master)
        return code, self.output.decode("utf-8")


def main():
    """Runs the tests of the file that was started, or those of its classes that were named."""
    tests = unittest.defaultTestLoader.loadTestsFromNames(
        sys.argv[3:] or ["__main__"], sys.modules["__main__"] if sys.argv[3:] else None)
    result = unittest.TextTestRunner(verbosity=2).run(tests)
    if not result.wasSuccessful() or result.testsRun == 0:
        return 1
    return 77 if len(result.skipped) == result.testsRun else 0
