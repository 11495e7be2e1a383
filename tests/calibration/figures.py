"""Figures of samples, and the table in which measured and predicted ones stand side by side.

Times in seconds. A quantile is the smallest value that is not below a share q of the sample.
"""

import bisect
import math
import random
from dataclasses import dataclass

MEAN_TARGET, TAIL_TARGET = 0.15, 0.30  # relative error asked of means and medians, and of tails
CONFIDENCE = 0.95
RESAMPLES = 400


def mean(values):
    return sum(values) / len(values)


def quantile(values, q):
    ordered = sorted(values)
    return ordered[max(0, math.ceil(q * len(ordered)) - 1)]


def figure_of(kind, values):
    """kind: 'mean', or a quantile such as 'p99'."""
    return mean(values) if kind == "mean" else quantile(values, int(kind[1:]) / 100)


def line(xs, ys):
    """Least squares: (intercept, slope)."""
    mx, my = mean(xs), mean(ys)
    slope = (sum((x - mx) * (y - my) for x, y in zip(xs, ys)) / sum((x - mx) ** 2 for x in xs))
    return my - slope * mx, slope


def line_by_instrument(zs, xs, ys):
    """(intercept, slope) where xs are noisy: least squares would find too flat a line. zs go with
    the true xs, but not with their noise (instrumental variables; P. G. Wright, 1928)."""
    mz, mx, my = mean(zs), mean(xs), mean(ys)
    slope = (sum((z - mz) * (y - my) for z, y in zip(zs, ys)) /
             sum((z - mz) * (x - mx) for z, x in zip(zs, xs)))
    return my - slope * mx, slope


def bootstrap(groups, figure, seed=1):
    """Percentile interval of `figure` over resampled groups (each a list of values): what the
    figure could have been, had other requests been measured."""
    rng, drawn = random.Random(seed), []
    for _ in range(RESAMPLES):
        values = [v for g in rng.choices(groups, k=len(groups)) for v in g]
        if values:
            drawn.append(figure(values))
    drawn.sort()
    tail = int((1 - CONFIDENCE) / 2 * len(drawn))
    return drawn[tail], drawn[-1 - tail]


class Histogram:
    """A distribution as rehearse prints it: rows (upper bound of the bin, count). Bins without
    values are left out; none is wider than the share `widest` of its upper bound."""

    def __init__(self, rows, widest=1.0):
        self.uppers = [upper for upper, _ in rows]
        self.lowers = [max(below, upper * (1 - widest))
                       for below, upper in zip([0.0, *self.uppers], self.uppers)]
        self.total = sum(count for _, count in rows)
        self.below, so_far = [], 0
        for _, count in rows:
            so_far += count
            self.below.append(so_far / self.total)

    def share_up_to(self, value):
        at = bisect.bisect_left(self.uppers, value)
        if at == len(self.uppers):
            return 1.0
        lower, before = self.lowers[at], self.below[at - 1] if at > 0 else 0.0
        width = self.uppers[at] - lower
        part = max(0.0, value - lower) / width if width > 0 else 1
        return before + (self.below[at] - before) * part

    def draw(self, rng):
        u = rng.random()
        at = bisect.bisect_left(self.below, u)
        lower, before = self.lowers[at], self.below[at - 1] if at > 0 else 0.0
        share = self.below[at] - before
        return lower + (self.uppers[at] - lower) * ((u - before) / share if share > 0 else 1)


class Mixture:
    """Samples of several histograms together."""

    def __init__(self, histograms):
        self.histograms = histograms
        self.weights = [h.total for h in histograms]

    def draw(self, rng):
        return rng.choices(self.histograms, self.weights)[0].draw(rng)

    def quantile(self, q):
        low, high = 0.0, max(h.uppers[-1] for h in self.histograms)
        for _ in range(60):
            middle = (low + high) / 2
            below = sum(h.total * h.share_up_to(middle) for h in self.histograms)
            low, high = (low, middle) if below >= q * sum(self.weights) else (middle, high)
        return high


def quantile_of_buckets(values, edges, q):
    """What Prometheus makes of samples that were counted in buckets: histogram_quantile, linear
    within a bucket. The last edge stands for all that lies above."""
    counts = [0] * len(edges)
    for value in values:
        counts[min(bisect.bisect_left(edges, value), len(edges) - 1)] += 1
    rank, so_far = q * len(values), 0
    for at, count in enumerate(counts):
        if so_far + count >= rank and count > 0:
            lower = edges[at - 1] if at > 0 else 0.0
            return lower + (edges[at] - lower) * (rank - so_far) / count
        so_far += count
    return edges[-1]


@dataclass
class Row:
    """One figure: what was measured on the held-out part, and what the simulation says."""
    name: str
    unit: str
    measured: float
    predicted: float
    target: float           # relative error that is asked for
    low: float = math.nan   # interval of the measured figure, where its noise is known
    high: float = math.nan
    other: float = math.nan  # the same figure of the calibration part: a forecast without a model

    @property
    def error(self):
        return self.predicted / self.measured - 1

    @property
    def noise(self):
        return max(self.high / self.measured - 1, 1 - self.low / self.measured)

    @property
    def verdict(self):
        if abs(self.error) <= self.target:
            return "meets"
        return "within noise" if self.low <= self.predicted <= self.high else "misses"


def amount(value, unit):
    if unit == "s":
        return f"{value * 1e3:,.{0 if value >= 0.1 else 1 if value >= 0.01 else 2}f} ms"
    digits = max(0, 2 - math.floor(math.log10(abs(value)))) if value else 0
    return f"{value:.{min(digits, 3)}f} {unit}".rstrip()


def share(value):
    return "" if math.isnan(value) else f"{value * 100:+.0f} %"


def table(rows):
    """The rows as a Markdown table."""
    head = ("figure", "measured", "95 % interval", "predicted", "error", "target", "verdict",
            "other half's error")
    body = [head, ["---"] * len(head)]
    for row in rows:
        interval = ("" if math.isnan(row.low) else
                    f"{amount(row.low, row.unit)} .. {amount(row.high, row.unit)}")
        body.append((row.name, amount(row.measured, row.unit), interval,
                     amount(row.predicted, row.unit), share(row.error),
                     f"{row.target * 100:.0f} %", row.verdict,
                     share(row.other / row.measured - 1)))
    return "\n".join("| " + " | ".join(cells) + " |" for cells in body)
