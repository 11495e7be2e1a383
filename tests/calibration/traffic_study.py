"""Traffic fitted to a trace by `rehearse fit`: does what is simulated look like the trace?

Both are looked at in the same way: counts per interval, the mean of each hour of the day, and what
counts vary beyond that season. No part of the trace is held out: the question is whether the fit
says what the trace says, not whether the next month is like the last.
"""

import csv
import subprocess
from dataclasses import dataclass

from figures import Row, mean
from simulator import simulate

DAY, HOUR = 86400, 3600
INTERVALS = 75000     # simulated in all, so that chance moves the mean of an hour by a few percent
MOST_WINDOWS = 20000  # of the time series of a run
FOLDERS = ("nasa_http", "nab_cloudwatch")
FILE = None
GAPS = {}
RATE_TARGET, HOUR_TARGET, DISPERSION_TARGET = 0.05, 0.15, 0.30


@dataclass
class Trace:
    file: str
    column: str
    interval: int  # s
    begin: int     # of the first, s from Monday 00:00


TRACES = {
    "NASA web server, July 1995": Trace("nasa_http/nasa_http_jul1995_per_minute.csv", "requests",
                                        60, 5 * DAY),
    "AWS load balancer, April 2014": Trace(
        "nab_cloudwatch/elb_request_count_8c0756_first10days.csv", "value", 300, 3 * DAY)}

SCENARIO = """\
rehearse: 1
experiment: {{horizon: {horizon}s, warmup: 0s, window: {window}s, trials: 1, seed: {seed}}}
system: {{services: {{web: {{service_time: 1us}}}}}}
"""


def read_counts(path, column):
    with open(path, encoding="utf-8") as file:
        return [float(row[column]) for row in csv.DictReader(file)]


def fit(command, path, trace):
    done = subprocess.run([command, "fit", str(path), "--column", trace.column,
                           "--interval", f"{trace.interval}s", "--begin", f"{trace.begin}s"],
                          capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL)
    return done.stdout


def synthetic(command, workload, trace, intervals, seed):
    """Counts per interval of one simulated trace."""
    text = SCENARIO.format(horizon=intervals * trace.interval, window=trace.interval, seed=seed)
    out = simulate(command, text + workload)
    series = out.document["series"]
    rates = next(s for s in series["subjects"] if s["subject"] == "visitors")["arrival_rate"]
    return [rate * trace.interval for rate in rates]


class Look:
    """What counts per interval say of traffic."""

    def __init__(self, counts, trace):
        self.rate = mean(counts) / trace.interval
        times = [trace.begin + (i + 0.5) * trace.interval for i in range(len(counts))]
        kinds = [int(t % (7 * DAY) >= 5 * DAY) for t in times]
        hours = [int(t % DAY // HOUR) for t in times]
        self.hours = [mean([c for c, h in zip(counts, hours) if h == hour]) / trace.interval
                      for hour in range(24)]
        level = [mean([c / self.hours[h] for c, h, k in zip(counts, hours, kinds) if k == kind])
                 for kind in (0, 1)]
        self.weekend = level[1] / level[0]
        expected = [level[k] * self.hours[h] for h, k in zip(hours, kinds)]
        self.dispersion = {stretch: dispersion(counts, expected, stretch // trace.interval)
                           for stretch in (trace.interval, HOUR)}


def dispersion(counts, expected, stretch):
    """Mean square of what is beyond the season, over the mean count, of stretches of intervals."""
    squares = total = 0.0
    for first in range(0, len(counts) - stretch + 1, stretch):
        e = sum(expected[first:first + stretch])
        squares += (sum(counts[first:first + stretch]) - e) ** 2
        total += e
    return squares / total


def rows(command, data, trace):
    counts = read_counts(data / trace.file, trace.column)
    workload = fit(command, data / trace.file, trace)
    of_a_day = DAY // trace.interval
    intervals = min(len(counts), MOST_WINDOWS) // of_a_day * of_a_day
    looks = [Look(synthetic(command, workload, trace, intervals, seed + 1), trace)
             for seed in range(INTERVALS // intervals)]
    real = Look(counts, trace)

    def row(name, unit, figure, target):
        return Row(name, unit, figure(real), mean([figure(look) for look in looks]), target)
    yield row("rate", "rps", lambda look: look.rate, RATE_TARGET)
    hours = [row(f"hour with the largest error, from {hour}:00", "rps",
                 lambda look, h=hour: look.hours[h], HOUR_TARGET) for hour in range(24)]
    yield max(hours, key=lambda one: abs(one.error))
    yield row("weekends, share of working days", "", lambda look: look.weekend, HOUR_TARGET)
    for stretch in (trace.interval, HOUR):
        yield row(f"index of dispersion, {stretch // 60} min", "",
                  lambda look, s=stretch: look.dispersion[s], DISPERSION_TARGET)


class Study:
    def __init__(self, data):
        self.data = data

    def tables(self, command, _):
        """Pairs (title, rows)."""
        for name, trace in TRACES.items():
            found = list(rows(command, self.data, trace))
            for one in found:
                one.name = f"{trace.file.split('_')[0]}: {one.name}"
            yield name, found
