#!/usr/bin/python3
"""The command as its users meet it.

    cli_test.py COMMAND SOURCE [CLASS[.TEST]...]

Exit code 77 where every test was skipped, which CTest shows as such.
"""

import fcntl
import hashlib
import json
import os
import pty
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import unittest

COMMAND = SOURCE = ""

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

    def finish(self):
        self.read_until(rb"(?!)")
        code = self.process.wait(timeout=100)
        os.close(self.master)
        return code, self.output.decode("utf-8")


class ExitCodeTest(CommandCase):
    def test_holds(self):
        done = self.ends_with(0, "run", "station.yaml")
        self.assertIn("holds", done.stdout)
        self.assertIn("report: results/station/report.html", done.stdout)

    def test_fails(self):
        self.assertIn("fails", self.ends_with(1, "run", "station.yaml", "--set", FAILS).stdout)

    def test_undecided(self):
        done = self.ends_with(3, "run", "station.yaml", *UNDECIDED)
        self.assertIn("undecided", done.stdout)

    def test_wrong_scenario(self):
        self.write("wrong.yaml", FIVE_MISTAKES)
        done = self.ends_with(2, "run", "wrong.yaml")
        self.assertEqual(done.stdout, "")
        self.assertFalse(os.path.exists(self.path("results")))

    def test_wrong_arguments(self):
        for arguments in (["run"], ["run", "station.yaml", "--bogus"], ["bogus"], [],
                          ["run", "station.yaml", "--jobs", "0"],
                          ["run", "station.yaml", "--jobs", "two"],
                          ["run", "station.yaml", "--set", "no-equals-sign"],
                          ["run", "station.yaml", "--seed", "x"],
                          ["run", "station.yaml", "--trials", "0"],
                          ["run", "station.yaml", "--horizon", "30"],
                          ["run", "station.yaml", "station.yaml", "--event-log", "x"],
                          ["report", ".", "--format", "gif"], ["completion", "csh"],
                          ["explain", "no-such-thing"]):
            done = self.ends_with(2, *arguments)
            self.assertNotEqual(done.stderr, "", arguments)
            self.assertEqual(done.stdout, "", arguments)

    def test_unreadable_file(self):
        done = self.ends_with(4, "run", "nothing.yaml")
        self.assertIn("nothing.yaml", done.stderr)
        self.assertIn("No such file", done.stderr)
        self.ends_with(4, "check", "nothing.yaml")
        self.ends_with(4, "report", "nothing")
        self.ends_with(4, "diverge", "nothing", "station.yaml")

    def test_worst_of_several_files(self):
        self.write("fails.yaml", STATION.replace("< 1s", "< 1ms"))
        self.write("wrong.yaml", FIVE_MISTAKES)
        self.ends_with(1, "run", "station.yaml", "fails.yaml", "station.yaml")
        self.ends_with(2, "run", "station.yaml", "wrong.yaml", "fails.yaml")
        self.ends_with(4, "run", "nothing.yaml", "wrong.yaml", "station.yaml")

    def test_memory_that_there_is_not(self):
        done = self.ends_with(4, "run", "station.yaml", "--horizon", "100h", "--set",
                              "workload.clients.arrivals={poisson: 10000000rps}")
        self.assertIn("memory", done.stderr)
        self.assertIn("station", done.stderr)  # where it would go
        self.assertIn("queue limit", done.stderr)  # what to do
        self.assertFalse(os.path.exists(self.path("results")))

    def test_result_of_no_version_we_know(self):
        self.write("result.json", '{"format": 99}')
        self.assertIn("format", self.ends_with(4, "report", "result.json").stderr)


class CheckTest(CommandCase):
    def test_five_mistakes_in_one_pass(self):
        self.write("wrong.yaml", FIVE_MISTAKES)
        done = self.ends_with(2, "check", "wrong.yaml")
        for place, near in (("2:14", "horizon"), ("2:41", "95%"), ("5:24", "not a count"),
                            ("5:44", "exponential"), ("9:9", "station")):
            self.assertIn(f"wrong.yaml:{place}: error", done.stderr)
            self.assertIn(near, done.stderr)
        self.assertEqual(done.stdout, "wrong.yaml: 5 errors\n")

    def test_json(self):
        self.write("wrong.yaml", FIVE_MISTAKES)
        document = json.loads(self.ends_with(2, "check", "wrong.yaml", "station.yaml",
                                             "--json").stdout)
        self.assertEqual((document["ok"], document["errors"]), (False, 5))
        self.assertEqual([f["errors"] for f in document["files"]], [5, 0])
        first = document["files"][0]["diagnostics"][0]
        self.assertEqual((first["id"], first["line"], first["column"]), ("unknown-field", 2, 14))

    def test_warnings_and_strict(self):
        overload = ["--set", "system.services.station.servers=7"]
        done = self.ends_with(0, "check", "station.yaml", *overload)
        self.assertIn("warning[load-above-capacity]", done.stderr)
        self.assertEqual(done.stdout, "station.yaml: 1 warning\n")
        self.ends_with(1, "check", "station.yaml", "--strict", *overload)
        self.ends_with(0, "check", "station.yaml", "--strict")

    def test_nothing_is_written(self):
        self.ends_with(0, "check", "station.yaml")
        self.assertEqual(os.listdir(self.folder), ["station.yaml"])

    def test_run_repeats_warnings_unless_told_not_to(self):
        overload = ["run", "station.yaml", "--set", "system.services.station.servers=7"]
        self.assertIn("load-above-capacity", self.rehearse(*overload).stdout)
        self.assertIn("load-above-capacity", self.rehearse(*overload, "--json").stderr)
        self.assertIn("load-above-capacity", self.read("results/station/result.json"))
        self.assertEqual(self.rehearse(*overload, "--no-lint").stderr, "")
        self.assertNotIn("load-above-capacity", self.read("results/station/result.json"))


class AnalyzeTest(CommandCase):
    def document(self, code, *arguments):
        return json.loads(self.ends_with(code, "analyze", "station.yaml", "--json",
                                         *arguments).stdout)

    def test_text(self):
        done = self.ends_with(0, "analyze", "station.yaml")
        self.assertIn("bottleneck: station, whose 10 servers are full at 1.25x", done.stdout)
        self.assertEqual(done.stderr, "")
        self.assertEqual(os.listdir(self.folder), ["station.yaml"])

    def test_exit_code_of_overload(self):
        done = self.ends_with(1, "analyze", "station.yaml", "--set",
                              "system.services.station.servers=7")
        self.assertIn("overloaded: station is asked for 114 % of its 7 servers", done.stdout)
        self.assertIn("load-above-capacity", done.stdout)

    def test_wrong_input(self):
        self.write("wrong.yaml", FIVE_MISTAKES)
        self.assertIn("5 errors", self.ends_with(2, "analyze", "wrong.yaml").stderr)
        self.ends_with(4, "analyze", "nothing.yaml")
        for availability in ("99%", "station", "station=2", "statoin=99%"):
            done = self.ends_with(2, "analyze", "station.yaml", "--availability", availability)
            self.assertIn(f"--availability {availability}: ", done.stderr)
            self.assertEqual(done.stdout, "")
        self.ends_with(2, "analyze")

    def test_availability(self):
        done = self.ends_with(0, "analyze", "station.yaml", "--availability", "station=99.9%")
        self.assertRegex(done.stdout, r"clients +workload +99\.9 % +43 min")
        document = self.document(0, "--availability", "station=99.9%")
        self.assertAlmostEqual(document["availability"][0]["low"], 0.999)

    def test_one_document_and_nothing_else(self):
        document = self.document(0)
        self.assertEqual(document["bottleneck"], "station")
        self.assertAlmostEqual(document["stations"]["station"]["utilization"]["mean"], 0.8)
        self.assertEqual(self.document(1, "--set", "system.services.station.servers=7")
                         ["overloaded"], True)

    def test_several_files_are_a_list(self):
        self.write("wrong.yaml", FIVE_MISTAKES)
        done = self.ends_with(2, "analyze", "station.yaml", "wrong.yaml", "--json")
        documents = json.loads(done.stdout)
        self.assertEqual(documents[0]["growth"], 1.25)
        self.assertEqual(documents[1]["errors"], 5)

    def test_schema_of_all_published_scenarios(self):
        try:
            import jsonschema
        except ImportError:
            self.skipTest("needs the Python module jsonschema")
        with open(os.path.join(SOURCE, "reports/schema/analysis.schema.json")) as file:
            validator = jsonschema.Draft202012Validator(json.load(file))
        files = [os.path.join(folder, name)
                 for folder, _, names in os.walk(os.path.join(SOURCE, "scenarios"))
                 for name in names if name.endswith(".yaml")]
        self.assertGreater(len(files), 4)
        for file in files:
            done = self.rehearse("analyze", file, "--json")
            self.assertIn(done.returncode, (0, 1), file + done.stderr)
            self.assertEqual([e.message for e in validator.iter_errors(json.loads(done.stdout))],
                             [], file)


