#include "models/arrivals.hpp"

#include <algorithm>
#include <cmath>

#include "sim/wide.hpp"

namespace rehearse::models {
namespace {

double area(const RateSegment& s) {
  return 0.5 * (s.rate_from + s.rate_to) * (s.to - s.from);
}

// Time into the segment at which its cumulative rate reaches `target`: the root of
// rate_from * x + slope / 2 * x^2 = target, in the form that survives a slope near zero.
double invert(const RateSegment& s, double target) {
  const double slope = (s.rate_to - s.rate_from) / (s.to - s.from);
  const double root = std::sqrt(std::max(0.0, s.rate_from * s.rate_from + 2 * slope * target));
  const double denominator = s.rate_from + root;
  return denominator > 0 ? std::min(2 * target / denominator, s.to - s.from) : s.to - s.from;
}

}  // namespace

double ArrivalSpec::mean_rate(double horizon) const {
  switch (kind) {
    case Kind::poisson:
      return rate;
    case Kind::renewal:
      return renewal_rate;
    case Kind::rates: {
      double sum = 0;
      for (const RateSegment& s : segments) {
        if (s.from >= horizon) break;
        const double end = std::min(s.to, horizon);
        const double share = (end - s.from) / (s.to - s.from);
        const double rate_end = s.rate_from + share * (s.rate_to - s.rate_from);
        sum += area({s.from, end, s.rate_from, rate_end});
      }
      return horizon > 0 ? sum / horizon : 0;
    }
    case Kind::mmpp: {
      double time = 0;
      double sum = 0;
      for (const BurstState& state : states) {
        time += state.stay;
        sum += state.rate * state.stay;
      }
      return sum / time;
    }
    case Kind::instants: {
      const auto end =
          std::upper_bound(instants.begin(), instants.end(), Duration::from_seconds(horizon).ns());
      return horizon > 0 ? static_cast<double>(end - instants.begin()) / horizon : 0;
    }
  }
  return 0;
}

double ArrivalSpec::highest_factor() const {
  double most = states.empty() ? 1 : 0;
  for (const BurstState& state : states) most = std::max(most, state.rate);
  return most;
}

Instant RateWalk::next(const std::vector<RateSegment>& segments, double unit_exponential) {
  double target = used_ + unit_exponential;
  while (segment_ < segments.size()) {
    const RateSegment& s = segments[segment_];
    const double whole = area(s);
    if (target <= whole) {
      used_ = target;
      return saturating_add(Instant::start(), Duration::from_seconds(s.from + invert(s, target)));
    }
    target -= whole;
    ++segment_;
  }
  return Instant::never();
}

void BurstWalk::begin(const std::vector<BurstState>& states, sim::Stream& stream) {
  double time = 0;
  for (const BurstState& state : states) time += state.stay;
  double u = stream.uniform() * time;
  while (state_ + 1 < states.size() && u > states[state_].stay) u -= states[state_++].stay;
  until_ = stream.exponential() * states[state_].stay;
}

void BurstWalk::leave(const std::vector<BurstState>& states, double at, sim::Stream& stream) {
  state_ = state_ + 1 == states.size() ? 0 : state_ + 1;
  until_ = at + stream.exponential() * states[state_].stay;
}

Instant BurstWalk::next(const std::vector<BurstState>& states, Instant now, sim::Stream& stream) {
  if (until_ < 0) begin(states, stream);
  double at = now.to_seconds();
  double unit = stream.exponential();  // of cumulative rate until the next arrival
  for (;;) {
    const double rate = states[state_].rate;
    const double left = std::max(0.0, until_ - at) * rate;
    if (unit < left)
      return saturating_add(Instant::start(), Duration::from_seconds(at + unit / rate));
    unit -= left;
    at = std::max(at, until_);
    leave(states, at, stream);
  }
}

double BurstWalk::rate_at(const std::vector<BurstState>& states, Instant at, sim::Stream& stream) {
  if (until_ < 0) begin(states, stream);
  while (until_ < at.to_seconds()) leave(states, until_, stream);
  return states[state_].rate;
}

std::vector<UserChange> user_changes(std::uint32_t start, const std::vector<UserStage>& stages) {
  std::vector<UserChange> changes;
  if (start > 0) changes.push_back({Instant::start(), start});
  Instant begin;
  std::uint32_t level = start;
  for (const UserStage& stage : stages) {
    const std::int64_t distance = std::abs(std::int64_t{stage.to} - std::int64_t{level});
    for (std::int64_t i = 1; i <= distance; ++i) {
      const auto offset =
          static_cast<std::int64_t>(static_cast<sim::Int128>(stage.length.ns()) * i / distance);
      const auto users = stage.to > level ? level + static_cast<std::uint32_t>(i)
                                          : level - static_cast<std::uint32_t>(i);
      changes.push_back({begin + Duration::nanoseconds(offset), users});
    }
    level = stage.to;
    begin = begin + stage.length;
  }
  return changes;
}

}  // namespace rehearse::models
