#!/usr/bin/python3
"""`rehearse diff` and `rehearse compare`."""

import json
import os
import sys

import case
from case import CommandCase, SOURCE, STATION, Terminal


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
        printed, code, errors = run.interrupt(rb"trial +[1-9][0-9]")
        document = json.loads(printed)
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


if __name__ == "__main__":
    sys.exit(case.main())
