#!/usr/bin/python3
"""check_junit.py DOCUMENT: prints the counts that a CI server would see."""
import sys
import xml.dom.minidom

document = xml.dom.minidom.parse(sys.argv[1])
cases = document.getElementsByTagName("testcase")
failures = document.getElementsByTagName("failure")
errors = document.getElementsByTagName("error")
for suite in [document.documentElement, *document.getElementsByTagName("testsuite")]:
    claimed = [int(suite.getAttribute(name)) for name in ("tests", "failures", "errors")]
    if claimed != [len(cases), len(failures), len(errors)]:
        print("counts differ:", claimed)
print(f"{len(cases)} cases, {len(failures)} failures, {len(errors)} errors")
