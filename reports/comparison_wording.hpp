#pragma once
/// The sentences of a comparison, the same in every report. Names are as they are in the result:
/// each format makes them safe in its own way.

#include <string>
#include <vector>

#include "reports/comparison.hpp"

namespace rehearse::reports {

/// "p95(gateway) 184 ms → 231 ms (+26 %), holds → fails"; what did not change is left out.
std::string change_sentence(const ObjectiveChange& change);
/// "nlp p99 484 ms → 612 ms (+26 %)".
std::string change_sentence(const FigureChange& change);
/// "system.services.web.servers: 4 → 2"; "... : 2, new", "... : 4, gone".
std::string change_sentence(const SettingChange& change);

/// The one that matters: "nlp p99 484 ms → 612 ms (+26 %), holds → fails; 3 verdicts changed", or
/// that nothing did.
std::string comparison_sentence(const Comparison& comparison);

/// What differs in how the two were made: "seed 1 → 2", "trials 10 → 40", "version 0.1 → 0.2".
std::vector<std::string> run_differences(const Comparison& comparison);

/// Those that a reader wants first: verdicts that changed (to fails first), then figures of
/// objectives that differ beyond chance.
std::vector<const ObjectiveChange*> changed_objectives(const Comparison& comparison);

}  // namespace rehearse::reports
