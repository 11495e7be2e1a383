#include "models/traffic_fit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/assert.hpp"
#include "base/quantity.hpp"

namespace rehearse::models {
namespace {

constexpr double kHour = 3600;
constexpr double kWholeDay = 24 * kHour;
constexpr int kTurns = 50;               // hours and weekend settle to 1e-6 in ten or so
constexpr std::size_t kLongStretch = 6;  // intervals, where one is longer than ten minutes
constexpr double kShortestMemory = 20;   // u of one interval: what is shorter looks like Poisson's
constexpr double kLongestMemory = 1e-3;
constexpr double kBeyondChance = 3;  // standard deviations

std::size_t hour_of(double at) {
  return static_cast<std::size_t>(std::fmod(at, kWholeDay) / kHour) % 24;
}
bool on_weekend(double at) {
  return std::fmod(at / kWholeDay, 7) >= 5;
}

/// 2 (u - 1 + exp(-u)) / u^2: how much of a variance is left after averaging. 1 at u = 0.
double kept(double u) {
  return u < 1e-4 ? 1 - u / 3 : 2 * (u + std::expm1(-u)) / (u * u);
}

class Fitter {
 public:
  explicit Fitter(const TraceCounts& trace) : trace_(trace) {}
  TrafficFit fit() {
    for (const double count : trace_.counts) fit_.rate += count;
    fit_.rate /= length();
    fit_.mean = fit_.rate;
    fit_.hours.fill(1);
    fit_.has_hours = trace_.interval <= kHour && length() >= kWholeDay;
    fit_season();
    fit_bursts();
    return fit_;
  }

 private:
  double length() const { return static_cast<double>(trace_.counts.size()) * trace_.interval; }
  /// Middle of an interval, s from a Monday 00:00.
  double middle(std::size_t i) const {
    return trace_.begin + (static_cast<double>(i) + 0.5) * trace_.interval;
  }
  double expected(std::size_t i) const {
    const double at = middle(i);
    return fit_.mean * trace_.interval * fit_.hours[hour_of(at)] *
           (on_weekend(at) ? fit_.weekend : 1);
  }
  void fit_season();
  void fit_hours();
  void fit_weekend();
  void fit_bursts();
  double excess(std::size_t stretch, Dispersion& dispersion) const;

