"""Online Boutique: calibrated on every other page of the traces, tested on the pages in between,
and on the minutes of the day before that have no faults.
"""

import random

import boutique_data
import boutique_model
from figures import (MEAN_TARGET, TAIL_TARGET, Row, bootstrap, figure_of, mean,
                     quantile_of_buckets)
from simulator import simulate

FILE = "scenarios/examples/online-boutique.yaml"
FOLDERS = ("microservice_traces",)
# Edges of Istio's histogram of request durations, in seconds; figures per minute come from it.
BUCKETS = [0.0005, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]
PREDICTION = {"horizon": "20m", "warmup": "30s", "trials": 3}
FIT_HORIZON = "1h"
LUMPS = (1e-3, 0.2)  # s: the range in which the size of a lump is sought
HALVINGS = 7
DRAWN_MINUTES = 400

PAGES = (("home", ("mean",)), ("product", ("mean", "p99")), ("cart", ("mean",)),
         ("add-to-cart", ("mean",)))
CALLS = ((("frontend", "currencyservice", "Convert"), ("mean", "p99")),
         (("frontend", "currencyservice", "GetSupportedCurrencies"), ("mean", "p99")),
         (("frontend", "productcatalogservice", "GetProduct"), ("mean", "p99")),
         (("frontend", "recommendationservice", "ListRecommendations"), ("mean", "p99")),
         (("frontend", "adservice", "GetAds"), ("mean", "p99")),
         (("frontend", "cartservice", "GetCart"), ("mean", "p99")),
         (("frontend", "shippingservice", "GetQuote"), ("mean",)))
SERVERS = ("currencyservice", "productcatalogservice", "recommendationservice", "cartservice")


_CATALOGUE = ("what the catalogue does beside requests (garbage collection, export of spans) comes "
              "in one sort of lumps here, which stop it for up to 80 ms; the real stops are shorter "
              "and more frequent, 20 to 65 ms. Recommendations ask the catalogue.")
_SERVER = ("measured at the server's sidecar; the model knows only what the caller sees, the way "
           "there and back included.")
GAPS = {
    "page cart, mean": "baskets of the held-out part hold more (3.0 conversions a page, 2.7 in the "
                       "calibration part). And conversions of cart pages, which are spread over the "
                       "page, stop as often as those of home pages, one after the other; here they "
                       "stop less.",
    "call productcatalog GetProduct, p99": _CATALOGUE,
    "call recommendation ListRecommendations, p99": _CATALOGUE,
    "productcatalogservice, p90 of a minute": _CATALOGUE,
    "recommendationservice, p90 of a minute": _CATALOGUE,
    "recommendationservice, p99 of a minute": _CATALOGUE,
    "frontend, p50 of a minute": "the day was slower than the minute of the traces: 163 ms in place "
                                 "of 124 ms, at 3 % more traffic. Nothing in the calibration part "
                                 "says why.",
    "cartservice, p90 of a minute": _SERVER,
    "cartservice, p99 of a minute": _SERVER,
    "adservice, processor": "its processor time per request falls by a fifth during the day (a "
                            "JVM that warms up); it is taken for constant.",
    "paymentservice, processor": "less than a thousandth of a core, at one request in three seconds.",
}


def target(kind):
    return MEAN_TARGET if kind in ("mean", "p50") else TAIL_TARGET


