"""Online Boutique as a scenario: what is calibrated, and how.

The model. One instance a service, its processors under the CFS quota of the application's
manifest. A page is a sequence of calls, as in the source of the front end. A call costs its caller
and its callee processor time, and takes a rest of time (network, serialisation, waits) besides.
What belongs to no request (garbage collection, export of spans) comes in lumps, at random. Visits
begin at random, and consist of pages that follow each other at once, as the application's load
generator has it: to put something into the basket is a product, the adding, and the cart.

From the calibration part, directly:
- shares of visits, by those of pages, and the calls of each page: traces
- processor time of a request, and the load without any requests: slope and intercept of processor
  time over requests per second, minutes of 22 August up to 20 minutes after the last fault,
  without those in which the service itself was hit
- rest of a call: what its span took, less processor time and the spans below it; fourteen
  quantiles of the spans that took less than SLOW, which nothing stopped. Advertisements are slow
  by themselves rather than by stops: all of their spans
By simulation: the size of the lumps of the product catalogue, whose processor time is to 40 % of
this kind, such that the mean time of its calls is that of the calibration part. Nowhere else have
stops been looked at: how often the others stand still, and for how long, is predicted.

Taken as given: pages per second, and the pauses within a visit, which are those between the pages
of all traces; quotas; processors that a service can use at once (1 where the runtime has one thread
for all requests: Node.js, CPython; otherwise 4).
"""

import collections
from dataclasses import dataclass

from figures import line, line_by_instrument, mean, quantile

SLOW = 0.020  # s: longer than all that is not stopped, and far shorter than a stop
QUOTA = {"adservice": 300, "cartservice": 300}  # millicores; 200 elsewhere
ONE_THREAD = ("currencyservice", "emailservice", "paymentservice", "recommendationservice")
THREADS = 4
SLOW_BY_ITSELF = ("adservice",)
LUMPY = (("productcatalogservice", "GetProduct"),)
RARE = 1.0  # requests per second below which those of a minute tell too little
SMALL_LUMP = 0.001
LEAST = 1e-5
# Visits: pages in order.
VISITS = {"look": ["home"], "browse": ["product"], "view-cart": ["cart"],
          "change-currency": ["redirect", "home"],
          "fill-basket": ["product", "add-to-cart", "cart"],
          "buy": ["product", "add-to-cart", "cart", "checkout"]}
REDIRECT = ("redirect", "add-to-cart")  # pages whose answer sends the visitor on, to the next one
PAUSE, PAUSE_AFTER_REDIRECT = 0.021, 0.006  # s
TAIL_SHARE = 0.1  # of the rest of a call: the slowest tenth has a law of its own
BODY = [(i + 0.5) * (1 - TAIL_SHARE) / 9 for i in range(9)]
TAIL = [1 - TAIL_SHARE + (i + 0.5) * TAIL_SHARE / 5 for i in range(5)]


@dataclass
class Cost:
    per_request: float  # s of processor time
    background: float   # cores


@dataclass
class Plan:
    """Calls of one kind of request: (method, times) in order, and how often the loop over `again`
    is done: {turns: share}."""
    first: list
    again: list
    turns: dict


@dataclass
class Calibration:
    rate: float    # visits per second
    shares: dict   # visit -> share
    plans: dict    # page, or 'order' for what the checkout service does -> Plan
    costs: dict    # service -> Cost
    pieces: dict   # service -> s of processor time per call that it makes
    rests: dict    # edge -> quantiles of the faster nine tenths, and of the slowest tenth
    lumpy: dict    # (service, method) -> mean time of a call


def plan_of(requests):
    """requests: lists of calls, of one kind of page."""
    counts = [collections.Counter(call.method for call in calls) for calls in requests]
    order = list(dict.fromkeys(call.method for calls in requests for call in calls))
    least = {m: min(c[m] for c in counts) for m in order}
    again = [m for m in order if any(c[m] > least[m] for c in counts)]
    turns = collections.Counter(c[again[0]] - least[again[0]] for c in counts) if again else {}
    return Plan([(m, least[m]) for m in order if least[m] > 0], again,
                {n: k / len(counts) for n, k in sorted(turns.items())})


def costs_of(minutes):
    return {service: cost_of(rows) for service, rows in minutes.items()}