class JsonTest(CommandCase):
    def test_one_document_and_nothing_else(self):
        done = self.ends_with(0, "run", "station.yaml", "--json")
        document = json.loads(done.stdout)
        self.assertEqual(done.stderr, "")
        self.assertEqual(document["verdict"], "holds")
        self.assertEqual((document["seed"], document["trials"]), (1, 4))
        self.assertRegex(document["fingerprint"], "^[0-9a-f]{16}$")
        objective = document["objectives"][0]
        self.assertLess(objective["ci"][0], objective["estimate"])
        for metric in ("arrival_rate", "throughput", "utilization", "mean_wait", "mean_response",
                       "p50", "p90", "p95", "p99", "p999", "in_system", "error_ratio"):
            self.assertEqual(set(document["services"]["station"][metric]),
                             {"estimate", "ci", "unit"})
        self.assertEqual(done.stdout, self.read("results/station/result.json"))

    def test_several_files_are_a_list(self):
        self.write("wrong.yaml", FIVE_MISTAKES)
        documents = json.loads(self.ends_with(2, "run", "station.yaml", "wrong.yaml",
                                              "--json").stdout)
        self.assertEqual(documents[0]["verdict"], "holds")
        self.assertEqual(documents[1]["errors"], 5)

    def test_mistakes_are_a_document_too(self):
        self.write("wrong.yaml", FIVE_MISTAKES)
        self.assertEqual(json.loads(self.ends_with(2, "run", "wrong.yaml", "--json").stdout)
                         ["errors"], 5)
        self.assertFalse(json.loads(self.ends_with(4, "run", "none", "--json").stdout)["ok"])

    def test_schema(self):
        try:
            import jsonschema
        except ImportError:
            self.skipTest("needs the Python module jsonschema")
        with open(os.path.join(SOURCE, "reports/schema/result.schema.json")) as file:
            schema = json.load(file)
        validator = jsonschema.Draft202012Validator(schema)
        for arguments in ([], ["--trials", "1"], UNDECIDED):
            done = self.rehearse("run", "station.yaml", "--json", *arguments)
            self.assertEqual([e.message for e in validator.iter_errors(json.loads(done.stdout))],
                             [])

    def test_scenario_schema(self):
        try:
            import jsonschema
        except ImportError:
            self.skipTest("needs the Python module jsonschema")
        schema = json.loads(self.ends_with(0, "explain", "--schema").stdout)
        jsonschema.Draft202012Validator.check_schema(schema)

    def test_jobs_leave_no_trace(self):
        documents = []
        for jobs in ("1", "2", "3"):
            documents.append(json.loads(self.ends_with(0, "run", "station.yaml", "--json",
                                                       "--jobs", jobs).stdout))
            documents[-1].pop("timing")
        self.assertEqual(documents[0], documents[1])
        self.assertEqual(documents[0], documents[2])

    def test_the_seed_decides(self):
        def fingerprint(*arguments):
            return json.loads(self.ends_with(0, "run", "station.yaml", "--json",
                                             *arguments).stdout)["fingerprint"]
        self.assertEqual(fingerprint("--seed", "7"), fingerprint("--set", "experiment.seed=7"))
        self.assertNotEqual(fingerprint("--seed", "7"), fingerprint("--seed", "8"))


class ArgumentsTest(CommandCase):
    def result(self, *arguments):
        return json.loads(self.rehearse("run", "station.yaml", "--json", *arguments).stdout)

    def test_sugar_is_set(self):
        sugar = self.result("--trials", "3", "--seed", "9", "--horizon", "30s")
        plain = self.result("--set", "experiment.trials=3", "--set", "experiment.seed=9", "--set",
                            "experiment.horizon=30s")
        self.assertEqual((sugar["trials"], sugar["seed"]), (3, 9))
        self.assertAlmostEqual(sugar["horizon"], 30)
        for document in (sugar, plain):
            document.pop("timing")
        self.assertEqual(sugar, plain)

    def test_trials_auto(self):
        self.assertIn("auto", self.result("--trials", "auto")["trials_rule"])

    def test_overlays_come_before_set(self):
        self.write("a.yaml", "experiment: {trials: 2, seed: 5}\n")
        self.write("b.yaml", "experiment: {trials: 3}\n")
        result = self.result("--overlay", "a.yaml", "--overlay", "b.yaml")
        self.assertEqual((result["trials"], result["seed"]), (3, 5))
        self.assertEqual(self.result("--overlay", "a.yaml", "--trials", "6")["trials"], 6)

    def test_one_value_for_each_set(self):
        # The file behind --set is a file to run, not a second value.
        self.ends_with(0, "run", "--set", "experiment.trials=2", "station.yaml")


class FolderTest(CommandCase):
    FILES = {"result.json", "report.html", "report.md", "junit.xml", "summary.csv", "series.csv",
             "scenario.resolved.yaml", "traces.json", "trace.perfetto.json", "critical-path.csv"}

    def test_files(self):
        self.ends_with(0, "run", "station.yaml", "--out", "a/b")
        self.assertEqual(set(os.listdir(self.path("a/b"))), self.FILES)
        self.assertEqual(os.listdir(self.path("a")), ["b"])

    def test_foreign_files_stay(self):
        os.makedirs(self.path("out"))
        self.write("out/notes.txt", "mine")
        self.ends_with(0, "run", "station.yaml", "--out", "out")
        self.ends_with(1, "run", "station.yaml", "--out", "out", "--set", FAILS)
        self.assertEqual(self.read("out/notes.txt"), "mine")
        self.assertEqual(json.loads(self.read("out/result.json"))["verdict"], "fails")

    def test_several_files(self):
        os.makedirs(self.path("other"))
        self.write("other/station.yaml", STATION)
        self.ends_with(0, "run", "station.yaml", "other/station.yaml", "--out", "out")
        self.assertEqual(sorted(os.listdir(self.path("out"))), ["station", "station-2"])

    def test_resolved_scenario_repeats_the_run(self):
        first = json.loads(self.ends_with(0, "run", "station.yaml", "--json", "--seed", "3").stdout)
        again = json.loads(self.ends_with(0, "run", "results/station/scenario.resolved.yaml",
                                          "--json").stdout)
        self.assertEqual(first["fingerprint"], again["fingerprint"])
        self.assertEqual(first["scenario"]["hash"], again["scenario"]["hash"])

    def test_inputs_are_part_of_the_folder(self):
        for name in ("trace-replay.yaml", "trace-replay.csv"):
            shutil.copy(os.path.join(SOURCE, "scenarios/examples", name), self.folder)
        small = ["--trials", "2", "--horizon", "10m", "--json"]
        first = json.loads(self.rehearse("run", "trace-replay.yaml", *small).stdout)
        os.rename(self.path("results/trace-replay"), self.path("moved"))
        os.remove(self.path("trace-replay.csv"))
        again = json.loads(self.rehearse("run", "moved/scenario.resolved.yaml", "--json").stdout)
        self.assertEqual(first["fingerprint"], again["fingerprint"])
        self.assertEqual(first["scenario"]["hash"], again["scenario"]["hash"])

    def test_other_inputs_are_another_scenario(self):
        for name in ("trace-replay.yaml", "trace-replay.csv"):
            shutil.copy(os.path.join(SOURCE, "scenarios/examples", name), self.folder)
        small = ["run", "trace-replay.yaml", "--trials", "2", "--horizon", "10m", "--json"]
        first = json.loads(self.rehearse(*small).stdout)["scenario"]["hash"]
        self.write("trace-replay.csv", self.read("trace-replay.csv") + "\n")
        self.assertNotEqual(first, json.loads(self.rehearse(*small).stdout)["scenario"]["hash"])

    def test_unwritable(self):
        # A file where a folder should be stops even root.
        self.write("file", "")
        for out in ("file", "file/below", "file/far/below"):
            done = self.ends_with(4, "run", "station.yaml", "--out", out, "--horizon", "1000h")
            self.assertRegex(done.stderr, "cannot write '.*file.*': Not a directory")
        self.assertEqual(sorted(os.listdir(self.folder)), ["file", "station.yaml"])

    def test_unwritable_by_permission(self):
        os.makedirs(self.path("locked"))
        os.chmod(self.path("locked"), 0o555)
        if os.access(self.path("locked"), os.W_OK):
            self.skipTest("this user may write everywhere")
        done = self.ends_with(4, "run", "station.yaml", "--out", "locked/out")
        self.assertIn("Permission denied", done.stderr)

    def test_full_disk_behind_standard_output(self):
        if not os.path.exists("/dev/full"):
            self.skipTest("needs /dev/full")
        with open("/dev/full", "w") as full:
            done = subprocess.run([COMMAND, "explain"], stdout=full, stderr=subprocess.PIPE,
                                  text=True, timeout=100, check=False)
        self.assertEqual(done.returncode, 4)
        self.assertIn("cannot write standard output: No space left on device", done.stderr)


