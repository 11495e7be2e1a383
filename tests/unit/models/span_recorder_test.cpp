#include "models/span_recorder.hpp"

#include "models/world.hpp"
#include "tests/unit/models/scenario_text.hpp"

namespace rehearse::models {
namespace span_recorder_test {

struct Traces final : TraceSink {
  void on_trace(const RequestTrace& trace) override { all.push_back(trace); }
  std::vector<RequestTrace> all;
};

struct Followed {
  std::vector<RequestTrace> traces;
  std::uint64_t fingerprint = 0;
  std::uint64_t requests = 0;
  std::uint64_t followed = 0;
};

// A trial with `share` of its requests followed; none at all below zero.
Followed follow(const Scenario& scenario, double share) {
  World world(scenario.blueprint, {1, 0},
              {Instant::start(), Instant::start() + scenario.experiment.horizon},
              scenario.experiment.drain);
  Traces traces;
  if (share >= 0) world.follow(share, traces);
  while (world.advance()) {
  }
  const TrialRecord record = world.take_record();
  return {std::move(traces.all), record.fingerprint, record.requests,
          share >= 0 ? world.spans()->followed() : 0};
}

// One request at t = 0 and no more: every instant below can be worked out by hand.
RequestTrace one_trace(const std::string& call, const std::string& system,
                       const std::string& experiment = "{horizon: 60s, drain: true}") {
  const Scenario scenario =
      scenario_of("experiment: " + experiment + "\nsystem:\n" + system +
                  "workload: {client: {users: 1, requests: 1, " + call + "}}\n");
  const Followed followed = follow(scenario, 1);
  EXPECT_EQ(followed.traces.size(), 1U);
  return followed.traces.empty() ? RequestTrace{} : followed.traces.front();
}

Instant ms(std::int64_t at) {
  return Instant::start() + Duration::milliseconds(at);
}

TEST(SpanRecorder, NestsCallsWithinCalls) {
  const RequestTrace trace = one_trace("to: shop", R"(
  services:
    shop: {servers: 1, endpoints: {order: [{wait: 10ms}, {call: stock}, {wait: 5ms}]}}
    stock: {servers: 1, endpoints: {take: [{query: db/read}, {wait: 1ms}]}}
  databases: {db: {pool: {size: 1}, queries: {read: 7ms}}}
)");
  ASSERT_EQ(trace.hops.size(), 4U);
  const Hop& root = trace.hops[0];
  const Hop& shop = trace.hops[1];
  const Hop& stock = trace.hops[2];
  const Hop& db = trace.hops[3];
  EXPECT_EQ(root.kind, Hop::Kind::root);
  EXPECT_EQ(root.answered, ms(23));
  EXPECT_EQ(shop.parent, 0U);
  EXPECT_EQ(stock.parent, 1U);
  EXPECT_EQ(db.parent, 2U);
  EXPECT_EQ(shop.started, ms(0));
  EXPECT_EQ(stock.sent, ms(10));
  EXPECT_EQ(stock.answered, ms(18));
  EXPECT_EQ(db.responded, ms(17));
  EXPECT_EQ(trace.ended, ms(23));
  EXPECT_FALSE(trace.cut);
  EXPECT_EQ(trace.number, 1U);
}

TEST(SpanRecorder, RecordsEachAttemptAndThePauseBetween) {
  const RequestTrace trace = one_trace(
      "to: slow, timeout: 100ms, retry: {attempts: 2, backoff: {exponential: 10ms, jitter: none}}",
      "  services: {slow: {service_time: 1s}}\n");
  ASSERT_EQ(trace.hops.size(), 4U);
  const Hop& first = trace.hops[1];
  const Hop& pause = trace.hops[2];
  const Hop& second = trace.hops[3];
  EXPECT_EQ(first.attempt, 1U);
  EXPECT_EQ(first.answered, ms(100));
  EXPECT_EQ(first.seen, Outcome::timeout);
  EXPECT_EQ(first.responded, ms(1000));  // worked on for nobody
  EXPECT_EQ(first.responded_with, Outcome::ok);
  EXPECT_EQ(pause.kind, Hop::Kind::pause);
  EXPECT_EQ(pause.sent, ms(100));
  EXPECT_EQ(pause.answered, ms(110));
  EXPECT_EQ(second.attempt, 2U);
  EXPECT_EQ(second.sent, ms(110));
  EXPECT_EQ(trace.hops[0].answered, ms(210));
  EXPECT_EQ(trace.hops[0].seen, Outcome::timeout);
  EXPECT_EQ(trace.ended, ms(1110));  // the second attempt's work
}

TEST(SpanRecorder, CutsWhatWorksOnAfterTheEnd) {
  const RequestTrace trace = one_trace(
      "to: slow, timeout: 100ms", "  services: {slow: {service_time: 1s}}\n", "{horizon: 500ms}");
  EXPECT_TRUE(trace.cut);
  EXPECT_EQ(trace.ended, ms(500));
  EXPECT_EQ(trace.hops[1].responded, Instant::never());
}

TEST(SpanRecorder, KeepsBranchesApartAndTheirLateWork) {
  const RequestTrace trace = one_trace("to: page", R"(
  services:
    page:
      endpoints: {view: [{parallel: {require: 1, steps: [{call: slow}, {wait: 20ms}]}}]}
    slow: {service_time: 25ms}
)");
  ASSERT_EQ(trace.hops.size(), 5U);
  EXPECT_EQ(trace.hops[2].kind, Hop::Kind::branch);
  EXPECT_EQ(trace.hops[3].kind, Hop::Kind::branch);
  EXPECT_EQ(trace.hops[2].parent, 1U);
  EXPECT_EQ(trace.hops[4].parent, 2U);
  EXPECT_EQ(trace.hops[3].answered, ms(20));
  EXPECT_EQ(trace.hops[2].answered, ms(25));
  EXPECT_EQ(trace.hops[0].answered, ms(20));
  EXPECT_EQ(trace.ended, ms(25));
}

// A caller and its callee, one of which is killed while the call is under way.
RequestTrace killed_trace(const std::string& which, const std::string& in_flight) {
  const Scenario scenario =
      scenario_of(R"(
experiment: {horizon: 60s, drain: true}
system:
  services:
    front: {endpoints: {page: [{wait: 10ms}, {call: back}]}}
    back: {service_time: 1s}
workload: {client: {users: 1, requests: 1, to: front, timeout: 2s}}
faults: [{id: kill, at: 50ms, for: 10s, fault: instance.kill, in_flight: )" +
                  in_flight + ", target: {name: " + which + ", count: 1}}]\n");
  const Followed followed = follow(scenario, 1);
  EXPECT_EQ(followed.traces.size(), 1U);
  EXPECT_EQ(followed.fingerprint, follow(scenario, -1).fingerprint);
  return followed.traces.empty() ? RequestTrace{} : followed.traces.front();
}

TEST(SpanRecorder, EndsTheVisitsOfAnInstanceThatIsKilled) {
  const RequestTrace back = killed_trace("back", "error");
  ASSERT_EQ(back.hops.size(), 3U);
  EXPECT_EQ(back.hops[2].responded, ms(50));
  EXPECT_EQ(back.hops[2].responded_with, Outcome::error);
  EXPECT_EQ(back.hops[0].answered, ms(50));

  const RequestTrace front = killed_trace("front", "error");
  ASSERT_EQ(front.hops.size(), 3U);
  EXPECT_EQ(front.hops[1].responded, ms(50));
  EXPECT_EQ(front.hops[2].answered, ms(50));  // nobody is left to wait for it
  EXPECT_EQ(front.hops[2].responded, ms(1010));
  EXPECT_EQ(front.ended, ms(1010));

  const RequestTrace lost = killed_trace("back", "lost");
  ASSERT_EQ(lost.hops.size(), 3U);
  EXPECT_EQ(lost.hops[2].responded, ms(50));
  EXPECT_TRUE(lost.hops[2].answer_lost);
  EXPECT_EQ(lost.hops[0].answered, ms(2000));
  EXPECT_EQ(lost.hops[0].seen, Outcome::timeout);
}

TEST(SpanRecorder, RecordsTheQueueTheRefusalAndTheLookUp) {
  // Two users at once on one server without a queue; a cache that misses.
  const Scenario scenario = scenario_of(R"(
experiment: {horizon: 60s, drain: true}
system:
  services:
    one:
      servers: 1
      queue: {limit: 1}
      endpoints: {get: [{cache: {get: memo, on_miss: [{wait: 8ms}]}}]}
  caches: {memo: {entries: 10, keys: {uniform: 1}}}
workload: {client: {users: 3, requests: 3, to: one}}
)");
  const Followed followed = follow(scenario, 1);
  ASSERT_EQ(followed.traces.size(), 3U);
  const RequestTrace& refused = followed.traces[0];
  EXPECT_EQ(refused.number, 3U);
  EXPECT_EQ(refused.hops[1].responded_with, Outcome::rejected);
  EXPECT_EQ(refused.hops[1].started, Instant::never());
  const RequestTrace& missed = followed.traces[1];
  ASSERT_EQ(missed.hops.size(), 3U);
  EXPECT_EQ(missed.hops[2].kind, Hop::Kind::lookup);
  EXPECT_FALSE(missed.hops[2].hit);
  const RequestTrace& queued = followed.traces[2];
  EXPECT_EQ(queued.hops[1].arrived, ms(0));
  EXPECT_EQ(queued.hops[1].started, ms(8));
  EXPECT_TRUE(queued.hops[2].hit);
}

const char* const kBusy = R"(
experiment: {horizon: 20s}
system:
  services:
    front:
      endpoints:
        page:
          - parallel: [{call: {to: back, timeout: 30ms, retry: {attempts: 3}}}, {wait: 2ms}]
    back: {servers: 2, service_time: {exponential: 9ms}}
workload: {clients: {arrivals: {poisson: 200rps}, to: front}}
)";

TEST(SpanRecorder, LeavesTheTrajectoryAlone) {
  const Scenario scenario = scenario_of(kBusy);
  const Followed without = follow(scenario, -1);
  EXPECT_EQ(follow(scenario, 0).fingerprint, without.fingerprint);
  EXPECT_EQ(follow(scenario, 0.1).fingerprint, without.fingerprint);
  EXPECT_EQ(follow(scenario, 1).fingerprint, without.fingerprint);
}

TEST(SpanRecorder, FollowsTheShareAskedForAndTheSameOnesEachTime) {
  const Scenario scenario = scenario_of(kBusy);
  const Followed tenth = follow(scenario, 0.1);
  const double expected = 0.1 * static_cast<double>(tenth.requests);
  EXPECT_NEAR(static_cast<double>(tenth.followed), expected, 5 * std::sqrt(expected));
  const Followed again = follow(scenario, 0.1);
  ASSERT_EQ(again.traces.size(), tenth.traces.size());
  for (std::size_t i = 0; i < again.traces.size(); ++i)
    EXPECT_EQ(again.traces[i].number, tenth.traces[i].number);
}

TEST(SpanRecorder, HandsOutEveryAnsweredRequestThatItFollows) {
  const Scenario scenario = scenario_of(
      std::string(kBusy).replace(std::string(kBusy).find("20s"), 3, "20s, drain: true"));
  const Followed all = follow(scenario, 1);
  EXPECT_EQ(all.traces.size(), all.requests);
  EXPECT_EQ(all.followed, all.requests);
  for (const RequestTrace& trace : all.traces)
    for (std::size_t i = 1; i < trace.hops.size(); ++i) {
      EXPECT_LT(trace.hops[i].parent, i);
      EXPECT_GE(trace.hops[i].sent, trace.hops[trace.hops[i].parent].sent);
      EXPECT_NE(trace.hops[i].answered, Instant::never());
    }
}

TEST(SpanRecorder, DropsHopsBeyondTheLimitOfATrace) {
  const RequestTrace trace = one_trace("to: page", R"(
  services:
    page: {endpoints: {view: [{parallel: {copies: 3000, steps: [{call: leaf}]}}]}}
    leaf: {service_time: 1ms}
)");
  EXPECT_EQ(trace.hops.size(), SpanRecorder::kMostHopsOfTrace);
  // All branches begin before the first of them calls: 1998 have room, and no call of theirs has.
  EXPECT_EQ(trace.dropped, (3000U - 1998) + 1998);
  EXPECT_FALSE(trace.cut);
}

}  // namespace span_recorder_test
}  // namespace rehearse::models
