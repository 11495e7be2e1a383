#include "experiments/run.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "experiments/judge.hpp"
#include "experiments/windows.hpp"
#include "sim/output_analysis.hpp"

namespace rehearse::experiments {
namespace {

class Runner {
 public:
  Runner(const models::Scenario& scenario, const RunOptions& options, const WindowGrid& grid)
      : scenario_(scenario),
        options_(options),
        judge_(scenario, grid),
        pool_({{&scenario, options.follow}}, grid.boundaries,
              {options.jobs, options.interrupt, options.progress, options.memory_limit}) {}

  RunOutcome run();

 private:
  PoolEnd simulate();

  const models::Scenario& scenario_;
  const RunOptions& options_;
  Judge judge_;
  TrialPool pool_;
  int look_ = 1;
  std::string rule_;
};

// Fixed: one look at the end. Auto: looks at 10, 20, 40 ... trials, each at a higher confidence, so
// that all of them together err as seldom as asked.
PoolEnd Runner::simulate() {
  const spec::Experiment& experiment = scenario_.experiment;
  const auto take = [&](std::vector<models::TrialRecord> trial) {
    if (options_.on_trial) options_.on_trial(trial.front());
    judge_.reduction().add(std::move(trial.front()));
  };
  if (experiment.trials) {
    rule_ = "fixed";
    const PoolEnd end = pool_.run(0, static_cast<std::uint64_t>(*experiment.trials), take);
    judge_.reduction().settle_warmup();
    return end;
  }
  const auto most = static_cast<std::size_t>(experiment.max_trials);
  std::size_t done = 0;
  std::size_t next = std::min(kFirstLook, most);
  for (;; ++look_) {
    const PoolEnd end = pool_.run(done, next, take);
    judge_.reduction().settle_warmup();
    if (end != PoolEnd::done) return end;
    done = next;
    if (judge_.decided(look_)) {
      rule_ = scenario_.objectives.empty()       ? "auto: no objective to decide"
              : experiment.precision.has_value() ? "auto: decided at the precision asked for"
                                                 : "auto: every objective is decided";
      return end;
    }
    if (done == most) {
      rule_ = fmt::format("auto: limit of {} reached", most);
      return end;
    }
    next = sim::next_look(done, most);
  }
}

RunOutcome Runner::run() {
  const double started = wall_seconds();
  RunOutcome outcome;
  outcome.end = simulate();
  outcome.result = judge_.result(look_);
  reports::RunResult& result = outcome.result;
  result.trials_rule = outcome.end == PoolEnd::done ? rule_ : "interrupted";
  result.interrupted = outcome.end != PoolEnd::done;
  time_result(result, options_.jobs, wall_seconds() - started);
  return outcome;
}

}  // namespace

void time_result(reports::RunResult& result, int jobs, double seconds) {
  result.timing.jobs = jobs;
  result.timing.wall_seconds = seconds;
  if (seconds > 0) result.timing.events_per_second = static_cast<double>(result.events) / seconds;
}

std::optional<RunOutcome> run(const models::Scenario& scenario, const RunOptions& options,
                              Diagnostics& out) {
  const WindowGrid grid = plan_windows(scenario, out);
  if (out.has_errors()) return std::nullopt;
  return Runner(scenario, options, grid).run();
}

}  // namespace rehearse::experiments