class ReportTest(CommandCase):
    FORMATS = {"html": "report.html", "md": "report.md", "junit": "junit.xml",
               "csv": "summary.csv", "series": "series.csv", "json": "result.json"}

    def test_the_same_bytes(self):
        self.ends_with(1, "run", "station.yaml", "--set", FAILS)
        for name, file in self.FORMATS.items():
            written = self.read("results/station/" + file)
            self.assertEqual(self.ends_with(0, "report", "results/station", "--format",
                                            name).stdout, written, name)
            self.ends_with(0, "report", "results/station/result.json", "--format", name, "--out",
                           "again")
            self.assertEqual(self.read("again"), written, name)

    def test_text_is_that_of_the_run(self):
        shown = self.ends_with(0, "run", "station.yaml").stdout
        again = self.ends_with(0, "report", "results/station").stdout
        self.assertEqual(again + "\nreport: results/station/report.html\n", shown)

    def test_several_formats_are_files_and_the_same_again(self):
        self.ends_with(1, "run", "station.yaml", "--set", FAILS, "--out", "out")
        written = {file: self.read("out/" + file) for file in self.FORMATS.values()}
        formats = ",".join(self.FORMATS) + ",openmetrics"
        for _ in range(2):
            for file in written:
                if file != "result.json":  # what is rendered
                    os.remove(self.path("out/" + file))
            self.ends_with(0, "report", "out", "--format", formats)
            for file, text in written.items():
                self.assertEqual(self.read("out/" + file), text, file)
            written["openmetrics.txt"] = self.read("out/openmetrics.txt")
        self.ends_with(0, "report", "out/result.json", "--format", formats, "--out", "a/b")
        for file, text in written.items():
            self.assertEqual(self.read("a/b/" + file), text, file)
        self.ends_with(2, "report", "out", "--format", "md,nothing")

    def test_names_stay_text_in_every_format(self):
        evil = "=cmd|' /C calc'!A0 <script>alert(1)</script> \u202egnp.exe \x1b[31m\x07\n# EOF\n\"}"
        self.ends_with(0, "run", "station.yaml", "--out", "out", "-q")
        document = self.read("out/result.json")
        for name in ("station", "clients", "M/M/10"):
            document = document.replace(f'"{name}', json.dumps(evil + 10_000 * "n")[:-1])
        self.write("evil.json", document)
        for name in (*self.FORMATS, "openmetrics", "text"):
            if name == "json":
                continue
            text = self.ends_with(0, "report", "evil.json", "--format", name).stdout
            for sequence in ("\x1b", "\x07", "\u202e"):
                self.assertNotIn(sequence, text, name)
            if name in ("html", "junit"):  # elsewhere it is text as it stands
                self.assertNotIn("<script>alert", text, name)
            self.assertEqual(text.count("\n# EOF"), 1 if name == "openmetrics" else 0, name)
            if name in ("csv", "series"):
                self.assertNotRegex(text, r'(?m)(^|,)"?[=+@]')

    def test_all_formats_are_in_the_help(self):
        text = self.ends_with(0, "report", "--help").stdout
        for name in self.FORMATS:
            self.assertIn(name, text)

    def test_unwritable(self):
        self.ends_with(0, "run", "station.yaml")
        self.assertIn("cannot write", self.ends_with(4, "report", "results/station", "--out",
                                                     "no/such/folder").stderr)


class DiffTest(CommandCase):
    """M/M/10 as it is, and with so few servers that it fails."""

    SLOW = ["--set", "system.services.station.servers=7", "--set",
            "objectives=[mean_response(station) < 130ms]"]
    GOOD = ["--set", "objectives=[mean_response(station) < 130ms]"]

    def setUp(self):
        super().setUp()
        self.ends_with(0, "run", "station.yaml", "--out", "main", "-q", *self.GOOD)

    def test_names_what_changed(self):
        self.ends_with(1, "run", "station.yaml", "--out", "slow", "-q", *self.SLOW)
        done = self.ends_with(1, "diff", "main", "slow")
        self.assertIn("holds → fails", done.stdout)
        self.assertIn("system.services.station.servers: 10 → 7", done.stdout)
        self.assertRegex(done.stdout.rstrip().replace("\n  ", " "), "1 verdict changed$")
        better = self.ends_with(0, "diff", "slow/result.json", "main")
        self.assertIn("fails → holds", better.stdout)

    def test_nothing_changed(self):
        self.assertIn("the same run", self.ends_with(0, "diff", "main", "main").stdout)

    def test_still_failing_is_no_worsening(self):
        self.ends_with(1, "run", "station.yaml", "--out", "slow", "-q", *self.SLOW)
        self.ends_with(0, "diff", "slow", "slow")

    def test_json_and_markdown(self):
        self.ends_with(1, "run", "station.yaml", "--out", "slow", "-q", *self.SLOW)
        document = json.loads(self.ends_with(1, "diff", "main", "slow", "--json").stdout)
        self.assertTrue(document["worsened"])
        self.assertEqual(document["format"], 1)
        self.assertEqual(document["before"]["source"], "main")
        self.assertEqual([change["path"] for change in document["settings"]],
                         ["system.services.station.servers"])
        self.assertIn("holds → fails", self.ends_with(1, "diff", "main", "slow",
                                                      "--markdown").stdout)
        self.ends_with(2, "diff", "main", "slow", "--markdown", "--json")

    def test_wrong_input(self):
        self.assertIn("not valid JSON", self.ends_with(2, "diff", "main", "station.yaml").stderr)
        self.assertIn("no such file", self.ends_with(4, "diff", "nowhere", "main").stderr)

    def test_a_run_with_a_baseline(self):
        done = self.ends_with(1, "run", "station.yaml", "--out", "slow", "--baseline", "main",
                              *self.SLOW)
        self.assertIn("since main: mean_response(station)", done.stdout)
        document = json.loads(self.read("slow/result.json"))
        self.assertEqual(document["baseline"]["verdicts_changed"], 1)
        self.assertIn("#### Since `main`", self.read("slow/report.md"))
        again = self.ends_with(0, "report", "slow").stdout
        self.assertEqual(again + "\nreport: slow/report.html\n", done.stdout)

    def test_the_baseline_may_be_what_is_replaced(self):
        self.ends_with(1, "run", "station.yaml", "--out", "main", "--baseline", "main", "-q",
                       *self.SLOW)
        self.assertTrue(json.loads(self.read("main/result.json"))["baseline"]["worsened"])

    def test_baselines_of_several_files(self):
        self.write("other.yaml", STATION)
        both = ["run", "station.yaml", "other.yaml", "-q"]
        self.ends_with(0, *both, "--out", "old")
        self.ends_with(0, *both, "--out", "new", "--baseline", "old")
        document = json.loads(self.read("new/other/result.json"))
        self.assertEqual(document["baseline"]["before"]["source"], "old/other")
        self.assertIn("the same run", document["baseline"]["summary"])

    def test_a_baseline_that_there_is_not(self):
        self.ends_with(4, "run", "station.yaml", "--out", "new", "--baseline", "nowhere")
        self.ends_with(2, "run", "station.yaml", "--out", "new", "--baseline", "station.yaml")
        self.assertFalse(os.path.exists(self.path("new")))


