#include "experiments/divergence.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "models/world.hpp"
#include "tests/unit/models/scenario_text.hpp"

namespace rehearse::experiments {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string station(const std::string& experiment, int servers = 2) {
  return "experiment: {seed: 1, " + experiment +
         "}\nsystem: {services: {s: {servers: " + std::to_string(servers) +
         ", service_time: {exponential: 100ms}}}}\n"
         "workload: {w: {to: s, arrivals: {poisson: 15rps}}}\n";
}

/// Events that are given, not simulated.
class Given final : public EventTrace {
 public:
  Given(std::vector<std::string> sources, std::vector<EventStamp> events)
      : sources_(std::move(sources)), events_(std::move(events)) {}
  std::optional<EventStamp> next() override {
    if (at_ == events_.size()) return std::nullopt;
    return events_[at_++];
  }
  const std::vector<std::string>& sources() const override { return sources_; }
  std::string problem() const override { return ""; }

 private:
  std::vector<std::string> sources_;
  std::vector<EventStamp> events_;
  std::size_t at_ = 0;
};

EventStamp event(std::int64_t at, std::uint64_t source, std::uint64_t count) {
  return {at, (source << sim::Event::kSourceShift) | count * sim::Event::kCounterStep};
}

std::vector<std::int64_t> instants(const std::vector<NamedEvent>& events) {
  std::vector<std::int64_t> all;
  for (const NamedEvent& one : events) all.push_back(one.at_ns);
  return all;
}

TEST(FindDivergence, EqualTraces) {
  const std::vector<EventStamp> events = {event(1, 1, 0), event(2, 1, 1)};
  Given a({"engine", "x"}, events), b({"engine", "x"}, events);
  const Divergence found = find_divergence(a, b, 5);
  EXPECT_FALSE(found.differs());
  EXPECT_EQ(found.equal, 2U);
  EXPECT_THAT(instants(found.common), ElementsAre(1, 2));
}

TEST(FindDivergence, FirstDifferenceAndTheLastEventsBefore) {
  Given a({"engine", "x"}, {event(1, 1, 0), event(2, 1, 1), event(3, 1, 2), event(4, 1, 3)});
  Given b({"engine", "x"}, {event(1, 1, 0), event(2, 1, 1), event(3, 1, 2), event(5, 1, 3)});
  const Divergence found = find_divergence(a, b, 2);
  EXPECT_EQ(found.equal, 3U);
  EXPECT_THAT(instants(found.common), ElementsAre(2, 3));
  ASSERT_TRUE(found.a && found.b);
  EXPECT_EQ(found.a->at_ns, 4);
  EXPECT_EQ(found.b->at_ns, 5);
  EXPECT_EQ(found.a->source, "x");
  EXPECT_EQ(found.a->count, 3U);
}

TEST(FindDivergence, OneSideEnds) {
  Given a({"engine", "x"}, {event(1, 1, 0)}), b({"engine", "x"}, {});
  const Divergence found = find_divergence(a, b, 2);
  EXPECT_TRUE(found.differs());
  EXPECT_TRUE(found.a);
  EXPECT_FALSE(found.b);
}

TEST(FindDivergence, NumbersOfSourcesMayDifferAndTheirNamesNot) {
  Given a({"engine", "x"}, {event(1, 1, 0)}), b({"engine", "new", "x"}, {event(1, 2, 0)});
  EXPECT_FALSE(find_divergence(a, b, 1).differs());
  Given c({"engine", "x"}, {event(1, 1, 0)}), d({"engine", "y"}, {event(1, 1, 0)});
  EXPECT_TRUE(find_divergence(c, d, 1).differs());
  Given e({"engine"}, {event(1, 9, 0)}), f({"engine"}, {event(1, 9, 0)});
  EXPECT_TRUE(find_divergence(e, f, 1).differs());  // nameless: who knows
}

TEST(SimulateTrace, IsTheTrialOfTheRun) {
  // Long enough for more than one batch of events; a drain at the end.
  for (const char* experiment : {"horizon: 2500s", "horizon: 20s, drain: true"}) {
    const models::Scenario scenario = models::scenario_of(station(experiment));
    models::World world(scenario.blueprint, {1, 3},
                        {Instant::start(), Instant::start() + scenario.experiment.horizon},
                        scenario.experiment.drain);
    while (world.advance()) {
    }
    const auto trace = simulate_trace(scenario, 3);
    std::uint64_t events = 0;
    std::int64_t last = 0;
    while (const auto one = trace->next()) {
      EXPECT_GE(one->at_ns, last);
      last = one->at_ns;
      ++events;
    }
    EXPECT_EQ(events, world.take_record().events) << experiment;
    EXPECT_EQ(trace->problem(), "");
    EXPECT_FALSE(trace->next());
  }
}

class EventLog : public testing::Test {
 protected:
  EventLog() : path_(testing::TempDir() + "rehearse-log-" + std::to_string(::getpid())) {}
  ~EventLog() override { ::unlink(path_.c_str()); }

