"""Train Ticket as a scenario: what is calibrated, and how.

The model. A request is a tree of calls, one after the other, as in the traces. A service adds time
of its own to a request, and what lies between a call and its callee's work (connection,
serialisation, the way) is time of the caller. Each such time has a law of its own, whatever the
others are. Nothing waits for anything: services use some hundredths of the half core that they may
use, and a request comes once in a second.

But for services in which a fault burns the processor: there, time of its own is processor time
under a quota, which the service shares with the processes of the fault (these are in its container,
as its processor time goes up to its limit and no further).

From the calibration part of the traces, directly: shares of kinds of requests; which calls a
request makes, as shares of the sequences that occur; the laws. Of each law the fastest nine tenths
and the slowest tenth are kept apart, so that its mean is right; each part is means of up to nine
(five) groups of values in order. Taken as given: requests per second of the gateway.

Kinds of requests with fewer than KNOWN traces are left out.
"""

import collections
import re
from dataclasses import dataclass

from boutique_model import flow, milliseconds, percentages
from figures import mean

KNOWN = 4
BODY_GROUPS, TAIL_GROUPS = 9, 5
LEAST = 1e-5  # s
BURNT = ("basic", "contacts", "food", "verification-code")
LIMIT, CORES = 500, 4


@dataclass
class Calibration:
    rate: float      # requests per second
    shares: dict     # kind, which is an edge from 'users' -> share
    sequences: dict  # edge -> {sequence of edges: share}
    own: dict        # endpoint -> values in s, in order
    overheads: dict  # edge -> values in s, in order
    names: dict      # edge -> 'service/endpoint'


def kinds_of(requests):
    """{edge: requests} of those kinds that are known well enough, in order of time."""
    kinds = collections.defaultdict(list)
    for request in requests:
        kinds[request.edge].append(request)
    return {kind: found for kind, found in sorted(kinds.items()) if len(found) >= KNOWN}


def calibrate(requests, rate):
    calls = collections.defaultdict(list)
    for request in requests:
        for call in request.walk():
            calls[call.edge].append(call)
    sequences = {edge: sequences_of(found) for edge, found in sorted(calls.items())}
    names = names_of(sequences)
    own = collections.defaultdict(list)
    for edge, found in calls.items():
        own[names[edge]] += [max(LEAST, call.own) for call in found]
    kinds = collections.Counter(request.edge for request in requests)
    return Calibration(rate, {kind: n / len(requests) for kind, n in sorted(kinds.items())},
                       sequences, {name: sorted(values) for name, values in own.items()},
                       {edge: sorted(max(LEAST, call.overhead) for call in found)
                        for edge, found in calls.items()}, names)


def sequences_of(calls):
    counts = collections.Counter(tuple(c.edge for c in call.nested) for call in calls)
    return {sequence: n / len(calls) for sequence, n in sorted(counts.items())}


def names_of(sequences):
    """An endpoint for each path of a service; one for each caller where what it calls depends on
    who asks. Those of the gateway are named by what it asks."""
    called = collections.defaultdict(set)  # what is called for anyone who asks
    for edge, found in sequences.items():
        called[edge[1:]].add(frozenset(call for sequence in found for call in sequence))
    names = {}
    for edge in sequences:
        caller, callee, path = edge
        words = words_of(path)
        if caller == "users":
            (asked, *_), *_ = sequences[edge]
            words = words if words.startswith(asked[1]) else f"{asked[1]}-{words}"
        elif len(called[callee, path]) > 1:
            words += "-for-" + caller
        names[edge] = f"{callee}/{words}"
    return names


def words_of(path):
    """'/api/v1/travel2service/trips/left' -> 'trips-left'; parameters in braces are left out."""
    parts = [re.sub(r"(?<=[a-z])(?=[A-Z])|_", "-", part).lower()
             for part in path.split("/")[4:] if part and not part.startswith("{")]
    return "-".join(parts)


# ---- The scenario

def groups_of(values, most):
    count = min(most, len(values))
    edges = [round(i * len(values) / count) for i in range(count + 1)]
    return [mean(values[a:b]) for a, b in zip(edges, edges[1:])]


def law(values):
    """values: in order."""
    slow = max(1, round(len(values) / 10))
    body, tail = values[:-slow], values[-slow:]
    if not body:
        return milliseconds(tail[0])
    parts = {empirical(groups_of(body, BODY_GROUPS)): len(body) / len(values),
             empirical(groups_of(tail, TAIL_GROUPS)): slow / len(values)}
    if len(parts) == 1:
        return empirical([tail[0]])
    return ("{mixture: [" + ", ".join(f"{{weight: {share}, of: {times}}}"
                                      for times, share in percentages(parts).items()) + "]}")