class CompareTest(CommandCase):
    """Ten servers as a baseline, and variants of it."""

    FAST = ["--trials", "4", "-q"]
    WIDE = ["--variant", "wide:system.services.station.servers=14"]
    NARROW = ["--variant", "narrow:system.services.station.servers=7", "--set",
              "objectives=[mean_response(station) < 130ms]"]

    def test_says_who_is_better(self):
        done = self.ends_with(0, "compare", "station.yaml", "--trials", "4", *self.WIDE)
        flat = " ".join(done.stdout.split())
        self.assertIn("station (baseline): holds", flat)
        self.assertRegex(flat, r"wide beats station on p95 \(-[0-9.]+ ms \[-[0-9., -]+\]\)")
        self.assertIn("reports: results/compare-station/{station,wide}/report.html", flat)
        for line in done.stdout.splitlines():
            self.assertLessEqual(len(line), 80)

    def test_every_variant_has_its_folder(self):
        warm = ["--set", "experiment.warmup=10s"]
        self.ends_with(0, "compare", "station.yaml", *self.FAST, *self.WIDE, *warm, "--out", "out")
        found = json.loads(self.read("out/compare.json"))
        self.assertEqual([one["source"] for one in found["variants"]], ["station", "wide"])
        for name in ("station", "wide"):
            for file in ("result.json", "report.html", "scenario.resolved.yaml", "traces.json"):
                self.assertTrue(os.path.exists(self.path(f"out/{name}/{file}")), file)
        wide = json.loads(self.read("out/wide/result.json"))
        self.assertEqual(wide["baseline"]["before"]["source"], "station")
        self.assertEqual(wide["baseline"]["summary"], found["summary"])
        self.assertNotIn("baseline", json.loads(self.read("out/station/result.json")))
        self.assertIn("since station", self.ends_with(0, "report", "out/wide").stdout)
        # A variant is what it would be on its own.
        self.ends_with(0, "run", "station.yaml", *self.FAST, *warm, "--set",
                       "system.services.station.servers=14", "--out", "own")
        own = json.loads(self.read("own/result.json"))
        self.assertEqual(own["fingerprint"], wide["fingerprint"])
        self.assertEqual(own["services"], wide["services"])

    def test_threads_leave_no_trace(self):
        texts = []
        for jobs in "13":
            done = self.ends_with(0, "compare", "station.yaml", "--trials", "5", *self.WIDE,
                                  "--json", "--jobs", jobs, "--out", "jobs" + jobs)
            self.assertEqual(done.stdout, self.read(f"jobs{jobs}/compare.json"))
            texts.append(done.stdout)
        self.assertEqual(texts[0], texts[1])

    def test_a_new_failure_is_an_exit_code(self):
        done = self.ends_with(1, "compare", "station.yaml", "--trials", "4", *self.NARROW)
        self.assertIn("fails where the baseline does not", " ".join(done.stdout.split()))
        document = json.loads(self.ends_with(1, "compare", "station.yaml", "--trials", "4",
                                             *self.NARROW, "--json").stdout)
        self.assertTrue(document["worsened"])

    def test_files_are_variants_too(self):
        self.write("overlay.yaml", "system: {services: {station: {servers: 12}}}\n")
        self.write("other.yaml", STATION.replace("servers: 10", "servers: 12"))
        self.ends_with(0, "compare", "station.yaml", "other.yaml", *self.FAST, "--out", "files")
        self.ends_with(0, "compare", "station.yaml", "--variant", "other=overlay.yaml", *self.FAST,
                       "--out", "overlay")
        files, overlay = (json.loads(self.read(f"{name}/compare.json"))
                          for name in ("files", "overlay"))
        self.assertEqual(files["comparisons"], overlay["comparisons"])
        self.ends_with(0, "compare", "station.yaml", "station.yaml", *self.FAST, "--out", "twice")
        self.assertTrue(os.path.exists(self.path("twice/station-2/result.json")))

    def test_markdown(self):
        done = self.ends_with(0, "compare", "station.yaml", "--trials", "4", *self.WIDE,
                              "--markdown")
        self.assertIn("| figure | `station` | `wide` | difference | |", done.stdout)

    def test_says_where_trials_are_no_pairs(self):
        seeded = self.ends_with(0, "compare", "station.yaml", "--trials", "4", "--variant",
                                "other:experiment.seed=2")
        self.assertIn("the seeds differ (1, 2)", " ".join(seeded.stdout.split()))
        longer = self.ends_with(2, "compare", "station.yaml", "--variant",
                                "long:experiment.horizon=2m")
        self.assertIn("are no pairs: give one horizon", longer.stderr)
        self.ends_with(2, "compare", "station.yaml", *self.WIDE, "--trials", "1")
        self.assertFalse(os.path.exists(self.path("results/compare-station/long")))

    def test_wrong_input(self):
        for arguments, message in (
                ([], "there is nothing to compare"),
                (["station.yaml", *self.WIDE], "--variant varies one scenario file"),
                (["--variant", "wide"], "'wide' is no variant"),
                (["--variant", "../up:a=1"], "is no variant"),
                (["--variant", "station:a=1"], "is the baseline"),
                (["--variant", "other:system.services.statoin.servers=1"], "statoin"),
                (["--variant", "other:nothing"], "bad-set")):
            with self.subTest(arguments=arguments):
                done = self.ends_with(2, "compare", "station.yaml", *arguments)
                self.assertIn(message, done.stderr)
        self.ends_with(4, "compare", "station.yaml", "--variant", "other=nowhere.yaml")
        document = json.loads(self.ends_with(2, "compare", "station.yaml", "--json", "--variant",
                                             "other:experiment.trails=4").stdout)
        self.assertFalse(document["ok"])

    def test_interrupted(self):
        run = Terminal(["compare", "station.yaml", "--trials", "1000000", "--jobs", "2", "--json",
                        *self.WIDE, "--set", "experiment.warmup=0s"], self.folder,
                       only_errors=True)
        self.assertTrue(run.read_until(rb"trial +[1-9][0-9]"), run.output)
        run.process.send_signal(signal.SIGINT)
        document = json.loads(run.process.stdout.read())
        code, errors = run.finish()
        run.process.stdout.close()
        self.assertEqual(code, 130)
        self.assertIn("interrupted", errors)
        self.assertTrue(document["interrupted"])
        self.assertEqual(document["variants"][0]["trials"], document["variants"][1]["trials"])

    def test_policies_on_the_same_days(self):
        folder = f"{SOURCE}/scenarios/policies/compare/"
        done = self.rehearse("compare", *(folder + name + ".yaml"
                                          for name in ("step-rules", "hpa", "predictive")),
                             "--trials", "2", "--json", "--horizon", "30h", "--traces", "0")
        document = json.loads(done.stdout)
        self.assertEqual(len(document["comparisons"]), 3)
        for pair in document["comparisons"]:
            metrics = {one["metric"] for one in pair["headline"]}
            self.assertLessEqual({"p95", "error_ratio", "availability", "instance_hours"}, metrics)
            self.assertEqual(pair["cautions"], [])


class GrowthTest(CommandCase):
    """A platform whose users become three times as many within ten minutes."""

    def test_its_autoscaler_is_too_slow(self):
        done = self.ends_with(1, "run", f"{SOURCE}/scenarios/merajutasa/phase2-growth.yaml",
                              "--trials", "1", "--out", "out", "--no-lint")
        flat = " ".join(done.stdout.split())
        self.assertRegex(flat, r"fails C0.4 signing p95")
        result = json.loads(self.read("out/result.json"))
        verdicts = {one["id"]: one["verdict"] for one in result["objectives"]}
        self.assertEqual(verdicts["C0.4 errors while users grow"], "fails")
        self.assertEqual(verdicts["C0.4 users are served in the end"], "holds")
        counts = [one["to"] for one in result["decisions"] if one["policy"] == "signer-scaling"]
        self.assertGreater(max(counts), 5)
        self.assertLessEqual(max(counts), 10)


class MetricsCase(CommandCase):
    # Between them they have every kind of thing that has metrics.
    SCENARIOS = ["zone-outage", "queue", "read-replicas", "instance-failure"]

    def export(self, name):
        self.rehearse("run", f"{SOURCE}/scenarios/models/{name}.yaml", "--out", name, "-q",
                      "--trials", "1")
        return self.ends_with(0, "report", name, "--format", "openmetrics").stdout

    def expressions(self):
        with open(SOURCE + "/reports/grafana/rehearse.json", encoding="utf-8") as file:
            dashboard = json.load(file)
        found = [target["expr"] for panel in dashboard["panels"]
                 for target in panel.get("targets", [])]
        found += [one["expr"] for one in dashboard["annotations"]["list"]]
        self.assertGreater(len(found), 20)
        for text, value in (("$window", "5m"), ("$__range", "6h"), ("$job", ".*")):
            found = [expression.replace(text, value) for expression in found]
        return found


class MetricsTest(MetricsCase):
    """What is exported for Prometheus, and what asks for it."""

    def test_the_same_bytes_again(self):
        first = self.export("queue")
        self.assertEqual(self.ends_with(0, "report", "queue", "--format", "openmetrics").stdout,
                         first)
        self.assertTrue(first.endswith("\n# EOF\n"))
        self.ends_with(0, "report", "queue", "--format", "openmetrics,md")
        self.assertEqual(self.read("queue/openmetrics.txt"), first)

    def test_every_query_of_the_dashboard_asks_for_what_there_is(self):
        exported = set()
        for name in self.SCENARIOS:
            exported |= set(re.findall(r"^([a-z_]+)[{ ]", self.export(name), re.MULTILINE))
        for expression in self.expressions():
            bare = re.sub(r"\{[^}]*\}|\[[^]]*\]|by \([^)]*\)", "", expression)
            asked = set(re.findall(r"\b[a-z_]{2,}\b(?! *\()", bare))
            self.assertTrue(asked, expression)
            self.assertLessEqual(asked, exported, expression)

    def test_the_documented_metrics_are_those_that_are_exported(self):
        with open(SOURCE + "/docs/metrics.md", encoding="utf-8") as file:
            documented = set(re.findall(r"`([a-z_]+)`", "".join(
                re.findall(r"^\| (`[^|]*) \|", file.read(), re.MULTILINE))))
        exported = set()
        for name in self.SCENARIOS:
            exported |= {re.sub("_(bucket|sum|count)$", "", metric) for metric in
                         re.findall(r"^([a-z_]+)[{ ]", self.export(name), re.MULTILINE)}
        self.assertEqual(exported, documented)


