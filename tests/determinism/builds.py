#!/usr/bin/python3
"""Two builds of the command give the same bits.

    builds.py REFERENCE COMMAND SCENARIO [ARGUMENTS of `rehearse run`]

Runs the scenario with both (the reference on one thread, the other on two) and compares the whole
JSON document but for `timing`. Exit code 1 and the places that differ, if any do.
"""

import json
import subprocess
import sys
import tempfile


def result(command, jobs, arguments):
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([command, "run", *arguments, "--json", "--jobs", jobs, "--out",
                               folder + "/out"], stdout=subprocess.PIPE, check=False)
    if done.returncode not in (0, 1, 3):
        sys.exit(f"{command} ended with {done.returncode}")
    document = json.loads(done.stdout)
    del document["timing"]
    return document


def differences(one, other, place="result"):
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted(one.keys() | other.keys()):
            yield from differences(one.get(key), other.get(key), f"{place}.{key}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for index, pair in enumerate(zip(one, other)):
            yield from differences(*pair, f"{place}[{index}]")
    elif one != other:
        yield f"{place}: {one!r} != {other!r}"


def main(arguments):
    if len(arguments) < 4:
        sys.exit(__doc__)
    found = list(differences(result(arguments[1], "1", arguments[3:]),
                             result(arguments[2], "2", arguments[3:])))
    print("\n".join(found[:20]))
    print(f"{len(found)} differences")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