def empirical(values):
    if len(values) == 1:
        return milliseconds(values[0])
    return "{empirical: [" + ", ".join(milliseconds(v) for v in values) + "]}"


class Writer:
    def __init__(self, calibration):
        self.fit = calibration

    def calls(self, sequence):
        """Texts of the steps of a sequence of calls."""
        runs = []
        for edge in sequence:
            if runs and runs[-1][0] == edge:
                runs[-1][1] += 1
            else:
                runs.append([edge, 1])
        for edge, times in runs:
            steps = (f"{{wait: {law(self.fit.overheads[edge])}}}",
                     f"{{call: {self.fit.names[edge]}}}")
            if times > 1:
                yield f"{{repeat: {{times: {times}, steps: [{', '.join(steps)}]}}}}"
            else:
                yield from steps

    def endpoint(self, edge):
        """Lines of the steps of a callee."""
        step = "cpu" if edge[1] in BURNT else "wait"
        yield f"- {{{step}: {law(self.fit.own[self.fit.names[edge]])}}}"
        sequences = self.fit.sequences[edge]
        if len(sequences) == 1:
            yield from ("- " + text for text in self.calls(*sequences))
            return
        shares = percentages(sequences)
        yield "- choose:"
        for sequence, share in shares.items():
            steps = list(self.calls(sequence))
            yield f"    - share: {share}"
            yield "      steps:" + ("" if steps else " []")
            yield from ("        - " + text for text in steps)

    def services(self):
        edges = {}
        for edge, name in self.fit.names.items():
            edges.setdefault(name, edge)
        services = collections.defaultdict(dict)
        for name, edge in sorted(edges.items()):
            service, endpoint = name.split("/")
            services[service][endpoint] = edge
        for service, endpoints in services.items():
            yield f"    {service}:"
            if service in BURNT:
                yield f"      cpu: {{limit: {LIMIT}m, period: 100ms, cores: {CORES}}}"
            yield "      endpoints:"
            if service in BURNT:
                yield "        burn: [{cpu: 1s}]"
            for endpoint, edge in endpoints.items():
                yield f"        {endpoint}:"
                yield from ("          " + text for text in self.endpoint(edge))

    def mix(self):
        return flow(percentages({self.fit.names[kind]: share
                                 for kind, share in self.fit.shares.items()}))


HEADER = """\
# Train Ticket, calibrated on traces: how long do travellers wait, and what does it cost them if
# something burns the processor of one service? A search asks for seats train by train; a log-in
# takes as long as its password check. Processes that use up the quota of the food service:
#   --set 'workload.burner={to: food/burn, users: %d}'
# Or a service that is slow in all it does, for three minutes:
#   --set 'faults=[{fault: instance.slow, target: food, factor: %g, at: 5m, for: 3m}]'
# Written by tests/calibration/calibrate.py; docs/calibration.md says how well it predicts what it
# has not seen. Figures: Yu et al., "Nezha", ESEC/FSE 2023, github.com/IntelligentDDS/Nezha (MIT
# licence, Copyright 2023 IntelligentDDS). Laws: what a service adds to a request, and what lies
# between a call and its callee's work.
rehearse: 1
name: Train Ticket, calibrated
experiment: {horizon: 10m, warmup: 10s, trials: 10, seed: 1}
"""

OBJECTIVES = """\
objectives:
  - p50(travellers) < 250ms
  - p90(travellers) < 1s
  - p90(auth/login) < 300ms
"""


def burner(service, processes):
    """Lines of `workload`: processes that do nothing but burn the service's processor."""
    return f"  burner: {{users: {processes}, to: {service}/burn}}\n"


def slower(service, factor):
    """Lines beside `workload`: the service takes so many times as long, whatever it does."""
    return f"faults:\n  - {{fault: instance.slow, target: {service}, factor: {factor}, at: 0s}}\n"


def scenario(calibration, processes, factor):
    """Of the fault, for the header: how many processes burn, or how much slower a service is."""
    writer = Writer(calibration)
    return (HEADER % (processes, factor) + "system:\n  services:\n" + "\n".join(writer.services()) +
            f"\nworkload:\n  travellers:\n    arrivals: {{poisson: {calibration.rate:.3g}rps}}\n"
            f"    mix: {writer.mix()}\n" + OBJECTIVES)
