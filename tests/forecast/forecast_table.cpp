/// Prints how well loads of real systems are forecast: for each trace and distance from ten minutes
/// to a day the WAPE of four simple methods and of the blend.
///
///   forecast_table [FOLDER] [--weights] [--stretches] [--within SHARE]
///
/// FOLDER: else the environment's REHEARSE_DATA, else ../shared/data; what a trace is, says
/// traces.hpp. --weights: what the blend consists of in the end. --stretches: not the traces but
/// parts of them, and the same in coarser steps, one line for each kind: what the method does where
/// it has not been tried. --within: how much worse than the best of the four the blend may be
/// anywhere for exit code 0; none.
///
/// Cases begin after a week, or half of the trace. Exit code 1 where the blend is worse than the
/// best of the four anywhere, or not 10 % better in half of the cases, or has left the range of the
/// values by half of it; 2 where a file is broken; 4 without data.

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "policies/forecast_blend.hpp"
#include "policies/forecast_smoothing.hpp"
#include "policies/forecast_trial.hpp"
#include "traces.hpp"

namespace {

using namespace rehearse::policies;

std::string distance_text(double minutes) {
  return minutes < 60 ? fmt::format("{:.0f}m", minutes) : fmt::format("{:.0f}h", minutes / 60);
}

struct Totals {
  int traces = 0;
  int cases = 0;
  int not_worse = 0;
  double worst = 0;  // ratio
  int clearly_better = 0;
  int diverged = 0;

