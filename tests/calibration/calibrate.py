#!/usr/bin/python3
"""How well does a scenario that was calibrated on part of a measurement predict the rest of it?

    calibrate.py COMMAND SOURCE DATA          predicts with what was fitted, prints tables of errors
    calibrate.py COMMAND SOURCE DATA --fit    calibrates anew first; writes the scenarios, what was
                                              fitted, and the tables in docs/calibration.md

COMMAND is `rehearse`, SOURCE the root of the tree, DATA the folder of the measurements.
"""

import json
import pathlib
import re
import sys

import boutique_study
import capacity_study
import readiness_study
import tickets_study
import traffic_study
from figures import table

STUDIES = {"online-boutique": boutique_study, "train-ticket": tickets_study,
           "replicas": capacity_study, "readiness": readiness_study, "traffic": traffic_study}
# A study has FOLDERS of measurements, GAPS {figure: why it misses}, and a class Study(data) with
# tables(command, fitted); where something is fitted, also fit(command), scenario(fitted) and FILE.
FITTED = pathlib.Path(__file__).with_name("fitted.json")
PAGE = "docs/calibration.md"


class Calibration:
    """One study on its data, with what was fitted."""

    def __init__(self, name, data, fitted):
        self.module, self.fitted = STUDIES[name], fitted
        self.study = self.module.Study(pathlib.Path(data))

    def fit(self, command):
        self.fitted = self.study.fit(command)

    def scenario(self):
        return self.study.scenario(self.fitted)

    def tables(self, command):
        return list(self.study.tables(command, self.fitted))


def read_fitted():
    return json.loads(FITTED.read_text(encoding="utf-8"))


def text_of(tables, gaps):
    """Tables, and below each why it misses what it misses."""
    parts = []
    for title, rows in tables:
        met, noise = (sum(row.verdict == v for row in rows) for v in ("meets", "within noise"))
        parts += [f"### {title}", table(rows), f"{met} of {len(rows)} figures meet their target" +
                  (f", {noise} more lie within the noise." if noise else ".")]
        for reason in dict.fromkeys(gaps[row.name] for row in rows if row.name in gaps):
            names = "; ".join(row.name for row in rows if gaps.get(row.name) == reason)
            parts.append(f"- *{names}*: {reason}")
    return "\n\n".join(parts) + "\n"


def section(name):
    return re.compile(f"(<!-- {name} -->\n)(.*?)(<!-- end -->)", re.S)


def write_section(page, name, text):
    old = page.read_text(encoding="utf-8")
    page.write_text(section(name).sub(lambda m: m[1] + "\n" + text + "\n" + m[3], old),
                    encoding="utf-8")


def main(arguments):
    if len(arguments) not in (3, 4) or (len(arguments) == 4 and arguments[3] != "--fit"):
        print(__doc__, file=sys.stderr)
        return 2
    command, source, data = arguments[0], pathlib.Path(arguments[1]), pathlib.Path(arguments[2])
    fitted, fit = read_fitted(), len(arguments) == 4
    for name in STUDIES:
        one = Calibration(name, data, fitted.get(name))
        if fit and one.module.FILE:
            one.fit(command)
            fitted[name] = one.fitted
            (source / one.module.FILE).write_text(one.scenario(), encoding="utf-8")
        text = text_of(one.tables(command), one.module.GAPS)
        if fit:
            write_section(source / PAGE, name, text)
        print(text)
    if fit:
        FITTED.write_text(json.dumps(fitted, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
