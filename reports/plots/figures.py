"""The figures, one function each: a result in, a matplotlib figure out, or None where there is nothing
to show. ALL names them in the order of reading."""

import math

import style
from data import figure_text, numbers, plain

QUANTILES = (("p99", 2), ("p95", 1), ("p50", 0))  # column, line; the highest first, as on the page


def finite(values):
    return [v for v in values if not math.isnan(v)]


def busiest(result, kinds, column, most):
    """Those with the highest peak in that column."""
    known = [s for s in result.series if s.kind in kinds and finite(s[column])]
    return sorted(known, key=lambda s: -s.peak(column))[:most]


def latency(result):
    chosen = result.subjects(4)
    if not chosen:
        return None
    figure, rows = style.page(result, "Response times over time", len(chosen), 1.9, sharex=True)
    for index, (axes, series) in enumerate(zip(rows, chosen)):
        for column, number in QUANTILES:
            axes.plot(result.at, series[column], label=column,
                      **style.line(number, len(result.at)))
        bounds = result.bounds(series.name)
        seen = finite(series["p50"]) + finite(series["p99"]) + [b[1] for b in bounds]
        low, high = min(v for v in seen if v > 0), max(seen)
        style.log_time_axis(axes, low / 1.6, high * 1.6)
        for _, value, text, verdict in bounds:
            style.bound(axes, value, f"{text}: {verdict}")
        axes.set_title(plain(series.name), loc="right", fontsize=8.5, fontweight="bold")
        style.faults(axes, result, index == 0)
        style.time_axis(axes, result, index == len(chosen) - 1)
    style.legend_beside(rows[0])
    return figure


def percentiles(result):
    """High quantiles drawn apart: the axis is log 1/(1 - q), as HdrHistogram plots it."""
    chosen = [s for s in result.subjects(6) if result.distribution(s)]
    if not chosen:
        return None
    figure, (axes,) = style.page(result, "Response times by percentile", 1, 3.6)
    low, high, most = math.inf, 0, 0
    for number, series in enumerate(chosen):
        bins = result.distribution(series)
        total = sum(count for _, count in bins)
        x, y, below = [], [], 0
        for upper, count in bins:
            below += count
            if below < total:  # the last one is the maximum: at no percentile
                x.append(total / (total - below))
                y.append(upper)
        if not x:
            continue
        axes.plot(x, y, label=plain(series.name, 34), **style.line(number, len(x)))
        low, high, most = min(low, min(y)), max(high, max(y)), max(most, max(x))
    if not high:
        return None
    axes.set_xscale("log")
    ticks = {1: "0", 2: "50", 4: "75", 10: "90", 20: "95", 100: "99", 1000: "99.9",
             10_000: "99.99", 100_000: "99.999", 1_000_000: "99.9999"}
    shown = [t for t in ticks if t <= max(most, 100)]
    axes.set_xticks(shown, [ticks[t] for t in shown])
    axes.set_xticks([], minor=True)
    axes.set_xlim(1, max(most, 100))
    axes.set_xlabel("percentile, %")
    bounds = {}  # equal ones of several share one mark
    for series in chosen:
        for one in result.bounds(series.name):
            if one[0] is not None:
                bounds.setdefault(one, []).append(plain(series.name, 24))
    high = max([high, *(value for _, value, *_ in bounds)])
    # What hardly anyone meets at the fast end would take half of the picture.
    style.log_time_axis(axes, max(low, high / 1e4) / 1.2, high * 1.3)
    for (quantile, value, text, verdict), names in bounds.items():
        at = 1 / (1 - quantile)
        axes.plot([at], [value], marker="_", markersize=16, markeredgewidth=2,
                  color=style.BOUND["color"])
        axes.annotate(f"{', '.join(names)}: {plain(text)}, {verdict}", (at, value), (10, 3),
                      textcoords="offset points", fontsize=7.5, color=style.BOUND["color"],
                      bbox=style.PLATE)
    style.legend_beside(axes)
    return figure