class PromtoolTest(MetricsCase):
    """Prometheus' own tool reads what is exported."""

    def setUp(self):
        super().setUp()
        if not shutil.which("promtool"):
            self.skipTest("needs promtool (Debian: prometheus)")

    def take(self, text, name):
        self.write("metrics", text)
        done = subprocess.run(["promtool", "tsdb", "create-blocks-from", "openmetrics", "metrics",
                               "data-" + name], cwd=self.folder, text=True, capture_output=True,
                              check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        header, *blocks = done.stdout.splitlines()
        column = re.split(r"  +", header).index("NUM SAMPLES")
        taken = sum(int(re.split(r"  +", block)[column]) for block in blocks)
        self.assertEqual(taken, len(re.findall(r"^[^#]", text, re.MULTILINE)), name)

    def test_prometheus_takes_every_sample(self):
        for name in self.SCENARIOS:
            self.take(self.export(name), name)

    def test_prometheus_takes_names_that_try_to_be_more(self):
        self.export("queue")
        document = self.read("queue/result.json")
        evil = 'a"} 1 1\\ \n# EOF\n{le="1\u202e' + 1000 * "n"
        for name in set(re.findall(r'"subject": ?"([^"]*)"', document)):
            document = document.replace(f'"{name}"', json.dumps(evil + name))
        self.write("queue/result.json", document)
        text = self.ends_with(0, "report", "queue", "--format", "openmetrics").stdout
        self.assertIn(1000 * "n", text)
        self.take(text, "evil")

    def test_every_query_is_one(self):
        rules = [{"record": f"rule_{n}", "expr": text} for n, text in enumerate(self.expressions())]
        with open(SOURCE + "/docs/metrics.md", encoding="utf-8") as file:
            block = re.search(r"^```yaml\n(.*?)^```", file.read(), re.DOTALL | re.MULTILINE)
        self.write("documented.yaml", block.group(1))
        self.write("rules.yaml", json.dumps({"groups": [{"name": "all", "rules": rules}]}))
        for name in ("rules.yaml", "documented.yaml"):
            done = subprocess.run(["promtool", "check", "rules", name], cwd=self.folder, text=True,
                                  capture_output=True, check=False)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


class PlotsTest(CommandCase):
    def setUp(self):
        super().setUp()
        self.needs_matplotlib()

    def simulate(self, *arguments):
        self.rehearse("run", f"{SOURCE}/scenarios/models/zone-outage.yaml", "--out", "out", "-q",
                      "--trials", "2", *arguments)

    def draw(self, form, *arguments, **options):
        self.ends_with(0, "report", "out", "--format", form, *arguments, **options)
        drawn = {}
        for name in sorted(os.listdir(self.path("out/plots"))):
            with open(self.path("out/plots/" + name), "rb") as file:
                drawn[name] = file.read()
        shutil.rmtree(self.path("out/plots"))
        return drawn

    def test_figures_and_that_they_are_equal_again(self):
        self.write("busy.yaml", STATION + "faults: [{id: slow, at: 20s, for: 20s, fault: instance.slow, "
                   "factor: 1.15, target: station}]\n")
        run = ["run", "busy.yaml", "--out", "out", "-q"]
        self.ends_with(0, *run)
        self.rehearse(*run, "--baseline", "out", "--set", "system.services.station.servers=9")
        first = self.draw("png,svg,pdf")
        self.assertEqual(set(first), {name + form for form in (".png", ".svg", ".pdf") for name in
                                      ("latency", "percentiles", "heatmap", "utilisation", "queue",
                                       "timeline", "comparison")})
        start = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}
        for name, content in first.items():
            self.assertTrue(content.startswith(start[name[-3:]]), name)
            self.assertGreater(len(content), 8000, name)
        self.assertEqual(self.draw("pdf,png"), {name: content for name, content in first.items()
                                                if not name.endswith("svg")})
        self.assertEqual(self.draw("svg"), {name: content for name, content in first.items()
                                            if name.endswith("svg")})

    def test_another_result_removes_them(self):
        self.simulate()
        self.ends_with(0, "report", "out", "--format", "svg,openmetrics")
        self.write("out/plots/mine.svg", "of another tool")
        self.simulate("--seed", "8")
        self.assertEqual(os.listdir(self.path("out/plots")), ["mine.svg"])
        self.assertFalse(os.path.exists(self.path("out/openmetrics.txt")))

    def test_what_there_is_no_data_for_is_left_out(self):
        self.simulate()
        os.makedirs(self.path("elsewhere/plots"))
        self.write("elsewhere/plots/comparison.svg", "of an earlier result")
        self.ends_with(0, "report", "out", "--format", "svg", "--out", "elsewhere")
        self.assertNotIn("comparison.svg", os.listdir(self.path("elsewhere/plots")))
        self.assertIn("latency.svg", os.listdir(self.path("elsewhere/plots")))
        self.assertFalse(os.path.exists(self.path("out/plots")))

    def test_names_are_no_formulas_and_steer_nothing(self):
        self.simulate()
        hostile = "$\\frac{1$ <script>alert(1)</script> \u202egnp.exe \x07" + 10_000 * "n"
        document = self.read("out/result.json")
        for name in ("readers", "loss of a zone", "zone b dark", "api"):
            document = re.sub(rf'"{name}(?=["/])', lambda _: json.dumps(hostile)[:-1], document)
        self.write("out/result.json", document)
        for content in self.draw("svg").values():
            self.assertNotIn(b"<script", content)
            self.assertNotIn("\u202e".encode(), content)

    def test_without_matplotlib(self):
        self.simulate()
        os.mkdir(self.path("none"))
        self.write("none/matplotlib.py", "raise ImportError('none here')")
        done = self.ends_with(4, "report", "out", "--format", "png,md",
                              env=os.environ | {"PYTHONPATH": self.path("none")})
        self.assertIn("python3-matplotlib", done.stderr)
        self.assertNotIn("Traceback", done.stderr)
        done = self.ends_with(4, "report", "out", "--format", "png",
                              env=os.environ | {"REHEARSE_PYTHON": "/no/python"})
        self.assertIn("cannot run '/no/python'", done.stderr)

    def test_unwritable(self):
        self.simulate()
        self.write("out/plots", "a file")
        self.assertIn("cannot write", self.ends_with(4, "report", "out", "--format", "png").stderr)


class RecordedTest(CommandCase):
    def setUp(self):
        super().setUp()
        self.ends_with(0, "run", "station.yaml", "--out", "out", "-q")
        series = json.loads(self.read("out/result.json"))["series"]
        clients = next(s for s in series["subjects"] if s["subject"] == "clients")
        rows = [(at, p95) for at, p95 in zip(series["at"], clients["p95"]) if p95 is not None]
        self.write("double.csv", "time,clients:p95[ms]\n" +
                   "".join(f"{at},{p95 * 2000}\n" for at, p95 in rows))
        self.write("answer.json", json.dumps({"status": "success", "data": {
            "resultType": "matrix", "result": [{"metric": {"job": "clients"}, "values":
                                                [[1772366400 + at, str(p95)] for at, p95 in rows]}]}}))

    def test_an_error_figure_for_each(self):
        done = self.ends_with(0, "report", "out", "--recorded", "double.csv", "--recorded",
                              "p95=answer.json")
        one, other = done.stdout.splitlines()[-2:]
        self.assertRegex(one, r"^recorded clients p95: off by 50 % .*, 50 % too low in all, r = 1.00")
        self.assertRegex(other, r"^recorded clients p95: off by 0 % on average")
        document = json.loads(self.read("out/recorded.json"))
        self.assertAlmostEqual(document["series"][0]["error"]["mape"], 0.5)
        self.assertTrue(self.read("out/recorded.csv").startswith("kind,subject,metric,unit,at,"))

    def test_the_page_has_both_and_comes_again(self):
        plain = self.ends_with(0, "report", "out", "--format", "html").stdout
        self.ends_with(0, "report", "out", "--recorded", "double.csv", "--format", "html,md")
        page = self.read("out/report.html")
        self.assertIn("data-column=p95 data-recorded", page)
        self.assertIn("<ul id=recorded>", page)
        self.assertEqual(self.ends_with(0, "report", "out", "--format", "html").stdout, page)
        self.assertIn("recorded clients p95: off by 50 %", self.ends_with(0, "report", "out").stdout)
        for name in ("recorded.json", "recorded.csv"):
            os.remove(self.path("out/" + name))
        self.assertEqual(self.ends_with(0, "report", "out", "--format", "html").stdout, plain)

    def test_a_recording_of_another_result_is_refused(self):
        self.write("out/recorded.json", '{"series": [{"subject": "clients", "kind": "workload", '
                                        '"metric": "p95", "recorded": [1, 2]}]}')
        self.assertIn("recorded.json: series[0]: expected a series of this result",
                      self.ends_with(4, "report", "out").stderr)

    def test_another_result_removes_it(self):
        self.ends_with(0, "report", "out", "--recorded", "double.csv", "--format", "md")
        self.ends_with(0, "run", "station.yaml", "--out", "out", "-q", "--seed", "8")
        self.assertFalse(os.path.exists(self.path("out/recorded.json")))

    def test_a_plot_of_both(self):
        self.needs_matplotlib()
        done = self.ends_with(0, "report", "out", "--recorded", "double.csv", "--format", "png")
        self.assertIn("off by 50 %", done.stdout)
        self.assertTrue(os.path.exists(self.path("out/plots/recorded.png")))

    def test_mistakes(self):
        def told(code, *arguments):
            return self.ends_with(code, "report", "out", *arguments).stderr
        self.assertIn("no such file", told(4, "--recorded", "nothing.csv"))
        self.assertIn("NAME=FILE", told(2, "--recorded", "answer.json"))
        self.write("wrong.csv", "time,client:p95\n10,1\n")
        self.assertIn("did you mean 'clients'", told(2, "--recorded", "wrong.csv"))
        self.assertIn("no time", told(2, "--recorded", "double.csv", "--recorded-start", "noon"))
        self.assertIn("nothing to compare", told(2, "--recorded", "double.csv", "--recorded-start",
                                                 "1000"))


