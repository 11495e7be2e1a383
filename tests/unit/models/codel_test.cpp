// Queues with controlled delay, under more load than there is capacity for.

#include "tests/unit/models/one_trial.hpp"

namespace rehearse::models {
namespace {

// A server that needs 10.3 ms is asked every 5 ms; nothing is random.
std::string overloaded(const std::string& queue, const std::string& horizon = "100s") {
  return "experiment: {horizon: " + horizon +
         "}\nsystem: {services: {a: {servers: 1, service_time: 10300us, queue: " + queue +
         "}}}\nworkload: {client: {arrivals: {constant: 200rps}, to: a}}\n";
}

TEST(CoDel, KeepsAStandingQueueAtItsTarget) {
  const OneTrial trial(overloaded("{codel: {target: 20ms, interval: 100ms}}"));
  // Of those that are served, each is the oldest who has waited for 20 ms at most; the next is 5 ms
  // younger. Only those who came in the first interval waited for longer.
  const sim::Histogram& wait = trial.at("a", "endpoint").wait;
  EXPECT_LE(static_cast<double>(wait.count()) * wait.share_above(Duration::milliseconds(20)), 25);
  EXPECT_GE(wait.share_above(Duration::microseconds(14700)), 0.99);
  // The server is never without work, and all others are rejected.
  EXPECT_EQ(trial.outcome("a", "endpoint", Outcome::ok), 9708U);
  EXPECT_EQ(trial.outcome("a", "endpoint", Outcome::abandoned), 0U);
  EXPECT_NEAR(static_cast<double>(trial.outcome("a", "endpoint", Outcome::rejected)), 20000 - 9708,
              10);
}

TEST(CoDel, LetsTheFirstIntervalWaitForAsLongAsThat) {
  // In 100 ms come 20, one of which is served at once; of those who wait, the last is the 19th:
  // served after 100 ms where 9 have been before it. Nobody is turned away yet.
  const OneTrial trial(overloaded("{codel: {target: 20ms, interval: 100ms}}", "100ms"));
  EXPECT_EQ(trial.outcome("a", "endpoint", Outcome::rejected), 0U);
}

TEST(CoDel, ServesTheNewestOfAStandingQueueWhereItAdapts) {
  const OneTrial fifo(overloaded("{codel: {target: 20ms, interval: 100ms}}"));
  const OneTrial lifo(
      overloaded("{codel: {target: 20ms, interval: 100ms}, discipline: adaptive_lifo}"));
  // The newest one came within the last 5 ms.
  EXPECT_LE(lifo.at("a", "endpoint").wait.share_above(Duration::microseconds(5100)), 0.01);
  EXPECT_EQ(lifo.outcome("a", "endpoint", Outcome::ok), fifo.outcome("a", "endpoint", Outcome::ok));
}

TEST(CoDel, ServesInOrderWhileTheQueueEmptiesNowAndThen) {
  // Three at once: served first come, first served.
  const OneTrial trial(R"(
experiment: {horizon: 10s, drain: true}
system:
  services:
    a: {servers: 1, service_time: 10ms, queue: {codel: {}, discipline: adaptive_lifo}}
workload: {client: {users: 3, requests: 3, to: a}}
)");
  EXPECT_EQ(trial.outcome("a", "endpoint", Outcome::ok), 3U);
  EXPECT_EQ(trial.at("a", "endpoint").wait.max(), Duration::milliseconds(20));
}

}  // namespace
}  // namespace rehearse::models
