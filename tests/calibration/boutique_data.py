"""Online Boutique as it was measured: traces of a minute of 23 August 2022, and figures per minute
of 22 August (Yu et al., "Nezha", ESEC/FSE 2023; MIT licence, Copyright 2023 IntelligentDDS).

Clocks of `adservice` in the minute figures run 200,000,000 s ahead; processor figures are in
hundredths of a core (a limit of 20 there is the 200m of the application's manifest).
"""

import collections
import csv
from dataclasses import dataclass, field

PERIOD_OF_FAULT = (-120, 400)    # seconds around an injection in which a service counts as hit
SETTLED = 1200                   # seconds after the last fault
MILLICORES_PER_UNIT = 10
CLOCK_AHEAD = {"adservice": 200_000_000}


@dataclass
class Call:
    """What a caller sees of one request to another service: the client's span."""
    caller: str
    callee: str
    method: str
    start: float
    duration: float
    nested: list = field(default_factory=list)

    @property
    def own(self):
        """Time that no further call of the callee explains."""
        return self.duration - sum(call.duration for call in self.nested)

    @property
    def edge(self):
        return self.caller, self.callee, self.method

    def walk(self):
        yield self
        for call in self.nested:
            yield from call.walk()


@dataclass
class Page:
    """One request to the front end."""
    start: float
    duration: float
    calls: list

    @property
    def kind(self):
        methods = {call.method for call in self.calls}
        for method, kind in (("PlaceOrder", "checkout"), ("ListProducts", "home"),
                             ("AddItem", "add-to-cart"), ("GetQuote", "cart"),
                             ("GetAds", "product")):
            if method in methods:
                return kind
        return "redirect"

    def all_calls(self):
        for call in self.calls:
            yield from call.walk()


def called(operation):
    """'hipstershop.CartService/GetCart' -> ('cartservice', 'GetCart'). One of the application's own
    names, under which it asks the currency service, is put right."""
    service, _, method = operation.strip("/").rpartition("/")
    if method == "ConvertCurrency":
        return "currencyservice", "Convert"
    return service.rpartition(".")[2].lower(), method


def read_pages(folder):
    """The traces, in order of time."""
    traces = collections.defaultdict(list)
    with open(folder / "online_boutique_faultfree_spans.csv", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            traces[int(row["trace"])].append(row)
    pages = [page_of(spans) for _, spans in sorted(traces.items())]
    return sorted(pages, key=lambda page: page.start)


def page_of(spans):
    children = collections.defaultdict(list)
    for span in spans:
        children[int(span["parent"])].append(span)

    def calls_below(span):
        found = []
        for child in sorted(children[int(span["span"])], key=lambda s: int(s["start_us"])):
            below = calls_below(child)
            callee, method = called(child["operation"])
            if callee.endswith("service") and callee != child["service"]:
                found.append(Call(child["service"], callee, method, int(child["start_us"]) * 1e-6,
                                  int(child["duration_us"]) * 1e-6, below))
            else:
                found += below
        return found

    root, = children[-1]
    return Page(int(root["start_us"]) * 1e-6, int(root["duration_us"]) * 1e-6, calls_below(root))


@dataclass
class Minute:
    """Figures of one service in one minute."""
    at: int
    millicores: float
    operations: float  # per second
    p50: float = 0.0
    p90: float = 0.0
    p99: float = 0.0


def read_minutes(folder):
    """({service: minutes with faults elsewhere}, {service: minutes long after the last fault})."""
    faults = collections.defaultdict(list)
    with open(folder / "online_boutique_2022-08-22_faults.csv", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            faults[row["service"]].append(int(row["inject_unix_s"]))
    last = max(at for times in faults.values() for at in times)
    medians = {}
    with open(folder / "online_boutique_2022-08-22_frontend.csv", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            medians[int(row["unix_s"]) // 60] = float(row["p50_s"])
    early, late = collections.defaultdict(list), collections.defaultdict(list)
    with open(folder / "online_boutique_2022-08-22_service_metrics.csv", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if "" in (row["cpu_m"], row["workload_ops"], row["server_p90_s"], row["server_p99_s"]):
                continue  # the monitoring missed it
            service = row["service"]
            at = int(row["unix_s"]) - CLOCK_AHEAD.get(service, 0)
            minute = Minute(at, float(row["cpu_m"]) * MILLICORES_PER_UNIT,
                            float(row["workload_ops"]), 0.0, float(row["server_p90_s"]),
                            float(row["server_p99_s"]))
            if service == "frontend":
                minute.p50 = medians.get(at // 60, 0.0)
            if at >= last + SETTLED:
                late[service].append(minute)
            elif not any(PERIOD_OF_FAULT[0] <= at - fault <= PERIOD_OF_FAULT[1]
                         for fault in faults[service]):
                early[service].append(minute)
    return early, late