class TraceTest(CommandCase):
    def traces(self, *arguments):
        self.ends_with(0, "run", "station.yaml", "--trials", "1", *arguments)
        document = json.loads(self.read("results/station/traces.json"))
        return {span["traceId"] for resource in document["resourceSpans"]
                for scope in resource["scopeSpans"] for span in scope["spans"]}

    def test_the_slowest_of_all(self):
        ids = self.traces("--trace-sample", "100%", "--traces", "5")
        self.assertEqual(len(ids), 5)
        shown = self.ends_with(0, "trace", "results/station").stdout
        self.assertIn("clients.station", shown)
        self.assertIn("where the time went", shown)
        self.assertIn("queue", shown)
        listed = self.ends_with(0, "trace", "results/station", "--list").stdout.splitlines()[1:]
        self.assertEqual({line[:12] for line in listed}, {one[:12] for one in ids})
        for one in ids:
            self.assertIn(one, self.ends_with(0, "trace", "results/station/traces.json", "--id",
                                              one[:10].upper()).stdout)
        self.assertLessEqual(max(map(len, shown.splitlines())), 80)

    def test_none_asked_for(self):
        self.ends_with(0, "run", "station.yaml")
        self.ends_with(0, "run", "station.yaml", "--traces", "0")
        self.assertEqual([name for name in os.listdir(self.path("results/station"))
                          if "trace" in name or "path" in name], [])
        self.assertIn("no such file", self.ends_with(4, "trace", "results/station").stderr)

    def test_jobs_and_tracing_leave_no_trace(self):
        results = []
        for arguments in (["--jobs", "1"], ["--jobs", "4"], ["--traces", "0"],
                          ["--trace-sample", "100%"]):
            done = self.ends_with(0, "run", "station.yaml", "--json", *arguments)
            results.append(json.loads(done.stdout)["fingerprint"])
        self.assertEqual(len(set(results)), 1)
        self.traces("--jobs", "1")
        first = self.read("results/station/traces.json")
        self.traces("--jobs", "4")
        self.assertEqual(self.read("results/station/traces.json"), first)

    def test_wrong_arguments(self):
        self.traces()
        for arguments in (["--id", "0123zz"], ["--failed"], ["--failed", "--list"]):
            self.ends_with(2, "trace", "results/station", *arguments)
        for share in ("110%", "-1%", "often"):
            self.ends_with(2, "run", "station.yaml", "--trace-sample", share)
        self.write("other.json", '{"spans": []}')
        self.assertIn("is this OTLP JSON?", self.ends_with(4, "trace", "other.json").stderr)


class InterruptTest(CommandCase):
    # Long enough that nobody waits for its end: millions of trials.
    LONG = ["run", "station.yaml", "--trials", "1000000", "--jobs", "2", "--json"]

    def start(self, *more):
        return Terminal([*self.LONG, *more], self.folder, only_errors=True)

    def test_what_was_finished_is_kept(self):
        run = self.start("--set", "experiment.warmup=0s")
        self.assertTrue(run.read_until(rb"trial +[1-9][0-9]"), run.output)
        run.process.send_signal(signal.SIGINT)
        document = json.loads(run.process.stdout.read())
        code, errors = run.finish()
        run.process.stdout.close()
        self.assertEqual(code, 130)
        self.assertIn("interrupted", errors)
        self.assertTrue(document["interrupted"])
        self.assertGreater(document["trials"], 0)
        self.assertIsNotNone(document["services"]["station"]["mean_response"]["estimate"])
        self.assertEqual(json.loads(self.read("results/station/result.json")), document)

    def test_before_the_first_trial(self):
        run = self.start("--horizon", "2000h", "--set", "experiment.warmup=0s")
        self.assertTrue(run.read_until(rb"trial "), run.output)
        run.process.send_signal(signal.SIGTERM)
        document = json.loads(run.process.stdout.read())
        self.assertEqual((document["trials"], document["verdict"]), (0, "undecided"))
        code, errors = run.finish()
        run.process.stdout.close()
        self.assertEqual(code, 130)
        self.assertIn("nothing to show", errors)
        self.assertFalse(os.path.exists(self.path("results")))


class TerminalTest(CommandCase):
    COLOR = "\x1b["
    ERASE = "\r\x1b[K"

    def test_color_on_a_terminal_only(self):
        self.assertNotIn(self.COLOR, self.rehearse("run", "station.yaml").stdout)
        shown = Terminal(["run", "station.yaml", "--quiet"], self.folder).finish()[1]
        self.assertEqual(shown, "")
        shown = Terminal(["report", "results/station"], self.folder).finish()[1]
        self.assertIn(self.COLOR, shown)
        for variables in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
            shown = Terminal(["report", "results/station"], self.folder, **variables).finish()[1]
            self.assertNotIn(self.COLOR, shown)

    def test_color_of_errors(self):
        self.write("wrong.yaml", FIVE_MISTAKES)
        self.assertIn(self.COLOR, Terminal(["check", "wrong.yaml"], self.folder).finish()[1])
        self.assertNotIn(self.COLOR, Terminal(["check", "wrong.yaml"], self.folder,
                                              NO_COLOR="1").finish()[1])
        self.assertNotIn(self.COLOR, self.rehearse("check", "wrong.yaml").stderr)

    def test_progress_is_erased_at_the_end(self):
        code, shown = Terminal(["run", "station.yaml", "--trials", "60"], self.folder).finish()
        self.assertEqual(code, 0)
        self.assertIn("trial", shown)
        progress, table = shown.split("M/M/10")
        self.assertTrue(progress.endswith(self.ERASE + "\x1b[1m"), shown)
        self.assertNotIn("\r\x1b", table)

    def test_width(self):
        self.ends_with(0, "run", "station.yaml")
        for columns in (40, 60, 80, 120):
            for arguments in (["report", "results/station"], ["analyze", "station.yaml"],
                              ["run", "--help"], ["explain"],
                              ["explain", "system.services"], ["explain", "undecided"]):
                shown = Terminal(arguments, self.folder, columns, NO_COLOR="1").finish()[1]
                unbreakable = arguments[-1] in ("--help", "system.services")
                for line in shown.splitlines():
                    if not unbreakable or columns >= 80:
                        self.assertLessEqual(len(line), columns, line)

    def test_columns_wins(self):
        shown = Terminal(["explain", "undecided"], self.folder, 120, COLUMNS="50").finish()[1]
        self.assertLessEqual(max(map(len, shown.splitlines())), 50)

    def test_ascii_where_the_terminal_is_not_utf8(self):
        self.ends_with(0, "run", "station.yaml")
        shown = Terminal(["report", "results/station"], self.folder, LANG="C").finish()[1]
        self.assertTrue(shown.isascii(), shown)