class Study:
    def __init__(self, data):
        pages = boutique_data.read_pages(data / FOLDERS[0])
        self.early, self.late = boutique_data.read_minutes(data / FOLDERS[0])
        self.seen, self.held_out = pages[0::2], pages[1::2]
        self.pages_per_second = len(pages) / (pages[-1].start - pages[0].start)
        self.calibration = boutique_model.calibrate(self.seen, self.early, self.pages_per_second)

    # ---- Calibration

    def fit(self, command, tell=print):
        """Sizes of lumps, by halving the interval on a logarithmic scale: more at a time stops more
        calls, and makes them slower."""
        lumps = {}
        for (service, method), measured in self.calibration.lumpy.items():
            low, high = LUMPS
            for _ in range(HALVINGS):
                lumps[service] = (low * high) ** 0.5
                slow = self.call_time(command, lumps, service, method) > measured
                low, high = (low, lumps[service]) if slow else (lumps[service], high)
            lumps[service] = float(f"{lumps[service]:.2g}")
            tell(f"{service}: lumps of {lumps[service] * 1e3:g} ms make {method} take "
                 f"{self.call_time(command, lumps, service, method) * 1e3:.2f} ms; measured "
                 f"{measured * 1e3:.2f} ms")
        return lumps

    def call_time(self, command, lumps, service, method):
        out = simulate(command, self.scenario(lumps), horizon=FIT_HORIZON, trials=1)
        edge = "frontend", service, method
        return (self.calibration.pieces["frontend"] +
                out.response(boutique_model.endpoint_of(edge), "mean"))

    def scenario(self, lumps):
        return boutique_model.scenario(self.calibration, lumps)

    # ---- Prediction

    def tables(self, command, lumps):
        """Pairs (title, rows)."""
        text = self.scenario(lumps)
        yield ("The pages in between",
               [*self.page_rows(out := simulate(command, text, **PREDICTION)), *self.call_rows(out)])
        traffic = mean([m.operations for m in self.late["frontend"]]) / self.pages_per_second
        at_the_rate_of_the_day = text.replace(
            f"poisson: {self.calibration.rate:.4g}rps",
            f"poisson: {self.calibration.rate * traffic:.4g}rps")
        yield ("The day before, minutes without faults",
               [*self.minute_rows(simulate(command, at_the_rate_of_the_day, **PREDICTION))])

    def page_rows(self, out):
        groups = [("all pages", None, ("mean", "p50", "p90", "p99"), "frontend")]
        groups += [(f"page {kind}", kind, kinds, f"frontend/{kind}") for kind, kinds in PAGES]
        for title, kind, figures, name in groups:
            def durations(pages, kind=kind):
                return [[p.duration] for p in pages if kind in (None, p.kind)]
            for figure in figures:
                if kind:
                    predicted = out.response(name, figure)
                elif figure == "mean":
                    predicted = out.mean_of(name, "background")
                else:
                    predicted = out.requests_of(name, "background").quantile(
                        int(figure[1:]) / 100)
                yield self.row(title, figure, durations, predicted)

    def call_rows(self, out):
        piece = self.calibration.pieces["frontend"]
        for edge, figures in CALLS:
            def durations(pages, edge=edge):
                return [[c.duration for c in p.all_calls() if c.edge == edge] for p in pages]
            for figure in figures:
                title = f"call {edge[1].removesuffix('service')} {edge[2]}"
                yield self.row(title, figure, durations,
                               piece + out.response(boutique_model.endpoint_of(edge), figure))

    def row(self, title, figure, durations, predicted):
        def of(pages):
            return figure_of(figure, [v for group in durations(pages) for v in group])
        low, high = bootstrap(durations(self.held_out), lambda values: figure_of(figure, values))
        return Row(f"{title}, {figure}", "s", of(self.held_out), predicted, target(figure),
                   low, high, of(self.seen))

    # ---- Figures per minute

    def minute_rows(self, out):
        rng = random.Random(1)
        for service in ("frontend", *SERVERS):
            minutes = self.late[service]
            kinds = ("p50", "p90", "p99") if service == "frontend" else ("p90", "p99")
            requests = out.requests_of(service, "background")
            drawn = drawn_minutes(requests, minutes, kinds, rng)
            for kind in kinds:
                measured = [getattr(m, kind) for m in minutes]
                yield self.minute_row(f"{service}, {kind} of a minute", "s", measured, drawn[kind],
                                      target(kind))
        for service in sorted(self.late):
            measured = [m.millicores for m in self.late[service]]
            limit = boutique_model.QUOTA.get(service, 200)
            yield self.minute_row(f"{service}, processor", "millicores", measured,
                                  out.figure("services", service, "utilization") * limit,
                                  MEAN_TARGET, [m.millicores for m in self.early[service]])

    @staticmethod
    def minute_row(name, unit, measured, predicted, asked, seen=None):
        low, high = bootstrap([[v] for v in measured], mean)
        return Row(name, unit, mean(measured), predicted, asked, low, high,
                   mean(seen) if seen else float("nan"))


def drawn_minutes(requests, minutes, kinds, rng):
    """Means over minutes of what Prometheus would have said, had requests taken these times."""
    total = dict.fromkeys(kinds, 0.0)
    for _ in range(DRAWN_MINUTES):
        count = max(1, round(rng.choice(minutes).operations * 60))
        values = [requests.draw(rng) for _ in range(count)]
        for kind in kinds:
            total[kind] += quantile_of_buckets(values, BUCKETS, int(kind[1:]) / 100)
    return {kind: value / DRAWN_MINUTES for kind, value in total.items()}
