/// Guard rails, one by one, at their edges.

#include "policies/guard_rails.hpp"

#include <gtest/gtest.h>

namespace rehearse::policies {
namespace guard_rails_test {

using Verdict = GuardRails::Verdict;

const std::vector<MetricNeed> kNeeds = {{"cpu", MetricNeed::Scope::each, true},
                                        {"load", MetricNeed::Scope::whole, false}};

Instant at(std::int64_t seconds) {
  return Instant::start() + Duration::seconds(1'000'000 + seconds);
}

/// Four instances that are seen with both metrics at second 0.
class Rails {
 public:
  explicit Rails(GuardRails::Params params = {}) : guards_(params, kNeeds) {
    count(4, 4, 0);
    load(0);
    for (InstanceId id = 0; id < 4; ++id) cpu(id, 0);
  }
  void count(std::int32_t wanted, std::int32_t present, std::int64_t second) {
    guards_.observe(ReplicaCount{wanted, present, at(second)});
  }
  void load(std::int64_t second) {
    guards_.observe(MetricSample{1, kWhole, 1, at(second), Duration::zero()});
  }
  void cpu(InstanceId id, std::int64_t second) {
    guards_.observe(MetricSample{0, id, 1, at(second), Duration::zero()});
  }
  void gone(InstanceId id) { guards_.observe(InstanceGone{id}); }
  GuardRails::Ruling wish(std::int32_t replicas, std::int64_t second,
                          std::uint32_t metric = Decision::kNoMetric) {
    return guards_.judge(at(second), {.action = ScaleTo{replicas}, .metric = metric});
  }
  GuardRails& guards() { return guards_; }

