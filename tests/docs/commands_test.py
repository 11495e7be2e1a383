"""Runs every `rehearse` command that README.md and docs/ show in ```sh blocks, as written.

usage: commands_test.py COMMAND SOURCE_FOLDER

A command must end with an exit code of the contract that says that it did its work (0, 1 or 3), in a
folder that sees the scenarios of the tree and nothing else of it. Lines that do not begin with
`rehearse` are set-up (builds, packages); other tests run those.
"""

import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

DID_ITS_WORK = (0, 1, 3)


def commands(page):
    for block in re.findall(r"^```sh\n(.*?)^```", page.read_text(encoding="utf-8"), re.S | re.M):
        for line in block.splitlines():
            if line.startswith("rehearse "):
                yield line


def main():
    command, source = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
    pages = [source / "README.md", *sorted((source / "docs").glob("*.md"))]
    ran = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for name in ("scenarios", "bench"):
            (pathlib.Path(folder) / name).symlink_to(source / name)
        for page in pages:
            for line in commands(page):
                words = shlex.split(line, comments=True)[1:]
                done = subprocess.run([command, *words], cwd=folder, capture_output=True, text=True,
                                      stdin=subprocess.DEVNULL, check=False)
                ran += 1
                if done.returncode not in DID_ITS_WORK:
                    failed += 1
                    print(f"{page.relative_to(source)}: {line}\n  exit code {done.returncode}\n"
                          f"{done.stdout[-2000:]}{done.stderr[-2000:]}")
                else:
                    print(f"ok {done.returncode}  {line}")
    print(f"{ran} commands, {failed} failed")
    return 1 if failed or ran == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
