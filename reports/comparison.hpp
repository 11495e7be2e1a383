#pragma once
/// What changed between two results, as plain data: computed by experiments/difference.hpp, carried
/// by a result that was given a baseline, worded by reports/comparison_wording.hpp.
///
/// "before" is the baseline (A of `rehearse diff A B`), "after" the other one. Units as in
/// reports/result.hpp.

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "reports/estimate.hpp"

namespace rehearse::reports {

/// What to know of one side in order to judge the comparison.
struct ComparedRun {
  std::string source;  ///< folder or file it was read from; empty: the result that was just made
  std::string version;
  std::string scenario_name;
  std::string scenario_hash;
  std::string fingerprint;
  std::uint64_t seed = 0;
  int trials = 0;
  double horizon = 0;
  double warmup = 0;
  double confidence = 0;
  Verdict verdict = Verdict::undecided;
};

/// The way a figure went: for "other" more is neither better nor worse (arrivals, utilisation).
enum class Trend { none, better, worse, other };
const char* trend_name(Trend trend);
std::optional<Trend> trend_of(std::string_view name);

/// One figure on both sides.
struct Difference {
  Estimate before;
  Estimate after;
  /// That chance alone drives the two as far apart; NaN where a side has no figure or no interval.
  double p = std::numeric_limits<double>::quiet_NaN();
  bool significant = false;
  Trend trend = Trend::none;  ///< none unless significant
};

/// An objective that either side has.
struct ObjectiveChange {
  std::string name;               ///< objective_name()
  std::string target;             ///< target_text(), of the later side where it has one
  std::string target_before;      ///< where it was another; else empty
  std::optional<Verdict> before;  ///< nullopt: only the other side asks for it
  std::optional<Verdict> after;
  Difference figure;
  bool verdict_changed() const { return before != after; }
  /// Fails, and did not fail before.
  bool broke() const { return after == Verdict::fails && before != Verdict::fails; }
};

struct FigureChange {
  std::string kind;  ///< of the subject: "service"
  std::string subject;
  std::string metric;  ///< "p99"
  Difference figure;
};

/// A value of the resolved scenario; nullopt where a side does not have it.
struct SettingChange {
  std::string path;  ///< "system.services.web.servers"
  std::optional<std::string> before;
  std::optional<std::string> after;
};

struct Comparison {
  ComparedRun before;
  ComparedRun after;
  std::string test;  ///< how differences were told from chance
  /// All of both sides: in the order of the later one, then those that only the earlier one has.
  std::vector<ObjectiveChange> objectives;
  std::vector<FigureChange> figures;  ///< significant ones, the worst first
  std::uint64_t figures_compared = 0;
  std::uint64_t figures_left_out = 0;   ///< significant, but too small or too many to list
  bool settings_known = false;          ///< both sides have their resolved scenario
  std::vector<SettingChange> settings;  ///< in the order of the scenario
  std::uint64_t settings_left_out = 0;

  int verdicts_changed() const;
  /// An objective fails that did not fail before: what makes `rehearse diff` end with 1.
  bool worsened() const;
};

}  // namespace rehearse::reports