  const TraceCounts& trace_;
  TrafficFit fit_;
};

// Each hour at what its intervals say, given the kind of day; hours nobody has seen stay at 1.
void Fitter::fit_hours() {
  std::array<double, 24> seen{}, weight{};
  for (std::size_t i = 0; i < trace_.counts.size(); ++i) {
    const std::size_t hour = hour_of(middle(i));
    seen[hour] += trace_.counts[i];
    weight[hour] += expected(i) / fit_.hours[hour];
  }
  double sum = 0;
  for (std::size_t h = 0; h < 24; ++h) {
    if (weight[h] > 0) fit_.hours[h] = std::max(1e-9, seen[h] / weight[h]);
    sum += fit_.hours[h];
  }
  for (double& hour : fit_.hours) hour *= 24 / sum;
  fit_.mean *= sum / 24;
}

void Fitter::fit_weekend() {
  double seen[2] = {0, 0};
  double weight[2] = {0, 0};
  for (std::size_t i = 0; i < trace_.counts.size(); ++i) {
    const bool weekend = on_weekend(middle(i));
    seen[weekend] += trace_.counts[i];
    weight[weekend] += expected(i) / (weekend ? fit_.weekend : 1);
  }
  // Without both kinds of days there is nothing to compare.
  if (weight[0] <= 0 || weight[1] <= 0 || seen[0] <= 0) return;
  fit_.mean *= seen[0] / weight[0];
  fit_.weekend = std::max(1e-9, seen[1] / weight[1] / (seen[0] / weight[0]));
}

void Fitter::fit_season() {
  if (!fit_.has_hours) return;
  for (int turn = 0; turn < kTurns; ++turn) {
    fit_hours();
    fit_weekend();
  }
}

// Squared coefficient of variation of the factor, averaged over stretches of so many intervals.
double Fitter::excess(std::size_t stretch, Dispersion& dispersion) const {
  double squares = 0, expectation = 0, weight = 0;
  for (std::size_t first = 0; first + stretch <= trace_.counts.size(); first += stretch) {
    double seen = 0, e = 0;
    for (std::size_t i = first; i < first + stretch; ++i) {
      seen += trace_.counts[i];
      e += expected(i);
    }
    squares += (seen - e) * (seen - e);
    expectation += e;
    weight += e * e;
  }
  if (weight <= 0) return 0;
  dispersion = {stretch, squares / expectation};
  return (squares - expectation) / weight;
}

void Fitter::fit_bursts() {
  const auto hour = static_cast<std::size_t>(kHour / trace_.interval + 0.5);
  const std::size_t stretch = std::max(kLongStretch, hour);
  const double short_excess = excess(1, fit_.dispersion[0]);
  const double long_excess = excess(stretch, fit_.dispersion[1]);
  // The index of dispersion of n Poisson counts has a standard deviation of sqrt(2 / n).
  const double chance = std::sqrt(2 / static_cast<double>(trace_.counts.size()));
  if (fit_.dispersion[0].index < 1 + kBeyondChance * chance) return;
  // kept(k u) / kept(u) falls from 1 to 1 / k as u grows: halve the logarithm.
  const double ratio = long_excess / short_excess;
  const auto k = static_cast<double>(stretch);
  double low = kLongestMemory, high = kShortestMemory;
  for (int i = 0; i < 60; ++i) {
    const double u = std::sqrt(low * high);
    (kept(k * u) / kept(u) > ratio ? low : high) = u;
  }
  const double u = std::sqrt(low * high);
  const double memory = trace_.interval / u;
  const double variance = short_excess / kept(u);
  // States with a mean of 1 and this variance; each is left at the rate that gives the memory.
  const double share = variance <= 1 ? 0.5 : 1 / (1 + variance);
  const double quiet = variance < 1 ? 1 - std::sqrt(variance) : 0;
  const double loud = (1 - (1 - share) * quiet) / share;
  fit_.bursts = {{quiet, memory / share}, {loud, memory / (1 - share)}};
}

SpecNode scalar(std::string text) {
  SpecNode node;
  node.kind = SpecNode::Kind::scalar;
  node.text = std::move(text);
  return node;
}
SpecNode list() {
  SpecNode node;
  node.kind = SpecNode::Kind::list;
  return node;
}
SpecNode map(std::vector<std::pair<std::string, SpecNode>> entries) {
  SpecNode node;
  node.kind = SpecNode::Kind::map;
  for (auto& [key, value] : entries) node.entries.push_back({key, {}, std::move(value)});
  return node;
}

}  // namespace

TrafficFit fit_traffic(const TraceCounts& trace) {
  REHEARSE_ASSERT(trace.counts.size() >= 2 && trace.interval > 0 && trace.interval <= kWholeDay);
  return Fitter(trace).fit();
}

SpecNode arrivals_of(const TrafficFit& fit, double begin) {
  if (!fit.has_hours && fit.bursts.empty())
    return map({{"poisson", scalar(format_rate(fit.rate))}});
  SpecNode season = map({{"mean", scalar(format_rate(fit.mean))}});
  const auto add = [&](const char* key, SpecNode value) {
    season.entries.push_back({key, {}, std::move(value)});
  };
  if (fit.has_hours) {
    SpecNode hours = list();
    for (const double hour : fit.hours) hours.items.push_back(scalar(format_number(hour, 3)));
    add("hours", std::move(hours));
    add("weekend", scalar(format_ratio(fit.weekend)));
    add("begin", scalar(format_duration(begin)));
  } else {
    add("swing", scalar("0%"));
  }
  if (!fit.bursts.empty()) {
    SpecNode bursts = list();
    for (const BurstState& state : fit.bursts)
      bursts.items.push_back(map({{"factor", scalar(format_number(state.rate, 4))},
                                  {"stay", scalar(format_duration(state.stay))}}));
    add("bursts", std::move(bursts));
  }
  return map({{"season", std::move(season)}});
}

SpecNode workload_of(const TrafficFit& fit, double begin, const std::string& name,
                     const std::string& to) {
  SpecNode workload = map({{"arrivals", arrivals_of(fit, begin)}, {"to", scalar(to)}});
  return map({{"workload", map({{name, std::move(workload)}})}});
}

}  // namespace rehearse::models
