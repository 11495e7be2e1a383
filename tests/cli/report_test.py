#!/usr/bin/python3
"""`rehearse report` and `rehearse trace`: every format of a result."""

import json
import os
import re
import shutil
import subprocess
import sys

import case
from case import CommandCase, FAILS, SOURCE, STATION


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


if __name__ == "__main__":
    sys.exit(case.main())
