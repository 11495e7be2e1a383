#!/usr/bin/python3
"""What is said of a scenario without running it: `check`, `analyze`, `fit`."""

import json
import os
import sys

import case
from case import CommandCase, FIVE_MISTAKES, SOURCE


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


if __name__ == "__main__":
    sys.exit(case.main())
