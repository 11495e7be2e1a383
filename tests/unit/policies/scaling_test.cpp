/// Autoscalers other than the HPA, each at the moments that define it.

#include <gtest/gtest.h>

#include <cmath>

#include "policies/keda.hpp"
#include "policies/predictive.hpp"
#include "policies/scheduled.hpp"
#include "policies/step_scaling.hpp"
#include "policies/target_tracking.hpp"

namespace rehearse::policies {
namespace scaling_test {

constexpr Duration kMinute = Duration::seconds(60);

// A service of which the count is whatever was wished for last.
class World {
 public:
  World(Controller& controller, std::int32_t count) : controller_(controller), count_(count) {}

  /// Goes on by `duration`, telling the same figures every 15 s; the count in the end.
  std::int32_t go(Duration duration, const std::vector<double>& figures) {
    for (const Instant end = now_ + duration; now_ < end; now_ = now_ + Duration::seconds(15)) {
      std::vector<Decision> out;
      controller_.observe(now_, ReplicaCount{count_, count_, now_, useful_}, out);
      for (std::uint32_t i = 0; i < figures.size(); ++i)
        controller_.observe(now_, MetricSample{i, kWhole, figures[i], now_, Duration::zero()}, out);
      if (controller_.next_wake() > now_) continue;
      controller_.wake(now_, out);
      for (const Decision& each : out) {
        count_ = std::get<ScaleTo>(each.action).replicas;
        last_ = each;
        controller_.observe(now_, ActionDone{actions_++, true}, out);
      }
    }
    return count_;
  }
  void set_useful(std::int32_t useful) { useful_ = useful; }
  Instant now() const { return now_; }
  const Decision& last() const { return last_; }

