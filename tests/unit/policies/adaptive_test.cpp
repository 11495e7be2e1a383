/// Policies that learn from what they see: limits, hedges, timeouts, throttles, requests of
/// resources.

#include <gtest/gtest.h>

#include <queue>

#include "policies/adaptive_concurrency.hpp"
#include "policies/adaptive_throttle.hpp"
#include "policies/bulkhead.hpp"
#include "policies/hedging.hpp"
#include "policies/vertical.hpp"

namespace rehearse::policies {
namespace adaptive_test {

// A server for `places` requests of 10 ms at once, asked by as many as the limit lets through; the
// limit after `time`.
template <class Limit, class Start, class Finish>
std::uint32_t settled(Limit& limit, std::size_t places, Duration time, Start start, Finish finish) {
  struct Done {
    Instant at;
    Instant began;
    bool operator>(const Done& other) const { return at > other.at; }
  };
  std::priority_queue<Done, std::vector<Done>, std::greater<>> running;
  std::vector<Instant> free(places, Instant::start());
  for (Instant now; now < Instant::start() + time; now = now + Duration::microseconds(100)) {
    while (!running.empty() && running.top().at <= now) {
      finish(now, now - running.top().began);
      running.pop();
    }
    if (!start(now)) continue;
    auto first = std::min_element(free.begin(), free.end());
    *first = std::max(*first, now) + Duration::milliseconds(10);
    running.push({*first, now});
  }
  return limit.limit();
}

TEST(GradientLimit, SettlesNearWhatTheServerCanDo) {
  GradientLimit limit{GradientLimit::Params{}};
  const std::uint32_t found = settled(
      limit, 20, Duration::seconds(20), [&](Instant now) { return limit.try_start(now); },
      [&](Instant now, Duration took) { limit.finished(now, took); });
  // Head room and buffer allow a queue of a quarter and the root of the limit.
  EXPECT_GE(found, 18U);
  EXPECT_LE(found, 40U);
  EXPECT_NEAR(limit.least_round_trip().to_seconds(), 0.010, 0.001);
}

TEST(AimdLimit, SettlesWhereAnswersBecomeSlow) {
  AimdLimit limit({.slow = Duration::milliseconds(15)});
  const std::uint32_t found = settled(
      limit, 20, Duration::seconds(20), [&](Instant /*now*/) { return limit.try_start(); },
      [&](Instant now, Duration took) { limit.finished(now, took, false); });
  EXPECT_GE(found, 20U);  // 15 ms are reached with 30 in flight
  EXPECT_LE(found, 36U);
}

TEST(Bulkhead, LetsTheFirstThatWaitsInWhenAPlaceIsFree) {
  const Bulkhead::Params params{.concurrent = 1, .waiting = 1};
  Bulkhead bulkhead;
  EXPECT_EQ(bulkhead.arrive(params), Bulkhead::Answer::go);
  EXPECT_EQ(bulkhead.arrive(params), Bulkhead::Answer::wait);
  EXPECT_EQ(bulkhead.arrive(params), Bulkhead::Answer::refused);
  EXPECT_TRUE(bulkhead.finished(params));
  EXPECT_EQ(bulkhead.arrive(params), Bulkhead::Answer::wait);
  bulkhead.gave_up();
  EXPECT_FALSE(bulkhead.finished(params));
  EXPECT_EQ(bulkhead.running(), 0U);
}

TEST(LatencyQuantile, IsAtMostOneBucketAboveTheTruth) {
  LatencyQuantile latencies(1'000'000);
  for (std::int64_t us = 1; us <= 10'000; ++us) latencies.add(Duration::microseconds(100 + us));
  for (const double q : {0.1, 0.5, 0.95, 0.99}) {
    const double truth = 100e-6 + q * 10e-3;
    EXPECT_GE(latencies.at(q).to_seconds(), truth);
    EXPECT_LE(latencies.at(q).to_seconds(), truth * 1.06);
  }
}

TEST(LatencyQuantile, FollowsAnotherLevel) {
  LatencyQuantile latencies(1000);
  for (int i = 0; i < 10'000; ++i) latencies.add(Duration::milliseconds(10));
  for (int i = 0; i < 4000; ++i) latencies.add(Duration::milliseconds(100));
  EXPECT_GE(latencies.at(0.1), Duration::milliseconds(100));
}

TEST(Hedging, WaitsForAQuantileAndKeepsToItsBudget) {
  const Hedging::Params params{.extra_load = 0.1, .burst = 5};
  Hedging hedging;
  EXPECT_EQ(hedging.delay(params), Duration::max());
  int hedges = 0;
  for (int i = 0; i < 1000; ++i) {
    hedging.called(params);
    hedging.answered(Duration::milliseconds(i % 20 == 0 ? 200 : 10));
    hedges += hedging.try_hedge(params, 0) ? 1 : 0;
  }
  EXPECT_NEAR(hedges, 100, 1);
  EXPECT_NEAR(hedging.delay(params).to_seconds(), 0.010, 0.001);
  EXPECT_FALSE(hedging.try_hedge(params, 1));
}

TEST(AdaptiveTimeout, FollowsWhatIsSeenWithinItsLimits) {
  const AdaptiveTimeout::Params params{.most = Duration::seconds(5)};
  AdaptiveTimeout timeout;
  EXPECT_EQ(timeout.timeout(params), Duration::seconds(5));
  for (int i = 0; i < 200; ++i) timeout.answered(Duration::milliseconds(100));
  EXPECT_NEAR(timeout.timeout(params).to_seconds(), 0.2, 0.011);
  for (int i = 0; i < 200; ++i) timeout.answered(Duration::seconds(60));
  EXPECT_EQ(timeout.timeout(params), Duration::seconds(5));
}

TEST(AdaptiveThrottle, MakesKTimesAsManyRequestsAsAreAccepted) {
  AdaptiveThrottle throttle({.k = 2, .window = Duration::seconds(10)});
  std::uint64_t bits = 1;
  double made = 0;
  double accepted = 0;
  int taken_in_slot = 0;
  for (int i = 0; i < 60'000; ++i) {  // a thousand a second want to, a hundred are taken
    bits = bits * 6364136223846793005U + 1442695040888963407U;
    const Instant now = Instant::start() + Duration::milliseconds(i);
    if (i % 10 == 0) taken_in_slot = 0;
    const bool admitted = throttle.admit(now, static_cast<double>(bits >> 11) * 0x1.0p-53);
    const bool taken = admitted && taken_in_slot++ == 0;
    if (taken) throttle.accepted(now);
    if (i < 30'000) continue;
    made += admitted ? 1 : 0;
    accepted += taken ? 1 : 0;
  }
  EXPECT_NEAR(made / accepted, 2, 0.2);
}

Instant after(std::int64_t minutes) {
  return Instant::start() + Duration::seconds(60 * minutes);
}

// An instance that uses so many cores and bytes each minute.
void use(Vertical& vertical, std::int64_t from, std::int64_t to, double cores, double bytes,
         std::vector<Decision>& out) {
  for (std::int64_t minute = from; minute < to; ++minute) {
    for (InstanceId id = 0; id < 4; ++id) {
      vertical.observe(after(minute), InstanceStatus{.instance = id}, out);
      vertical.observe(after(minute), ResourceRequest{Vertical::kCpu, id, 1}, out);
      vertical.observe(after(minute), ResourceRequest{Vertical::kMemory, id, 1e9}, out);
      vertical.observe(after(minute), MetricSample{Vertical::kCpu, id, cores, after(minute)}, out);
      vertical.observe(after(minute), MetricSample{Vertical::kMemory, id, bytes, after(minute)},
                       out);
    }
    vertical.wake(after(minute), out);
  }
}

TEST(Vertical, AimsAtUsageWithAMarginAndWidensBoundsWhileLittleIsKnown) {
  Vertical vertical{Vertical::Params{}};
  std::vector<Decision> out;
  use(vertical, 0, 60, 0.3, 4e8, out);
  const auto early = vertical.recommendation(Vertical::kCpu, after(60));
  use(vertical, 60, 8 * 1440, 0.3, 4e8, out);
  const auto late = vertical.recommendation(Vertical::kCpu, after(8 * 1440));
  EXPECT_GE(late.target, 0.3 * 1.15);
  EXPECT_LE(late.target, 0.3 * 1.15 * 1.06);  // a bucket at most
  EXPECT_GT(early.upper, 20 * late.target);   // an hour of history
  EXPECT_LT(late.upper, 1.2 * late.target);
  EXPECT_LT(early.lower, late.lower);
}

TEST(Vertical, SaysOnceThatMoreIsReservedThanUsed) {
  Vertical vertical({.mode = Resize::When::now});
  std::vector<Decision> out;
  use(vertical, 0, 3 * 1440, 0.3, 8.3e8, out);
  ASSERT_FALSE(out.empty());
  // After half a day the bounds are still wide, but instances are old enough for small changes.
  EXPECT_EQ(out[0].because, "reserved is off the target");
  const auto resize = std::get<Resize>(out[0].action);
  EXPECT_EQ(resize.metric, Vertical::kCpu);
  EXPECT_EQ(resize.at_once, 2);
  EXPECT_EQ(out.size(), 1U);  // what is under way is not asked for again
}

TEST(Vertical, GivesMoreAfterRunningOutOfMemory) {
  Vertical vertical({.mode = Resize::When::start});
  std::vector<Decision> out;
  use(vertical, 0, 5, 0.8, 8.6e8, out);
  out.clear();
  vertical.observe(after(5), OutOfMemory{Vertical::kMemory, 2}, out);
  use(vertical, 5, 6, 0.8, 8.6e8, out);
  ASSERT_FALSE(out.empty());
  EXPECT_EQ(out.back().because, "ran out of memory soon after its start");
  EXPECT_GE(std::get<Resize>(out.back().action).amount, 1.2e9 * 1.15);
}

}  // namespace adaptive_test
}  // namespace rehearse::policies
