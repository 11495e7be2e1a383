#include "policies/hpa.hpp"

#include <gtest/gtest.h>

#include "policies/registry.hpp"
#include "tests/unit/policies/json_block.hpp"

namespace rehearse::policies {
namespace hpa_test {

using nlohmann::json;

constexpr Instant kBegin = Instant::at_ns(1'000'000'000'000);

Hpa::Params by_queue(std::int32_t min, std::int32_t max) {
  Hpa::Params params;
  params.bounds = {min, max};
  params.metrics = {{.name = "queue",
                     .source = Hpa::Metric::Source::external,
                     .type = Hpa::Metric::Target::average,
                     .target = 10'000}};  // ten messages each
  return params;
}

// Syncs the autoscaler every 15 s with a queue of so many messages; the count after each.
class Syncs {
 public:
  explicit Syncs(Hpa::Params params, std::int32_t replicas)
      : hpa_(std::move(params)), replicas_(replicas) {}

  std::int32_t with(double messages) {
    observe(ReplicaCount{replicas_, replicas_, now_});
    observe(MetricSample{0, kWhole, messages, now_, Duration::zero()});
    std::vector<Decision> out;
    hpa_.wake(now_, out);
    for (const Decision& each : out) {
      replicas_ = std::get<ScaleTo>(each.action).replicas;
      observe(ActionDone{actions_++, true});
    }
    now_ = now_ + Duration::seconds(15);
    return replicas_;
  }
  std::int32_t blind() {
    std::vector<Decision> out;
    hpa_.wake(now_, out);
    now_ = now_ + Duration::seconds(15);
    return static_cast<std::int32_t>(out.size());
  }
  void observe(const Observation& seen) {
    std::vector<Decision> out;
    hpa_.observe(now_, seen, out);
  }
  const Hpa& hpa() const { return hpa_; }

 private:
  Hpa hpa_;
  std::int32_t replicas_;
  std::uint64_t actions_ = 0;
  Instant now_ = kBegin;
};

TEST(Hpa, DoublesAtMostAndHoldsTheWayDownForFiveMinutes) {
  Syncs syncs(by_queue(1, 100), 4);
  EXPECT_EQ(syncs.with(400), 8);  // 40 are asked for
  EXPECT_EQ(syncs.with(400), 16);
  EXPECT_EQ(syncs.with(400), 32);
  EXPECT_EQ(syncs.with(400), 40);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(syncs.with(50), 40) << i;  // at the age of 300 s it counts
  EXPECT_EQ(syncs.with(50), 5);
}

TEST(Hpa, ForgetsItsWindowWhenRestarted) {
  Syncs syncs(by_queue(1, 100), 40);
  EXPECT_EQ(syncs.with(400), 40);
  EXPECT_EQ(syncs.with(50), 40);
  syncs.observe(HostRestarted{});
  EXPECT_EQ(syncs.with(50), 40);  // the log begins with the count that is found
  for (int i = 1; i < 20; ++i) EXPECT_EQ(syncs.with(50), 40) << i;
  EXPECT_EQ(syncs.with(50), 40);
  EXPECT_EQ(syncs.with(50), 5);
}

TEST(Hpa, KeepsTheWayDownClosedWhileAMetricIsLost) {
  Hpa::Params params = by_queue(1, 100);
  params.downscale_stabilization = Duration::zero();
  params.metrics.push_back(params.metrics[0]);  // nothing is ever known of it
  Syncs syncs(params, 10);
  EXPECT_EQ(syncs.with(50), 10);
  EXPECT_EQ(syncs.hpa().conditions().scaling_active.reason, "FailedGetExternalMetric");
  EXPECT_EQ(syncs.with(150), 15);
}

TEST(Hpa, DoesNothingOnWhatIsOutOfDate) {
  Syncs syncs(by_queue(1, 100), 10);
  syncs.with(100);
  syncs.observe(MetricSample{0, kWhole, 900, kBegin, Duration::zero()});
  int decisions = 0;
  for (int i = 0; i < 100; ++i) decisions += syncs.blind();
  EXPECT_EQ(decisions, 6);  // one per sync while the sample is at most 90 s old
  EXPECT_EQ(syncs.hpa().conditions().able_to_scale.reason, "FailedGetScale");
}

TEST(Hpa, GoesToZeroAndBackOnItsOwn) {
  Hpa::Params params = by_queue(0, 100);
  params.downscale_stabilization = Duration::zero();
  params.to_zero = true;
  Syncs syncs(params, 2);
  EXPECT_EQ(syncs.with(0), 2);  // the count that was found is a proposal of this very instant
  EXPECT_EQ(syncs.with(0), 0);
  EXPECT_EQ(syncs.with(0), 0);
  EXPECT_EQ(syncs.with(25), 3);
  EXPECT_EQ(syncs.hpa().conditions().scaled_to_zero.reason, "NotScaledToZero");
}

TEST(Hpa, LeavesAPauseAlone) {
  Hpa::Params params = by_queue(0, 100);
  params.to_zero = true;
  Syncs syncs(params, 0);
  EXPECT_EQ(syncs.with(1000), 0);
  EXPECT_EQ(syncs.hpa().conditions().scaling_active.reason, "ScalingDisabled");
}

std::optional<Hpa::Params> read(const json& block, Diagnostics& out) {
  const SpecNode node = tests::block_of(block);
  FieldReader reader(node, Hpa::fields(), out, "hpa");
  return Hpa::read(reader);
}

TEST(HpaBlock, BecomesParameters) {
  Diagnostics out;
  const auto params =
      read({{"max", 10},
            {"metrics",
             {{{"resource", "cpu"}, {"utilization", "70%"}},
              {{"resource", "memory"}, {"container", "app"}, {"average", 1e9}},
              {{"external", "queue"}, {"value", 30}}}},
            {"behavior",
             {{"scale_up",
               {{"tolerance", "1%"}, {"policies", {{{"percent", "50%"}, {"period", "1m"}}}}}},
              {"scale_down", {{"select", "disabled"}}}}}},
           out);
  ASSERT_TRUE(params) << out.render();
  EXPECT_EQ(params->metrics[0].target, 70);
  EXPECT_TRUE(params->metrics[0].cpu);
  EXPECT_EQ(params->metrics[1].name, "app/memory");
  EXPECT_EQ(params->metrics[1].target, 1'000'000'000'000);
  EXPECT_EQ(params->metrics[2].target, 30'000);
  EXPECT_EQ(params->tolerance.up, 0.01);
  EXPECT_EQ(params->tolerance.down, 0.1);
  EXPECT_EQ(params->behavior->up.policies[0].value, 50);
  EXPECT_EQ(params->behavior->down.select, hpa::Select::disabled);
  EXPECT_EQ(params->behavior->down.window, Duration::seconds(300));
}

TEST(HpaBlock, ReportsWhatDoesNotFit) {
  Diagnostics out;
  const json wrong = {{{"resource", "cpu"}, {"pods", "x"}, {"average", 1}},
                      {{"external", "q"}, {"utilization", "70%"}},
                      {{"pods", "q"}, {"value", 3}},
                      {{"pods", "q"}}};
  EXPECT_FALSE(read({{"min", 5}, {"max", 2}, {"metrics", wrong}}, out));
  EXPECT_EQ(out.error_count(), 5) << out.render();
}

TEST(Registry, FindsByName) {
  ASSERT_NE(find_controller("hpa"), nullptr);
  EXPECT_EQ(find_controller("hpb"), nullptr);
  std::string_view before;
  for (const ControllerKind& kind : controller_kinds()) {
    EXPECT_LT(before, kind.name);
    before = kind.name;
  }
}

}  // namespace hpa_test
}  // namespace rehearse::policies
