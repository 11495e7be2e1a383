#!/usr/bin/python3
"""check_csv.py TABLE: prints rows of another length than the header, cells that would run as a formula
and numbers that are none."""
import csv
import sys

with open(sys.argv[1], encoding="utf-8", newline="") as file:
    header, *rows = list(csv.reader(file, strict=True))
texts = [i for i, name in enumerate(header) if name in ("kind", "subject", "metric", "unit")]
for row in rows:
    if len(row) != len(header):
        print("row of", len(row), "cells:", row[:3])
        continue
    for i, cell in enumerate(row):
        if i in texts and cell[:1] in ("=", "+", "-", "@", "\t", "\r"):
            print("formula:", cell[:40])
        if i not in texts and cell:
            float(cell)
if not rows:
    print("no rows")
