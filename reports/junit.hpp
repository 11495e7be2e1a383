#pragma once
/// JUnit XML for CI servers: a test suite per run, a test case per objective.
///
///   holds         a passing case
///   fails         <failure>: the platform misses its objective
///   undecided,    <error>: the run could not tell. Not <skipped>, which most servers show as
///   green, inconclusive  while the run itself ends with exit code 3
///
/// What was measured is in <system-out> of each case. Equal results give equal bytes: there are no
/// times in it, as the wall time of a simulation says nothing about an objective.

#include <string>

#include "reports/result.hpp"

namespace rehearse::reports {

std::string to_junit(const RunResult& result);

}  // namespace rehearse::reports