class FitTest(CommandCase):
    """Traffic like that of a trace."""

    def setUp(self):
        super().setUp()
        # Twelve days from a Wednesday on, hour by hour; by day ten times the traffic of a night.
        counts = [(100 if 8 <= hour < 20 else 10) * (0.5 if (2 + day) % 7 >= 5 else 1) * (1 + hour % 2)
                  for day in range(12) for hour in range(24)]
        self.write("day.csv", "hour,requests,bytes\n" +
                   "".join(f"{i},{count:g},1\n" for i, count in enumerate(counts)))

    def fit(self, *arguments):
        return self.ends_with(0, "fit", "day.csv", "--column", "requests", "--interval", "1h",
                              "--begin", "2d", *arguments).stdout

    def test_prints_the_workload_of_a_scenario(self):
        text = self.fit("--name", "buyers", "--to", "station")
        self.assertIn("weekend: 50%", text)
        self.write("fitted.yaml", "rehearse: 1\nextends: station.yaml\n"
                   "experiment: {horizon: 12d, warmup: 0s, trials: 1}\n"
                   "workload: {clients: null}\nobjectives: [arrival_rate(buyers) > 0rps]\n")
        self.write("traffic.yaml", text)
        run = json.loads(self.ends_with(0, "run", "fitted.yaml", "--overlay", "traffic.yaml",
                                        "--json").stdout)
        # Eight of the twelve days are working days: 82.5 requests an hour, half of that on others.
        expected = 82.5 * (8 + 4 * 0.5) / 12 / 3600
        rate = run["workloads"]["buyers"]["arrival_rate"]["estimate"]
        self.assertAlmostEqual(rate / expected, 1, delta=4 / (expected * 12 * 86400) ** 0.5)

    def test_equal_traces_give_equal_text(self):
        self.assertEqual(self.fit(), self.fit())

    def test_mistakes(self):
        self.write("words.csv", "requests\nmany\n")
        self.write("nobody.csv", "requests\n0\n0\n")
        for code, words, arguments in (
                (4, "cannot read", ["nowhere.csv"]), (2, "not a number", ["words.csv"]),
                (2, "fewer than two counts", ["nobody.csv"]),
                (2, "'request'", ["day.csv", "--column", "request"]),
                (2, "--interval", ["day.csv", "--interval", "2d"]),
                (2, "--begin", ["day.csv", "--begin", "noon"])):
            done = self.ends_with(code, "fit", *arguments)
            self.assertIn(words, done.stderr)
            self.assertEqual(done.stdout, "")


class HelpTest(CommandCase):
    COMMANDS = ("run", "check", "analyze", "fit", "report", "explain", "diverge", "live", "version",
                "completion", "man")

    def test_every_level(self):
        for arguments in ([], *([c] for c in self.COMMANDS)):
            done = self.ends_with(0, *arguments, "--help")
            self.assertEqual(done.stderr, "")
            self.assertIn("Usage: rehearse", done.stdout)
            self.assertIn("Examples:", done.stdout)
            for line in done.stdout.splitlines():
                self.assertLessEqual(len(line), 80, line)
                self.assertEqual(line, line.rstrip())

    def test_all_commands_are_listed(self):
        text = self.ends_with(0, "--help").stdout
        for command in self.COMMANDS:
            self.assertRegex(text, rf"(?m)^  {command} ")

    def test_examples_of_the_help_parse(self):
        # Unknown options and commands would end with usage; missing files end differently.
        for command in self.COMMANDS:
            text = self.ends_with(0, command, "--help").stdout
            for line in text.split("Examples:")[1].splitlines():
                words = line.split("#")[0].split()
                if not words or words[0] != "rehearse":
                    continue
                words = [w for w in words[1:]]
                for stop in ("|", ">", ">>"):
                    if stop in words:
                        words = words[:words.index(stop)]
                self.assertNotIn("Usage:", self.rehearse(*words).stderr, line)

    def test_version(self):
        self.assertRegex(self.ends_with(0, "--version").stdout, r"^rehearse \d+\.\d+\.\d+\n$")
        self.assertRegex(self.ends_with(0, "version").stdout, r"^rehearse \d+\.\d+\.\d+ \(")
        document = json.loads(self.ends_with(0, "version", "--json").stdout)
        self.assertEqual(document["scenario_format"], 1)
        self.assertTrue(document["compiler"])


# A platform where nobody is at home: port 9 answers nothing.
LIVE = """\
rehearse: 1
name: nobody at home
system: {services: {web: {instances: 2, servers: 4, service_time: 10ms}}}
workload: {clients: {arrivals: {poisson: 80rps}, to: web}}
policies:
  scaling:
    target: web
    observe: {scrape: 200ms, window: 1s}
    hpa: {max: 8, metrics: [{cpu: 70%}], sync_period: 500ms}
live:
  prometheus: {url: "http://127.0.0.1:9", timeout: 500ms}
  targets:
    web:
      metrics: {cpu: {each: cpu}}
      reserves: {cpu: 1}
      haproxy: {socket: run/admin.sock, backend: web}
      processes: {command: ["false", "{port}"], ports: 18311-18318, state: run/state, ready: /healthz}
  guards: {}
"""


class LiveTest(CommandCase):
    def setUp(self):
        super().setUp()
        self.write("live.yaml", LIVE)

    def test_what_makes_no_sense(self):
        for arguments, words in (
                ((), "'live' needs a file"), (("plan",), "'live plan' needs a file"),
                (("shadw", "live.yaml"), "did you mean 'shadow'?"),
                (("station.yaml",), "no block 'live'"),
                (("replay", "live.yaml"), "no log of 'rehearse live'"),
                (("replay", "live.yaml", "--for", "3s"), "neither --for nor --log"),
                (("live.yaml", "--for", "3"), "has no unit"),
                (("live.yaml", "--set", "policies.scaling.hpa.max=0"), "out-of-range"),
                (("live.yaml", "--set", "live.targets.web.metrics.cpu=null"), "unknown-metric")):
            done = self.ends_with(2, "live", *arguments)
            self.assertIn(words, done.stdout + done.stderr)

    def test_check_knows_what_live_needs(self):
        self.ends_with(0, "check", "live.yaml")
        done = self.ends_with(2, "check", "live.yaml", "--set", "live.targets.web.reserves=null")
        self.assertIn("shares of what instances reserve", done.stderr)

    def test_a_plan_that_sees_nothing(self):
        done = self.ends_with(4, "live", "live.yaml")
        self.assertIn("dry run; nothing is changed", done.stdout)
        self.assertIn("0 figures, 2 wakes, 0 decisions", done.stdout)
        self.assertIn("not a single figure could be observed", done.stderr)
        self.assertEqual(sorted(os.listdir(self.folder)), ["live.yaml", "station.yaml"])

    def test_a_log_replays(self):
        self.ends_with(4, "live", "plan", "live.yaml", "--for", "1s", "--log", "logs/a.jsonl")
        done = self.ends_with(0, "live", "replay", "logs/a.jsonl")
        self.assertRegex(done.stdout, r"equal: all 0 decisions after \d+ facts and \d+ wakes, 0 acts")
        document = json.loads(self.ends_with(0, "live", "replay", "logs/a.jsonl", "--json").stdout)
        lines = self.read("logs/a.jsonl").splitlines()
        self.assertEqual((document["end"], document["mode"], document["line"]),
                         ("equal", "plan", len(lines)))
        last = "0" * 64
        for line in lines:
            last = hashlib.sha256((last + line[:-76] + "}").encode()).hexdigest()
            self.assertEqual(last, json.loads(line)["chain"])
        self.assertEqual(document["last_link"], last)
        self.assertIn("File exists", self.ends_with(4, "live", "shadow", "live.yaml", "--log",
                                                    "logs/a.jsonl").stderr)
        self.write("torn.jsonl", "\n".join(lines)[:-30])
        self.assertIn("equal as far as it goes",
                      self.ends_with(3, "live", "replay", "torn.jsonl").stdout)
        self.write("changed.jsonl", self.read("logs/a.jsonl").replace("metric_lost", "metric_list"))
        self.assertIn("the chain is broken",
                      self.ends_with(1, "live", "replay", "changed.jsonl").stdout)
        self.ends_with(4, "live", "replay", "nowhere.jsonl")

    def test_what_cannot_act_leaves_no_log(self):
        self.write("run", "a file where a folder is to be")
        self.ends_with(4, "live", "run", "live.yaml", "--for", "1s", "--log", "a.jsonl")
        self.assertFalse(os.path.exists(self.path("a.jsonl")))

    def test_ctrl_c_ends_a_shadow(self):
        shadow = subprocess.Popen([COMMAND, "live", "shadow", "live.yaml", "--json"],
                                  cwd=self.folder, stdout=subprocess.PIPE, text=True,
                                  stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                  preexec_fn=heed_interrupts)
        first = shadow.stdout.readline() + shadow.stdout.readline()  # it has looked once
        shadow.send_signal(signal.SIGINT)
        rest = shadow.stdout.read()
        self.assertEqual((shadow.wait(timeout=30), shadow.stderr.read()),
                         (130, "rehearse: not a single figure could be observed\n"))
        shadow.stdout.close()
        shadow.stderr.close()
        entries = [json.loads(line) for line in (first + rest).splitlines()]
        self.assertEqual(entries[0]["entry"], "begin")
        self.assertEqual(entries[0]["policies"], ["scaling"])
        self.assertEqual((entries[-1]["entry"], entries[-1]["because"]), ("end", "interrupted"))
        logs = os.listdir(self.path("results/live"))
        self.assertEqual(len(logs), 1)
        self.assertRegex(logs[0], r"^live-shadow-\d{8}T\d{6}Z\.jsonl$")
        self.assertEqual(self.read("results/live/" + logs[0]), first + rest)
        self.ends_with(0, "live", "replay", "results/live/" + logs[0])


