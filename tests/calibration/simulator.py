"""Runs `rehearse run FILE --json` and hands out its figures."""

import json
import pathlib
import subprocess
import tempfile

from figures import Histogram, Mixture

JUDGED = (0, 1, 3)  # exit codes of a run that did its work
WIDEST_BIN = 1 / 9  # of its upper bound: eight bins for each doubling


class Outcome:
    """One result document."""

    def __init__(self, document):
        self.document = document

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


def simulate(command, text, **settings):
    """settings: of the experiment, such as horizon='10m'."""
    with tempfile.TemporaryDirectory(prefix="rehearse-calibration-") as folder:
        path = pathlib.Path(folder) / "scenario.yaml"
        path.write_text(text, encoding="utf-8")
        words = [command, "run", str(path), "--json", "--no-lint", "--traces", "0",
                 "--out", folder]
        for key, value in settings.items():
            words += ["--set", f"experiment.{key}={value}"]
        done = subprocess.run(words, capture_output=True, text=True, check=False,
                              stdin=subprocess.DEVNULL)
        if done.returncode not in JUDGED:
            raise RuntimeError(f"{' '.join(words)}\n{done.stderr}")
        return Outcome(json.loads(done.stdout))
