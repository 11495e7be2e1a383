"""Pods that are added to a small HTTP service on K3s (Majid, "Forecast-Error Semantics in Predictive
Kubernetes Autoscaling", v1.0.0, 2026; CC BY 4.0), as a scenario: how long from the wish for more
until they serve?

The model. A wish is carried out after a time; then each new pod starts, by itself, by a law; once it
is ready it takes a constant time until it is in rotation, and then it is picked at random as the
others are. Pods that are added together do not get into each other's way.

From the trials with one pod, whose image was there, directly: the median time until the wish is
carried out; the law of starting, which is that of the time until ready, less that; time until in
rotation, as the difference between the medians until serving and until ready. A law is that of the
published minimum, median, p90 and maximum, with straight lines between. For an image that is
pulled: the law of its own time until ready. Taken as given: the request and the limit of
`replicas.yaml`, without its housekeeping; requests that come often enough to reach a pod soon.
"""

import csv
from dataclasses import dataclass

STEPS = 10  # of a law


@dataclass
class Delay:
    """Seconds since the scale decision, of ten trials; of the last pod that was added."""
    least: float
    median: float
    p90: float
    most: float

    def at(self, share):
        points = ((0.0, self.least), (0.5, self.median), (0.9, self.p90), (1.0, self.most))
        for (a, low), (b, high) in zip(points, points[1:]):
            if share <= b:
                return low + (high - low) * (share - a) / (b - a)
        return self.most


def read_delays(folder):
    """{(image, pods added, what until): delay}; image: 'cached' or 'pulled'; what: 'wish', 'ready'
    or 'serving'."""
    whats = {"deployment_api_delay_s": "wish", "trial_readiness_delay_s": "ready",
             "trial_effective_serving_delay_s": "serving"}
    images = {"cached-main": "cached", "cold-registry": "pulled"}
    delays = {}
    with open(folder / "pod_readiness_delays.csv", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["metric"] in whats:
                key = images[row["cache_treatment"]], int(row["increment"]), whats[row["metric"]]
                delays[key] = Delay(float(row["minimum"]), float(row["median"]), float(row["p90"]),
                                    float(row["maximum"]))
    return delays


@dataclass
class Calibration:
    wish: float        # s until it is carried out
    ready: dict        # image -> Delay until ready, since the wish
    rotation: float    # s from ready to serving
    per_request: float  # s of processor time
    limit: float       # cores


def calibrate(delays, capacity):
    wish, serving = (delays["cached", 1, what] for what in ("wish", "serving"))
    ready = {image: delays[image, 1, "ready"] for image in ("cached", "pulled")}
    return Calibration(wish.median, ready, serving.median - ready["cached"].median,
                       capacity.per_request, capacity.limit)


TEXT = """\
# A small HTTP service on Kubernetes, calibrated on measurements of pods that are added: how long is
# it from the wish for more until they serve, and what does it cost if traffic is there before them?
# Their image is on the node; two more are wanted as the load doubles. To want them earlier:
#   --set policies.clock.scheduled.early=7s
# An image that has to be pulled first:
#   --set 'system.services.web.startup={{empirical: [{pulled}]}}'
# Written by tests/calibration/calibrate.py; docs/calibration.md says how well it predicts what it
# has not seen. Figures: A. Majid, "Forecast-Error Semantics in Predictive Kubernetes Autoscaling",
# v1.0.0, 2026, github.com/anfa-majid/forecast-error-semantics-kubernetes-autoscaling (CC BY 4.0).
rehearse: 1
name: pods that are added, calibrated
experiment: {{horizon: {horizon}s, warmup: 0s, trials: 10, seed: 1}}
system:
  services:
    web:
      instances: 1
      cpu: {{limit: {limit}m, period: 100ms, cores: 1}}
      balancer: random
      startup: {{empirical: [{law}]}}
      endpoints:
        get: [{{cpu: {{gamma: {{shape: 4, mean: {request:.3g}ms}}}}}}]
workload:
  load:
    arrivals: {{start: 60rps, stages: [{{hold: {at}s}}, {{ramp: 0s, to: 120rps}}, {{hold: {rest}s}}]}}
    to: web/get
    timeout: 5s
policies:
  clock:
    target: web
    act: {{after: {wish:.3g}ms}}
    scheduled: {{min: 1, max: {pods}, period: 1s, windows: [{{from: {at}s, to: 1h, instances: {pods}}}]}}
objectives:
  - p99(load) < 100ms during 0s..{at}s
  - p99(load) < 100ms during {at}s..{horizon}s      # fails: one has to carry 120 rps at first
"""


def law(calibration, image):
    rest = calibration.rotation - calibration.wish
    return ", ".join(f"{calibration.ready[image].at(i / STEPS) + rest:.3f}s"
                     for i in range(STEPS + 1))


def scenario(calibration, image="cached", added=2, at=60, horizon=120):
    return TEXT.format(horizon=horizon, limit=round(calibration.limit * 1000), at=at,
                       rest=horizon - at, request=calibration.per_request * 1e3,
                       law=law(calibration, image), wish=calibration.wish * 1e3,
                       pulled=law(calibration, "pulled"), pods=added + 1)
