// A queue of a broker against another model of the same thing: consumers that hold one message each
// are the servers of a service, the queue is its line, refused messages are rejected requests. Draw
// by draw and nanosecond by nanosecond, as both take their times from the same stream in the same
// order.

#include "models/message_queue.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "sim/random.hpp"
#include "tests/unit/models/one_trial.hpp"

namespace rehearse::models {
namespace {

struct Shape {
  std::uint64_t servers, limit;
  double load;
  std::string law;
};

std::string scenario(const Shape& shape, const std::string& step, const std::string& station,
                     const std::string& rest) {
  const double rate = shape.load * static_cast<double>(shape.servers) / 0.01;
  return fmt::format(
      "experiment: {{horizon: 20s, drain: true}}\nsystem:\n  services:\n"
      "    front: {{endpoints: {{submit: [{}]}}}}\n"
      "    station: {{{}endpoints: {{handle: [{{wait: {}}}]}}}}\n{}"
      "workload: {{clients: {{arrivals: {{poisson: {:.3f}rps}}, to: front}}}}\n",
      step, station, shape.law, rest, rate);
}

TEST(MessageQueueProperty, ConsumersServeAsServersDo) {
  sim::Stream random({2, 0}, "queue", "shapes");
  for (int round = 0; round < 40; ++round) {
    const Shape shape{
        1 + random.below(12), random.below(3) == 0 ? 1 + random.below(10) : 1'000'000,
        0.3 + 0.9 * random.uniform(),
        random.below(2) == 0 ? "{exponential: 10ms}" : "{hyperexponential: {mean: 10ms, scv: 9}}"};
    const std::string service = scenario(
        shape, "{call: {to: station, on_failure: continue}}",
        fmt::format("servers: {}, queue: {{limit: {}}}, ", shape.servers, shape.limit), "");
    const std::string queue =
        scenario(shape, "{publish: work}", "",
                 fmt::format("  brokers: {{rabbit: {{queues: {{work: {{max_length: {}, overflow: "
                             "reject-publish, consumers: {{to: station, count: {}}}}}}}}}}}\n",
                             shape.limit, shape.servers));
    SCOPED_TRACE(queue);
    const OneTrial of_service(service, 7);
    const OneTrial of_queue(queue, 7);
    const WindowRecord& requests = of_service.at("station/handle", "endpoint");
    const WindowRecord& line = of_service.at("station", "station");
    const WindowRecord& messages = of_queue.at("work", "queue");
    ASSERT_GT(messages.arrivals, 100U);
    EXPECT_EQ(requests.arrivals, messages.arrivals);
    EXPECT_EQ(requests.outcomes, messages.outcomes);
    EXPECT_EQ(requests.sojourn, messages.sojourn);
    EXPECT_EQ(requests.in_system, messages.in_system);
    EXPECT_EQ(line.in_queue, messages.in_queue);
    EXPECT_EQ(line.busy, messages.busy);
    EXPECT_EQ(requests.wait.count(), messages.wait.count());
    EXPECT_EQ(requests.wait.max(), messages.wait.max());
    EXPECT_EQ(requests.response.max(), messages.response.max());
    if (HasFailure()) return;
  }
}

// Consumers come and go, twice a second.
std::string schedule_of_consumers(sim::Stream& random) {
  return fmt::format(
      "policies: {{p: {{target: work, act: {{grace: {}ms}}, scheduled: {{min: 0, max: 4, period: "
      "100ms, every: 1s, windows: [{{from: 0s, to: {}ms, instances: {}}}, {{from: 700ms, to: "
      "900ms, instances: {}}}]}}}}}}\n",
      random.below(30), 100 + random.below(500), 1 + random.below(4), 1 + random.below(4));
}

// What lies in the broker's hands is counted whatever becomes of it: messages that arrived have
// ended in one of five ways, wait, or are being handled.
TEST(MessageQueueProperty, EveryMessageIsSomewhere) {
  sim::Stream random({3, 0}, "queue", "shapes");
  std::uint64_t came_and_went = 0;
  for (int round = 0; round < 90; ++round) {
    const bool scaled = round >= 60;
    const std::string text = fmt::format(
        R"(
experiment: {{horizon: 5s}}
system:
  services:
    front: {{endpoints: {{submit: [{{publish: {{queue: work, priority: {}}}}}]}}}}
    worker: {{endpoints: {{handle: [{{wait: {{exponential: 10ms}}}}, {{fail: {}%}}]}}}}
  brokers:
    rabbit:
      delivery: {{exponential: 1ms}}
      queues:
        work:
          max_priority: 2
          max_length: {}
          overflow: {}
          message_ttl: {}ms
          max_deliveries: {}
          dead_letter: grave
          consumers: {{to: worker, count: {}, prefetch: {}, timeout: {}ms{}}}
        grave: {{}}
workload: {{clients: {{arrivals: {{poisson: 200rps}}, to: front}}}}
{})",
        random.below(3), random.below(60), random.below(40),
        random.below(2) == 0 ? "drop-head" : "reject-publish", 5 + random.below(200),
        1 + random.below(4), 1 + random.below(3), random.below(6), 20 + random.below(60),
        scaled ? ", startup: {exponential: 30ms}" : "",
        scaled ? schedule_of_consumers(random) : "");
    SCOPED_TRACE(text);
    const OneTrial trial(text, static_cast<std::uint64_t>(round));
    const WindowRecord& work = trial.at("work", "queue");
    const WindowRecord& grave = trial.at("grave", "queue");
    std::int64_t left = 0;
    std::uint64_t age = 0;
    for (const SubjectRecord& subject : trial.record().subjects) {
      if (subject.name != "work") continue;
      left = subject.in_system_at_end;
      age = subject.age_at_end;
    }
    ASSERT_GT(work.arrivals, 500U);
    EXPECT_EQ(work.arrivals, work.ended() + static_cast<std::uint64_t>(left));
    EXPECT_EQ(work.in_system, work.in_queue + work.busy);
    EXPECT_EQ(work.in_system, work.sojourn + age);  // Little's law
    // All that was given up, expired or was dropped went to the dead letters; what was refused
    // and what was acknowledged did not.
    const auto ended = [&](Outcome outcome) {
      return work.outcomes[static_cast<std::size_t>(outcome)];
    };
    EXPECT_EQ(work.dead_lettered,
              ended(Outcome::error) + ended(Outcome::timeout) + ended(Outcome::abandoned));
    EXPECT_EQ(grave.arrivals, work.dead_lettered);
    EXPECT_EQ(work.response.count(), ended(Outcome::ok));
    if (scaled) {
      EXPECT_LE(work.busy, work.instances);
    }
    for (const PlatformEvent& event : trial.record().log)
      if (event.what == "consumer.stopped") ++came_and_went;
    if (HasFailure()) return;
  }
  EXPECT_GT(came_and_went, 100U);
}

}  // namespace
}  // namespace rehearse::models
