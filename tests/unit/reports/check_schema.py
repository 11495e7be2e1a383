#!/usr/bin/python3
"""check_schema.py DOCUMENT SCHEMA [DEFINITION]: prints what is wrong, nothing where all is well.
With DEFINITION the document is held against that one of the schema's $defs."""
import json
import sys

import jsonschema

with open(sys.argv[1], encoding="utf-8") as file:
    document = json.load(file)
with open(sys.argv[2], encoding="utf-8") as file:
    schema = json.load(file)
jsonschema.Draft202012Validator.check_schema(schema)
if len(sys.argv) > 3:
    schema = {"$defs": schema["$defs"], "$ref": "#/$defs/" + sys.argv[3]}
for error in jsonschema.Draft202012Validator(schema).iter_errors(document):
    print("/".join(map(str, error.path)), error.message[:200])
