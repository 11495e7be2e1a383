#!/usr/bin/python3
"""check_otlp.py DOCUMENT [SCHEMA]: prints what is wrong with OTLP JSON, nothing where all is well.

Beyond the schema: a line is a document (the file exporter's format), ids are unique, each parent is
there and of the same trace, a trace has one root, children do not begin before their parents, keys
of attributes are unique, and each span has a status after S0.8: OK or ERROR, but for what has none
(queues, pauses, what was still going on).
"""
import json
import sys

import jsonschema

with open(sys.argv[1], encoding="utf-8") as file:
    text = file.read()
if text.count("\n") != 1 or not text.endswith("\n"):
    print("not one line")
document = json.loads(text)
if len(sys.argv) > 2:
    with open(sys.argv[2], encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    for error in jsonschema.Draft202012Validator(schema).iter_errors(document):
        print("/".join(map(str, error.path)), error.message[:200])

spans = {}
for resource in document["resourceSpans"]:
    keys = {a["key"]: a["value"] for a in resource["resource"]["attributes"]}
    if "service.name" not in keys:
        print("a resource without service.name")
    for scope in resource["scopeSpans"]:
        for span in scope["spans"]:
            if span["spanId"] in spans:
                print("span", span["spanId"], "is there twice")
            spans[span["spanId"]] = span
            names = [a["key"] for a in span["attributes"]]
            if len(names) != len(set(names)):
                print(span["name"], "has an attribute twice")
roots = {}
for span in spans.values():
    start, end = int(span["startTimeUnixNano"]), int(span["endTimeUnixNano"])
    if start > end:
        print(span["name"], "ends before it starts")
    if "parentSpanId" not in span:
        roots[span["traceId"]] = roots.get(span["traceId"], 0) + 1
        continue
    parent = spans.get(span["parentSpanId"])
    if parent is None or parent["traceId"] != span["traceId"]:
        print(span["name"], "has no parent in its trace")
    elif int(parent["startTimeUnixNano"]) > start:
        print(span["name"], "begins before its parent", parent["name"])
for trace in {span["traceId"] for span in spans.values()}:
    if roots.get(trace) != 1:
        print("trace", trace, "has", roots.get(trace, 0), "roots")