def heatmap(result):
    series = next((s for s in result.subjects(1) if s.heat), None)
    if series is None or not result.heat_at:
        return None
    from matplotlib.colors import LogNorm
    figure, (axes,) = style.page(result, f"Response times of {plain(series.name)}", 1, 3.4)
    # All bins between the lowest and the highest, so that those left out are seen to be empty.
    uppers = [upper for upper, _ in series.heat]
    edges = [uppers[0] * 0.75] + uppers
    times = result.heat_at + [result.horizon]
    counts = [[math.nan if not c else c / result.document["trials"] for c in row]
              for _, row in series.heat]
    most = max(max(finite(row), default=0) for row in counts)
    if not most:
        return None
    shade = axes.pcolormesh(times, edges, counts, cmap="Greys", rasterized=True,
                            norm=LogNorm(max(1 / result.document["trials"], most / 1e4), most * 1.3))
    for column, number in QUANTILES:
        look = style.line(number, len(result.at)) | {"color": "#c2410c"}  # seen on any grey
        axes.plot(result.at, series[column], label=column, **look)
    style.log_time_axis(axes, edges[0], edges[-1])
    axes.grid(False)
    for _, value, text, verdict in result.bounds(series.name):
        style.bound(axes, value, f"{text}: {verdict}")
    style.faults(axes, result, hatched=False)
    style.time_axis(axes, result)
    bar = figure.colorbar(shade, ax=axes, pad=0.01, fraction=0.04)
    bar.set_label("successes per trial and cell", fontsize=8)
    bar.outline.set_linewidth(0.4)
    axes.legend(loc="upper right", handlelength=3.2)
    return figure


def over_time(result, chosen, column, title, unit, top=None):
    if not chosen:
        return None
    figure, (axes,) = style.page(result, title, 1, 3.0)
    for number, series in enumerate(chosen):
        axes.plot(result.at, series[column], label=plain(series.name, 30),
                  **style.line(number, len(result.at)))
    axes.set_ylim(0, top)
    style.unit_axis(axes.yaxis, unit)
    style.faults(axes, result)
    style.time_axis(axes, result)
    style.legend_beside(axes)
    return figure


def utilisation(result):
    chosen = busiest(result, ("service", "database", "broker", "shard"), "utilization", 6)
    return over_time(result, chosen, "utilization", "Utilisation of the busiest", "ratio", 1.05)


def queue(result):
    chosen = busiest(result, ("service", "database", "queue", "shard"), "queue_length", 6)
    chosen = [s for s in chosen if s.peak("queue_length") > 0.01]
    return over_time(result, chosen, "queue_length", "The longest queues", "1")


def timeline(result):
    """What happened in the first trial, above what clients saw of it on average."""
    clients = busiest(result, ("workload",), "throughput", 1)
    rows = {}
    for fault in result.faults:
        if fault["began"] is not None:
            end = result.horizon if fault["ended"] is None else fault["ended"]
            rows.setdefault(f"fault {fault['id']}", []).append((fault["began"], end))
    for event in result.timeline:
        if not event["what"].startswith("fault."):
            rows.setdefault(f"{event['what']} {event['subject']}", []).append((event["at"], None))
    if not rows or not clients:
        return None
    shown = list(rows.items())[:18]
    height = 0.35 + 0.2 * len(shown)
    figure, (events, rate, errors) = style.page(
        result, "What happened, and what clients saw", 3, (height + 3.0) / 3, sharex=True,
        gridspec_kw={"height_ratios": [height, 1.5, 1.5]})
    markers = {"ready": "^", "started": "^", "back": "^", "ended": "^"}
    for y, (name, items) in enumerate(shown):
        spans = [(a, max(b - a, result.horizon / 300)) for a, b in items if b is not None]
        events.broken_barh(spans, (y - 0.35, 0.7), **style.FAULT | {"linewidth": 0.6})
        points = [a for a, b in items if b is None]
        marker = markers.get(name.split(" ")[0].split(".")[-1], "v")
        events.plot(points, [y] * len(points), linestyle="", marker=marker, color="#111111",
                    markersize=5)
    events.set_yticks(range(len(shown)), [plain(name, 34) for name, _ in shown])
    events.set_ylim(len(shown) - 0.4, -0.6)
    if len(rows) > len(shown):
        events.set_title(f"and {len(rows) - len(shown)} more kinds of events", loc="right",
                         fontsize=7.5)
    client = clients[0]
    rate.plot(result.at, client["arrival_rate"], label="asked",
              **style.line(1, len(result.at)))
    rate.plot(result.at, client["throughput"], label="answered", **style.line(0, len(result.at)))
    rate.set_ylim(0)
    style.unit_axis(rate.yaxis, "1/s")
    rate.legend(loc="lower right", ncol=2, handlelength=3.2, frameon=True, edgecolor="none")
    rate.set_ylabel(plain(client.name, 22))
    errors.plot(result.at, client["error_ratio"], **style.line(2, len(result.at)))
    errors.set_ylim(0)
    style.unit_axis(errors.yaxis, "ratio")
    errors.set_ylabel("errors")
    for axes in (events, rate, errors):
        style.faults(axes, result, label=False)
        style.time_axis(axes, result, axes is errors)
    return figure


