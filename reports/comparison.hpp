#pragma once
/// What changed between two results, as plain data: computed by experiments/difference.hpp, carried
/// by a result that was given a baseline, worded by reports/comparison_wording.hpp.
///
/// "before" is the baseline (A of `rehearse diff A B`), "after" the other one. Units as in
/// reports/result.hpp.
///
/// Variants that were run side by side (`rehearse compare`) are compared trial by trial; what that
/// adds to a Comparison is marked as paired.

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "reports/estimate.hpp"

namespace rehearse::reports {

/// What to know of one side in order to judge the comparison.
struct ComparedRun {
  /// Folder or file it was read from, or the name of the variant; empty: the result just made.
  std::string source;
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

/// What paired trials differ by, after minus before.
struct PairedDifference {
  Estimate change;  ///< mean over the pairs with its t-interval, in the unit of the figure
  /// Means of both sides over the pairs, so that change = after - before. The estimates of a
  /// Difference are taken over all requests of all trials instead, and may be a little off.
  std::optional<double> before;
  std::optional<double> after;
  std::uint64_t pairs = 0;  ///< trials in which both sides had a value
  /// Pearson's r of both sides over the pairs; NaN where one of them does not vary.
  double correlation = std::numeric_limits<double>::quiet_NaN();
  /// Variance of the difference over what it would be between independent trials: so much fewer of
  /// them were enough. NaN where neither side varies.
  double variance_ratio = std::numeric_limits<double>::quiet_NaN();
};

/// One figure on both sides.
struct Difference {
  Estimate before;
  Estimate after;
  /// That chance alone drives the two as far apart; NaN where a side has no figure or no interval.
  double p = std::numeric_limits<double>::quiet_NaN();
  bool significant = false;
  Trend trend = Trend::none;  ///< none unless significant
  std::optional<PairedDifference> paired;
  /// What a reader is shown of each side: of pairs their means.
  std::optional<double> shown_before() const { return paired ? paired->before : before.value; }
  std::optional<double> shown_after() const { return paired ? paired->after : after.value; }
  /// The larger of those, absolute.
  double size() const;
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

/// FigureChange of the sum over all services.
inline constexpr const char* kAllServices = "all services";

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

  // Of paired trials only.
  /// What variants are chosen by, whether it differs or not: of workloads and services in play
  /// latency, errors, availability, throughput, use and instance hours.
  std::vector<FigureChange> headline;
  std::vector<std::string> cautions;  ///< why trials are less alike than they could be, sentences

  bool paired() const { return !headline.empty(); }
  int verdicts_changed() const;
  /// An objective fails that did not fail before: what makes `rehearse diff` end with 1.
  bool worsened() const;
};

}  // namespace rehearse::reports