def cost_of(minutes):
    """Requests and processor time are counted over windows that do not quite coincide, so the
    requests of a minute are noisy; those of the minutes before and after serve as an instrument."""
    rates, loads = [m.operations for m in minutes], [m.millicores for m in minutes]
    base, slope = line(rates, loads)
    if mean(rates) >= RARE:
        at = {m.at // 60: m for m in minutes}
        inner = [t for t in at if t - 1 in at and t + 1 in at]
        base, slope = line_by_instrument(
            [at[t - 1].operations + at[t + 1].operations for t in inner],
            [at[t].operations for t in inner], [at[t].millicores for t in inner])
    return Cost(slope * 1e-3, max(0.0, base) * 1e-3)


def calibrate(pages, minutes, rate):
    """pages: of the calibration part. rate: pages per second."""
    kinds = collections.defaultdict(list)
    for page in pages:
        kinds[page.kind].append(page.calls)
    orders = [c.nested for p in pages for c in p.calls if c.method == "PlaceOrder"]
    edges = collections.defaultdict(list)
    for page in pages:
        for call in page.all_calls():
            edges[call.edge].append(call)
    costs = costs_of(minutes)
    plans = {kind: plan_of(requests) for kind, requests in sorted(kinds.items())}
    plans["order"] = plan_of(orders)
    # A piece of processor time before each call, and one at the end.
    pieces = {service: costs[service].per_request / (1 + calls)
              for service, calls in (("frontend", mean([len(page.calls) for page in pages])),
                                     ("checkoutservice", mean([len(order) for order in orders])),
                                     ("recommendationservice", 1))}
    visits = visits_of({kind: len(requests) for kind, requests in kinds.items()})
    total = sum(visits.values())
    return Calibration(rate * total / len(pages), {v: n / total for v, n in visits.items()}, plans,
                       costs, pieces,
                       {edge: rest_of(edge, calls, costs, pieces)
                        for edge, calls in sorted(edges.items())},
                       {(s, m): mean([c.duration for c in edges["frontend", s, m]])
                        for s, m in LUMPY})


def visits_of(pages):
    """Numbers of visits that have so many pages of each kind."""
    visits = {"buy": pages["checkout"], "change-currency": pages["redirect"],
              "fill-basket": pages["add-to-cart"] - pages["checkout"],
              "look": pages["home"] - pages["redirect"],
              "browse": pages["product"] - pages["add-to-cart"],
              "view-cart": pages["cart"] - pages["add-to-cart"]}
    return {visit: visits[visit] for visit in VISITS}


def rest_of(edge, calls, costs, pieces):
    caller, callee, _ = edge
    times = sorted(call.own for call in calls
                   if callee in SLOW_BY_ITSELF or call.own < SLOW)
    cpu = pieces[caller] + pieces.get(callee, costs[callee].per_request)
    return [[max(LEAST, quantile(times, q) - cpu) for q in qs] for qs in (BODY, TAIL)]


# ---- The scenario

def milliseconds(seconds):
    return f"{seconds * 1e3:.3g}ms"


def percentages(shares):
    """Texts that add up to 100 %."""
    tenths = {key: round(share * 1000) for key, share in shares.items()}
    largest = max(tenths, key=tenths.get)
    tenths[largest] += 1000 - sum(tenths.values())
    return {key: f"{n / 10:g}%" for key, n in tenths.items() if n > 0}


def flow(mapping):
    return "{" + ", ".join(f"{key}: {value}" for key, value in mapping.items()) + "}"


def endpoint_of(edge):
    """'get-product', and 'get-product-for-checkout' where it is not the front end that asks."""
    caller, callee, method = edge
    words = "".join("-" + c.lower() if c.isupper() else c for c in method).strip("-")
    tail = "" if caller == "frontend" else "-for-" + caller.removesuffix("service")
    return f"{callee}/{words}{tail}"


class Writer:
    def __init__(self, calibration, lumps):
        self.fit, self.lumps = calibration, lumps

    def calls(self, caller, plan):
        """Lines of the steps of a plan."""
        piece = milliseconds(self.fit.pieces[caller])
        edges = {edge[2]: edge for edge in self.fit.rests if edge[0] == caller}

        def steps(methods):
            return ", ".join(f"{{cpu: {piece}}}, {{call: {endpoint_of(edges[m])}}}"
                             for m in methods)
        for method, times in plan.first:
            if times == 1:
                yield f"- cpu: {piece}"
                yield f"- call: {endpoint_of(edges[method])}"
            else:
                yield f"- repeat: {{times: {times}, steps: [{steps([method])}]}}"
        if plan.again:
            turns = flow(percentages(plan.turns))
            yield (f"- repeat: {{times: {{shares: {turns}}}, "
                   f"steps: [{steps(plan.again)}]}}")
        yield f"- cpu: {piece}"

    def endpoint(self, edge):
        """Lines of the steps of a callee."""
        callee, method = edge[1:]
        body, tail = (", ".join(milliseconds(t) for t in part) for part in self.fit.rests[edge])
        yield "- wait:"
        yield "    mixture:"
        yield f"      - {{weight: {1 - TAIL_SHARE:.0%}, of: {{empirical: [{body}]}}}}"
        yield f"      - {{weight: {TAIL_SHARE:.0%}, of: {{empirical: [{tail}]}}}}"
        if method == "PlaceOrder":
            yield from self.calls(callee, self.fit.plans["order"])
        elif callee == "recommendationservice":
            yield from self.calls(callee, Plan([("ListProducts", 1)], [], {}))
        else:
            yield f"- cpu: {milliseconds(self.fit.costs[callee].per_request)}"

    def service(self, name, endpoints):
        cores = 1 if name in ONE_THREAD else THREADS
        yield f"    {name}:"
        yield (f"      cpu: {{limit: {QUOTA.get(name, 200)}m, period: 100ms, cores: {cores}}}")
        yield "      endpoints:"
        for endpoint, lines in endpoints.items():
            yield f"        {endpoint}:"
            yield from ("          " + text for text in lines)
        if self.fit.costs[name].background > 0:
            lump = self.lumps.get(name, SMALL_LUMP)
            yield f"        background: [{{cpu: {{exponential: {milliseconds(lump)}}}}}]"

    def services(self):
        yield "    visitor:"
        yield "      endpoints:"
        for visit, pages in VISITS.items():
            steps = [f"{{call: frontend/{pages[0]}}}"]
            for before, page in zip(pages, pages[1:]):
                pause = PAUSE_AFTER_REDIRECT if before in REDIRECT else PAUSE
                steps += [f"{{wait: {milliseconds(pause)}}}", f"{{call: frontend/{page}}}"]
            yield f"        {visit}: [{', '.join(steps)}]"
        pages = {kind: list(self.calls("frontend", plan))
                 for kind, plan in self.fit.plans.items() if kind != "order"}
        yield from self.service("frontend", pages)
        callees = collections.defaultdict(dict)
        for edge in self.fit.rests:
            callees[edge[1]][endpoint_of(edge).split("/")[1]] = list(self.endpoint(edge))
        for name, endpoints in sorted(callees.items()):
            yield from self.service(name, endpoints)

    def workloads(self):
        mix = percentages({f"visitor/{visit}": s for visit, s in self.fit.shares.items()})
        yield "  shoppers:"
        yield f"    arrivals: {{poisson: {self.fit.rate:.4g}rps}}"
        yield f"    mix: {flow(mix)}"
        for name, cost in sorted(self.fit.costs.items()):
            if cost.background > 0:
                rate = cost.background / self.lumps.get(name, SMALL_LUMP)
                yield (f"  {name}-background: {{arrivals: {{poisson: {rate:.4g}rps}}, "
                       f"to: {name}/background}}")


HEADER = """\
# Online Boutique, calibrated on measurements: how slow are its pages, and which service is to blame?
# Most services use a fraction of their CPU limits; yet one page in ten takes half a second, as they
# use up the quota of a period of 100 ms and stand still for the rest of it. Compare
#   --set system.services.currencyservice.cpu.limit=400m
# Written by tests/calibration/calibrate.py; docs/calibration.md says how well it predicts what it
# has not seen. Figures: Yu et al., "Nezha", ESEC/FSE 2023, github.com/IntelligentDDS/Nezha (MIT
# licence, Copyright 2023 IntelligentDDS): traces of 23 August 2022, metrics of 22 August. Limits:
# manifests of the application. Laws of `wait`: what calls take beside the processor time measured.
rehearse: 1
name: Online Boutique, calibrated
experiment: {horizon: 4m, warmup: 10s, trials: 10, seed: 1}
"""

OBJECTIVES = """\
objectives:
  - p50(frontend/product) < 150ms
  - p99(frontend/product) < 1s
  - p99(currencyservice/convert) < 500ms
"""


def scenario(calibration, lumps):
    writer = Writer(calibration, lumps)
    return (HEADER + "system:\n  services:\n" + "\n".join(writer.services()) + "\nworkload:\n" +
            "\n".join(writer.workloads()) + "\n" + OBJECTIVES)
