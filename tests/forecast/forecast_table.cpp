/// Prints how well loads of real systems are forecast: for each trace and distance from ten minutes
/// to a day the WAPE of four simple methods and of the blend.
///
///   forecast_table [FOLDER] [--weights] [--within SHARE]
///
/// FOLDER: else the environment's REHEARSE_DATA, else ../shared/data. --weights: what the blend
/// consists of in the end. --within: how much worse than the best of the four the blend may be
/// anywhere for exit code 0; none.
///
/// A trace is any CSV file below the folder whose first column is `timestamp` or `date` and whose
/// second is a number, at most half an hour or just a day from row to row, over nine days or more.
/// It is brought to steps of ten minutes (or its own, where they are longer) by means; gaps hold
/// the last value. Cases begin after a week, or half of the trace. Exit code 1 where the blend is
/// worse than the best of the four anywhere, or not 10 % better in half of the cases, or has left
/// the range of the values by half of it; 4 without data.

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>

#include "policies/forecast_blend.hpp"
#include "policies/forecast_smoothing.hpp"
#include "policies/forecast_trial.hpp"

namespace {

using namespace rehearse::policies;

// Days since 1970-01-01 of the Gregorian calendar (H. Hinnant, "chrono-compatible low-level date
// algorithms").
long days_of(int y, int m, int d) {
  y -= m <= 2 ? 1 : 0;
  const int era = (y >= 0 ? y : y - 399) / 400;
  const int yoe = y - era * 400;
  const int doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
  return era * 146097L + (yoe * 365 + yoe / 4 - yoe / 100 + doy) - 719468L;
}

std::optional<double> minutes_of(const std::string& text) {
  int y = 0;
  int m = 0;
  int d = 0;
  int hour = 0;
  int minute = 0;
  double second = 0;
  const int n =
      std::sscanf(text.c_str(), "%d-%d-%d%*1[ T]%d:%d:%lf", &y, &m, &d, &hour, &minute, &second);
  if (n < 3) return std::nullopt;
  return static_cast<double>(days_of(y, m, d)) * 1440 + hour * 60 + minute + second / 60;
}

struct Row {
  double minute = 0;
  double value = 0;
};

std::vector<Row> rows_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line)) return {};
  if (!line.starts_with("timestamp,") && !line.starts_with("date,")) return {};
  std::vector<Row> rows;
  while (std::getline(file, line)) {
    const auto comma = line.find(',');
    if (comma == std::string::npos) continue;
    const auto minute = minutes_of(line.substr(0, comma));
    char* end = nullptr;
    const double value = std::strtod(line.c_str() + comma + 1, &end);
    if (!minute || end == line.c_str() + comma + 1) return {};
    rows.push_back({*minute, value});
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [](const Row& a, const Row& b) { return a.minute < b.minute; });
  return rows;
}

struct Trace {
  std::string name;
  double step = 10;  // minutes
  std::vector<double> values;
};

std::optional<Trace> trace_of(const std::filesystem::path& path) {
  const std::vector<Row> rows = rows_of(path);
  if (rows.size() < 100 || rows.back().minute - rows.front().minute < 9 * 1440) return std::nullopt;
  std::vector<double> gaps;
  for (std::size_t i = 1; i < rows.size(); ++i) gaps.push_back(rows[i].minute - rows[i - 1].minute);
  std::nth_element(gaps.begin(), gaps.begin() + static_cast<std::ptrdiff_t>(gaps.size() / 2),
                   gaps.end());
  const double gap = gaps[gaps.size() / 2];
  if (gap > 30.5 && std::abs(gap - 1440) > 1) return std::nullopt;
  Trace trace{path.stem().string(), gap > 1000 ? 1440.0 : (gap > 10 ? gap : 10.0), {}};
  const double begin = std::floor(rows.front().minute / trace.step) * trace.step;
  const auto n = static_cast<std::size_t>((rows.back().minute - begin) / trace.step) + 1;
  std::vector<double> sums(n, 0.0);
  std::vector<int> counts(n, 0);
  for (const Row& row : rows) {
    const auto at = static_cast<std::size_t>((row.minute - begin) / trace.step);
    sums[at] += row.value;
    ++counts[at];
  }
  double last = rows.front().value;
  for (std::size_t i = 0; i < n; ++i) {
    if (counts[i] > 0) last = sums[i] / counts[i];
    trace.values.push_back(last);
  }
  return trace;
}

