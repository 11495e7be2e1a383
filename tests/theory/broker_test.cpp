// Queues of a broker: consumers with exponential handling are servers, unlimited prefetch takes the
// common line away from them, and failures multiply the load.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>

#include "study.hpp"

namespace rehearse::theory {
namespace {

constexpr const char* kConsumers = "system.brokers.rabbit.queues.work.consumers.";

std::vector<std::string> sets(double rate, int consumers, int prefetch) {
  return {fmt::format("workload.clients.arrivals.poisson={}rps", rate),
          fmt::format("{}count={}", kConsumers, consumers),
          fmt::format("{}prefetch={}", kConsumers, prefetch)};
}

// A consumer that holds one message at a time is a server of M/M/c.
TEST(MessageQueue, OneConsumerIsMM1) {
  check({"Message queues",
         "1 consumer, rho = 0.8",
         "message-queue.yaml",
         {400, 1000, 80000},
         sets(0.8, 1, 1),
         {{"work", "mean_wait", 4},
          {"work", "mean_response", 5},
          {"work", "queue_length", 3.2},
          {"work", "in_system", 4},
          {"work", "utilization", 0.8},
          {"work", "p99", 23.025851, kQuantiles},
          {"worker", "throughput", 0.8}},
         true});
}

TEST(MessageQueue, ConsumersAreMMc) {
  check({"Message queues",
         "10 consumers, A = 8",
         "message-queue.yaml",
         {400, 200, 20000},
         sets(8, 10, 1),
         {{"work", "mean_wait", .2045900754},
          {"work", "mean_response", 1.2045900754},
          {"work", "queue_length", 1.63672060},
          {"work", "utilization", 0.8}},
         true});
}

// Without a limit of prefetch messages are dealt out in turn as they come, and wait where they are:
// each of two consumers is E2/M/1. With A = 1.6 the probability s of a wait solves
// s = (1.6 / (2.6 - s))^2, here .73985295, and Wq = s / (1 - s) = 2.8439798, where one line for
// both (M/M/2) has 1.7777778.
TEST(MessageQueue, UnlimitedPrefetchGivesEachConsumerALineOfItsOwn) {
  check({"Message queues",
         "2 consumers, A = 1.6, one line",
         "message-queue.yaml",
         {400, 1000, 40000},
         sets(1.6, 2, 1),
         {{"work", "mean_wait", 1.7777777778}, {"work", "utilization", 0.8}},
         true});
  check({"Message queues",
         "2 consumers, A = 1.6, unlimited prefetch",
         "message-queue.yaml",
         {400, 1000, 40000},
         sets(1.6, 2, 0),
         {{"work", "mean_wait", 2.8439798}, {"work", "utilization", 0.8}},
         true});
}

// Of at most m deliveries, each failing with probability f, (1 - f^m) / (1 - f) take place, and a
// share f^m of the messages becomes dead letters.
TEST(MessageQueue, RedeliveriesMultiplyTheLoad) {
  const double f = 0.5;
  const double rate = 0.2;
  for (const int m : {2, 3}) {
    const double dead = std::pow(f, m);
    const double load = (1 - dead) / (1 - f);
    auto options = sets(rate, 1, 1);
    options.emplace_back("system.services.worker.endpoints.handle.1.fail=50%");
    options.push_back(fmt::format("system.brokers.rabbit.queues.work.max_deliveries={}", m));
    check({"Message queues",
           fmt::format("handling fails in 50 %, {} deliveries", m),
           "message-queue.yaml",
           {100, 200, 80000},
           options,
           {{"worker", "throughput", rate * load},
            {"work", "utilization", rate * load},
            {"work", "dead_letter_ratio", dead},
            {"work", "redelivery_ratio", 1 - 1 / load},
            {"grave", "arrival_rate", rate * dead}}});
  }
}

}  // namespace
}  // namespace rehearse::theory
