#!/usr/bin/python3
"""check_perfetto.py DOCUMENT: prints what is wrong with a Chrome trace, nothing where all is well.

On each track, complete events are in order of time and nest, those of two requests never do, and
processes and threads have names. Flows end where one began, at the same time or later.
"""
import json
import sys
from decimal import Decimal

with open(sys.argv[1], encoding="utf-8") as file:
    document = json.load(file, parse_float=Decimal)
named, tracks, flows = set(), {}, {}
for event in document["traceEvents"]:
    track = (event["pid"], event["tid"])
    if event["ph"] == "M":
        named.add((event["name"], event["pid"], event["tid"]))
        if not event["args"]["name"]:
            print("a track without a name")
    elif event["ph"] == "X":
        tracks.setdefault(track, []).append(event)
    elif event["ph"] == "s":
        flows[event["id"]] = Decimal(event["ts"])
for event in document["traceEvents"]:
    if event["ph"] == "f" and not flows.get(event["id"], Decimal("inf")) <= Decimal(event["ts"]):
        print("a flow that ends before it begins")
for track, events in tracks.items():
    if ("process_name", track[0], 0) not in named or ("thread_name", *track) not in named:
        print("track", track, "has no name")
    last, open_events = None, []
    for event in events:
        start, length = Decimal(event["ts"]), Decimal(event["dur"])
        if length < 0 or (last is not None and start < last):
            print("track", track, "goes back in time at", event["name"])
        last = start
        while open_events and open_events[-1][0] <= start:
            open_events.pop()
        if open_events:
            end, request = open_events[-1]
            if start + length > end:
                print("track", track, "does not nest at", event["name"])
            if request != event["args"]["trace"]:
                print("track", track, "mixes requests at", event["name"])
        open_events.append((start + length, event["args"]["trace"]))
