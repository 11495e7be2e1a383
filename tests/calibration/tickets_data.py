"""Train Ticket as it was measured: 71 traces without faults, and figures per minute of 29 January
2023 (Yu et al., "Nezha", ESEC/FSE 2023; MIT licence, Copyright 2023 IntelligentDDS).

The list of faults has two clocks: times of `return` and `exception` are eight hours behind those of
the minutes. A figure per minute comes from requests of 15 seconds, as its counts are multiples of
1/15 per second. From minute 440 on searches fail at once, and nothing behind them is asked.
"""

import collections
import csv
from dataclasses import dataclass, field

CLOCK_BEHIND = {"return": 8 * 3600, "exception": 8 * 3600}
SETTLED = 1200       # s after the last of the faults before the quiet minutes
COUNTED = 15         # s: of requests behind a figure of a minute
BURNT = 300          # millicores of 500: more than any service takes of itself


@dataclass
class Call:
    """One request to a service, as the service sees it; `seen` is what its caller sees."""
    caller: str
    callee: str
    path: str
    start: int
    duration: float
    seen: float
    nested: list = field(default_factory=list)

    @property
    def own(self):
        """Time that no further call explains."""
        return self.duration - sum(call.seen for call in self.nested)

    @property
    def overhead(self):
        """Time between the caller's call and the callee's work, there and back."""
        return self.seen - self.duration

    @property
    def edge(self):
        return self.caller, self.callee, self.path

    def walk(self):
        yield self
        for call in self.nested:
            yield from call.walk()


def short(service):
    return service.removeprefix("ts-").removesuffix("-service")


def read_requests(folder):
    """The traces, in order of time: what the gateway was asked, as calls by 'users'."""
    traces = collections.defaultdict(list)
    with open(folder / "train_ticket_faultfree_spans.csv", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            traces[int(row["trace"])].append(row)
    return sorted((request_of(spans) for spans in traces.values()), key=lambda call: call.start)


def request_of(spans):
    children = collections.defaultdict(list)
    for span in spans:
        children[int(span["parent"])].append(span)

    def calls_below(span):
        found = []
        for child in sorted(children[int(span["span"])], key=lambda s: int(s["start_us"])):
            below = calls_below(child)
            if child["service"] != span["service"]:
                found.append(Call(short(span["service"]), short(child["service"]),
                                  child["operation"], int(child["start_us"]),
                                  int(child["duration_us"]) * 1e-6,
                                  int(span["duration_us"]) * 1e-6, below))
            else:
                found += below
        return found

    root, = children[-1]
    duration, below = int(root["duration_us"]) * 1e-6, calls_below(root)
    return Call("users", "gateway", below[0].path, int(root["start_us"]), duration, duration, below)


@dataclass
class Minute:
    """Figures of one service in one minute."""
    at: int
    millicores: float
    requests: int  # behind p90 and p99
    p90: float
    p99: float
    p50: float = 0.0  # of the gateway only


def read_minutes(folder):
    """({service: quiet minutes}, {service: minutes in which a fault burns its processor}); only
    such with requests."""
    faults = collections.defaultdict(list)
    with open(folder / "train_ticket_2023-01-29_faults.csv", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            kind = row["fault_type"]
            faults[kind].append(int(row["inject_unix_s"]) + CLOCK_BEHIND.get(kind, 0))
    begin = max(faults["return"] + faults["exception"]) + SETTLED
    end = min(faults["cpu_contention"])
    medians = {}
    with open(folder / "train_ticket_2023-01-29_frontend.csv", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            medians[int(row["unix_s"]) // 60] = float(row["p50_s"])
    quiet, burnt = collections.defaultdict(list), collections.defaultdict(list)
    with open(folder / "train_ticket_2023-01-29_service_metrics.csv", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            requests = round(float(row["workload_ops"] or 0) * COUNTED)
            if not requests or not float(row["server_p90_s"] or 0):
                continue
            at = int(row["unix_s"])
            minute = Minute(at, float(row["cpu_m"] or 0), requests, float(row["server_p90_s"]),
                            float(row["server_p99_s"]), medians.get(at // 60, 0.0))
            if begin <= at < end:
                quiet[short(row["service"])].append(minute)
            elif at >= end and minute.millicores > BURNT:
                burnt[short(row["service"])].append(minute)
    return quiet, burnt
