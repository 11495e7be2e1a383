#pragma once
/// The `experiment:` block: how long, how often and how surely a scenario is simulated.

#include <cstdint>
#include <optional>
#include <string>

#include "base/fields.hpp"
#include "base/time.hpp"

namespace rehearse::spec {

struct Experiment {
  Duration horizon = Duration::seconds(600);  ///< simulated time of one trial
  std::optional<Duration> warmup;  ///< cut from every trial; nullopt: `auto`, found by rule
  std::optional<int> trials;       ///< nullopt: `auto`, until every objective is decided
  int max_trials = 200;            ///< for `auto`; 2 or more
  double confidence = 0.95;        ///< of every interval; inside (0.5, 1)
  std::uint64_t seed = 1;
  std::optional<double> precision;  ///< for `auto`: also until each objective's interval has this
                                    ///< relative half-width
  std::optional<Duration> window;   ///< of the time series; nullopt: about 300 per horizon
  bool drain = false;  ///< at the horizon arrivals stop; the trial goes on until all work is done
};

extern const FieldTable kExperimentFields;

/// `node` may be nullptr (no block): defaults.
Experiment read_experiment(const SpecNode* node, Diagnostics& out);

}  // namespace rehearse::spec
