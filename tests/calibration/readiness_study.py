"""Pods that are added: calibrated on one whose image is there, tested on two and three, and on an
image that is pulled.
"""

import capacity_model
import readiness_model
from boutique_study import target
from figures import Row, figure_of
from simulator import simulate

FILE = "scenarios/examples/scale-up.yaml"
FOLDERS = ("k8s_capacity_readiness",)
TRIALS = 50
AT, HORIZON = 1, 7  # s
CASES = (("2 pods", "cached", 2, ("ready", "serving")),
         ("3 pods", "cached", 3, ("ready", "serving")),
         ("1 pod, image pulled", "pulled", 1, ("serving",)))
_TOGETHER = ("pods that are added together come into rotation later than one: 2.0 to 2.1 s after "
             "they are ready in place of 1.2 s (medians). Here each comes into rotation by itself; "
             "nothing that was measured with one pod shows what keeps several of them.")
GAPS = {f"{pods} pods, until serving, {figure}": _TOGETHER
        for pods in (2, 3) for figure in ("p50", "p90")}


class Study:
    def __init__(self, data):
        steps = capacity_model.read_steps(data / FOLDERS[0])
        self.delays = readiness_model.read_delays(data / FOLDERS[0])
        self.calibration = readiness_model.calibrate(
            self.delays, capacity_model.calibrate([s for s in steps if s.replicas == 1]))

    def fit(self, command, tell=print):
        """Nothing is fitted by simulation."""
        return None

    def scenario(self, fitted):
        return readiness_model.scenario(self.calibration)

    def times(self, command, image, added):
        """From the wish until the last new pod is ready, and has its first request: lists."""
        text = readiness_model.scenario(self.calibration, image, added, AT, HORIZON)
        found = {"ready": [], "serving": []}
        for seed in range(1, TRIALS + 1):
            out = simulate(command, text, spans=True, trials=1, seed=seed)
            wish, = out.events("policy.decided")
            ready, new = out.events("instance.ready"), out.first_visits("web")[1:]
            if len(new) != added:
                raise RuntimeError(f"{len(new)} of {added} pods serve after {HORIZON} s")
            found["ready"].append(max(ready) - wish - self.calibration.rotation)
            found["serving"].append(max(new) - wish)
        return found

    def tables(self, command, fitted):
        rows = []
        for title, image, added, whats in CASES:
            times = self.times(command, image, added)
            for until in whats:
                rows += self.rows(title, self.delays[image, added, until],
                                  self.delays["cached", 1, until], until, times[until])
        yield "From the wish for more pods until the last of them serves", rows

    @staticmethod
    def rows(title, measured, one, until, times):
        for kind, of in (("p50", lambda delay: delay.median), ("p90", lambda delay: delay.p90)):
            yield Row(f"{title}, until {until}, {kind}", "s", of(measured), figure_of(kind, times),
                      target(kind), other=of(one))
