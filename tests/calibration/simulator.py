"""Runs `rehearse run FILE --json` and hands out its figures."""

import json
import pathlib
import subprocess
import tempfile

from figures import Histogram, Mixture

JUDGED = (0, 1, 3)  # exit codes of a run that did its work
EPOCH = 946_684_800  # s: traces begin on 1 January 2000
WIDEST_BIN = 1 / 9  # of its upper bound: eight bins for each doubling


class Outcome:
    """One result document, and where asked for the spans of all requests of the first trial."""

    def __init__(self, document, spans=None):
        self.document, self.spans = document, spans

    def figure(self, kind, name, metric):
        return self.document[kind][name][metric]["estimate"]

    def response(self, endpoint, metric):
        return self.figure("endpoints", endpoint,
                           "mean_response" if metric == "mean" else metric)

    def distribution(self, kind, name):
        return Histogram(self.document[kind][name]["distribution"], WIDEST_BIN)

    def requests_of(self, service, without=None):
        """Response times of all endpoints of a service but one."""
        return Mixture([self.distribution("endpoints", name) for name in
                        self.endpoints_of(service, without)])

    def endpoints_of(self, service, without=None):
        return [name for name in self.document["endpoints"]
                if name.startswith(service + "/") and name != f"{service}/{without}"]

    def mean_of(self, service, without=None):
        """Mean response time over all endpoints of a service but one."""
        names = self.endpoints_of(service, without)
        counts = [self.distribution("endpoints", name).total for name in names]
        return sum(n * self.response(name, "mean")
                   for n, name in zip(counts, names)) / sum(counts)

    def events(self, what):
        """When it happened in the first trial, in s."""
        return [event["at"] for event in self.document["timeline"] if event["what"] == what]

    def first_visits(self, service):
        """When each instance of a service got its first request, in s, by number of instance."""
        first = {}
        for group in self.spans["resourceSpans"]:
            names = {attribute["key"]: attribute["value"].get("stringValue")
                     for attribute in group["resource"]["attributes"]}
            if names["service.name"] == service:
                number = int(names["service.instance.id"].rpartition("-")[2])
                first[number] = min(int(span["startTimeUnixNano"]) * 1e-9 - EPOCH
                                    for scope in group["scopeSpans"] for span in scope["spans"])
        return [first[number] for number in sorted(first)]


def simulate(command, text, spans=False, **settings):
    """settings: of the experiment, such as horizon='10m'."""
    with tempfile.TemporaryDirectory(prefix="rehearse-calibration-") as folder:
        path = pathlib.Path(folder) / "scenario.yaml"
        path.write_text(text, encoding="utf-8")
        words = [command, "run", str(path), "--json", "--no-lint", "--out", folder, "--traces",
                 *(("100000", "--trace-sample", "100%") if spans else ("0",))]
        for key, value in settings.items():
            words += ["--set", f"experiment.{key}={value}"]
        done = subprocess.run(words, capture_output=True, text=True, check=False,
                              stdin=subprocess.DEVNULL)
        if done.returncode not in JUDGED:
            raise RuntimeError(f"{' '.join(words)}\n{done.stderr}")
        return Outcome(json.loads(done.stdout), spans and json.loads(
            (pathlib.Path(folder) / "traces.json").read_text(encoding="utf-8")))
