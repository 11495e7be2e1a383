"""The house style: readable in black and white, since lines differ in dashes and markers and areas in
hatches; colour only repeats it. Nothing of a user's own settings, so that files are equal."""

import contextlib
import math

import matplotlib
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from data import figure_text, plain

WIDTH = 7.2  # inches: the width of a page's text; 1080 pixels

# Dark to light, so that their greys differ as well.
LINES = [{"color": "#111111", "linestyle": "-", "marker": "o"},
         {"color": "#1f4e9c", "linestyle": (0, (5, 2)), "marker": "s"},
         {"color": "#b3541e", "linestyle": (0, (1, 1.5)), "marker": "^"},
         {"color": "#3c8a5a", "linestyle": (0, (6, 2, 1, 2)), "marker": "D"},
         {"color": "#8a63a8", "linestyle": (0, (3, 1, 1, 1, 1, 1)), "marker": "v"},
         {"color": "#8a8a8a", "linestyle": "-", "marker": "x"}]
BOUND = {"color": "#a01010", "linewidth": 1.1, "linestyle": (0, (8, 3))}
PLATE = {"facecolor": "white", "alpha": 0.85, "linewidth": 0, "pad": 0.8}  # under text on lines
FAULT = {"facecolor": "none", "edgecolor": "#bdbdbd", "hatch": "////", "linewidth": 0, "zorder": 0.8}


@contextlib.contextmanager
def house():
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update({
            "savefig.dpi": 150, "font.size": 9, "axes.titlesize": 9, "axes.labelsize": 9,
            "font.family": "DejaVu Sans", "axes.spines.top": False, "axes.spines.right": False,
            "axes.grid": True, "grid.color": "#dddddd", "grid.linewidth": 0.6,
            "axes.axisbelow": True, "axes.linewidth": 0.7, "lines.linewidth": 1.3,
            "lines.markersize": 4, "legend.frameon": False, "legend.fontsize": 8,
            "xtick.labelsize": 8, "ytick.labelsize": 8, "hatch.linewidth": 0.5,
            "svg.hashsalt": "rehearse", "pdf.compression": 6, "path.simplify": False})
        yield


def page(result, title, rows=1, height=2.6, **options):
    """A figure with a title, and rows of axes over one time axis."""
    figure = Figure(figsize=(WIDTH, 0.75 + height * rows), layout="constrained")
    figure.suptitle(f"{title}\n", x=0.01, ha="left", fontsize=11, fontweight="bold")
    inches = figure.get_size_inches()[1]
    figure.text(0.01, 1 - 0.36 / inches, result.line_below(), fontsize=8, color="#444444",
                va="center")
    axes = figure.subplots(rows, 1, squeeze=False, **options)[:, 0]
    return figure, list(axes)


def line(number, points):
    """How the line of that number looks; markers about every tenth of the way, each line's own."""
    every = max(1, points // 9)
    return LINES[number % len(LINES)] | {"markevery": (number * every // 6 % max(1, points), every)}


def time_axis(axes, result, label=True):
    """Simulated time in the unit that people would use."""
    horizon = result.horizon
    factor, unit = next((f, u) for most, f, u in ((300, 1, "s"), (3 * 3600, 60, "min"),
                                                   (3 * 86400, 3600, "h"), (math.inf, 86400, "d"))
                        if horizon <= most)
    steps = [1, 2, 3, 6, 10] if unit == "h" else [1, 2, 5, 10]
    scaled = MaxNLocator(8, steps=steps).tick_values(0, horizon / factor)
    axes.set_xticks([t * factor for t in scaled if t * factor <= horizon * 1.0001])
    axes.xaxis.set_major_formatter(FuncFormatter(lambda t, _: f"{t / factor:g}"))
    axes.set_xlim(0, horizon)
    if label:
        axes.set_xlabel(f"simulated time, {unit}")


def unit_axis(axis, unit):
    axis.set_major_formatter(FuncFormatter(lambda v, _: figure_text(v, unit)))


def log_time_axis(axes, low, high):
    """Response times on a log scale with ticks at 1, 2 and 5."""
    axes.set_yscale("log")
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    few = last - first > 3
    ticks = [m * 10.0 ** e for e in range(first, last + 1) for m in ((1,) if few else (1, 2, 5))]
    axes.set_yticks([t for t in ticks if low <= t <= high * 1.001])
    axes.set_yticks([], minor=True)
    axes.set_ylim(low, high)
    unit_axis(axes.yaxis, "s")


def faults(axes, result, label=True, hatched=True):
    """Stretches of faults as hatched areas, or between lines where hatches would hide what lies
    below; names above them, where they do not meet."""
    last = -math.inf
    for fault in result.faults:
        if fault["began"] is None:
            continue
        end = result.horizon if fault["ended"] is None else fault["ended"]
        if hatched:
            axes.axvspan(fault["began"], max(end, fault["began"] + result.horizon / 400), **FAULT)
        else:
            for at in (fault["began"], end):
                axes.axvline(at, color="#555555", linewidth=0.8, linestyle=(0, (4, 2)))
        if label and fault["began"] - last > result.horizon / 6:
            axes.annotate(plain(fault["id"], 28), (fault["began"], 1), (2, 2),
                          xycoords=("data", "axes fraction"), textcoords="offset points",
                          fontsize=7, color="#444444", va="bottom")
            last = fault["began"]
    if result.warmup > 0:
        axes.axvline(result.warmup, color="#777777", linewidth=0.8, linestyle=(0, (2, 2)))
        if label:
            axes.annotate("end of warm-up", (result.warmup, 1), (2, -2),
                          xycoords=("data", "axes fraction"), textcoords="offset points",
                          fontsize=7, color="#555555", va="top", bbox=PLATE)


def bound(axes, value, text):
    axes.axhline(value, **BOUND)
    axes.annotate(plain(text, 40), (1, value), (-2, 2), xycoords=("axes fraction", "data"),
                  textcoords="offset points", ha="right", va="bottom", fontsize=7.5,
                  color=BOUND["color"], bbox=PLATE)


def legend_beside(axes, **options):
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.02), handlelength=3.2, **options)
