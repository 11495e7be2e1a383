/// From a scenario to its traces: what is kept, what the spans say, and that nothing else changes.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "experiments/run.hpp"
#include "experiments/trace_keeper.hpp"
#include "experiments/trace_spans.hpp"
#include "reports/critical_path.hpp"
#include "reports/perfetto.hpp"
#include "tests/unit/models/scenario_text.hpp"

namespace rehearse::experiments {
namespace traces_test {

using reports::Span;
using reports::SpanKind;
using reports::SpanRole;
using reports::SpanStatus;

struct Traced {
  reports::Traces traces;
  std::string fingerprint;
  std::uint64_t followed = 0;
};

Traced traced(const models::Scenario& scenario, double share, std::size_t keep, int jobs = 1) {
  TraceKeeper keeper({scenario.experiment.seed, 0});
  RunOptions options;
  options.jobs = jobs;
  if (share >= 0) options.follow = {share, &keeper};
  Diagnostics out;
  const auto outcome = run(scenario, options, out);
  if (!outcome) {
    ADD_FAILURE() << out.render();
    return {};
  }
  return {keeper.kept(scenario, outcome->result.warmup, keep), outcome->result.fingerprint,
          keeper.seen()};
}

// Everything that a request can meet: zones, a cache that is a station, branches, time-outs with
// retries, a refusal, failures.
const char* const kShop = R"(
experiment: {horizon: 30s, seed: 3, trials: 3, warmup: 5s}
system:
  regions: {eu: {zones: [a, b]}}
  network: [{between: zones, latency: 0.5ms, loss: 0.5%}]
  services:
    gateway:
      instances: 2
      cpu: {limit: 4}
      endpoints:
        checkout:
          - cpu: {exponential: 2ms}
          - cache: {get: sessions, on_miss: [{query: db/session}]}
          - parallel:
              - call:
                  to: stock/reserve
                  timeout: 30ms
                  retry: {attempts: 3, backoff: {exponential: 10ms}}
              - call: {to: pricing, timeout: 50ms, on_failure: continue}
          - call: {to: payment/charge, timeout: 200ms}
        browse: [{call: {to: pricing, timeout: 50ms}}]
    stock:
      instances: 2
      servers: 1
      queue: {limit: 3}
      endpoints: {reserve: [{wait: {exponential: 8ms}}, {query: db/update}]}
    pricing: {servers: 20, service_time: {exponential: 3ms}}
    payment:
      servers: 20
      endpoints: {charge: [{wait: {exponential: 40ms}}, {fail: 2%}]}
  caches:
    sessions: {entries: 500, keys: {zipf: {n: 2000, alpha: 1}}, latency: {exponential: 0.3ms}}
  databases:
    db: {pool: {size: 2}, queries: {session: {exponential: 4ms}, update: {exponential: 5ms}}}
workload:
  shoppers:
    arrivals: {poisson: 200rps}
    mix: {gateway/checkout: 40%, gateway/browse: 60%}
    timeout: 1s
)";

std::string text_of(const Span& span, std::string_view key) {
  return std::string(reports::text_of(span.attributes, key));
}

TEST(Traces, LeaveTheRunAlone) {
  const models::Scenario scenario = models::scenario_of(kShop);
  const Traced without = traced(scenario, -1, 10);
  const Traced with = traced(scenario, 1, 10);
  EXPECT_EQ(with.fingerprint, without.fingerprint);
  EXPECT_EQ(without.followed, 0U);
  EXPECT_TRUE(without.traces.set.traces.empty());
}

TEST(Traces, AreTheSameBytesOnTwoThreads) {
  const models::Scenario scenario = models::scenario_of(kShop);
  const Traced one = traced(scenario, 0.1, 50, 1);
  const Traced two = traced(scenario, 0.1, 50, 2);
  EXPECT_EQ(reports::to_otlp_json(one.traces.set), reports::to_otlp_json(two.traces.set));
  EXPECT_EQ(one.traces.profile.to_csv(), two.traces.profile.to_csv());
  EXPECT_EQ(reports::to_perfetto_json(one.traces.set), reports::to_perfetto_json(two.traces.set));
}

TEST(Traces, AddUpToTheResponseTimeOfEachRequest) {
  const models::Scenario scenario = models::scenario_of(kShop);
  const Traced all = traced(scenario, 1, 400);
  ASSERT_EQ(all.traces.set.traces.size(), 400U);
  for (const reports::Trace& trace : all.traces.set.traces) {
    const auto tree = reports::tree_of(trace);
    ASSERT_TRUE(tree);
    const Span& root = trace.spans[tree->root];
    std::int64_t at = root.start_ns;
    for (const reports::PathSegment& one : reports::critical_path(trace, *tree)) {
      EXPECT_EQ(one.start_ns, at);
      at = one.end_ns;
    }
    EXPECT_EQ(at, root.end_ns);
  }
}

TEST(Traces, HangEachSpanOnTheRightParent) {
  const models::Scenario scenario = models::scenario_of(kShop);
  const Traced all = traced(scenario, 1, 400);
  std::set<std::string> seen;
  std::set<std::uint64_t> ids;
  for (const reports::Trace& trace : all.traces.set.traces)
    for (const Span& span : trace.spans) {
      EXPECT_TRUE(ids.insert(span.id).second);
      const auto parent = std::find_if(trace.spans.begin(), trace.spans.end(),
                                       [&](const Span& one) { return one.id == span.parent; });
      seen.insert(span.name);
      if (span.role == SpanRole::request) {
        EXPECT_EQ(span.parent, 0U);
        continue;
      }
      ASSERT_NE(parent, trace.spans.end());
      EXPECT_GE(span.start_ns, parent->start_ns);
      EXPECT_GE(span.end_ns, span.start_ns);
      switch (span.role) {
        case SpanRole::visit:  // of the attempt that led there
          EXPECT_EQ(parent->role, SpanRole::attempt);
          EXPECT_EQ(parent->name, span.name);
          EXPECT_EQ(span.kind, SpanKind::server);
          break;
        case SpanRole::queue:
          EXPECT_EQ(parent->role, SpanRole::visit);
          EXPECT_EQ(span.start_ns, parent->start_ns);
          EXPECT_LE(span.end_ns, parent->end_ns);
          break;
        case SpanRole::attempt:
          EXPECT_EQ(span.kind, SpanKind::client);
          EXPECT_EQ(span.resource, parent->resource);  // at the caller
          if (span.name == "stock.reserve") {
            EXPECT_EQ(parent->name, "gateway.checkout branch 1");
          }
          if (span.name == "db.update") {
            EXPECT_EQ(parent->name, "stock.reserve");
          }
          if (span.name == "db.session") {
            EXPECT_EQ(parent->name, "gateway.checkout");
            EXPECT_EQ(text_of(span, "db.operation.name"), "session");
          }
          break;
        default:
          break;
      }
    }
  for (const char* name :
       {"shoppers.gateway/checkout", "gateway.browse", "sessions.get", "pricing.request",
        "stock.reserve queue", "stock.reserve back-off", "gateway.checkout branch 2"})
    EXPECT_TRUE(seen.contains(name)) << name;
}

TEST(Traces, SayWhatBecameOfEachAttempt) {
  const models::Scenario scenario = models::scenario_of(kShop);
  const Traced all = traced(scenario, 1, 400);
  std::map<std::string, int> outcomes;
  int gone = 0, lost = 0, hits = 0;
  for (const reports::Trace& trace : all.traces.set.traces)
    for (const Span& span : trace.spans) {
      const std::string outcome = text_of(span, "rehearse.outcome");
      if (!outcome.empty()) {
        EXPECT_EQ(span.status, outcome == "ok" ? SpanStatus::ok : SpanStatus::error);
        EXPECT_EQ(text_of(span, "error.type"), outcome == "ok" ? "" : outcome);
      }
      ++outcomes[outcome];
      lost += !text_of(span, "rehearse.lost").empty();
      for (const reports::Attribute& one : span.attributes) {
        gone += one.key == "rehearse.caller_gone";
        hits += one.key == "rehearse.cache.hit" && span.name == "sessions.get";
      }
    }
  for (const char* outcome : {"ok", "error", "timeout", "rejected"})
    EXPECT_GT(outcomes[outcome], 0) << outcome;
  EXPECT_GT(gone, 0);
  EXPECT_GT(lost, 0);
  EXPECT_GT(hits, 0);
}

TEST(Traces, KeepTheSlowestAndTheFailedOnes) {
  const models::Scenario scenario = models::scenario_of(kShop);
  const Traced few = traced(scenario, 1, 12);
  ASSERT_EQ(few.traces.set.traces.size(), 12U);
  std::map<std::string, int> why;
  std::int64_t slowest = 0;
  for (const reports::Trace& trace : few.traces.set.traces) {
    const Span& root = trace.spans.front();
    const std::string kept = text_of(root, "rehearse.kept");
    ++why[kept];
    EXPECT_GE(root.start_ns, 5'000'000'000);  // after the warm-up
    EXPECT_TRUE(kept != "failed" || root.status == SpanStatus::error);
    slowest = std::max(slowest, root.end_ns - root.start_ns);
  }
  EXPECT_GE(why["slow"], 5);
  EXPECT_GE(why["failed"], 3);
  // None of a larger choice is slower.
  const Traced many = traced(scenario, 1, 400);
  for (const reports::Trace& trace : many.traces.set.traces)
    EXPECT_LE(trace.spans.front().end_ns - trace.spans.front().start_ns, slowest);
  const Traced one = traced(scenario, 1, 1);
  ASSERT_EQ(one.traces.set.traces.size(), 1U);
  EXPECT_EQ(text_of(one.traces.set.traces[0].spans[0], "rehearse.kept"), "slow");
}

TEST(Traces, ProfileAgreesWithTheMeanResponse) {
  // One kind of request, alone in the system: 10 ms in front, 30 ms behind it, each time.
  const models::Scenario scenario = models::scenario_of(R"(
experiment: {horizon: 100s, trials: 1, warmup: 0s}
system:
  services:
    front: {endpoints: {page: [{wait: 10ms}, {call: back}]}}
    back: {service_time: 30ms}
workload: {client: {arrivals: {poisson: 10rps}, to: front}}
)");
  EXPECT_EQ(traced(scenario, 1, 1).traces.profile.to_csv(),
            "request,stack,hop,phase,requests,mean_s,share\n"
            "client.front/page,\"client.front/page;front.page\",front.page,work,500,0.01,0.25\n"
            "client.front/page,\"client.front/page;front.page;back.request\",back.request,work,500,"
            "0.03,0.75\n");
}

TEST(Traces, NameRegionsAndZonesOfInstances) {
  const models::Scenario scenario = models::scenario_of(kShop);
  const Traced few = traced(scenario, 1, 20);
  bool found = false;
  for (const reports::TraceResource& one : few.traces.set.resources) {
    if (reports::text_of(one.attributes, "service.instance.id") != "gateway-1") continue;
    found = true;
    EXPECT_EQ(reports::text_of(one.attributes, "service.name"), "gateway");
    EXPECT_EQ(reports::text_of(one.attributes, "cloud.region"), "eu");
    EXPECT_EQ(reports::text_of(one.attributes, "cloud.availability_zone"), "eu/b");
  }
  EXPECT_TRUE(found);
}

}  // namespace traces_test
}  // namespace rehearse::experiments