  std::string read() const {
    std::ostringstream text;
    text << std::ifstream(path_, std::ios::binary).rdbuf();
    return text.str();
  }
  void write(const std::string& text) const { std::ofstream(path_, std::ios::binary) << text; }
  std::string path_;
};

TEST_F(EventLog, ReadsBackAsWritten) {
  const models::Scenario scenario = models::scenario_of(station("horizon: 600s"));
  const auto first = simulate_trace(scenario, 0);
  ASSERT_EQ(write_event_log(*first, {"1.2.3", 7, 8, 9}, path_), "");
  EXPECT_TRUE(is_event_log(path_));
  const OpenedLog log = open_event_log(path_);
  ASSERT_EQ(log.problem, "");
  EXPECT_EQ(log.info.version, "1.2.3");
  EXPECT_EQ(log.info.seed, 7U);
  EXPECT_EQ(log.info.trial, 8U);
  EXPECT_EQ(log.info.scenario_hash, 9U);
  const auto second = simulate_trace(scenario, 0);
  const Divergence found = find_divergence(*log.trace, *second, 1);
  EXPECT_FALSE(found.differs());
  EXPECT_GT(found.equal, 10'000U);
}

TEST_F(EventLog, EveryCutIsFoundOut) {
  Given trace({"engine", "x"}, {event(1, 1, 0), event(2, 1, 1)});
  ASSERT_EQ(write_event_log(trace, {"1", 1, 1, 1}, path_), "");
  const std::string whole = read();
  for (std::size_t length = 0; length < whole.size(); ++length) {
    write(whole.substr(0, length));
    EXPECT_NE(open_event_log(path_).problem, "") << length;
  }
}

TEST_F(EventLog, NoChangedByteDoesHarm) {
  Given trace({"engine", "x"}, {event(1, 1, 0), event(2, 1, 1)});
  ASSERT_EQ(write_event_log(trace, {"1", 1, 1, 1}, path_), "");
  const std::string whole = read();
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::string changed = whole;
    changed[at] = static_cast<char>(~changed[at]);
    write(changed);
    const OpenedLog log = open_event_log(path_);
    int events = 0;
    while (log.trace != nullptr && log.trace->next()) ++events;
    EXPECT_LE(events, 2) << at;
  }
}

TEST_F(EventLog, OtherFilesAreNone) {
  EXPECT_FALSE(is_event_log(path_));
  EXPECT_THAT(open_event_log(path_).problem, HasSubstr("No such file"));
  write("rehearse: 1\n");
  EXPECT_FALSE(is_event_log(path_));
  EXPECT_THAT(open_event_log(path_).problem, HasSubstr("is no event log"));
}

TEST_F(EventLog, AppearsWholeOrNotAtAll) {
  const std::atomic<bool> interrupt{true};
  const models::Scenario scenario = models::scenario_of(station("horizon: 600s"));
  EXPECT_EQ(write_event_log(*simulate_trace(scenario, 0), {}, path_, &interrupt), "interrupted");
  EXPECT_NE(::access(path_.c_str(), F_OK), 0);
  EXPECT_THAT(write_event_log(*simulate_trace(scenario, 0), {}, path_ + "/below"),
              HasSubstr("cannot write"));
}

}  // namespace
}  // namespace rehearse::experiments
