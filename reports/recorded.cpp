#include "reports/recorded.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/diagnostics.hpp"
#include "reports/csv.hpp"
#include "reports/figures.hpp"
#include "reports/json.hpp"
#include "reports/json_parts.hpp"
#include "reports/json_walker.hpp"
#include "reports/text.hpp"

namespace rehearse::reports {
namespace {

const SeriesColumn* column_of(const std::string& metric) {
  for (const SeriesColumn& column : series_columns())
    if (metric == column.name) return &column;
  return nullptr;
}

/// The series of that subject (of that kind, where given) that has the column; nullptr where none
/// has.
const Series* series_of(const RunResult& r, const std::string& subject, const std::string& kind,
                        const SeriesColumn& column) {
  for (const Series& s : r.series)
    if (s.subject == subject && (kind.empty() || s.kind == kind) &&
        (s.*column.values).size() == r.series_at.size())
      return &s;
  return nullptr;
}

std::string no_series(const RunResult& r, const RecordedSeries& recorded,
                      const SeriesColumn* column) {
  std::vector<std::string_view> names;
  if (!column) {
    for (const SeriesColumn& known : series_columns()) names.emplace_back(known.name);
    return fmt::format("'{}' is no time series: {}", visible(recorded.metric),
                       suggestion(recorded.metric, "series", names));
  }
  for (const Series& s : r.series)
    if ((s.*column->values).size() == r.series_at.size()) names.emplace_back(s.subject);
  return fmt::format("the result has no {} of '{}': {}", recorded.metric, visible(recorded.subject),
                     visible(suggestion(recorded.subject, "names", names)));
}

/// Seconds since 1970 in a double are exact to a quarter of a microsecond: a sample at the edge of
/// a window must not fall into the one before.
constexpr double kEdge = 1e-6;

/// Means of the samples in each window.
std::vector<double> by_window(const RunResult& r,
                              const std::vector<std::pair<double, double>>& samples) {
  std::vector<double> sums(r.series_at.size(), 0);
  std::vector<double> counts(r.series_at.size(), 0);
  for (const auto& [at, value] : samples) {
    const auto after = std::upper_bound(r.series_at.begin(), r.series_at.end(), at + kEdge);
    if (after == r.series_at.begin() || at >= r.horizon) continue;
    const auto window = static_cast<size_t>(after - r.series_at.begin()) - 1;
    sums[window] += value;
    ++counts[window];
  }
  for (size_t i = 0; i < sums.size(); ++i)
    sums[i] = counts[i] > 0 ? sums[i] / counts[i] : std::numeric_limits<double>::quiet_NaN();
  return sums;
}

/// Pearson's r; nothing where either does not vary.
std::optional<double> correlation_of(const std::vector<std::pair<double, double>>& pairs) {
  const auto n = static_cast<double>(pairs.size());
  double mean_x = 0, mean_y = 0;
  for (const auto& [x, y] : pairs) {
    mean_x += x / n;
    mean_y += y / n;
  }
  double xx = 0, yy = 0, xy = 0;
  for (const auto& [x, y] : pairs) {
    xx += (x - mean_x) * (x - mean_x);
    yy += (y - mean_y) * (y - mean_y);
    xy += (x - mean_x) * (y - mean_y);
  }
  if (pairs.size() < 3 || !(xx > 0) || !(yy > 0)) return std::nullopt;
  return xy / std::sqrt(xx * yy);
}

RecordedError error_of(const RecordedComparison& c, double from) {
  std::vector<std::pair<double, double>> pairs;  // simulated, recorded
  for (size_t i = 0; i < c.at.size(); ++i)
    if (c.at[i] >= from && std::isfinite(c.simulated[i]) && std::isfinite(c.recorded[i]))
      pairs.emplace_back(c.simulated[i], c.recorded[i]);
  RecordedError out;
  out.windows = pairs.size();
  if (pairs.empty()) return out;
  double relative = 0, with_value = 0, squares = 0, simulated = 0, recorded = 0;
  for (const auto& [x, y] : pairs) {
    if (y != 0) {
      relative += std::abs(x - y) / std::abs(y);
      ++with_value;
    }
    squares += (x - y) * (x - y);
    simulated += x;
    recorded += y;
  }
  if (with_value > 0) out.mape = relative / with_value;
  if (recorded != 0) out.bias = (simulated - recorded) / recorded;
  out.rmse = std::sqrt(squares / static_cast<double>(pairs.size()));
  out.correlation = correlation_of(pairs);
  return out;
}

RecordedComparison beside(const RunResult& r, const Series& series, const SeriesColumn& column,
                          std::vector<double> recorded) {
  RecordedComparison out{series.subject, series.kind,           column.name,         column.unit,
                         r.series_at,    series.*column.values, std::move(recorded), {}};
  out.error = error_of(out, r.warmup);
  return out;
}

/// One entry of recorded.json; nullopt where it is not of this result.
std::optional<RecordedComparison> read_one(Walker& w, const RunResult& r,
                                           const nlohmann::ordered_json& one,
                                           const std::string& path) {
  if (!w.is_object(one, path)) return std::nullopt;
  const std::string subject = w.text(one, path, "subject"), kind = w.text(one, path, "kind");
  const SeriesColumn* column = column_of(w.text(one, path, "metric"));
  std::vector<double> recorded;
  for (const auto& value : w.list(one, path, "recorded"))
    recorded.push_back(w.real(value, path + ".recorded", std::numeric_limits<double>::quiet_NaN()));
  const Series* series = column ? series_of(r, subject, kind, *column) : nullptr;
  if (!w.ok()) return std::nullopt;
  if (!series || recorded.size() != r.series_at.size()) {
    w.fail(path, "a series of this result, with a value per window", nullptr);
    return std::nullopt;
  }
  return beside(r, *series, *column, std::move(recorded));
}

nlohmann::ordered_json optional_number(const std::optional<double>& value) {
  return number(value.value_or(std::numeric_limits<double>::quiet_NaN()));
}

}  // namespace

std::optional<RecordedComparison> compare_recorded(const RunResult& r,
                                                   const RecordedSeries& recorded,
                                                   std::string& problem) {
  const SeriesColumn* column = column_of(recorded.metric);
  const Series* series = column ? series_of(r, recorded.subject, "", *column) : nullptr;
  if (!series) {
    problem = no_series(r, recorded, column);
    return std::nullopt;
  }
  RecordedComparison out = beside(r, *series, *column, by_window(r, recorded.samples));
  if (out.error.windows > 0) return out;
  problem = fmt::format(
      "nothing to compare: no sample of {} of '{}' lies in the simulated time after the warm-up, "
      "{} to {}",
      out.metric, visible(out.subject), format_span(r.warmup), format_span(r.horizon));
  return std::nullopt;
}

ReadBeside read_beside(const RunResult& r, std::string_view text) {
  using Json = nlohmann::ordered_json;
  const Json root = Json::parse(text, nullptr, false);
  if (root.is_discarded()) return {{}, "not valid JSON"};
  ReadBeside out;
  Walker w(out.problem);
  if (!w.is_object(root, "")) return out;
  for (const Json& one : w.list(root, "", "series")) {
    auto read = read_one(w, r, one, fmt::format("series[{}]", out.all.size()));
    if (!read) break;
    out.all.push_back(std::move(*read));
  }
  if (!w.ok()) out.all.clear();
  return out;
}

std::string recorded_sentence(const RecordedComparison& c) {
  std::string out = fmt::format("{} {}:", c.subject, c.metric);
  if (c.error.mape)
    out += fmt::format(" off by {} on average (MAPE),", format_figure(*c.error.mape, "ratio", 3));
  if (c.error.bias)
    out += fmt::format(" {} too {} in all,", format_figure(std::abs(*c.error.bias), "ratio", 3),
                       *c.error.bias < 0 ? "low" : "high");
  if (c.error.correlation) out += fmt::format(" r = {:.2f},", *c.error.correlation);
  return fmt::format("{} over {} {}", out, format_count(c.error.windows),
                     c.error.windows == 1 ? "window" : "windows");
}

std::string recorded_json(const std::vector<RecordedComparison>& all) {
  using Json = nlohmann::ordered_json;
  Json out = {{"format", 1}};
  Json& series = out["series"] = Json::array();
  for (const RecordedComparison& c : all)
    series.push_back({{"subject", c.subject},
                      {"kind", c.kind},
                      {"metric", c.metric},
                      {"unit", c.unit},
                      {"sentence", recorded_sentence(c)},
                      {"error",
                       {{"windows", c.error.windows},
                        {"mape", optional_number(c.error.mape)},
                        {"bias", optional_number(c.error.bias)},
                        {"rmse", optional_number(c.error.rmse)},
                        {"correlation", optional_number(c.error.correlation)}}},
                      {"at", numbers(c.at)},
                      {"simulated", numbers(c.simulated)},
                      {"recorded", numbers(c.recorded)}});
  return lay_out_json(out.dump(-1, ' ', false, Json::error_handler_t::replace));
}

std::string recorded_csv(const std::vector<RecordedComparison>& all) {
  const auto text = [](double value) {
    return std::isfinite(value) ? fmt::format("{}", value) : std::string();
  };
  std::string out = "kind,subject,metric,unit,at,simulated,recorded\n";
  for (const RecordedComparison& c : all)
    for (size_t i = 0; i < c.at.size(); ++i)
      out += fmt::format("{},{},{},{},{},{},{}\n", csv_text(c.kind), csv_text(c.subject), c.metric,
                         c.unit, text(c.at[i]), text(c.simulated[i]), text(c.recorded[i]));
  return out;
}

}  // namespace rehearse::reports
