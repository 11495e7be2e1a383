#!/usr/bin/python3
"""`rehearse run`: verdicts and exit codes, the result folder, interrupts, the terminal."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys

import case
from case import COMMAND, CommandCase, FAILS, FIVE_MISTAKES, SOURCE, STATION, Terminal, UNDECIDED


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


class InterruptTest(CommandCase):
    # Long enough that nobody waits for its end: millions of trials.
    LONG = ["run", "station.yaml", "--trials", "1000000", "--jobs", "2", "--json"]

    def start(self, *more):
        return Terminal([*self.LONG, *more], self.folder, only_errors=True)

    def test_what_was_finished_is_kept(self):
        run = self.start("--set", "experiment.warmup=0s")
        printed, code, errors = run.interrupt(rb"trial +[1-9][0-9]")
        document = json.loads(printed)
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


if __name__ == "__main__":
    sys.exit(case.main())
