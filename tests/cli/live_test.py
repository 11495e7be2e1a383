#!/usr/bin/python3
"""`rehearse live`, where nobody is at home."""

import hashlib
import json
import os
import signal
import subprocess
import sys

import case
from case import COMMAND, CommandCase, heed_interrupts

# A platform where nobody is at home: port 9 answers nothing.
LIVE = """\
rehearse: 1
name: nobody at home
system: {services: {web: {instances: 2, servers: 4, service_time: 10ms}}}
workload: {clients: {arrivals: {poisson: 80rps}, to: web}}
policies:
  scaling:
    target: web
    observe: {scrape: 200ms, window: 1s}
    hpa: {max: 8, metrics: [{cpu: 70%}], sync_period: 500ms}
live:
  prometheus: {url: "http://127.0.0.1:9", timeout: 500ms}
  targets:
    web:
      metrics: {cpu: {each: cpu}}
      reserves: {cpu: 1}
      haproxy: {socket: run/admin.sock, backend: web}
      processes: {command: ["false", "{port}"], ports: 18311-18318, state: run/state, ready: /healthz}
  guards: {}
"""


class LiveTest(CommandCase):
    def setUp(self):
        super().setUp()
        self.write("live.yaml", LIVE)

    def test_what_makes_no_sense(self):
        for arguments, words in (
                ((), "'live' needs a file"), (("plan",), "'live plan' needs a file"),
                (("shadw", "live.yaml"), "did you mean 'shadow'?"),
                (("station.yaml",), "no block 'live'"),
                (("replay", "live.yaml"), "no log of 'rehearse live'"),
                (("replay", "live.yaml", "--for", "3s"), "neither --for nor --log"),
                (("live.yaml", "--for", "3"), "has no unit"),
                (("live.yaml", "--set", "policies.scaling.hpa.max=0"), "out-of-range"),
                (("live.yaml", "--set", "live.targets.web.metrics.cpu=null"), "unknown-metric")):
            done = self.ends_with(2, "live", *arguments)
            self.assertIn(words, done.stdout + done.stderr)

    def test_check_knows_what_live_needs(self):
        self.ends_with(0, "check", "live.yaml")
        done = self.ends_with(2, "check", "live.yaml", "--set", "live.targets.web.reserves=null")
        self.assertIn("shares of what instances reserve", done.stderr)

    def test_a_plan_that_sees_nothing(self):
        done = self.ends_with(4, "live", "live.yaml")
        self.assertIn("dry run; nothing is changed", done.stdout)
        self.assertIn("0 figures, 2 wakes, 0 decisions", done.stdout)
        self.assertIn("not a single figure could be observed", done.stderr)
        self.assertEqual(sorted(os.listdir(self.folder)), ["live.yaml", "station.yaml"])

    def test_a_log_replays(self):
        self.ends_with(4, "live", "plan", "live.yaml", "--for", "1s", "--log", "logs/a.jsonl")
        done = self.ends_with(0, "live", "replay", "logs/a.jsonl")
        self.assertRegex(done.stdout, r"equal: all 0 decisions after \d+ facts and \d+ wakes, 0 acts")
        document = json.loads(self.ends_with(0, "live", "replay", "logs/a.jsonl", "--json").stdout)
        lines = self.read("logs/a.jsonl").splitlines()
        self.assertEqual((document["end"], document["mode"], document["line"]),
                         ("equal", "plan", len(lines)))
        last = "0" * 64
        for line in lines:
            last = hashlib.sha256((last + line[:-76] + "}").encode()).hexdigest()
            self.assertEqual(last, json.loads(line)["chain"])
        self.assertEqual(document["last_link"], last)
        self.assertIn("File exists", self.ends_with(4, "live", "shadow", "live.yaml", "--log",
                                                    "logs/a.jsonl").stderr)
        self.write("torn.jsonl", "\n".join(lines)[:-30])
        self.assertIn("equal as far as it goes",
                      self.ends_with(3, "live", "replay", "torn.jsonl").stdout)
        self.write("changed.jsonl", self.read("logs/a.jsonl").replace("metric_lost", "metric_list"))
        self.assertIn("the chain is broken",
                      self.ends_with(1, "live", "replay", "changed.jsonl").stdout)
        self.ends_with(4, "live", "replay", "nowhere.jsonl")

    def test_what_cannot_act_leaves_no_log(self):
        self.write("run", "a file where a folder is to be")
        self.ends_with(4, "live", "run", "live.yaml", "--for", "1s", "--log", "a.jsonl")
        self.assertFalse(os.path.exists(self.path("a.jsonl")))

    def test_ctrl_c_ends_a_shadow(self):
        shadow = subprocess.Popen([COMMAND, "live", "shadow", "live.yaml", "--json"],
                                  cwd=self.folder, stdout=subprocess.PIPE, text=True,
                                  stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                  preexec_fn=heed_interrupts)
        first = shadow.stdout.readline() + shadow.stdout.readline()  # it has looked once
        shadow.send_signal(signal.SIGINT)
        rest = shadow.stdout.read()
        self.assertEqual((shadow.wait(timeout=30), shadow.stderr.read()),
                         (130, "rehearse: not a single figure could be observed\n"))
        shadow.stdout.close()
        shadow.stderr.close()
        entries = [json.loads(line) for line in (first + rest).splitlines()]
        self.assertEqual(entries[0]["entry"], "begin")
        self.assertEqual(entries[0]["policies"], ["scaling"])
        self.assertEqual((entries[-1]["entry"], entries[-1]["because"]), ("end", "interrupted"))
        logs = os.listdir(self.path("results/live"))
        self.assertEqual(len(logs), 1)
        self.assertRegex(logs[0], r"^live-shadow-\d{8}T\d{6}Z\.jsonl$")
        self.assertEqual(self.read("results/live/" + logs[0]), first + rest)
        self.ends_with(0, "live", "replay", "results/live/" + logs[0])


if __name__ == "__main__":
    sys.exit(case.main())
