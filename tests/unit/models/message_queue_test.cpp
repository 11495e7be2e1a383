#include "models/message_queue.hpp"

#include "tests/unit/models/one_trial.hpp"

namespace rehearse::models {
namespace message_queue_test {

// One request at t = 0 that publishes what `publish` says; one consumer unless said otherwise.
std::string one_request(const std::string& publish, const std::string& handler,
                        const std::string& queues, const std::string& broker = "") {
  return "experiment: {horizon: 60s, drain: true}\nsystem:\n  services:\n"
         "    web: {endpoints: {submit: [" +
         publish +
         "]}}\n"
         "    worker: {endpoints: {handle: [" +
         handler + "]}}\n  brokers:\n    rabbit:\n" + broker + "      queues:\n" + queues +
         "workload: {client: {users: 1, requests: 1, to: web}}\n";
}
std::string mail(const std::string& rest, const std::string& consumers = "") {
  return "        mail: {" + rest + (rest.empty() ? "" : ", ") + "consumers: {to: worker" +
         (consumers.empty() ? "" : ", ") + consumers + "}}\n";
}
std::string several(int times, const std::string& publish = "publish: mail") {
  return "{repeat: {times: " + std::to_string(times) + ", steps: [{" + publish + "}]}}";
}
constexpr std::uint64_t kSecond = 1'000'000'000;

TEST(MessageQueue, LetsTheRequestGoOnWhileTheConsumerWorks) {
  const OneTrial trial(one_request("{publish: mail}, {wait: 10ms}", "{wait: 1s}", mail("")));
  EXPECT_EQ(trial.at("client", "workload").response.max(), Duration::milliseconds(10));
  EXPECT_EQ(trial.outcome("mail", "queue", Outcome::ok), 1U);
  EXPECT_EQ(trial.at("mail", "queue").response.max(), Duration::seconds(1));
  EXPECT_EQ(trial.at("mail", "queue").wait.max(), Duration::zero());
  EXPECT_EQ(trial.at("worker/handle", "endpoint").arrivals, 1U);
}

TEST(MessageQueue, ConfirmsOnceTheMessageIsStored) {
  const OneTrial trial(one_request("{publish: {queue: mail, confirm: true}}", "{wait: 1s}",
                                   mail(""), "      publish: 5ms\n      servers: 1\n"));
  EXPECT_EQ(trial.at("client", "workload").response.max(), Duration::milliseconds(5));
  EXPECT_EQ(trial.at("rabbit/mail", "endpoint").response.max(), Duration::milliseconds(5));
  // The message is as old as its storing.
  EXPECT_EQ(trial.at("mail", "queue").response.max(), Duration::seconds(1));
}

TEST(MessageQueue, StoresMessagesOneAfterTheOtherWhereServersAreFew) {
  const OneTrial trial(one_request(several(3) + ", {publish: {queue: mail, confirm: true}}",
                                   "{wait: 1ms}", mail(""),
                                   "      publish: 5ms\n      servers: 1\n"));
  EXPECT_EQ(trial.at("client", "workload").response.max(), Duration::milliseconds(20));
}

TEST(MessageQueue, HandsMessagesOverOneByOne) {
  const OneTrial trial(one_request(several(3), "{wait: 1s}", mail("")));
  const WindowRecord& queue = trial.at("mail", "queue");
  EXPECT_EQ(queue.response.max(), Duration::seconds(3));
  EXPECT_EQ(queue.sojourn, sim::UInt128{6 * kSecond});
  EXPECT_EQ(queue.in_queue, sim::UInt128{3 * kSecond});
  EXPECT_EQ(queue.busy, sim::UInt128{3 * kSecond});
}

TEST(MessageQueue, SharesWorkAmongConsumers) {
  const OneTrial trial(one_request(several(4), "{wait: 1s}", mail("", "count: 3")));
  EXPECT_EQ(trial.at("mail", "queue").response.max(), Duration::seconds(2));
}

TEST(MessageQueue, ReturnsWhatFailsAndGivesUpAfterTheLastDelivery) {
  const OneTrial trial(
      one_request("{publish: mail}", "{wait: 1s}, {fail: 100%}",
                  mail("max_deliveries: 3, dead_letter: grave") + "        grave: {}\n"));
  const WindowRecord& queue = trial.at("mail", "queue");
  EXPECT_EQ(trial.at("worker/handle", "endpoint").arrivals, 3U);
  EXPECT_EQ(trial.outcome("mail", "queue", Outcome::error), 1U);
  EXPECT_EQ(queue.redelivered, 2U);
  EXPECT_EQ(queue.dead_lettered, 1U);
  EXPECT_EQ(queue.sojourn, sim::UInt128{3 * kSecond});
  EXPECT_EQ(queue.wait.count(), 1U);
  EXPECT_EQ(trial.at("grave", "queue").arrivals, 1U);
  EXPECT_EQ(trial.at("grave", "queue").ended(), 0U);
}

TEST(MessageQueue, ReturnsAMessageToItsOldPlace) {
  // With two deliveries each, the first fails at 1 s and 2 s before the second begins.
  const OneTrial trial(
      one_request(several(2), "{wait: 1s}, {fail: 100%}", mail("max_deliveries: 2")));
  const WindowRecord& queue = trial.at("mail", "queue");
  EXPECT_EQ(queue.wait.max(), Duration::seconds(2));
  EXPECT_EQ(queue.sojourn, sim::UInt128{(2 + 4) * kSecond});
}

TEST(MessageQueue, ForgetsWhatItAcknowledgesByItself) {
  const OneTrial trial(one_request(several(2), "{wait: 1s}, {fail: 100%}",
                                   mail("max_length: 0, max_deliveries: 3", "ack: auto")));
  EXPECT_EQ(trial.at("worker/handle", "endpoint").arrivals, 2U);
  EXPECT_EQ(trial.outcome("mail", "queue", Outcome::error), 2U);
  EXPECT_EQ(trial.at("mail", "queue").response.count(), 0U);
  EXPECT_EQ(trial.at("mail", "queue").wait.max(), Duration::seconds(1));  // in the buffer
}

TEST(MessageQueue, ExpiresWhatWaitsTooLong) {
  const OneTrial trial(one_request(several(4), "{wait: 1s}",
                                   mail("message_ttl: 1500ms, dead_letter: late") +
                                       "        late: {consumers: {to: worker}}\n"));
  EXPECT_EQ(trial.outcome("mail", "queue", Outcome::ok), 2U);
  EXPECT_EQ(trial.outcome("mail", "queue", Outcome::timeout), 2U);
  EXPECT_EQ(trial.outcome("late", "queue", Outcome::ok), 2U);
  EXPECT_EQ(trial.at("late", "queue").response.max(), Duration::seconds(2));
}

TEST(MessageQueue, DelaysWhatNobodyConsumesUntilItExpires) {
  const OneTrial trial(
      one_request("{publish: delay}", "{wait: 1s}",
                  mail("") + "        delay: {message_ttl: 10s, dead_letter: mail}\n"));
  EXPECT_EQ(trial.at("delay", "queue").sojourn, sim::UInt128{10 * kSecond});
  EXPECT_EQ(trial.outcome("mail", "queue", Outcome::ok), 1U);
}

TEST(MessageQueue, DropsTheOldestBeyondItsLength) {
  const OneTrial trial(one_request(several(4), "{wait: 1s}", mail("max_length: 1")));
  EXPECT_EQ(trial.outcome("mail", "queue", Outcome::abandoned), 2U);
  EXPECT_EQ(trial.outcome("mail", "queue", Outcome::ok), 2U);
}

TEST(MessageQueue, RefusesTheNewestWhereToldTo) {
  const std::string publish = "publish: {queue: mail, confirm: true, on_failure: continue}";
  const OneTrial trial(
      one_request(several(4, publish), "{wait: 1s}",
                  mail("max_length: 1, overflow: reject-publish-dlx, dead_letter: refused") +
                      "        refused: {}\n"));
  EXPECT_EQ(trial.outcome("mail", "queue", Outcome::rejected), 2U);
  EXPECT_EQ(trial.outcome("mail", "queue", Outcome::ok), 2U);
  EXPECT_EQ(trial.outcome("rabbit/mail", "endpoint", Outcome::rejected), 2U);
  EXPECT_EQ(trial.at("refused", "queue").arrivals, 2U);
}

TEST(MessageQueue, TellsOnlyThosePublishersThatWait) {
  const std::string queue = mail("max_length: 0, overflow: reject-publish", "count: 1");
  const OneTrial told(
      one_request("{publish: mail}, {publish: {queue: mail, confirm: true}}", "{wait: 1s}", queue));
  EXPECT_EQ(told.outcome("client", "workload", Outcome::error), 1U);
  const OneTrial untold(one_request(several(2), "{wait: 1s}", queue));
  EXPECT_EQ(untold.outcome("client", "workload", Outcome::ok), 1U);
}

TEST(MessageQueue, DeliversTheHighestPriorityFirst) {
  // In service until 1 s: the first. At 0.5 s one of high priority passes the two that wait.
  const OneTrial trial(
      one_request(several(3) + ", {wait: 500ms}, {publish: {queue: mail, priority: 2}}",
                  "{wait: 1s}", mail("max_priority: 2")));
  EXPECT_EQ(trial.at("mail", "queue").wait.max(), Duration::seconds(3));
  EXPECT_EQ(trial.at("rabbit/mail/2", "endpoint").arrivals, 1U);
  EXPECT_EQ(trial.at("rabbit/mail", "endpoint").arrivals, 3U);
}

TEST(MessageQueue, DropsTheHighestPriorityFirst) {
  const OneTrial trial(one_request(
      several(2) + ", {publish: {queue: mail, priority: 1}}, {publish: mail}", "{wait: 1s}",
      mail("max_priority: 1, max_length: 2, dead_letter: top") +
          "        top: {max_priority: 1, consumers: {to: worker}}\n"));
  // The third fills the queue, the fourth overfills it: the head is the one of high priority.
  EXPECT_EQ(trial.outcome("mail", "queue", Outcome::abandoned), 1U);
  EXPECT_EQ(trial.at("mail", "queue").wait.max(), Duration::seconds(2));
  EXPECT_EQ(trial.outcome("top", "queue", Outcome::ok), 1U);
}

TEST(MessageQueue, LetsAnOldMessageWaitBehindAFreshOneOfHighPriority) {
  // The low one is 1.5 s old at 1.5 s, but comes to the head only at 2 s, when it expires.
  const OneTrial trial(one_request(
      several(2) + ", {wait: 900ms}, " + several(2, "publish: {queue: mail, priority: 1}"),
      "{wait: 1s}", mail("max_priority: 1, message_ttl: 1500ms")));
  EXPECT_EQ(trial.outcome("mail", "queue", Outcome::timeout), 1U);
  EXPECT_EQ(trial.outcome("mail", "queue", Outcome::ok), 3U);
  EXPECT_EQ(trial.at("mail", "queue").sojourn,
            sim::UInt128{kSecond + 2 * kSecond + (kSecond + kSecond / 10) +
                         (2 * kSecond + kSecond / 10)});
}

TEST(MessageQueue, ClosesTheChannelOfAConsumerThatHoldsAMessageTooLong) {
  const OneTrial trial(
      one_request("{publish: mail}", "{wait: 10s}", mail("max_deliveries: 2", "timeout: 4s")));
  EXPECT_EQ(trial.outcome("mail", "queue", Outcome::error), 1U);
  EXPECT_EQ(trial.at("mail", "queue").sojourn, sim::UInt128{8 * kSecond});
  EXPECT_EQ(trial.at("mail", "queue").redelivered, 1U);
  EXPECT_EQ(trial.outcome("worker/handle", "endpoint", Outcome::ok), 2U);  // for nobody
}

TEST(MessageQueue, TakesAllBackFromAClosedChannel) {
  // Of five messages that it may hold, the consumer gets through two before the third is overdue;
  // the others come back in their old order, and each gets a second chance.
  const OneTrial trial(one_request(several(5), "{wait: 1s}",
                                   mail("max_deliveries: 2", "timeout: 2500ms, prefetch: 5")));
  EXPECT_EQ(trial.at("worker/handle", "endpoint").arrivals, 6U);
  EXPECT_EQ(trial.at("mail", "queue").redelivered, 1U);
  // 1 + 2 s; then from 2.5 s on 3.5, 4.5; the last is overdue at 5 s, for the second time.
  EXPECT_EQ(trial.outcome("mail", "queue", Outcome::ok), 4U);
  EXPECT_EQ(trial.outcome("mail", "queue", Outcome::error), 1U);
}

TEST(MessageQueue, HidesTheTimeOfDeliveriesByPrefetching) {
  const std::string broker = "      delivery: 100ms\n";
  const OneTrial one(one_request(several(2), "{wait: 1s}", mail("", "prefetch: 1"), broker));
  EXPECT_EQ(one.at("mail", "queue").response.max(), Duration::milliseconds(2200));
  const OneTrial two(one_request(several(2), "{wait: 1s}", mail("", "prefetch: 2"), broker));
  EXPECT_EQ(two.at("mail", "queue").response.max(), Duration::milliseconds(2100));
}

TEST(MessageQueue, BlocksPublishersAboveTheHighWatermark) {
  // Two messages of 1 KiB fit; a third is let in, as the memory is not yet above the mark. The
  // fourth has to wait for the first acknowledgement, the fifth for the second.
  const OneTrial trial(one_request(several(5), "{wait: 1s}", mail("message_size: 1Ki"),
                                   "      memory: 2Ki\n      high_watermark: 100%\n"));
  EXPECT_EQ(trial.at("client", "workload").response.max(), Duration::seconds(2));
  EXPECT_EQ(trial.outcome("mail", "queue", Outcome::ok), 5U);
}

TEST(MessageQueue, TakesTheNetworkToAndFromTheBroker) {
  const OneTrial trial(R"(
experiment: {horizon: 60s, drain: true}
system:
  regions: {here: {}, there: {}}
  network: [{between: regions, rtt: 80ms}]
  services:
    web: {zones: [here], endpoints: {submit: [{publish: {queue: mail, confirm: true}}]}}
    worker: {zones: [here], service_time: 10ms}
  brokers: {rabbit: {zones: [there], queues: {mail: {consumers: {to: worker}}}}}
workload: {client: {users: 1, requests: 1, to: web}}
)");
  EXPECT_EQ(trial.at("client", "workload").response.max(), Duration::milliseconds(80));
  EXPECT_EQ(trial.at("mail", "queue").response.max(), Duration::milliseconds(90));
}

// Consumers that a scheduled window brings and takes: a look each second, none outside of windows.
std::string scaled(const std::string& windows, const std::string& more = "",
                   const std::string& act = "") {
  return "policies: {p: {target: mail, scheduled: {min: 0, max: 4, period: 1s, every: 1000s, "
         "windows: [" +
         windows + "]" + more + "}" + act + "}}\n";
}

TEST(ScaledConsumers, ConsumeAfterTheirStart) {
  // One at t = 0; a second is wished at the look at 1 s and takes its turn at 1.5 s.
  const OneTrial trial(one_request(several(4), "{wait: 1s}", mail("", "startup: 500ms")) +
                       scaled("{from: 0s, to: 500ms, instances: 1}, "
                              "{from: 500ms, to: 1000s, instances: 2}"));
  // Begun at 0, 1, 1.5 and 2 s.
  EXPECT_EQ(trial.at("mail", "queue").in_queue, sim::UInt128{4500 * kSecond / 1000});
  EXPECT_EQ(trial.at("mail", "queue").response.max(), Duration::seconds(3));
  ASSERT_EQ(trial.record().decisions.size(), 1U);
  EXPECT_EQ(trial.record().decisions.front().from, 1);
  EXPECT_EQ(trial.record().decisions.front().to, 2);
  // Paid for from the beginning of the start, until the end of the trial.
  EXPECT_EQ(trial.at("mail", "queue").instances, sim::UInt128{(60 + 59) * kSecond});
}

TEST(ScaledConsumers, GoToZeroAndComeBackToWhatWaits) {
  const OneTrial trial(one_request(several(3), "{wait: 1500ms}", mail("")) +
                       scaled("{from: 0s, to: 500ms, instances: 1}, "
                              "{from: 9500ms, to: 1000s, instances: 1}"));
  // Retired at 1 s, the first finishes at 1.5 s and takes no other; at 10 s one comes back.
  const WindowRecord& queue = trial.at("mail", "queue");
  EXPECT_EQ(queue.redelivered, 0U);
  EXPECT_EQ(queue.wait.max(), Duration::milliseconds(11'500));
  EXPECT_EQ(queue.sojourn, sim::UInt128{(1500 + 11'500 + 13'000) * kSecond / 1000});
  EXPECT_EQ(queue.busy, sim::UInt128{4500 * kSecond / 1000});
  EXPECT_EQ(queue.instances, sim::UInt128{(1500 + 50'000) * kSecond / 1000});
}

TEST(ScaledConsumers, ReturnWhatLiesInTheirBuffersToItsOldPlace) {
  // Two consumers take four messages each, in turn: the second has the even ones. It is retired at
  // 1 s with one in work; the other three go back before what was behind them.
  const std::string work =
      one_request(several(9), "{wait: 1500ms}", mail("max_deliveries: 2", "count: 2, prefetch: 4"));
  const OneTrial trial(work + scaled("{from: 0s, to: 500ms, instances: 2}, "
                                     "{from: 500ms, to: 1000s, instances: 1}"));
  const WindowRecord& queue = trial.at("mail", "queue");
  EXPECT_EQ(trial.outcome("mail", "queue", Outcome::ok), 9U);
  EXPECT_EQ(queue.redelivered, 0U);  // none of them was begun
  EXPECT_EQ(queue.in_system, queue.sojourn);
  EXPECT_EQ(queue.busy, sim::UInt128{13'500 * kSecond / 1000});
  // The last of nine: eight by the first, after one by the second.
  EXPECT_EQ(queue.response.max(), Duration::seconds(12));
  EXPECT_EQ(queue.instances, sim::UInt128{(60'000 + 1500) * kSecond / 1000});
}

TEST(ScaledConsumers, CutOffWhatTheGracePeriodDoesNotHold) {
  const OneTrial trial(
      one_request("{publish: mail}", "{wait: 3s}", mail("")) +
      scaled("{from: 0s, to: 500ms, instances: 1}, {from: 4500ms, to: 1000s, instances: 1}", "",
             ", act: {grace: 1s}"));
  // Retired at 1 s, cut off at 2 s; delivered again at 5 s, while the handler worked on for nobody.
  const WindowRecord& queue = trial.at("mail", "queue");
  EXPECT_EQ(queue.redelivered, 1U);
  EXPECT_EQ(queue.response.max(), Duration::seconds(8));
  EXPECT_EQ(queue.busy, sim::UInt128{(2 + 3) * kSecond});
  EXPECT_EQ(queue.in_queue, sim::UInt128{3 * kSecond});
  EXPECT_EQ(trial.at("worker/handle", "endpoint").arrivals, 2U);
}

TEST(ScaledConsumers, LoseWhatTheBrokerHasForgotten) {
  const OneTrial trial(one_request(several(3), "{wait: 1500ms}", mail("", "ack: auto")) +
                       scaled("{from: 0s, to: 500ms, instances: 1}"));
  EXPECT_EQ(trial.outcome("mail", "queue", Outcome::ok), 1U);
  EXPECT_EQ(trial.outcome("mail", "queue", Outcome::error), 2U);
  EXPECT_EQ(trial.at("mail", "queue").sojourn, sim::UInt128{4500 * kSecond / 1000});
  EXPECT_EQ(trial.at("mail", "queue").in_queue, sim::UInt128{3 * kSecond});
}

TEST(ScaledConsumers, AreSeenByWhatIsReady) {
  // Ten messages, two of them sent: eight are ready, ten in the system, four for each consumer.
  for (const auto& [metric, most] : {std::pair{"queue_length", 2}, {"in_system", 3}}) {
    const OneTrial trial(one_request(several(10), "{wait: 100s}", mail("", "prefetch: 2")) +
                         "policies: {p: {target: mail, keda: {max: 20, polling: 1s, triggers: "
                         "[{metric: " +
                         metric + ", threshold: 4}]}, observe: {scrape: 1s}}}\n");
    ASSERT_FALSE(trial.record().decisions.empty());
    const PolicyDecision& decision = trial.record().decisions.front();
    EXPECT_EQ(decision.to, most) << metric;
  }
}

}  // namespace message_queue_test
}  // namespace rehearse::models
