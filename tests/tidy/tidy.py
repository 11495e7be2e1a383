#!/usr/bin/python3
"""The lint that is a test: rules of the house that no compiler knows.

    tidy.py ROOT        checks every source file of the tree, prints file:line: [rule] message,
                        exit code 1 when anything was found

Rules: ranks (cmake/ranks.txt against every #include), determinism (names that would let the outside
world into a simulation), hands (a dry run reaches nothing that changes a platform), shape (pragma once, tabs, width, trailing blanks, length of
functions, unfinished work), links (of documents to files of the tree).
One line may be excused where the reason is written on it or on the line above:
    // tidy: allow(RULE) reason
"""

import pathlib
import posixpath
import re
import sys
from dataclasses import dataclass

DETERMINISTIC = ("base", "sim", "policies", "models")
SKIPPED = ("build", ".git", "results", ".cache", "third_party")
WIDTH = 100
FUNCTION_LINES = 70

# (rule, what to look for in code, what to use instead)
BANS = [
    ("clock", r"\b\w*_clock\s*::\s*now\b|\b(?:clock_)?gettime(?:ofday)?\s*\("
              r"|\b(?:std\s*::\s*)?time\s*\(\s*(?:NULL|nullptr)\s*\)",
     "simulated time: take `Instant now` as an argument"),
    ("random", r"\brandom_device\b|\bstd\s*::\s*(?:mt19937(?:_64)?|default_random_engine|minstd_rand0?)\b",
     "sim::Stream, derived from (seed, trial, entity, purpose)"),
    ("random", r"(?<![\w.>])s?rand(?:om|48)?\s*\(", "sim::Stream"),
    ("distribution", r"\bstd\s*::\s*\w+_distribution\b",
     "sim/distribution.hpp: those of std:: differ between libraries"),
    ("environment", r"\b(?:secure_)?getenv\b", "a field of the scenario or an argument"),
    ("thread", r"\bstd\s*::\s*(?:j?thread|async|(?:recursive_|shared_|timed_)*mutex)\b",
     "one thread per trial, started in experiments/"),
    ("pointer-order", r"\bstd\s*::\s*(?:multi)?(?:map|set)\s*<\s*(?:const\s+)?[\w:]+(?:\s+const)?\s*\*",
     "an order by id: addresses differ from run to run"),
]
# What only looks at a real platform, and what changes one. From a watcher's file no chain of includes
# leads to a hand; with a header comes its source, as that is what runs.
WATCHERS = ("cli/live_watch.cpp", "cli/live_session.cpp", "live/loop.cpp", "live/host.cpp",
            "live/service_observer.cpp")
HANDS = ("live/actuator.hpp", "live/acting_loop.hpp", "live/haproxy_slots.hpp",
         "live/process_control.hpp", "live/service_set.hpp", "live/service_actuator.hpp")

UNORDERED = re.compile(r"\bunordered_(?:multi)?(?:map|set)\s*<")
UNFINISHED = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b")


@dataclass(frozen=True)
class Finding:
    path: str
    line: int
    rule: str
    message: str

    def __str__(self):
        return f"{self.path}:{self.line}: [{self.rule}] {self.message}"


LITERALS = re.compile(
    r'R"(?P<tag>[^()\s\\]{0,16})\(.*?\)(?P=tag)"'  # raw string
    r'|"(?:\\.|[^"\\\n])*"'  # string
    r"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'"  # character, not a digit separator
    r"|//[^\n]*|/\*.*?\*/",  # comments
    re.DOTALL)


def code_only(text):
    """The text with comments and the inside of literals blanked; lines and columns stay."""
    def blank(match):
        return "".join(c if c == "\n" else " " for c in match.group(0))
    return LITERALS.sub(blank, text)


def read_ranks(text):
    """cmake/ranks.txt -> {folder: (rank, {folders it must not include all the same})}."""
    ranks = {}
    for line in text.splitlines():
        words = line.split("#")[0].split()
        if words:
            ranks[words[0]] = (int(words[1]), set(words[3:]))
    return ranks


def folder_of(path, ranks):
    """The ranked folder that a path from the root lies in, or None."""
    return next((f for f in ranks if path.startswith(f + "/")), None)


def allowed(lines, index, rule):
    here = lines[index] + (lines[index - 1] if index > 0 else "")
    return re.search(r"tidy: allow\(" + re.escape(rule) + r"\) +\w", here) is not None


def check_ranks(path, text, ranks):
    folder = folder_of(path, ranks)
    for number, line in enumerate(text.splitlines(), 1):
        match = re.match(r'\s*#\s*include\s*"([^"]+)"', line)
        if not match or folder is None:
            continue
        target = match.group(1)
        other = folder_of(target, ranks)
        if other is None:
            yield Finding(path, number, "ranks",
                          f'"{target}" is no path from the root; write "{folder}/..."')
            continue
        rank, forbidden = ranks[folder]
        if other in forbidden or (other != folder and ranks[other][0] >= rank):
            yield Finding(path, number, "ranks",
                          f"{folder}/ (rank {rank}) may not include {other}/ "
                          f"(rank {ranks[other][0]}); see cmake/ranks.txt")


def unordered_names(code):
    """Names of variables and members declared with an unordered container type."""
    names = set()
    for match in UNORDERED.finditer(code):
        depth, at = 1, match.end()
        while at < len(code) and depth > 0:
            depth += {"<": 1, ">": -1}.get(code[at], 0)
            at += 1
        declared = re.match(r"\s*[&*]?\s*(\w+)", code[at:at + 200])
        if declared:
            names.add(declared.group(1))
    return names


