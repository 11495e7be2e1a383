#pragma once
/// The sentences that every report says in the same words.

#include <string>

#include "reports/figures.hpp"
#include "reports/result.hpp"

namespace rehearse::reports {

/// How much of what an objective allows `value` uses up: 0 nothing, 1 exactly the bound, above 1
/// too much. One scale for all objectives, so that a reader compares them at a glance:
///   upper bounds           value / bound
///   lower bounds, ratios   (1 - value) / (1 - bound) for bounds of a half or more: the error
///   budget other lower bounds     2 - value / bound, never below 0
/// A bound that allows nothing (0 or 100 %) gives 1 where it is met and 2 where not.
double allowance_used(const ObjectiveResult& objective, double value);

/// "p95(gateway/fraud)", led by its id where the author gave one: "checkout: p95(gateway/fraud)".
std::string objective_name(const ObjectiveResult& objective);

/// What is asked, as written: "<= 250ms in 99% of 1m windows", "< 100ms during 40s..100s". Where
/// the line was written in another way, the target with its windows and its part of the run.
std::string target_text(const ObjectiveResult& objective);

/// What came of one objective, without its verdict: "p95(gateway/fraud) is 231 ms ± 4, above 200
/// ms".
std::string objective_sentence(const ObjectiveResult& objective);

/// The one sentence that matters, led by the verdict: "fails: p95(gateway/fraud) is 231 ms ± 4,
/// above 200 ms (and 2 more fail)". Of several failures the one farthest beyond its bound.
std::string verdict_sentence(const RunResult& result);

/// The objective that verdict_sentence() is about; nullptr without objectives.
const ObjectiveResult* decisive_objective(const RunResult& result);

/// "1 fails, 1 undecided, 3 hold"; empty without objectives.
std::string objective_counts(const RunResult& result);

/// "40 trials of 30 min, 2 min warm-up cut (MSER-5), 95 % intervals".
std::string method_sentence(const RunResult& result);

/// How the decisive interval lies: "the whole 95 % interval, 227 ms to 235 ms, lies above 200 ms".
/// Empty where there is none.
std::string certainty_sentence(const RunResult& result);

/// A lead to the cause: "busiest: ml, 94 % ± 1 used, mean wait 41 ms ± 6". Empty where no service
/// has a utilisation.
std::string busiest_sentence(const RunResult& result);

/// "all 14 self-checks hold (Little's law, utilisation law)" or "2 of 14 self-checks do not hold:
/// ...". Empty without checks.
std::string checks_sentence(const RunResult& result);

/// "zone b lost (zone.outage) from 10 min to 15 min, hit 31,204 times per trial": a sentence per
/// fault, without a full stop; the names as they are.
std::string fault_sentence(const FaultResult& fault);

/// "900 attempts; breaker opened 3 times and refused 120 calls; 12 retries, 40 denied": per trial.
std::string guard_deeds(const GuardResult& guard);
/// "clients -> api/ask, per trial: " and guard_deeds(), without a full stop. Names as they are.
std::string guard_sentence(const GuardResult& guard);
std::vector<std::string> guard_sentences(const RunResult& result);

/// fault_sentence() of each fault, in order.
std::vector<std::string> fault_sentences(const RunResult& result);

/// With a capital first letter (ASCII).
std::string sentence_case(std::string text);

/// The command that repeats the run from its result folder, ready for a POSIX shell.
std::string reproduce_command(const RunResult& result);

}  // namespace rehearse::reports
