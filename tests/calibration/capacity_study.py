"""Replicas under a CPU limit: calibrated on one replica, tested on two and three.

Not tested: the share of periods that are throttled, which is no figure of a simulation."""

import math

import capacity_model
from figures import MEAN_TARGET, TAIL_TARGET, Row
from simulator import simulate

FILE = "scenarios/examples/replicas.yaml"
FOLDERS = ("k8s_capacity_readiness",)
SHAPES = (1, 2, 4, 8, 16)
LUMPS = (0.002, 0.005, 0.01, 0.02)  # s
_SCATTER = ("the largest p99 of three runs scatters: with one replica and five runs it is 30, 46, 30, "
            "15 ms from 45 to 60 rps, less at more load.")
GAPS = {
    "2 replicas, 90 rps, p99": _SCATTER,
    "2 replicas, 99 rps, p99": _SCATTER,
    "3 replicas, 115 rps, p99": _SCATTER,
    "3 replicas, 149 rps, p99": "no more than 131 rps reach the replicas, and a tenth of the requests "
                                "fail: a limit outside of them, which the rows with one replica do "
                                "not show.",
}


class Study:
    def __init__(self, data):
        steps = capacity_model.read_steps(data / FOLDERS[0])
        self.seen = [s for s in steps if s.replicas == 1]
        self.held_out = [s for s in steps if s.replicas > 1]
        self.calibration = capacity_model.calibrate(self.seen)

    def fit(self, command, tell=print):
        def badness(choice):
            return sum(math.log(self.worst(command, step, *choice)[0] / step.p99) ** 2
                       for step in self.seen)
        grid = [(shape, lump) for shape in SHAPES for lump in LUMPS]
        scores = {choice: badness(choice) for choice in grid}
        for choice, score in sorted(scores.items(), key=lambda item: item[1])[:5]:
            factor = math.exp((score / len(self.seen)) ** 0.5)
            tell(f"shape {choice[0]:g}, lumps of {choice[1] * 1e3:g} ms: p99 is wrong by a factor "
                 f"of {factor:.2f}")
        return min(scores, key=scores.get)

    def scenario(self, choice):
        return capacity_model.scenario(self.calibration, *choice)

    def worst(self, command, step, shape, lump):
        """What was measured of a step: the largest p99 of its runs; means of the others."""
        text = capacity_model.scenario(self.calibration, shape, lump, step.replicas, step.rate)
        runs = [simulate(command, text, horizon=capacity_model.RUN, trials=1, seed=seed + 1)
                for seed in range(step.runs)]
        return (max(r.figure("workloads", "load", "p99") for r in runs),
                max(r.figure("services", "web", "utilization") for r in runs) *
                self.calibration.limit,
                sum(r.figure("workloads", "load", "goodput") for r in runs) / step.runs)

    def tables(self, command, choice):
        rows = []
        for step in self.held_out:
            p99, cores, achieved = self.worst(command, step, *choice)
            name = f"{step.replicas} replicas, {step.rate:g} rps"
            # A forecast without a model: one replica at the load nearest to that of each.
            like = min(self.seen, key=lambda s, n=step: abs(s.rate - n.rate / n.replicas))
            rows += [Row(f"{name}, processor of one", "cores", step.cores, cores, MEAN_TARGET,
                         other=like.cores),
                     Row(f"{name}, requests served", "rps", step.achieved, achieved, MEAN_TARGET,
                         other=step.rate * like.achieved / like.rate),
                     Row(f"{name}, p99", "s", step.p99, p99, TAIL_TARGET, other=like.p99)]
        yield "Two and three replicas", rows
