#pragma once
/// Trials of one scenario judged: what they add up to, what that says of each objective, and the
/// result with all that has to be known to trust it. Who runs the trials, and how many, is others'
/// business: experiments/run.hpp, experiments/compare.hpp.

#include <cstddef>

#include "experiments/reduction.hpp"
#include "experiments/windows.hpp"
#include "models/compile.hpp"
#include "reports/result.hpp"

namespace rehearse::experiments {

class Judge {
 public:
  /// REQUIRES: both outlive this. `counts_instances`: instance hours of services also where no
  /// policy scales any, for comparisons with a scenario where one does.
  Judge(const models::Scenario& scenario, const WindowGrid& grid, bool counts_instances = false)
      : scenario_(scenario), reduction_(scenario, grid, counts_instances) {}

  Reduction& reduction() { return reduction_; }
  const Reduction& reduction() const { return reduction_; }

  /// Every objective is decided, at the confidence of look `look` (see sim::look_confidence()), and
  /// known as precisely as the scenario asks.
  bool decided(int look) const;
  /// The result but for what only the caller knows: rule and end of the trials, timing, files. With
  /// no trial there is no estimate in it.
  reports::RunResult result(int look) const;

 private:
  reports::ObjectiveResult judge(std::size_t index, int look) const;
  void add_twins(reports::RunResult& result) const;
  void add_assumptions(reports::RunResult& result) const;

  const models::Scenario& scenario_;
  Reduction reduction_;
};

}  // namespace rehearse::experiments
