#!/usr/bin/python3
"""Arguments, help, `explain`, shell completion and the manual."""

import json
import os
import re
import shutil
import subprocess
import sys

import case
from case import COMMAND, CommandCase, FIVE_MISTAKES, SOURCE


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


if __name__ == "__main__":
    sys.exit(case.main())
