#pragma once
/// Trials reduced to figures: each trial gives one value per metric, all trials together the pooled
/// estimate, and the spread of the values around it the interval (sectioning). Memory grows neither
/// with the horizon nor, but for a few numbers, with the number of trials.
///
/// A single trial is cut into twenty sections of equal length instead (batch means).

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "experiments/subjects.hpp"
#include "experiments/windows.hpp"
#include "models/compile.hpp"
#include "models/world.hpp"
#include "reports/result.hpp"
#include "sim/output_analysis.hpp"

namespace rehearse::experiments {

inline constexpr std::size_t kSections = 20;  ///< of a single trial

/// A figure over all trials, with the values that trials gave on their own.
struct Figure {
  double value = 0;              ///< pooled; NaN where nothing was observed
  std::vector<double> sections;  ///< one per trial; of the sections where there is but one trial
  Proportion proportion;         ///< behind a share of requests or windows
  std::uint64_t observations = 0;

  /// Sectioning; for shares at least as wide as the exact binomial interval, so that "none failed"
  /// does not read as certainty.
  sim::Interval interval(double confidence) const;
};

/// What each trial gave on its own, figure by figure; NaN where it saw nothing.
struct TrialFigures {
  struct Values {
    std::string kind, subject, metric;  ///< as in SubjectResult
    std::vector<double> by_trial;
  };
  std::vector<std::vector<double>> objectives;  ///< in the order of the scenario, by trial
  std::vector<Values> figures;                  ///< in the order of the result
};

/// The first window that is measured, and by what rule it was found.
struct Warmup {
  std::size_t window = 0;
  std::string rule;
};

class Reduction {
 public:
  /// `counts_instances`: instance hours of services also where no policy scales any.
  Reduction(const models::Scenario& scenario, const WindowGrid& grid,
            bool counts_instances = false);

  /// REQUIRES: trials come in order. Records are kept until the warm-up is settled.
  void add(models::TrialRecord record);
  /// What the trials added so far say; nullopt where the warm-up is settled, or no trial is there.
  std::optional<Warmup> find_warmup() const;
  /// Once; afterwards nothing happens.
  void settle_warmup(const Warmup& warmup);
  void settle_warmup() {
    if (const auto found = find_warmup()) settle_warmup(*found);
  }

  std::size_t trials() const { return trials_; }
  Figure objective(std::size_t index) const;
  /// REQUIRES: the warm-up is settled, or there was no trial.
  TrialFigures trial_figures() const;
  /// Everything but verdicts: subjects, series, checks, counts, warm-up.
  void write(reports::RunResult& result, double confidence) const;

 private:
  struct ObjectiveData {
    std::size_t view = 0;
    models::WindowRecord pooled;
    double seconds = 0;
    double good_windows = 0;
    double windows = 0;
    std::vector<double> values;
  };
  struct SubjectData {
    models::WindowRecord pooled;               // measured part
    std::vector<std::vector<double>> values;   // by metric, then by trial
    std::vector<models::WindowRecord> series;  // by interval of the series, warm-up included
    // Over whole trials, for the laws.
    models::WindowRecord all;
    sim::UInt128 age = 0;
    std::uint64_t in_flight = 0;
  };

  void reduce(const models::TrialRecord& record);
  void reduce_subject(std::size_t index, const models::TrialRecord& record);
  void reduce_objective(std::size_t index, const models::TrialRecord& record);
  bool has_metric(const SubjectView& view, spec::Metric metric) const;
  double of_one_trial(spec::Metric metric, double value) const;
  std::vector<double> sections_of(const SubjectView& view, spec::Metric metric, double quantile,
                                  std::size_t first, std::size_t last) const;
  void write_subject(std::size_t index, reports::RunResult& result, double confidence) const;
  void write_series(std::size_t index, reports::RunResult& result) const;
  void add_faults(models::TrialRecord& record);
  void write_decisions(reports::RunResult& result) const;
  void write_faults(reports::RunResult& result) const;
  void write_guards(reports::RunResult& result) const;
  void write_checks(std::size_t index, reports::RunResult& result) const;
  std::size_t window_of(Instant at) const;
  double seconds_between(const models::TrialRecord& record, std::size_t first,
                         std::size_t last) const;

  const models::Scenario& scenario_;
  const WindowGrid& grid_;
  const bool counts_instances_;
  std::vector<SubjectView> views_;
  std::vector<SubjectData> subjects_;
  std::vector<ObjectiveData> objectives_;
  std::vector<models::TrialRecord> waiting_;  // for the warm-up
  models::TrialRecord only_;                  // the first trial, while it is the only one
  bool settled_ = false;
  std::size_t warm_ = 0;  // first window that is measured
  std::string warmup_rule_;
  std::size_t trials_ = 0;
  double seconds_ = 0;      // measured, all trials
  double all_seconds_ = 0;  // simulated, all trials
  std::uint64_t events_ = 0;
  std::uint64_t requests_ = 0;
  std::uint64_t fingerprint_ = 0;
  struct FaultData {
    int trials = 0;  // in which it began
    int ended = 0;
    double began_sum = 0;
    double ended_sum = 0;
    double touched = 0;
  };
  std::vector<FaultData> faults_;
  std::vector<models::GuardRecord> guards_;  // sums over trials
  std::vector<models::PlatformEvent> log_;   // of the first trial
  std::uint64_t log_left_out_ = 0;
  std::vector<models::PolicyDecision> decisions_;  // of the first trial
  std::uint64_t decisions_left_out_ = 0;
};

}  // namespace rehearse::experiments
