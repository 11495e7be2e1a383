#include <algorithm>
#include <cmath>

#include "models/world.hpp"

/// Traffic beyond, or short of, what a scenario describes: the fault traffic.surge. What a surge
/// adds to a season with bursts follows the season only.

namespace rehearse::models {
namespace {

/// Highest rate of an arrival process, 1/s; of given instants the mean over the time they span.
double highest_rate(const ArrivalSpec& arrivals) {
  if (arrivals.kind != ArrivalSpec::Kind::rates) {
    const double span = arrivals.instants.empty()
                            ? 1
                            : Duration::nanoseconds(arrivals.instants.back()).to_seconds();
    return arrivals.mean_rate(std::max(span, 1e-9));
  }
  double most = 0;
  for (const RateSegment& s : arrivals.segments) most = std::max({most, s.rate_from, s.rate_to});
  return most;
}

/// Rate at an instant where it varies. O(log segments).
double rate_at(const std::vector<RateSegment>& segments, double at) {
  const auto next = std::upper_bound(segments.begin(), segments.end(), at,
                                     [](double t, const RateSegment& s) { return t < s.from; });
  if (next == segments.begin()) return 0;
  const RateSegment& s = *(next - 1);
  if (at >= s.to) return 0;
  return s.rate_from + (s.rate_to - s.rate_from) * (at - s.from) / (s.to - s.from);
}

}  // namespace

void Workload::surge(double factor, sim::Stream& stream, std::uint64_t& touched) {
  surge_ = factor;
  surge_stream_ = &stream;
  surged_ = &touched;
  if (spec_.users) {
    const std::uint32_t before = wanted_;
    if (!exhausted()) want_users(surged_users());
    touched += before > wanted_ ? before - wanted_ : wanted_ - before;
    return;
  }
  // What was planned at another strength is drawn anew: a Poisson stream has no memory.
  world_.engine_.cancel(next_surge_);
  highest_rate_ = highest_rate(*spec_.arrivals);
  if (surge_ > 1) plan_surge();
}

std::uint32_t Workload::surged_users() const {
  return static_cast<std::uint32_t>(std::min(1e9, std::round(described_ * surge_)));
}

// Candidates at the highest rate, of which on_surge() takes the share that the rate is of it
// (thinning: P. A. W. Lewis, G. S. Shedler, Naval Research Logistics 26, 1979).
void Workload::plan_surge() {
  const double most = highest_rate_ * (surge_ - 1);
  if (most <= 0) return;
  const Instant now = world_.engine_.now();
  next_surge_ = world_.engine_.schedule_cancellable(
      *this, saturating_add(now, Duration::from_seconds(surge_stream_->exponential() / most)),
      pack(Signal::client, kSurge));
}

void Workload::on_surge() {
  if (exhausted()) return;
  plan_surge();
  if (spec_.arrivals->kind == ArrivalSpec::Kind::rates) {
    const double rate = rate_at(spec_.arrivals->segments, world_.engine_.now().to_seconds());
    if (!surge_stream_->chance(rate / highest_rate_)) return;
  }
  ++*surged_;
  arrive();
}

}  // namespace rehearse::models