  void add(const Totals& other) {
    traces += other.traces;
    cases += other.cases;
    not_worse += other.not_worse;
    worst = std::max(worst, other.worst);
    clearly_better += other.clearly_better;
    diverged += other.diverged;
  }
  void print() const {
    fmt::print(
        "{} traces, {} cases: not worse than the best of the four in {} (at most {:.3f} of it), "
        "better by 10 % in {}, diverged in {}\n",
        traces, cases, not_worse, worst, clearly_better, diverged);
  }
};

// Where the best makes no error at all there is nothing to be better by.
double ratio_of(double ours, double best) {
  constexpr double kRounding = 1e-9;
  return best > kRounding ? ours / best : (ours > kRounding ? ours / kRounding : 1.0);
}

enum class Print { nothing, rows, weights };

void judge(const Trace& trace, Print print, Totals& totals) {
  const Seasons seasons{trace.day()};
  std::vector<std::size_t> distances;
  for (const double minutes : {10.0, 30.0, 60.0, 180.0, 360.0, 720.0, 1440.0}) {
    const auto steps = static_cast<std::size_t>(minutes / trace.step);
    if (steps >= 1) distances.push_back(steps);
  }
  const std::size_t warmup = std::min(seasons.week() + 1, trace.values.size() / 2);
  const auto score = [&](Forecaster& forecaster) {
    return rolling_origin(trace.values, seasons, distances, warmup, forecaster);
  };
  NaiveForecaster naive;
  SeasonalNaiveForecaster day(Seasons::Period::day);
  SeasonalNaiveForecaster week(Seasons::Period::week);
  HoltWintersForecaster smoothing(seasons);
  BlendForecaster blend({.seasons = seasons, .distances = distances});
  const auto a = score(naive);
  const auto b = score(day);
  const auto c = score(week);
  const auto d = score(smoothing);
  const auto e = score(blend);
  ++totals.traces;
  if (print != Print::nothing)
    fmt::print("{} ({} steps of {:.0f} min)\n", trace.name, trace.values.size(), trace.step);
  for (std::size_t i = 0; i < distances.size(); ++i) {
    const double ratio =
        ratio_of(e[i].wape, std::min({a[i].wape, b[i].wape, c[i].wape, d[i].wape}));
    ++totals.cases;
    totals.worst = std::max(totals.worst, ratio);
    totals.not_worse += ratio <= 1 ? 1 : 0;
    totals.clearly_better += ratio <= 0.9 ? 1 : 0;
    totals.diverged += e[i].worst > 1.5 ? 1 : 0;
    if (print == Print::nothing) continue;
    fmt::print("  {:>4}  {:7.2f} {:7.2f} {:7.2f} {:7.2f}  |  {:7.2f}  {:6.3f}{}  {:7.2f}\n",
               distance_text(static_cast<double>(distances[i]) * trace.step), 100 * a[i].wape,
               100 * b[i].wape, 100 * c[i].wape, 100 * d[i].wape, 100 * e[i].wape, ratio,
               ratio > 1 ? '!' : (ratio <= 0.9 ? '*' : ' '), 100 * e[i].under);
    if (print != Print::weights) continue;
    for (const auto& [name, weight] : blend.weights(distances[i]))
      if (weight > 0.02) fmt::print("          {:.2f} {}\n", weight, name);
  }
}

Totals judge_all(const std::vector<Trace>& traces, bool weights) {
  fmt::print(
      "WAPE in percent: naive, seasonal naive, weekly naive, Holt-Winters | blend, its ratio "
      "to the best of the four,\n95th percentile of what came above it, in percent of the "
      "mean\n\n");
  Totals totals;
  for (const Trace& trace : traces) judge(trace, weights ? Print::weights : Print::rows, totals);
  fmt::print("\n");
  return totals;
}

// The part between two shares of a trace.
Trace part(const Trace& trace, double from, double to) {
  const auto at = [&](double share) {
    return trace.values.begin() +
           static_cast<std::ptrdiff_t>(share * static_cast<double>(trace.values.size()));
  };
  return {trace.name, trace.step, {at(from), at(to)}};
}

// Parts of so many days, one after the other.
std::vector<Trace> parts_of(const Trace& trace, std::size_t days) {
  std::vector<Trace> parts;
  const auto n = static_cast<std::ptrdiff_t>(days * trace.day());
  for (auto at = trace.values.begin(); trace.values.end() - at >= n; at += n)
    parts.push_back({trace.name, trace.step, {at, at + n}});
  return parts;
}

Trace coarser(const Trace& trace, std::size_t steps) {
  Trace result{trace.name, trace.step * static_cast<double>(steps), {}};
  for (std::size_t i = 0; i + steps <= trace.values.size(); i += steps) {
    double sum = 0;
    for (std::size_t k = 0; k < steps; ++k) sum += trace.values[i + k];
    result.values.push_back(sum / static_cast<double>(steps));
  }
  return result;
}

Totals judge_stretches(const std::vector<Trace>& traces) {
  Totals all;
  const auto kind = [&](std::string_view name, auto&& stretches_of) {
    Totals totals;
    for (const Trace& trace : traces)
      for (const Trace& stretch : stretches_of(trace))
        if (stretch.values.size() >= std::max<std::size_t>(100, 9 * stretch.day()))
          judge(stretch, Print::nothing, totals);
    fmt::print("{:<16}", name);
    totals.print();
    all.add(totals);
  };
  using Stretches = std::vector<Trace>;
  kind("first half", [](const Trace& t) { return Stretches{part(t, 0, 0.5)}; });
  kind("second half", [](const Trace& t) { return Stretches{part(t, 0.5, 1)}; });
  kind("first 80 %", [](const Trace& t) { return Stretches{part(t, 0, 0.8)}; });
  kind("last 80 %", [](const Trace& t) { return Stretches{part(t, 0.2, 1)}; });
  kind("ten days", [](const Trace& t) { return parts_of(t, 10); });
  kind("two weeks", [](const Trace& t) { return parts_of(t, 14); });
  kind("years", [](const Trace& t) { return parts_of(t, 364); });
  kind("twice the step",
       [](const Trace& t) { return t.step > 15 ? Stretches{} : Stretches{coarser(t, 2)}; });
  kind("three times",
       [](const Trace& t) { return t.step > 10 ? Stretches{} : Stretches{coarser(t, 3)}; });
  fmt::print("\n");
  return all;
}

}  // namespace

int main(int argc, char** argv) {
  const char* environment = std::getenv("REHEARSE_DATA");
  std::string folder = environment != nullptr ? environment : "../shared/data";
  bool weights = false;
  bool stretches = false;
  double within = 0;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--weights")
      weights = true;
    else if (argument == "--stretches")
      stretches = true;
    else if (argument == "--within" && i + 1 < argc)
      within = std::strtod(argv[++i], nullptr);
    else
      folder = argument;
  }
  const Traces found = traces_in(folder);
  for (const std::string& each : found.left_out) fmt::print(stderr, "left out: {}\n", each);
  for (const std::string& each : found.errors) fmt::print(stderr, "error: {}\n", each);
  if (!found.errors.empty()) return 2;
  if (found.traces.empty()) {
    fmt::print(stderr, "no traces in {}\n", folder);
    return 4;
  }
  const Totals totals =
      stretches ? judge_stretches(found.traces) : judge_all(found.traces, weights);
  totals.print();
  const bool good = totals.worst <= 1 + within && 2 * totals.clearly_better >= totals.cases &&
                    totals.diverged == 0;
  return good ? 0 : 1;
}
