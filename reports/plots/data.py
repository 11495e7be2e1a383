"""What the figures need of result.json, and recorded.json beside it where there is one."""

import json
import math
import os
import re
import unicodedata


def plain(text, longest=48):
    """A name from a file as a label: one line, nothing that steers text or starts a formula, the
    middle left out where it is long."""
    shown = "".join(c if unicodedata.category(c)[0] != "C" and c not in "\u2028\u2029" else "\ufffd"
                    for c in str(text))
    if len(shown) > longest:
        head = (longest - 1) // 2
        shown = shown[:head] + "…" + shown[-(longest - 1 - head):]
    return shown.replace("$", r"\$")


def numbers(values):
    return [math.nan if v is None else float(v) for v in values]


def figure_text(value, unit):
    """As reports/figures.hpp writes a lone figure, three digits."""
    if value is None:
        return "no figure"
    if unit == "ratio":
        return f"{value * 100:.3g} %"
    if unit == "1/s":
        return f"{value:.4g}/s"
    if unit != "s":
        return f"{value:.3g}"
    for least, factor, name in ((7200, 3600, "h"), (120, 60, "min"), (0.9995, 1, "s"),
                                (0.9995e-3, 1e-3, "ms"), (0.9995e-6, 1e-6, "µs")):
        if value >= least:
            return f"{value / factor:.3g} {name}"
    return f"{value * 1e9:.3g} ns" if value > 0 else "0 s"


class Series:
    """One subject over time; lists as long as Result.at, or empty."""

    def __init__(self, entry):
        self.name = entry["subject"]
        self.kind = entry["kind"]
        self.heat = entry.get("heat", [])
        self.columns = {key: numbers(value) for key, value in entry.items()
                        if isinstance(value, list) and key != "heat"}

    def __getitem__(self, column):
        return self.columns.get(column, [])

    def peak(self, column):
        return max((v for v in self[column] if not math.isnan(v)), default=math.nan)


class Result:
    PLURALS = {"service": "services", "endpoint": "endpoints", "workload": "workloads",
               "cache": "caches", "database": "databases", "region": "regions",
               "broker": "brokers", "queue": "queues", "replica": "replicas", "shard": "shards"}

    def __init__(self, source, folder):
        path = os.path.join(source, "result.json") if os.path.isdir(source) else source
        with open(path, encoding="utf-8") as file:
            self.document = json.load(file)
        document = self.document
        self.name = document["scenario"]["name"]
        self.horizon = document["horizon"]
        self.warmup = document["warmup"]
        self.objectives = document["objectives"]
        self.faults = document.get("faults", [])
        self.timeline = document.get("timeline", [])
        self.baseline = document.get("baseline")
        self.at = document["series"]["at"]
        self.interval = document["series"]["interval"]
        self.heat_at = document["series"].get("heat_at", [])
        self.series = [Series(entry) for entry in document["series"]["subjects"]]
        self.recorded = None
        recorded = os.path.join(folder, "recorded.json")
        if os.path.exists(recorded):
            with open(recorded, encoding="utf-8") as file:
                self.recorded = json.load(file)

    def find(self, name):
        """The series of that subject; of several kinds the first."""
        return next((s for s in self.series if s.name == name), None)

    def distribution(self, series):
        return self.document[self.PLURALS[series.kind]][series.name]["distribution"]

    def line_below(self):
        """The line under every title."""
        d = self.document
        trials = "1 trial" if d["trials"] == 1 else f"{d['trials']} trials"
        return f"{plain(self.name, 60)} · {d['verdict']} · {trials} · seed {d['seed']}"

    def subjects(self, most):
        """Whom to show: what failed objectives are about, then other objectives, then clients."""
        order = {"fails": 0, "inconclusive": 1, "undecided": 2, "holds": 3}
        names = [o["subject"] for o in sorted(self.objectives, key=lambda o: order[o["verdict"]])]
        names += [s.name for s in self.series if s.kind == "workload"]
        chosen = []
        for name in dict.fromkeys(names):
            series = self.find(name)
            if series is not None and any(not math.isnan(v) for v in series["p99"]):
                chosen.append(series)
        return chosen[:most]

    def bounds(self, name):
        """Targets for response times of that subject: (quantile or None, seconds, text, verdict)."""
        out = []
        for o in self.objectives:
            if o["subject"] != name or o["window"] is not None or o["unit"] != "s" or not o["bound"]:
                continue
            found = re.match(r"p(\d+)\(", o["metric"])
            digits = found.group(1) if found else None
            quantile = int(digits) / 10 ** len(digits) if digits else None
            out.append((quantile, o["bound"], o["metric"].split("(")[0] + " " + o["target"],
                        o["verdict"]))
        return out
