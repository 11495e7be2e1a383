#include "policies/forecast_blend.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "policies/forecast_regression.hpp"
#include "policies/forecast_smoothing.hpp"

namespace rehearse::policies {
namespace {

// Chosen on the traces of tests/forecast, where twice or half of them change the result by a
// percent: what is right for one trace is learnt from the trace.
constexpr std::array<double, 4> kHalfLives{0.25, 1, 4, 16};  // days
constexpr std::array<double, 4> kSharpness{0, 5, 20, 200};
constexpr double kTopHalfLife = 3;  // days
constexpr double kTopSharpness = 8;
constexpr double kScalePace = 0.02;  // of the mean error, a step
constexpr double kShortfallPace = 0.02;
constexpr double kCovered = 0.95;  // of cases, by the shortfall

struct Member {
  std::unique_ptr<Forecaster> forecaster;
  double prior = 0;  // weight while nothing is known, as after a break
  std::size_t stand_in = 0;
};

std::vector<Member> all_members(const BlendForecaster::Params& params) {
  const Seasons seasons = params.seasons;
  const auto hours = [&](double n) { return n * static_cast<double>(seasons.day) / 24; };
  using Period = Seasons::Period;
  std::vector<Member> members;
  const auto add = [&](auto forecaster, double prior = 0) {
    using Kind = decltype(forecaster);
    const std::size_t number = members.size();
    members.push_back({std::make_unique<Kind>(std::move(forecaster)), prior, number});
    return number;
  };
  const auto add_after = [&](std::size_t stand_in, auto forecaster) {
    members[add(std::move(forecaster))].stand_in = stand_in;
  };
  add(NaiveForecaster(), 1);
  add(SeasonalNaiveForecaster(Period::hour), 1);
  const std::size_t day_ago = add(SeasonalNaiveForecaster(Period::day));
  add_after(day_ago, SeasonalNaiveForecaster(Period::week));
  add(HoltWintersForecaster(seasons));
  add(SmoothForecaster(hours(0.5)), 1);
  add(SmoothForecaster(hours(3)));
  add(SmoothForecaster(hours(24)));
  add(MedianForecaster(seasons.hour()), 1);
  add(MedianForecaster(6 * seasons.hour()));
  add(MedianForecaster(seasons.day));
  add(MedianForecaster(3 * seasons.day));
  add(ProfileForecaster(Period::hour, 6, false, 0.0));
  add(ProfileForecaster(Period::hour, 24, false, 0.0));
  const std::size_t days = add(ProfileForecaster(Period::day, 3, true, 0.0));
  add(ProfileForecaster(Period::day, 7, true, 0.0));
  add(ProfileForecaster(Period::day, 7, false, 0.0));
  const std::size_t days_moved = add(ProfileForecaster(Period::day, 3, true, 0.7));
  add_after(days, ProfileForecaster(Period::week, 2, true, 0.0));
  add_after(days_moved, ProfileForecaster(Period::week, 2, true, 0.7));
  add(ScaledSeasonForecaster(Period::day, static_cast<std::size_t>(hours(6))));
  const std::size_t day_scaled = add(ScaledSeasonForecaster(Period::day, seasons.day));
  add_after(day_scaled, ScaledSeasonForecaster(Period::week, seasons.day));
  add(HarmonicForecaster(seasons, 7));
  add(DirectForecaster(seasons, params.distances, 3));
  add(DirectForecaster(seasons, params.distances, 10));
  return members;
}

}  // namespace

BlendForecaster::BlendForecaster(const Params& params)
    : params_(params), seen_(params.seasons), watch_(params.seasons) {
  REHEARSE_ASSERT(!params.distances.empty());
  std::vector<double> priors;
  for (Member& member : all_members(params)) {
    members_.push_back(std::move(member.forecaster));
    stand_ins_.push_back(member.stand_in);
    priors.push_back(member.prior);
  }
  const auto day = static_cast<double>(params.seasons.day);
  for (const std::size_t steps : params.distances) {
    REHEARSE_ASSERT(steps >= 1);
    std::vector<Weighing> paces;
    for (const double days : kHalfLives)
      for (const double sharpness : kSharpness) paces.emplace_back(priors, days * day, sharpness);
    Weighing top(std::vector<double>(opinions(), 1.0), kTopHalfLife * day, kTopSharpness);
    distances_.push_back({.steps = steps,
                          .paces = std::move(paces),
                          .top = std::move(top),
                          .own = std::vector<double>(members_.size(), 0.0),
                          .asked = std::vector<double>(steps * columns(), 0.0)});
    weigh_own(distances_.back());
  }
}

BlendForecaster::BlendForecaster(const BlendForecaster& other)
    : Forecaster(other),
      params_(other.params_),
      stand_ins_(other.stand_ins_),
      distances_(other.distances_),
      seen_(other.seen_),
      watch_(other.watch_),
      learnt_(other.learnt_) {
  for (const auto& member : other.members_) members_.push_back(member->clone());
}

std::size_t BlendForecaster::opinions() const {
  return kHalfLives.size() * kSharpness.size() + params_.distances.size() - 1;
}

std::size_t BlendForecaster::columns() const {
  return members_.size() + opinions() + 1;
}

double BlendForecaster::say(std::size_t member, std::size_t steps) const {
  const std::size_t who = members_[member]->ready(seen_, steps) ? member : stand_ins_[member];
  return kept_within(members_[who]->ahead(seen_, steps));
}

double BlendForecaster::kept_within(double value) const {
  const double margin = (seen_.high() - seen_.low()) / 2;
  const double least = seen_.low() >= 0 ? 0 : seen_.low() - margin;
  return std::isfinite(value) ? std::clamp(value, least, seen_.high() + margin) : seen_.latest();
}

void BlendForecaster::settle(Distance& distance, double value) {
  const double* members = said(distance);
  const double* opinion = members + members_.size();
  const double blend = opinion[opinions()];
  const bool early = learnt_ < 2 * distance.steps;
  const double follow = early ? 0.5 : kScalePace;
  distance.scale += (std::abs(value - blend) - distance.scale) * follow;
  distance.mean += (std::abs(value) - distance.mean) * follow;
  const double scale = std::max(distance.scale, 1e-12);
  for (std::size_t i = 0; i < distance.paces.size(); ++i)
    distance.paces[i].settle(members, opinion[i], value, scale);
  distance.top.settle(opinion, blend, value, scale);
  // The quantile follows what is seen, a step at a time (stochastic approximation).
  const double share = (value - blend) / std::max(std::abs(blend), 1e-12);
  const double pace = kShortfallPace * std::clamp(std::abs(share), 0.01, 1.0);
  distance.shortfall += share > distance.shortfall ? pace * kCovered : -pace * (1 - kCovered);
}

void BlendForecaster::ask(Distance& distance) {
  double* members = &distance.asked[learnt_ % distance.steps * columns()];
  for (std::size_t i = 0; i < members_.size(); ++i) members[i] = say(i, distance.steps);
  double* const opinions = members + members_.size();
  double* next = opinions;
  for (const Weighing& pace : distance.paces) *next++ = pace.of(members);
  for (const Distance& other : distances_)
    if (&other != &distance)
      *next++ = std::inner_product(other.own.begin(), other.own.end(), members, 0.0);
  *next = distance.top.of(opinions);
}

void BlendForecaster::learn(const History& history) {
  const Distance& first = distances_.front();
  const double error = std::abs(history.latest() - said(first)[columns() - 1]);
  const BreakWatch::Break found = watch_.check(seen_, history.latest(), error);
  if (found != BreakWatch::Break::none)
    for (Distance& distance : distances_) {
      for (Weighing& pace : distance.paces) pace.forget();
      distance.top.forget();
    }
  if (found == BreakWatch::Break::level)  // what was taken for outliers were none
    for (std::size_t back = 0; back <= params_.seasons.hour(); ++back)
      if (seen_.knows(back) && history.knows(back + 1)) seen_.amend(back, history.ago(back + 1));
  const double value = watch_.cut(history.latest());
  seen_.append(value);
  for (Distance& distance : distances_) {
    if (learnt_ >= watch_.since() + distance.steps) settle(distance, value);
    weigh_own(distance);
  }
  for (const auto& member : members_) member->learn(seen_);
  for (Distance& distance : distances_) ask(distance);
  ++learnt_;
}

std::size_t BlendForecaster::nearest(std::size_t steps) const {
  std::size_t best = 0;
  const auto off = [&](std::size_t i) {
    const std::size_t at = distances_[i].steps;
    return at > steps ? at - steps : steps - at;
  };
  for (std::size_t i = 1; i < distances_.size(); ++i)
    if (off(i) < off(best)) best = i;
  return best;
}

void BlendForecaster::weigh_own(Distance& distance) const {
  std::fill(distance.own.begin(), distance.own.end(), 0.0);
  double total = 0;
  for (std::size_t k = 0; k < distance.paces.size(); ++k) {
    const double trust =
        std::max(distance.top.weight(k), 1e-12);  // even where all others know more
    for (std::size_t i = 0; i < members_.size(); ++i)
      distance.own[i] += trust * distance.paces[k].weight(i);
    total += trust;
  }
  for (double& each : distance.own) each /= total;
}

double BlendForecaster::weight(const Distance& distance, std::size_t member) const {
  double sum = 0;
  std::size_t k = 0;
  for (const Weighing& pace : distance.paces) sum += distance.top.weight(k++) * pace.weight(member);
  for (const Distance& other : distances_)
    if (&other != &distance) sum += distance.top.weight(k++) * other.own[member];
  return sum;
}

double BlendForecaster::ahead(const History& /*history*/, std::size_t steps) const {
  const Distance& distance = distances_[nearest(steps)];
  double blend = 0;
  for (std::size_t i = 0; i < members_.size(); ++i)
    if (const double share = weight(distance, i); share > 0) blend += share * say(i, steps);
  return blend;
}

std::vector<std::pair<std::string_view, double>> BlendForecaster::weights(std::size_t steps) const {
  std::vector<std::pair<std::string_view, double>> all;
  for (std::size_t i = 0; i < members_.size(); ++i)
    all.emplace_back(members_[i]->name(), weight(distances_[nearest(steps)], i));
  return all;
}

double BlendForecaster::shortfall(std::size_t steps) const {
  return std::max(0.0, distances_[nearest(steps)].shortfall);
}

double BlendForecaster::error(std::size_t steps) const {
  const Distance& distance = distances_[nearest(steps)];
  return distance.mean > 0 ? distance.scale / distance.mean : 1;
}

}  // namespace rehearse::policies