class ExplainTest(CommandCase):
    def test_kinds_of_topics(self):
        for topic, words in (("system.services.queue", "limit"), ("call", "timeout"),
                             ("p95", "metric"), ("unknown-field", "key"),
                             ("load-above-capacity", "capacity"), ("undecided", "interval"),
                             ("3", "inconclusive"), ("130", "Ctrl-C"),
                             ("experiment.trials", "auto")):
            self.assertIn(words, self.ends_with(0, "explain", topic).stdout, topic)

    def test_every_topic_that_is_listed(self):
        topics = self.ends_with(0, "explain", "--list").stdout.splitlines()
        self.assertGreater(len(topics), 50)
        shown = self.ends_with(0, "explain").stdout
        for topic in topics:
            self.assertIn(topic.split()[0], shown)
        self.assertIn("latency", self.ends_with(0, "explain", "network", "link").stdout)
        for topic in topics[::7]:
            self.assertNotEqual(self.ends_with(0, "explain", topic).stdout, "")

    def test_suggestion(self):
        self.assertIn("did you mean 'undecided'", self.ends_with(2, "explain", "undecidet").stderr)

    def test_every_id_that_a_wrong_file_gives(self):
        self.write("wrong.yaml", FIVE_MISTAKES)
        document = json.loads(self.rehearse("check", "wrong.yaml", "--json").stdout)
        for diagnostic in document["files"][0]["diagnostics"]:
            self.ends_with(0, "explain", diagnostic["id"])

    def test_reference_in_the_tree_is_up_to_date(self):
        with open(os.path.join(SOURCE, "docs/scenario.md"), encoding="utf-8") as file:
            self.assertEqual(file.read(), self.ends_with(0, "explain", "--reference").stdout,
                             "build the target 'reference'")

    def test_schema_in_the_tree_is_up_to_date(self):
        with open(os.path.join(SOURCE, "scenarios/scenario.schema.json"), encoding="utf-8") as file:
            self.assertEqual(file.read(), self.ends_with(0, "explain", "--schema").stdout,
                             "build the target 'reference'")


class ShellTest(CommandCase):
    def check(self, shell, *arguments):
        if shutil.which(shell) is None:
            self.skipTest(f"needs {shell}")
        self.write("script", self.ends_with(0, "completion", shell).stdout)
        done = subprocess.run([shell, *arguments, self.path("script")], capture_output=True,
                              text=True, timeout=60, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_bash(self):
        self.check("bash", "-n")

    def test_zsh(self):
        self.check("zsh", "-n")

    def test_fish(self):
        self.check("fish", "--no-execute")

    def complete(self, *words):
        """What bash offers for the last word."""
        self.write("script", self.ends_with(0, "completion", "bash").stdout)
        quoted = " ".join(f"'{w}'" for w in ("rehearse", *words))
        done = subprocess.run(
            ["bash", "--norc", "-c", f"compopt() {{ :; }}; source ./script; "
             f"PATH={os.path.dirname(COMMAND)}:$PATH; COMP_WORDS=({quoted}); "
             f"COMP_CWORD={len(words)}; _rehearse; printf '%s\\n' \"${{COMPREPLY[@]}}\""],
            cwd=self.folder, capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout.split()

    def test_what_bash_offers(self):
        self.assertEqual(self.complete("ru"), ["run"])
        self.assertIn("--help", self.complete("-"))
        self.assertIn("--seed", self.complete("run", "--"))
        self.assertNotIn("--seed", self.complete("check", "--"))
        self.assertEqual(self.complete("run", "--trials", ""), ["auto"])
        self.assertEqual(self.complete("report", "x", "--format", "j"), ["junit", "json"])
        self.assertEqual(sorted(self.complete("completion", "")), ["bash", "fish", "zsh"])
        self.assertIn("undecided", self.complete("explain", "und"))
        self.assertEqual(self.complete("live", "r"), ["run", "replay"])


class ManualTest(CommandCase):
    def test_renders_without_warnings(self):
        if shutil.which("groff") is None:
            self.skipTest("needs groff")
        self.write("rehearse.1", self.ends_with(0, "man").stdout)
        done = subprocess.run(["groff", "-man", "-Tutf8", "-ww", "rehearse.1"], cwd=self.folder,
                              capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        text = re.sub(r"\x1b\[[0-9;]*m|.\x08", "", done.stdout)
        for words in ("--event-log FILE", "EXIT STATUS", "NO_COLOR", "rehearse diverge A B"):
            self.assertIn(words, text)

    def test_every_option_is_in_it(self):
        page = self.ends_with(0, "man").stdout.replace("\\-", "-")
        for command in HelpTest.COMMANDS:
            text = self.ends_with(0, command, "--help").stdout
            for option in re.findall(r"(?m)^  (?:-\w, )?(--[a-z-]+)", text):
                self.assertIn(option, page)


class DivergeTest(CommandCase):
    def test_equal(self):
        done = self.ends_with(0, "diverge", "station.yaml", "station.yaml")
        self.assertRegex(done.stdout, r"equal: all [\d,]+ events")

    def test_first_difference(self):
        done = self.ends_with(1, "diverge", "station.yaml", "station.yaml", "--set-b",
                              "system.services.station.servers=11")
        number = re.search(r"event ([\d,]+) differs:\n  A  (.*)\n  B  (.*)\n", done.stdout)
        self.assertIsNotNone(number, done.stdout)
        self.assertNotEqual(number.group(2), number.group(3))
        self.assertIn("station", number.group(2) + number.group(3))

    def test_one_side_ends(self):
        done = self.ends_with(1, "diverge", "station.yaml", "station.yaml", "--set-b",
                              "experiment.horizon=30s")
        self.assertIn("B  no more events", done.stdout)

    def test_logs(self):
        self.ends_with(0, "run", "station.yaml", "--event-log", "a.log")
        self.ends_with(0, "run", "station.yaml", "--event-log", "b.log", "--jobs", "2")
        with open(self.path("a.log"), "rb") as a, open(self.path("b.log"), "rb") as b:
            self.assertEqual(a.read(), b.read())
        self.ends_with(0, "diverge", "a.log", "b.log")
        self.ends_with(0, "diverge", "a.log", "station.yaml")
        self.ends_with(1, "diverge", "a.log", "station.yaml", "--seed", "2")
        self.ends_with(1, "diverge", "a.log", "station.yaml", "--trial", "1")

    def test_damaged_logs(self):
        self.ends_with(0, "run", "station.yaml", "--event-log", "a.log", "--horizon", "1s")
        with open(self.path("a.log"), "rb") as file:
            whole = file.read()
        for cut in (8, 9, 40, 100, len(whole) - 1):
            with open(self.path("cut.log"), "wb") as file:
                file.write(whole[:cut])
            self.ends_with(4, "diverge", "cut.log", "a.log")
        # Any of the numbers at the end made absurd.
        for number in range(3):
            at = len(whole) - 32 + 8 * number
            with open(self.path("cut.log"), "wb") as file:
                file.write(whole[:at] + b"\xff" * 8 + whole[at + 8:])
            self.ends_with(4, "diverge", "cut.log", "a.log")

    def test_unwritable_log(self):
        self.assertIn("cannot write", self.ends_with(4, "run", "station.yaml", "--event-log",
                                                     "no/such/folder").stderr)


def main():
    global COMMAND, SOURCE
    COMMAND, SOURCE = os.path.abspath(sys.argv[1]), sys.argv[2]
    tests = unittest.defaultTestLoader.loadTestsFromNames(
        sys.argv[3:] or ["__main__"], sys.modules[__name__] if sys.argv[3:] else None)
    result = unittest.TextTestRunner(verbosity=2).run(tests)
    if not result.wasSuccessful() or result.testsRun == 0:
        return 1
    return 77 if len(result.skipped) == result.testsRun else 0


if __name__ == "__main__":
    sys.exit(main())
