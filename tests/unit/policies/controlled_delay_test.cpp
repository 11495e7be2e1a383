#include "policies/controlled_delay.hpp"

#include <gtest/gtest.h>

namespace rehearse::policies {
namespace controlled_delay_test {

Instant ms(std::int64_t n) {
  return Instant::start() + Duration::milliseconds(n);
}

TEST(ControlledDelay, GivesABurstItsTime) {
  ControlledDelay queue;
  const ControlledDelay::Params params;
  EXPECT_EQ(queue.joins(ms(1000), params, 0), params.interval);
  EXPECT_EQ(queue.joins(ms(1099), params, 7), params.interval);
  EXPECT_EQ(queue.joins(ms(1100), params, 7), params.interval);
}

TEST(ControlledDelay, LetsNobodyWaitLongInAStandingQueue) {
  ControlledDelay queue;
  const ControlledDelay::Params params{Duration::milliseconds(7), Duration::milliseconds(50)};
  queue.joins(ms(0), params, 0);
  EXPECT_FALSE(queue.standing(ms(50), params));
  EXPECT_EQ(queue.joins(ms(51), params, 1), Duration::milliseconds(7));
  EXPECT_TRUE(queue.standing(ms(51), params));
}

TEST(ControlledDelay, ForgetsOnceTheQueueHasBeenEmpty) {
  ControlledDelay queue;
  const ControlledDelay::Params params;
  queue.joins(ms(0), params, 0);
  EXPECT_EQ(queue.joins(ms(500), params, 3), params.target);
  EXPECT_EQ(queue.joins(ms(510), params, 0), params.interval);
  EXPECT_EQ(queue.joins(ms(520), params, 1), params.interval);
}

}  // namespace controlled_delay_test
}  // namespace rehearse::policies