def comparison(result):
    """Each figure as a multiple of what it was: before a hollow circle at 1, after a filled square."""
    if not result.baseline:
        return None
    changes = [o for o in result.baseline["objectives"]] + result.baseline["figures"]
    rows = []
    for change in changes:
        before, after = change["estimate_before"], change["estimate_after"]
        if before["estimate"] and after["estimate"]:
            name = change.get("name") or f"{change['subject']} {change['metric']}"
            rows.append((name, change, before, after))
    rows = rows[:24]
    if not rows:
        return None
    figure, (axes,) = style.page(result, "Now, as a multiple of the baseline", 1,
                                 0.7 + 0.24 * len(rows))
    for y, (name, change, before, after) in enumerate(rows):
        unit, was = before["unit"], before["estimate"]
        for side, look in ((before, {"marker": "o", "markerfacecolor": "white"}),
                           (after, {"marker": "s"})):
            low, high = numbers(side["ci"])
            value = side["estimate"] / was
            if not (math.isnan(low) or math.isnan(high)):
                axes.plot([low / was, high / was], [y, y], color="#111111", linewidth=1)
            axes.plot([value], [y], color="#111111", linestyle="", markersize=5, **look)
        told = f"{figure_text(was, unit)} → {figure_text(after['estimate'], unit)}"
        if change.get("changed"):
            told += f", {change['before'] or 'new'} → {change['after'] or 'gone'}"
        axes.annotate(told, (1.01, y), xycoords=("axes fraction", "data"), va="center", fontsize=7.5,
                      fontweight="bold" if change["trend"] == "worse" else "normal")
    axes.axvline(1, color="#777777", linewidth=0.8)
    axes.set_yticks(range(len(rows)), [plain(name, 40) for name, *_ in rows])
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_xscale("log")
    low, high = axes.get_xlim()
    wide = high / low > 8
    ticks = [t for t in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 0.8, 1, 1.25, 2, 5, 10, 20, 50, 100)
             if low <= t <= high and not (wide and t in (0.8, 1.25))]
    axes.set_xticks(ticks, [f"{t:g}×" for t in ticks])
    axes.set_xticks([], minor=True)
    axes.set_xlabel("○ before   ■ after, with their intervals")
    return figure


def recorded(result):
    """Recorded series on the axes of the simulated ones."""
    if not result.recorded or not result.recorded["series"]:
        return None
    all_of_them = result.recorded["series"][:6]
    figure, rows = style.page(result, "Simulated and recorded", len(all_of_them), 2.1, sharex=True)
    for index, (axes, series) in enumerate(zip(rows, all_of_them)):
        at = series["at"]
        axes.plot(at, numbers(series["simulated"]), label="simulated", **style.line(0, len(at)))
        # Recordings may be coarser than the windows: a line through what there is.
        known = [(t, v) for t, v in zip(at, numbers(series["recorded"])) if not math.isnan(v)]
        axes.plot(*zip(*known), label="recorded", **style.line(2, len(known)))
        axes.set_ylim(0)
        style.unit_axis(axes.yaxis, series["unit"])
        error = series["error"]
        told = f"{plain(series['subject'])} {series['metric']}"
        if error["mape"] is not None:
            told += f": off by {error['mape'] * 100:.3g} % on average (MAPE)"
        axes.set_title(told, loc="left", fontsize=8.5)
        style.faults(axes, result, label=False)
        style.time_axis(axes, result, index == len(all_of_them) - 1)
    style.legend_beside(rows[0])
    return figure


ALL = [("latency", latency), ("percentiles", percentiles), ("heatmap", heatmap),
       ("utilisation", utilisation), ("queue", queue), ("timeline", timeline),
       ("comparison", comparison), ("recorded", recorded)]