 private:
  Controller& controller_;
  std::int32_t count_;
  std::int32_t useful_ = -1;
  std::uint64_t actions_ = 0;
  Instant now_ = Instant::start() + Duration::seconds(86400);
  Decision last_;
};

Scaler::Common between(std::int32_t min, std::int32_t max) {
  return {.min = min, .max = max, .period = kMinute};
}

TEST(StepRules, GoUpWhenAnyIsOverAndDownWhenAllAreUnderHalf) {
  StepRules rules({.common = between(2, 10), .rules = {{"cpu", 0.7}, {"memory", 0.8}}});
  World world(rules, 4);
  EXPECT_EQ(world.go(kMinute, {0.71, 0.1}), 5);
  EXPECT_EQ(world.last().metric, 0U);
  EXPECT_EQ(world.go(5 * kMinute - Duration::seconds(15), {0.9, 0.9}), 5);  // cooldown of 300 s
  EXPECT_EQ(world.go(kMinute, {0.9, 0.9}), 6);
  EXPECT_EQ(world.go(30 * kMinute, {0.1, 0.41}), 6);  // memory is not under half of its target
  EXPECT_EQ(world.go(kMinute, {0.34, 0.39}), 5);
  EXPECT_EQ(world.go(9 * kMinute, {0.1, 0.1}), 5);  // 600 s
  EXPECT_EQ(world.go(60 * kMinute, {0.1, 0.1}), 2);
}

TEST(StepRules, StayWithoutAllFigures) {
  StepRules rules({.common = between(2, 10), .rules = {{"cpu", 0.7}, {"memory", 0.8}}});
  World world(rules, 4);
  EXPECT_EQ(world.go(60 * kMinute, {0.1}), 4);
  EXPECT_EQ(world.go(kMinute, {0.8}), 5);
}

TEST(TargetTracking, GoesOutAfterThreeLooksAndInAfterFifteen) {
  TargetTracking tracking({.common = between(1, 50), .rules = {{"cpu", 0.5}}});
  World world(tracking, 10);
  EXPECT_EQ(world.go(2 * kMinute, {0.75}), 10);
  EXPECT_EQ(world.go(kMinute, {0.75}), 15);
  EXPECT_EQ(world.go(14 * kMinute, {0.4}), 15);
  EXPECT_EQ(world.go(kMinute, {0.4}), 12);        // 15 × 0.4 / 0.5
  EXPECT_EQ(world.go(60 * kMinute, {0.46}), 12);  // within 10 % of the target
}

TEST(TargetTracking, DoesNotAddForInstancesThatDoNotHelpYet) {
  TargetTracking tracking({.common = between(1, 50), .rules = {{"cpu", 0.5}}, .periods_high = 1});
  World world(tracking, 10);
  world.set_useful(10);
  EXPECT_EQ(world.go(kMinute, {0.75}), 15);
  EXPECT_EQ(world.go(4 * kMinute, {0.75}), 15);  // ten of them still carry it all
  EXPECT_EQ(world.go(kMinute, {0.9}), 18);
}

TEST(TargetTracking, KeepsTheLargestProposalOfItsWindow) {
  TargetTracking tracking({.common = between(1, 50),
                           .rules = {{"cpu", 0.5}},
                           .periods_high = 1,
                           .periods_low = 1,
                           .cooldown_in = Duration::zero(),
                           .window = 10 * kMinute});
  World world(tracking, 10);
  world.go(kMinute, {0.5});
  EXPECT_EQ(world.go(10 * kMinute, {0.1}), 10);
  EXPECT_EQ(world.go(kMinute, {0.1}), 2);
}

TEST(StepScaling, RoundsAsDocumented) {
  const auto percent = [](std::int32_t base, double by, std::int32_t least = 0) {
    return StepScaling::stepped(base, by, StepScaling::Kind::percent, least);
  };
  EXPECT_EQ(percent(10, 25), 12);  // 2.5 rounds down
  EXPECT_EQ(percent(10, 5), 11);   // between nothing and one is one
  EXPECT_EQ(percent(10, -5), 9);
  EXPECT_EQ(percent(10, -66), 4);   // -6.6 rounds towards nothing
  EXPECT_EQ(percent(4, 25, 2), 6);  // at least two
  EXPECT_EQ(StepScaling::stepped(10, 3, StepScaling::Kind::exact, 0), 3);
}

TEST(StepScaling, AddsOnlyTheDifferenceWhileInstancesWarmUp) {
  StepScaling scaling({.common = between(1, 50),
                       .metric = "cpu",
                       .threshold = 60,
                       .steps = {{0, 10, 10}, {10, 20, 20}, {20, 1e9, 30}},
                       .warm_up = 5 * kMinute});
  World world(scaling, 10);
  EXPECT_EQ(world.go(kMinute, {59.9}), 10);
  EXPECT_EQ(world.go(kMinute, {60}), 20);
  EXPECT_EQ(world.go(kMinute, {70}), 30);  // of the ten before: twenty more, not thirty
  EXPECT_EQ(world.go(kMinute, {65}), 30);
}

TEST(Scheduled, HasItsWindowsAndBeginsEarly) {
  const Duration hour = 60 * kMinute;
  Scheduled scheduled({.common = between(2, 50),
                       .early = 10 * kMinute,
                       .windows = {{8 * hour, 20 * hour, 10}, {22 * hour, 2 * hour, 5}}});
  const auto at = [&](Duration time) { return scheduled.asked_at(Instant::start() + time); };
  EXPECT_EQ(at(3 * hour), 2);
  EXPECT_EQ(at(8 * hour - 10 * kMinute), 10);
  EXPECT_EQ(at(20 * hour), 2);
  EXPECT_EQ(at(25 * hour), 5);
  EXPECT_EQ(at(26 * hour), 2);
  World world(scheduled, 7);
  EXPECT_EQ(world.go(2 * kMinute, {}), 5);
}

TEST(Keda, GoesToZeroAfterItsCooldownAndBackAtOnce) {
  Keda keda({.triggers = {{"queue", 10, 2}}});
  World world(keda, 1);
  EXPECT_EQ(world.go(kMinute, {40}), 4);
  EXPECT_EQ(world.go(4 * kMinute, {2}), 4);  // at the activation: not active; the window holds
  EXPECT_EQ(world.go(2 * kMinute, {0}), 0);
  EXPECT_EQ(world.last().because, "no trigger has been active for the cooldown");
  EXPECT_EQ(world.go(10 * kMinute, {2}), 0);
  EXPECT_EQ(world.go(Duration::seconds(30), {3}), 1);
}

TEST(Keda, FallsBackWhileATriggerFails) {
  Keda keda({.triggers = {{"queue", 10, 0}}, .failures = 3, .fallback = 6});
  World world(keda, 2);
  world.go(kMinute, {20});
  std::vector<Decision> out;
  for (int i = 0; i < 3; ++i) keda.observe(world.now(), MetricLost{0}, out);
  EXPECT_EQ(world.go(2 * kMinute, {}), 6);
}

Predictive::Params predictive() {
  Predictive::Params params;
  params.reactive.bounds = {2, 100};
  params.reactive.metrics = {{.name = "load",
                              .source = Hpa::Metric::Source::external,
                              .type = Hpa::Metric::Target::average,
                              .target = 100'000}};
  params.load = "load";
  params.per_instance = 100;
  params.lead = 15 * kMinute;
  return params;
}

double daily(Instant now) {  // 500 at midnight, 3500 at noon
  return 2000 - 1500 * std::cos(now.to_seconds() / 86400 * 2 * 3.14159265358979);
}

TEST(Predictive, HasInstancesReadyBeforeTheyAreNeededAndNeverTooFew) {
  Predictive scaling(predictive());
  World world(scaling, 10);
  double ready = 0;
  int looks = 0;
  const Instant warm = world.now() + Duration::seconds(3 * 86400);
  while (world.now() < warm + Duration::seconds(86400)) {
    const double load = daily(world.now());
    const std::int32_t count = world.go(kMinute, {load, load});
    if (world.now() < warm) continue;
    EXPECT_GE(count * 110.0, load);  // the reactive rule asks for no more within its tolerance
    // On the way up, what will be needed in a quarter of an hour is there.
    if (daily(world.now() + 15 * kMinute) <= load) continue;
    ready += count * 100.0 >= 0.97 * daily(world.now() + 14 * kMinute) ? 1 : 0;
    ++looks;
  }
  EXPECT_GT(ready / looks, 0.97);
  EXPECT_TRUE(scaling.outlook().heeded);
  EXPECT_LT(scaling.outlook().error, 0.05);
}

TEST(Predictive, IsNotHeededWithoutHistoryNorWhileItIsWrong) {
  Predictive::Params params = predictive();
  params.history = Duration::seconds(4 * 3600);
  Predictive scaling(params);
  World world(scaling, 10);
  world.go(Duration::seconds(3 * 3600), {1000, 1000});
  EXPECT_FALSE(scaling.outlook().heeded);
  world.go(Duration::seconds(2 * 3600), {1000, 1000});
  EXPECT_TRUE(scaling.outlook().heeded);
  for (int i = 0; i < 300; ++i)  // nothing can be said of this
    world.go(5 * kMinute, {1000, (i * i * 7919) % 97 < 30 ? 10'000.0 : 1.0});
  EXPECT_GT(scaling.outlook().error, 0.5);
  EXPECT_FALSE(scaling.outlook().heeded);
}

}  // namespace scaling_test
}  // namespace rehearse::policies