def check_determinism(path, text, header_text=""):
    if not path.startswith(tuple(f + "/" for f in DETERMINISTIC)):
        return
    lines, code = text.splitlines(), code_only(text)
    for number, line in enumerate(code.splitlines(), 1):
        for rule, pattern, instead in BANS:
            match = re.search(pattern, line)
            if match and not allowed(lines, number - 1, rule):
                yield Finding(path, number, rule,
                              f"`{match.group(0).strip()}` is banned here; use {instead}")
    names = unordered_names(code) | unordered_names(code_only(header_text))
    for match in re.finditer(r"\bfor\s*\([^;{}]*?:\s*(?:[\w.\->]*?(?:\.|->))?(\w+)\s*\)"
                             r"|\b(\w+)\s*(?:\.|->)\s*c?begin\s*\(", code):
        name = match.group(1) or match.group(2)
        number = code.count("\n", 0, match.start()) + 1
        if name in names and not allowed(lines, number - 1, "unordered"):
            yield Finding(path, number, "unordered",
                          f"iteration over unordered `{name}` follows the hash; use std::map, a "
                          "sorted vector, or keep the order of insertion beside it")


def check_shape(path, text):
    lines = text.splitlines()
    if path.endswith(".hpp") and "#pragma once" not in lines[:1]:
        yield Finding(path, 1, "pragma-once", "a header starts with `#pragma once`")
    if text and not text.endswith("\n"):
        yield Finding(path, len(lines), "newline", "the last line has no end; add a newline")
    for number, line in enumerate(lines, 1):
        if "\t" in line:
            yield Finding(path, number, "tab", "a tab; use spaces")
        if line != line.rstrip():
            yield Finding(path, number, "blanks", "blanks at the end of the line; remove them")
        if len(line) > WIDTH and not allowed(lines, number - 1, "width"):
            yield Finding(path, number, "width",
                          f"{len(line)} columns; {WIDTH} at most (clang-format)")
        if UNFINISHED.search(line):
            yield Finding(path, number, "unfinished",
                          "unfinished work; finish it, or state the limit in the header comment")


def check_functions(path, text):
    """In our layout a definition starts in column 1; it ends where its braces close."""
    lines, start, depth, opened = text.splitlines(), None, 0, False
    for number, line in enumerate(code_only(text).splitlines(), 1):
        if start is None:
            if not re.match(r"[A-Za-z_\[]", line) or line.startswith(("namespace", "extern")):
                continue
            start, depth, opened = number, 0, False
        depth += line.count("{") - line.count("}")
        opened = opened or "{" in line
        if depth > 0 or not (opened or line.rstrip().endswith(";")):
            continue
        length = number - start + 1
        if line == "}" and length > FUNCTION_LINES and not allowed(lines, start - 1, "length"):
            yield Finding(path, start, "length",
                          f"{length} lines in a function, {FUNCTION_LINES} at most; keep the "
                          "branches here and move plain work to helpers")
        start = None


def check_links(path, text, exists):
    """`exists` tells whether a path from the root is there."""
    for number, line in enumerate(text.splitlines(), 1):
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", line):
            if re.match(r"[a-z]+:", target):
                continue
            if not exists(posixpath.normpath(posixpath.join(posixpath.dirname(path), target))):
                yield Finding(path, number, "link", f"leads to no file: {target}")


def check_hands(texts, watchers=WATCHERS, hands=HANDS):
    """`texts`: of all sources, by path. Follows every chain of includes from the watchers."""
    for name in (*watchers, *hands):
        if name not in texts:
            yield Finding(name, 1, "hands", "this file is gone; name what has taken its place")
    for watcher in watchers:
        came_from, left = {watcher: None}, [watcher]
        while left:
            path = left.pop()
            if path in hands:
                chain = [path]
                while came_from[chain[-1]] is not None:
                    chain.append(came_from[chain[-1]])
                yield Finding(watcher, 1, "hands",
                              "a dry run must not reach what acts: " + " <- ".join(chain))
                continue
            near = re.findall(r'^\s*#\s*include\s*"([^"]+)"', texts.get(path, ""), re.M)
            if path.endswith(".hpp"):
                near.append(path[:-4] + ".cpp")
            for other in near:
                if other in texts and other not in came_from:
                    came_from[other] = path
                    left.append(other)


def check_file(path, text, ranks, header_text=""):
    yield from check_shape(path, text)
    yield from check_ranks(path, text, ranks)
    yield from check_determinism(path, text, header_text)
    yield from check_functions(path, text)


def source_files(root):
    for path in sorted(root.rglob("*")):
        relative = path.relative_to(root)
        if (relative.parts[0].startswith(SKIPPED) or "node_modules" in relative.parts
                or not path.is_file()):
            continue
        if path.suffix in (".cpp", ".hpp", ".md"):
            yield relative.as_posix(), path


def check_tree(root):
    ranks = read_ranks((root / "cmake/ranks.txt").read_text(encoding="utf-8"))
    count, texts = 0, {}
    for relative, path in source_files(root):
        count += 1
        texts[relative] = path.read_text(encoding="utf-8")
        if path.suffix == ".md":
            yield from check_links(relative, texts[relative],
                                   lambda target: (root / target).exists())
            continue
        header = path.with_suffix(".hpp")
        header_text = ""
        if path.suffix == ".cpp" and header.exists():
            header_text = header.read_text(encoding="utf-8")
        for finding in check_file(relative, texts[relative], ranks, header_text):
            yield finding
    if any(path.startswith("live/") for path in texts):
        yield from check_hands(texts)
    if count == 0:
        yield Finding(".", 1, "tree", f"no source file under {root}")


def main(arguments):
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    findings = list(check_tree(pathlib.Path(arguments[1])))
    for finding in findings:
        print(finding)
    print(f"{len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
