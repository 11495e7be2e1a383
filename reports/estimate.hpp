#pragma once
/// What every figure of a result is made of: a value with its interval, and what became of a
/// promise about it.

#include <optional>
#include <string>
#include <string_view>

namespace rehearse::reports {

enum class Verdict { holds, fails, undecided, inconclusive };
const char* verdict_name(Verdict verdict);
/// The verdict with that name, or nullopt.
std::optional<Verdict> verdict_of(std::string_view name);
/// The exit code of the contract: 0 holds, 1 fails, 3 undecided or inconclusive.
int exit_code(Verdict verdict);

/// A figure with its confidence interval. `low`/`high` may be infinite where nothing bounds them
/// (a single trial); an estimate without any observation has no value.
struct Estimate {
  std::optional<double> value;
  double low = 0;
  double high = 0;
  std::string unit;  ///< "s", "1/s", "ratio", "1" (a count)
};

}  // namespace rehearse::reports
