#!/usr/bin/python3
"""Draws the figures of a result: what `rehearse report DIR --format png|svg|pdf` runs.

    draw.py RESULT FOLDER FORMAT[,FORMAT...]

RESULT is a result folder or its result.json; files go to FOLDER/plots. Each is drawn anew for each
format, as saving may move parts of a figure: equal results give equal bytes with equal versions of
matplotlib. Figures that the result has no data for are left out, and their files of an earlier
result removed. Exit code 4: matplotlib is missing, or a file cannot be read or written.
"""

import logging
import os
import sys


def fail(message):
    print(f"rehearse: {message}", file=sys.stderr)
    sys.exit(4)


logging.getLogger("matplotlib").setLevel(logging.ERROR)  # no words about caches of fonts
try:
    import matplotlib
    matplotlib.use("agg")
except ImportError as error:
    fail(f"plots need Python with matplotlib (Debian: python3-matplotlib): {error}; "
         f"REHEARSE_PYTHON names another Python than {sys.executable}")

import figures  # noqa: E402
import style  # noqa: E402
from data import Result  # noqa: E402


def save(figure, path, form):
    """At once or not at all, and without what differs from run to run."""
    metadata = {"png": {"Software": None}, "svg": {"Date": None, "Creator": None},
                "pdf": {"CreationDate": None, "Creator": None, "Producer": None}}[form]
    temporary = f"{path}.tmp-{os.getpid()}"
    try:
        figure.savefig(temporary, format=form, metadata=metadata)
        os.replace(temporary, path)
    finally:
        if os.path.exists(temporary):
            os.remove(temporary)


def draw_all(result, folder, form):
    for name, draw in figures.ALL:
        path = os.path.join(folder, f"{name}.{form}")
        with style.house():
            figure = draw(result)
            if figure is not None:
                save(figure, path, form)
            elif os.path.exists(path):
                os.remove(path)


def main():
    forms = sys.argv[3].split(",") if len(sys.argv) == 4 else []
    if not forms or not set(forms) <= {"png", "svg", "pdf"}:
        fail("draw.py RESULT FOLDER png|svg|pdf[,...]")
    source, folder = sys.argv[1:3]
    try:
        result = Result(source, folder)
    except (OSError, ValueError, KeyError, TypeError) as error:
        fail(f"cannot read '{source}': {error}")
    folder = os.path.join(folder, "plots")
    try:
        os.makedirs(folder, exist_ok=True)
        for form in forms:
            draw_all(result, folder, form)
    except OSError as error:
        fail(f"cannot write '{error.filename or folder}': {error.strerror}")


if __name__ == "__main__":
    main()
