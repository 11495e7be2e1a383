#include "policies/restart_backoff.hpp"

#include <gtest/gtest.h>

namespace rehearse::policies {
namespace restart_backoff_test {

TEST(RestartBackoff, DoublesUpToItsLimit) {
  RestartBackoff backoff;
  const RestartBackoff::Params params;
  Instant now = Instant::start() + Duration::seconds(1);
  for (const std::int64_t wait : {0, 10, 20, 40, 80, 160, 300, 300}) {
    EXPECT_EQ(backoff.ended(now, params), Duration::seconds(wait));
    now = now + Duration::seconds(wait + 600);  // it runs for ten minutes, and not longer
  }
}

TEST(RestartBackoff, ForgivesWhatHasRunForLongEnough) {
  RestartBackoff backoff;
  const RestartBackoff::Params params;
  Instant now = Instant::start() + Duration::seconds(1);
  backoff.ended(now, params);
  EXPECT_EQ(backoff.ended(now, params), Duration::seconds(10));
  now = now + Duration::seconds(10 + 600) + Duration::nanoseconds(1);
  EXPECT_EQ(backoff.ended(now, params), Duration::zero());
  EXPECT_EQ(backoff.ended(now, params), Duration::seconds(10));
}

}  // namespace restart_backoff_test
}  // namespace rehearse::policies