std::vector<Trace> traces_in(const std::string& folder) {
  std::vector<std::filesystem::path> paths;
  if (std::filesystem::is_directory(folder))
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
      if (entry.path().extension() == ".csv") paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  std::vector<Trace> traces;
  for (const auto& path : paths)
    if (auto trace = trace_of(path)) traces.push_back(*std::move(trace));
  return traces;
}

std::string distance_text(double minutes) {
  return minutes < 60 ? fmt::format("{:.0f}m", minutes) : fmt::format("{:.0f}h", minutes / 60);
}

struct Totals {
  int cases = 0;
  int not_worse = 0;
  double worst = 0;  // ratio
  int clearly_better = 0;
  int diverged = 0;
};

void judge(const Trace& trace, bool members, Totals& totals) {
  const Seasons seasons{static_cast<std::size_t>(1440 / trace.step + 0.5)};
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
  fmt::print("{} ({} steps of {:.0f} min)\n", trace.name, trace.values.size(), trace.step);
  for (std::size_t i = 0; i < distances.size(); ++i) {
    const double best = std::min({a[i].wape, b[i].wape, c[i].wape, d[i].wape});
    const double ratio = e[i].wape / std::max(best, 1e-12);
    ++totals.cases;
    totals.worst = std::max(totals.worst, ratio);
    totals.not_worse += ratio <= 1 ? 1 : 0;
    totals.clearly_better += ratio <= 0.9 ? 1 : 0;
    totals.diverged += e[i].worst > 1.5 ? 1 : 0;
    fmt::print("  {:>4}  {:7.2f} {:7.2f} {:7.2f} {:7.2f}  |  {:7.2f}  {:6.3f}{}  {:7.2f}\n",
               distance_text(static_cast<double>(distances[i]) * trace.step), 100 * a[i].wape,
               100 * b[i].wape, 100 * c[i].wape, 100 * d[i].wape, 100 * e[i].wape, ratio,
               ratio > 1 ? '!' : (ratio <= 0.9 ? '*' : ' '), 100 * e[i].under);
    if (!members) continue;
    for (const auto& [name, weight] : blend.weights(distances[i]))
      if (weight > 0.02) fmt::print("          {:.2f} {}\n", weight, name);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const char* environment = std::getenv("REHEARSE_DATA");
  std::string folder = environment != nullptr ? environment : "../shared/data";
  bool members = false;
  double within = 0;
  for (int i = 1; i < argc; ++i) {
    if (std::string(argv[i]) == "--weights")
      members = true;
    else if (std::string(argv[i]) == "--within" && i + 1 < argc)
      within = std::strtod(argv[++i], nullptr);
    else
      folder = argv[i];
  }
  const std::vector<Trace> traces = traces_in(folder);
  if (traces.empty()) {
    fmt::print(stderr, "no traces in {}\n", folder);
    return 4;
  }
  fmt::print(
      "WAPE in percent: naive, seasonal naive, weekly naive, Holt-Winters | blend, its ratio "
      "to the best of the four,\n95th percentile of what came above it, in percent of the "
      "mean\n\n");
  Totals totals;
  for (const Trace& trace : traces) judge(trace, members, totals);
  fmt::print(
      "\n{} traces, {} cases: not worse than the best of the four in {} (at most {:.3f} of it), "
      "better by 10 % in {}, diverged in {}\n",
      traces.size(), totals.cases, totals.not_worse, totals.worst, totals.clearly_better,
      totals.diverged);
  const bool good = totals.worst <= 1 + within && 2 * totals.clearly_better >= totals.cases &&
                    totals.diverged == 0;
  return good ? 0 : 1;
}
