#include "experiments/windows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace rehearse::experiments {
namespace {

constexpr std::int64_t kSeriesWindows = 300;

// 1, 2 or 5 times a power of ten (or whole minutes and hours), so that axes read well.
Duration nice_interval(Duration horizon) {
  constexpr std::int64_t kNice[] = {
      1'000'000,          2'000'000,          5'000'000,          10'000'000,
      20'000'000,         50'000'000,         100'000'000,        200'000'000,
      500'000'000,        1'000'000'000,      2'000'000'000,      5'000'000'000,
      10'000'000'000,     20'000'000'000,     30'000'000'000,     60'000'000'000,
      120'000'000'000,    300'000'000'000,    600'000'000'000,    1'200'000'000'000,
      1'800'000'000'000,  3'600'000'000'000,  7'200'000'000'000,  21'600'000'000'000,
      43'200'000'000'000, 86'400'000'000'000, 604'800'000'000'000};
  const std::int64_t least = horizon.ns() / kSeriesWindows;
  if (least < kNice[0]) return Duration::nanoseconds(std::max<std::int64_t>(least, 1));
  for (const std::int64_t candidate : kNice)
    if (candidate >= least) return Duration::nanoseconds(candidate);
  return Duration::nanoseconds(least);
}

class Grid {
 public:
  Grid(Instant end, Diagnostics& out) : end_(end), out_(out) {}
  void edge(Instant at) {
    if (at < end_) edges_.insert(at);
  }
  void every(Duration interval, Mark mark, const char* what) {
    const std::int64_t n = (end_ - Instant::start()) / interval;
    if (n > static_cast<std::int64_t>(kMostWindows)) {
      out_.error("too-many-windows", mark,
                 fmt::format("the horizon has {} {}, more than {}", n, what, kMostWindows),
                 "use longer windows or a shorter horizon");
      return;
    }
    for (std::int64_t i = 0; i <= n; ++i) edge(Instant::start() + i * interval);
  }
  std::vector<Instant> boundaries() {
    edges_.insert(Instant::start());
    edges_.insert(end_);
    return {edges_.begin(), edges_.end()};
  }

 private:
  Instant end_;
  Diagnostics& out_;
  std::set<Instant> edges_;
};

}  // namespace

WindowGrid plan_windows(const models::Scenario& scenario, Diagnostics& out) {
  const spec::Experiment& experiment = scenario.experiment;
  const Instant end = Instant::start() + experiment.horizon;
  WindowGrid result;
  result.series = experiment.window.value_or(nice_interval(experiment.horizon));
  Grid grid(end, out);
  grid.every(result.series, {}, "windows of the time series");
  if (experiment.warmup) {
    if (*experiment.warmup >= experiment.horizon)
      out.error("outside-horizon", {}, "the warm-up takes the whole horizon",
                "shorten 'experiment.warmup' or lengthen 'experiment.horizon'");
    grid.edge(Instant::start() + *experiment.warmup);
  }
  for (const spec::Objective& objective : scenario.objectives) {
    if (objective.during) {
      if (objective.during->to > experiment.horizon)
        out.error("outside-horizon", objective.mark,
                  fmt::format("this objective looks at the time until {}, after the horizon of {}",
                              format_duration(objective.during->to.to_seconds()),
                              format_duration(experiment.horizon.to_seconds())),
                  "lengthen 'experiment.horizon'");
      grid.edge(Instant::start() + objective.during->from);
      grid.edge(Instant::start() + objective.during->to);
    }
    if (objective.window) {
      if (*objective.window > experiment.horizon)
        out.error("outside-horizon", objective.mark, "the horizon is shorter than one such window",
                  "lengthen 'experiment.horizon'");
      grid.every(*objective.window, objective.mark, "windows of this objective");
    }
  }
  result.boundaries = grid.boundaries();
  if (result.boundaries.size() > kMostWindows)
    out.error("too-many-windows", {},
              fmt::format("{} windows are more than {}", result.boundaries.size(), kMostWindows),
              "use objectives with windows that are multiples of each other");
  return result;
}

}  // namespace rehearse::experiments
