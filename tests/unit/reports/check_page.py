#!/usr/bin/python3
"""check_page.py PAGE: prints what a page of ours must not have, nothing where all is well.

Reads the page with a parser that is not ours: only known elements and attributes, nothing that loads
or runs (besides the one script whose hash the policy names), unique ids, links that lead somewhere,
elements that close.
"""
import base64
import hashlib
import re
import sys
from html.parser import HTMLParser

ELEMENTS = set("""html head meta title style body a header h1 h2 h4 bdi nav div p svg defs symbol
circle path rect line g use dl dt dd span small main section table thead tbody tr th td br code pre
details summary figure figcaption b i ul li footer script noscript""".split())
ATTRIBUTES = set("""lang charset http-equiv content name class href id style role tabindex scope colspan
width height viewbox preserveaspectratio x y rx cx cy r x1 x2 y1 y2 d fill stroke stroke-width
stroke-linecap stroke-linejoin stroke-dasharray open title data-h data-unit data-column data-of data-v
data-s data-n data-at data-to data-from data-bound data-subject data-verdict data-interval data-warmup
data-end aria-hidden aria-label aria-labelledby""".split())
OPTIONAL_END = set("tr th td dt dd li thead tbody".split())
VOID = set("meta br".split())


class Page(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.problems, self.open, self.ids = [], [], []
        self.targets, self.scripts, self.policy = [], [], ""
        self.inside_script = False

    def handle_starttag(self, tag, attrs, closed=False):
        if tag not in ELEMENTS:
            self.problems.append(f"element {tag}")
        for name, value in attrs:
            if name not in ATTRIBUTES:
                self.problems.append(f"attribute {name} of {tag}")
            if name == "id":
                self.ids.append(value)
            if name == "aria-labelledby":
                self.targets.append(value)
            if name == "href":
                if not value.startswith("#"):
                    self.problems.append(f"link to {value}")
                self.targets.append(value[1:])
            if name == "style" and re.search(r"url|expression|import|@", value):
                self.problems.append(f"style {value}")
        values = dict(attrs)
        if values.get("http-equiv") == "Content-Security-Policy":
            self.policy = values["content"]
        if tag == "script":
            if attrs:
                self.problems.append("script with attributes")
            self.scripts.append("")
            self.inside_script = True
        if tag not in VOID and not closed:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs, closed=True)

    def handle_endtag(self, tag):
        self.inside_script = False
        while self.open and self.open[-1] != tag and self.open[-1] in OPTIONAL_END:
            self.open.pop()
        if not self.open or self.open[-1] != tag:
            self.problems.append(f"</{tag}> closes {self.open[-3:]}")
        else:
            self.open.pop()

    def handle_data(self, data):
        if self.inside_script:
            self.scripts[-1] += data
        elif re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufffe]", data):
            self.problems.append(f"control character in {data[:60]!r}")

    def handle_comment(self, data):
        self.problems.append(f"comment {data[:60]!r}")


with open(sys.argv[1], encoding="utf-8", newline="") as file:
    text = file.read()
page = Page()
page.feed(text)
page.close()
if page.open:
    page.problems.append(f"left open: {page.open}")
for name in set(page.ids):
    if page.ids.count(name) > 1:
        page.problems.append(f"id {name} more than once")
for target in set(page.targets) - set(page.ids):
    page.problems.append(f"nothing has the id {target}")
digest = "".join(
    "'sha256-" + base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() + "'"
    for s in page.scripts)
if len(page.scripts) != 1 or f"script-src {digest};" not in page.policy:
    page.problems.append(f"{len(page.scripts)} scripts, {digest} against {page.policy}")
if not page.policy.startswith("default-src 'none'; "):
    page.problems.append("the policy lets things load")
print("\n".join(page.problems), end="")
