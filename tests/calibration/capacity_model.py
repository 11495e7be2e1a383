"""One small HTTP service with 1 to 3 replicas on K3s under an open load (Majid, "Forecast-Error
Semantics in Predictive Kubernetes Autoscaling", v1.0.0, 2026; CC BY 4.0), as a scenario.

The model. Replicas with a quota; a request takes processor time by a gamma law; housekeeping takes
the rest, in lumps.

From the rows with one replica, directly: processor time of a request and load without requests, as
slope and intercept of processor time over rate; the quota, which is what a replica uses that is
throttled in 99 % of the periods (0.48 cores: a little below a limit of half a core, as slices of a
quota go unused). By simulation: the shape of the law and the size of the lumps, on a grid, such
that the squared errors of log p99 are least. Taken as given: one core at a time; constant gaps
between requests; a timeout of 5 s (the largest time measured); replicas picked at random, as by
iptables.
"""

import csv
from dataclasses import dataclass

from figures import line

RUN = "120s"


@dataclass
class Step:
    """One row: a load that was held for some runs of two minutes."""
    replicas: int
    rate: float
    runs: int
    p99: float      # s; largest of the runs
    cores: float    # of one replica; largest of replicas and runs
    achieved: float
    failed: float   # largest share of the runs


def read_steps(folder):
    with open(folder / "capacity_by_replicas_and_load.csv", encoding="utf-8") as file:
        return [Step(int(row["replicas"]), float(row["target_rps"]), int(row["runs"]),
                     float(row["max_p99_ms"]) * 1e-3, float(row["max_pod_cpu"]),
                     float(row["mean_achieved_rps"]), float(row["max_failure_rate"]))
                for row in csv.DictReader(file)]


@dataclass
class Calibration:
    per_request: float  # s
    background: float   # cores
    limit: float        # cores


def calibrate(steps):
    base, slope = line([s.rate for s in steps], [s.cores for s in steps])
    return Calibration(slope, max(0.0, base), round(max(s.cores for s in steps), 3))


TEXT = """\
# A small HTTP service on Kubernetes, calibrated on measurements with one replica: how much do two
# and three carry? Its CPU limit sets the knee: a replica that has used its quota stands still for
# the rest of a period of 100 ms. Compare
#   --set system.services.web.instances=3 --set workload.load.arrivals.constant=120rps
#   --set workload.housekeeping.arrivals.poisson={thrice:.3g}rps
# Written by tests/calibration/calibrate.py; docs/calibration.md says how well it predicts what it
# has not seen. Figures: A. Majid, "Forecast-Error Semantics in Predictive Kubernetes Autoscaling",
# v1.0.0, 2026, github.com/anfa-majid/forecast-error-semantics-kubernetes-autoscaling (CC BY 4.0).
rehearse: 1
name: replicas under a CPU limit, calibrated
experiment: {{horizon: 2m, warmup: 0s, trials: 5, seed: 1}}
system:
  services:
    web:
      instances: {replicas}
      cpu: {{limit: {limit}m, period: 100ms, cores: 1}}
      balancer: random
      endpoints:
        get: [{{cpu: {{gamma: {{shape: {shape:g}, mean: {request:.3g}ms}}}}}}]
        housekeeping: [{{cpu: {lump:g}ms}}]
workload:
  load: {{arrivals: {{constant: {rate:g}rps}}, to: web/get, timeout: 5s}}
  housekeeping: {{arrivals: {{poisson: {lumps:.3g}rps}}, to: web/housekeeping}}
objectives:
  - p99(load) < 100ms
  - error_rate(load) < 1%
"""


def scenario(calibration, shape, lump, replicas=1, rate=60.0):
    """lump: s."""
    return TEXT.format(replicas=replicas, limit=round(calibration.limit * 1000), shape=shape,
                       lump=lump * 1e3, rate=rate,
                       request=calibration.per_request * 1e3,
                       lumps=replicas * calibration.background / lump,
                       thrice=3 * calibration.background / lump)