 private:
  GuardRails guards_;
};

TEST(GuardRails, LetThroughWhatIsWithinThem) {
  Rails rails;
  for (const std::int32_t to : {5, 8, 3}) {
    const auto ruling = rails.wish(to, 1);
    EXPECT_EQ(ruling.verdict, Verdict::allowed);
    EXPECT_EQ(ruling.replicas, to);
    EXPECT_EQ(ruling.because, "");
  }
}

TEST(GuardRails, HoldWhereTheCountIsNotKnown) {
  GuardRails blind({}, kNeeds);
  EXPECT_EQ(blind.wanted(), std::nullopt);
  const auto ruling = blind.judge(at(0), {.action = ScaleTo{5}});
  EXPECT_EQ(ruling.verdict, Verdict::vetoed);
  EXPECT_EQ(ruling.because, "it is not known how many instances there are");
  Rails rails({.stale_after = Duration::seconds(30)});
  EXPECT_EQ(rails.wish(5, 30).verdict, Verdict::allowed);
  EXPECT_EQ(rails.wish(5, 31).because, "how many instances there are was last known 31s ago");
}

TEST(GuardRails, AddNothingOnAStaleFigure) {
  Rails rails({.stale_after = Duration::seconds(30)});
  rails.count(4, 4, 40);
  rails.load(10);
  EXPECT_EQ(rails.wish(5, 40, 1).verdict, Verdict::allowed);
  EXPECT_EQ(rails.wish(5, 41, 1).because, "'load' was last seen 31s ago");
  EXPECT_EQ(rails.wish(5, 41, 0).because, "'cpu' has lately been seen of 0 of 4 instances");
  rails.cpu(2, 41);  // of one instance is enough to add
  EXPECT_EQ(rails.wish(5, 41, 0).verdict, Verdict::allowed);
  EXPECT_EQ(rails.wish(5, 41).verdict, Verdict::allowed);  // a wish that rests on no figure
}

TEST(GuardRails, TakeAwayNothingUnlessEveryMetricIsSeen) {
  Rails rails({.stale_after = Duration::seconds(30)});
  rails.count(4, 4, 40);
  rails.cpu(0, 40);
  rails.load(40);
  EXPECT_EQ(rails.wish(3, 40, 1).because, "'cpu' has lately been seen of 1 of 4 instances");
  rails.cpu(1, 40);  // half of them
  EXPECT_EQ(rails.wish(3, 40, 1).verdict, Verdict::allowed);
  rails.gone(1);
  EXPECT_EQ(rails.wish(3, 40, 1).verdict, Verdict::vetoed);
  GuardRails fresh({}, kNeeds);
  fresh.observe(ReplicaCount{4, 4, at(0)});
  for (InstanceId id = 0; id < 4; ++id)
    fresh.observe(MetricSample{0, id, 1, at(0), Duration::zero()});
  EXPECT_EQ(fresh.judge(at(0), {.action = ScaleTo{3}}).because, "'load' has not been seen");
}

TEST(GuardRails, AnEmptySetIsNoReasonToStopAny) {
  Rails rails;
  rails.count(4, 0, 1);
  EXPECT_EQ(rails.wish(3, 1).because,
            "none of 4 instances can be seen: that is no reason to stop any");
  EXPECT_EQ(rails.wish(5, 1).verdict, Verdict::allowed);
}

TEST(GuardRails, LimitAWishInItsOwnDirection) {
  Rails rails({.most_at_once = 2, .changes = 100, .floor = 3, .ceiling = 7});
  const auto up = rails.wish(9, 1);
  EXPECT_EQ(up.verdict, Verdict::limited);
  EXPECT_EQ(up.replicas, 6);
  EXPECT_EQ(up.because, "no more than 2 at once");
  const auto down = rails.wish(0, 1);
  EXPECT_EQ(down.verdict, Verdict::limited);
  EXPECT_EQ(down.replicas, 3);
  EXPECT_EQ(down.because, "the floor is 3");
  rails.count(6, 6, 1);
  EXPECT_EQ(rails.wish(9, 1).replicas, 7);
  rails.count(7, 7, 1);
  EXPECT_EQ(rails.wish(9, 1).verdict, Verdict::vetoed);
  EXPECT_EQ(rails.wish(9, 1).because, "the ceiling is 7");
  rails.count(2, 2, 1);  // below the floor already: a wish to shrink starts nothing
  EXPECT_EQ(rails.wish(1, 1).verdict, Verdict::vetoed);
  rails.count(20, 20, 1);  // above the ceiling: a wish to shrink goes no further than it says
  for (InstanceId id = 0; id < 20; ++id) rails.cpu(id, 1);
  EXPECT_EQ(rails.wish(19, 1).replicas, 19);
  EXPECT_EQ(rails.wish(21, 1).verdict, Verdict::vetoed);
}

TEST(GuardRails, CountChangesWithinASlidingWindow) {
  Rails rails({.changes = 2, .within = Duration::seconds(10)});
  EXPECT_EQ(rails.wish(5, 0).verdict, Verdict::allowed);
  EXPECT_EQ(rails.wish(5, 5).verdict, Verdict::allowed);
  EXPECT_EQ(rails.wish(5, 9).because, "there have been 2 changes within 10s");
  EXPECT_EQ(rails.wish(5, 10).verdict, Verdict::allowed);  // the first is out of the window
  EXPECT_EQ(rails.wish(5, 14).verdict, Verdict::vetoed);   // a veto is no change
  EXPECT_EQ(rails.wish(5, 15).verdict, Verdict::allowed);
}

TEST(GuardRails, KeepChangesApart) {
  Rails rails({.changes = 100, .spacing = Duration::seconds(3)});
  EXPECT_EQ(rails.wish(5, 0).verdict, Verdict::allowed);
  EXPECT_EQ(rails.wish(5, 2).because, "the last change was 2s ago, and they are to be 3s apart");
  EXPECT_EQ(rails.wish(5, 3).verdict, Verdict::allowed);
}

TEST(GuardRails, VetoWhatIsNoCount) {
  Rails rails;
  EXPECT_EQ(rails.guards().judge(at(0), {.action = Eject{1}}).because,
            "only counts of instances can be changed");
}

}  // namespace guard_rails_test
}  // namespace rehearse::policies
