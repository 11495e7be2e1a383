/// What policies/controller.hpp promises of every registered policy.

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/contract/rig.hpp"
#include "tests/unit/counted_new.hpp"

namespace rehearse::contract {
namespace {

using namespace policies;

class Contract : public testing::TestWithParam<std::size_t> {
 protected:
  void SetUp() override {
    controller_ = fresh();
    ASSERT_NE(controller_, nullptr) << "no example of " << kind().name;
  }
  const ControllerKind& kind() const { return controller_kinds()[GetParam()]; }
  std::unique_ptr<Controller> fresh() const { return make(kind()); }
  static Instant at(std::int64_t minutes) {
    return Instant::start() + Duration::seconds(1000 + 60 * minutes);
  }
  std::unique_ptr<Controller> controller_;
};

TEST_P(Contract, DecidesSomethingAndSaysWhy) {
  Rig rig(*controller_);
  rig.run(at(30));
  EXPECT_FALSE(rig.decided().empty());
  for (const Decided& each : rig.decided()) EXPECT_FALSE(each.decision.because.empty());
}

TEST_P(Contract, DecidesEquallyUnderReplay) {
  Rig rig(*controller_);
  rig.run(at(30));
  EXPECT_EQ(replay(*fresh(), rig.calls()), rig.decided());
}

TEST_P(Contract, GoesOnAlikeFromASnapshotInMidRun) {
  Rig rig(*controller_);
  rig.run(at(13));
  const std::unique_ptr<Controller> copy = controller_->clone();
  const std::size_t calls = rig.calls().size();
  const std::size_t decided = rig.decided().size();
  rig.run(at(40));
  const std::vector<Call> rest(rig.calls().begin() + static_cast<std::ptrdiff_t>(calls),
                               rig.calls().end());
  const std::vector<Decided> expected(rig.decided().begin() + static_cast<std::ptrdiff_t>(decided),
                                      rig.decided().end());
  EXPECT_FALSE(expected.empty());
  EXPECT_EQ(replay(*copy, rest), expected);
  EXPECT_EQ(copy->next_wake(), controller_->next_wake());
}

TEST_P(Contract, IsWokenOnceForAnInstant) {
  Rig rig(*controller_);
  std::vector<Decision> again;
  for (int minute = 1; minute < 30; ++minute) {
    rig.run(at(minute));
    std::vector<Decision> first;
    const Instant now = std::max(rig.now(), controller_->next_wake());
    if (now == Instant::never()) continue;
    controller_->wake(now, first);
    controller_->wake(now, again);
    EXPECT_GT(controller_->next_wake(), now);
    rig.run_blind(now + Duration::seconds(1));
  }
  EXPECT_TRUE(again.empty());
}

TEST_P(Contract, KeepsItsBeatWhenWokenLate) {
  Rig rig(*controller_);
  rig.run(at(1));
  const Instant planned = controller_->next_wake();
  if (planned == Instant::never()) GTEST_SKIP() << "it has no beat";
  std::vector<Decision> out;
  controller_->wake(planned, out);
  const Duration period = controller_->next_wake() - planned;
  const Instant next = controller_->next_wake();
  controller_->wake(next + period / 3, out);
  EXPECT_EQ(controller_->next_wake(), next + period);
  controller_->wake(next + 5 * period + period / 3, out);  // what was missed is not made up for
  EXPECT_EQ(controller_->next_wake(), next + 6 * period);
}

TEST_P(Contract, AllocatesNothingPerObservation) {
  Rig rig(*controller_);
  rig.run(at(30));
  const std::vector<Observation> facts = rig.facts();
  std::vector<Decision> out;
  out.reserve(1000);
  const Instant now = rig.now() + Duration::milliseconds(1);
  const std::uint64_t before = tests::allocations;
  for (int round = 0; round < 100; ++round)
    for (const Observation& seen : facts) controller_->observe(now, seen, out);
  EXPECT_EQ(tests::allocations, before);
}

TEST_P(Contract, DecidesNothingWithoutFacts) {
  Rig rig(*controller_);
  rig.run_blind(at(60 * 26));
  EXPECT_TRUE(rig.decided().empty());
}

TEST_P(Contract, DecidesNothingOnStaleFacts) {
  Rig rig(*controller_);
  rig.run(at(14));
  rig.run_blind(at(24));  // by then what it knew is out of date
  const std::size_t before = rig.decided().size();
  rig.run_blind(at(60 * 26));
  EXPECT_EQ(rig.decided().size(), before);
}

TEST_P(Contract, GoesOnAfterARestart) {
  Rig rig(*controller_);
  rig.run(at(13));
  std::vector<Decision> out;
  controller_->observe(rig.now(), HostRestarted{}, out);
  const std::size_t before = rig.decided().size();
  rig.run(at(40));
  EXPECT_GT(rig.decided().size(), before);
}

INSTANTIATE_TEST_SUITE_P(Kinds, Contract, testing::Range<std::size_t>(0, controller_kinds().size()),
                         [](const auto& of) {
                           return std::string(controller_kinds()[of.param].name);
                         });

}  // namespace
}  // namespace rehearse::contract
