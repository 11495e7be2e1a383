"""Runs the pipelines of docs/ci.md as far as they go without their servers: the YAML parses, and the
shell scripts run, on a repository with a change that breaks an objective.

usage: ci_test.py COMMAND SOURCE_FOLDER

Left out: steps that install packages or are actions of GitHub. Exit code 77 where PyYAML or git is
missing.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

SCENARIO = """\
rehearse: 1
name: shop
experiment: {horizon: 60s, seed: 1, trials: 4}
system: {services: {web: {servers: SERVERS, service_time: {exponential: 100ms}}}}
workload: {clients: {arrivals: {poisson: 80rps}, to: web}}
objectives: [mean_response(web) < 200ms]
"""
GIT = ["git", "-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]


def repository(root):
    """A clone of a platform's repository, on a branch that takes servers away."""
    def commit(servers, message):
        path = root / "rehearse" / "shop.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(SCENARIO.replace("SERVERS", str(servers)), encoding="utf-8")
        subprocess.run([*GIT, "-C", root, "add", "."], check=True)
        subprocess.run([*GIT, "-C", root, "commit", "-qm", message], check=True)

    subprocess.run(["git", "init", "-q", "-b", "branch", root], check=True)
    commit(10, "as it is")
    subprocess.run(["git", "-C", root, "update-ref", "refs/remotes/origin/main", "HEAD"], check=True)
    commit(7, "cheaper")


class Pipeline:
    def __init__(self, command, folder):
        self.root = pathlib.Path(folder) / "repository"
        repository(self.root)
        self.summary = pathlib.Path(folder) / "summary.md"
        base = subprocess.run(["git", "-C", self.root, "rev-parse", "origin/main"], check=True,
                              capture_output=True, text=True).stdout.strip()
        self.environment = os.environ | {
            "PATH": f"{command.parent}:{os.environ['PATH']}", "HOME": folder,
            "GITHUB_BASE_REF": "main", "GITHUB_STEP_SUMMARY": str(self.summary),
            "CI_MERGE_REQUEST_DIFF_BASE_SHA": base}

    def run(self, script, shell):
        done = subprocess.run([*shell, "-c", script], cwd=self.root, env=self.environment,
                              capture_output=True, text=True, check=False)
        print(f"exit code {done.returncode} of:\n{script}")
        if done.returncode not in (0, 1):
            print(done.stdout, done.stderr)
        return done.returncode


def expect(codes, *expected):
    if codes != list(expected):
        sys.exit(f"exit codes {codes}, expected {list(expected)}")


def expect_text(path, *parts):
    text = path.read_text(encoding="utf-8")
    for part in parts:
        if part not in text:
            sys.exit(f"{path.name} lacks '{part}':\n{text}")


def github(pipeline, steps):
    return [pipeline.run(step["run"], ["bash", "-e", *pipefail(step)]) for step in steps
            if "run" in step and step.get("name") != "Install"]


def pipefail(step):
    return ["-o", "pipefail"] if step.get("shell") == "bash" else []


def main():
    try:
        import yaml
    except ImportError:
        print("skipped: needs the Python module yaml")
        sys.exit(77)
    if not shutil.which("git"):
        print("skipped: needs git")
        sys.exit(77)
    command, source = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2])
    page = (source / "docs" / "ci.md").read_text(encoding="utf-8")
    actions, only_worse, gitlab = [
        yaml.safe_load(block) for block in re.findall(r"^```yaml\n(.*?)^```", page, re.S | re.M)]

    with tempfile.TemporaryDirectory() as folder:
        pipeline = Pipeline(command, folder)
        steps = actions["jobs"]["rehearse"]["steps"]
        expect(github(pipeline, steps), 0, 1, 0)
        expect_text(pipeline.summary, "❌ fails", "#### Since `results/base`", "holds → fails")
        expect(github(pipeline, only_worse), 1)
        expect_text(pipeline.summary, "### ❌ shop", "web.servers: 10 → 7")

    with tempfile.TemporaryDirectory() as folder:
        pipeline = Pipeline(command, folder)
        job = gitlab["rehearse"]
        expect([pipeline.run("\n".join(job["script"]), ["bash", "-eo", "pipefail"]),
                pipeline.run("\n".join(job["after_script"]), ["bash", "-e"])], 1, 0)
        expect_text(pipeline.root / "results" / "changes.md", "holds → fails")
        expect_text(pipeline.root / job["artifacts"]["reports"]["junit"], "<failure")


if __name__ == "__main__":
    main()
