/// The loop with and without hands, and replays of what it wrote: pinned to the nanosecond.

#include <fcntl.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "live/acting_loop.hpp"
#include "live/log_entry.hpp"
#include "live/replay.hpp"
#include "live/setup.hpp"
#include "scenarios/spec/reader.hpp"
#include "tests/unit/live/fakes.hpp"

namespace rehearse::live {
namespace loop_test {

using policies::GuardRails;
using tests::kMorning;
using End = ReplayResult::End;

// Looks every 5 s, decides every 5 s, at half of its target with 2 instances.
constexpr const char* kScenario = R"(rehearse: 1
name: shop
policies:
  scaling:
    target: web
    observe: {scrape: 5s}
    hpa:
      min: 1
      max: 12
      sync_period: 5s
      metrics: [{cpu: 50%}]
      behavior: {scale_down: {window: 0s}}
live:
  prometheus: {url: "http://127.0.0.1:9090"}
  targets:
    web:
      metrics: {cpu: {each: cpu, window: 5s}}
      reserves: {cpu: 1}
      haproxy: {socket: run/admin.sock, backend: web}
      processes: {command: [shop, "{port}"], ports: 18111-18130, state: run, ready: /healthz}
  guards: {most_at_once: 2, changes: 3, within: 60s, stale_after: 30s}
)";

/// Everything that a run needs, on fakes.
class Rig {
 public:
  explicit Rig(const std::string& mode, const std::string& text = kScenario) : text_(text) {
    Diagnostics out;
    root_ = spec::read_text("shop.yaml", text, out);
    setup_ = read_setup(root_, out);
    EXPECT_TRUE(setup_) << out.render();
    const auto& policy = setup_->policies[0];
    const auto needs = policy.controller->needs();
    observer = std::make_unique<tests::FakeObserver>(
        service, std::vector<policies::MetricNeed>(needs.begin(), needs.end()));
    std::string problem;
    log = folder_.file("log.jsonl");
    auto created = Journal::create(log, problem);
    EXPECT_TRUE(created) << problem;
    journal = std::make_unique<Journal>(*std::move(created));
    Beginning beginning{"0.1.0", mode, "shop.yaml", text_, {policy.name}};
    journal->append(begin_entry(clock.now(), beginning));
  }

  std::unique_ptr<Host> host() {
    const auto& policy = setup_->policies[0];
    return std::make_unique<Host>(
        Host::Spec{0, policy.controller.get(), setup_->guards_of(0), policy.scrape}, *observer,
        clock, *journal, heard);
  }
  Loop::End watch(Duration time) {
    Loop loop(clock, *journal);
    loop.add(host());
    return loop.run({.at = clock.now() + time}, stop);
  }
  Loop::End act(Duration time) {
    ActingLoop loop(clock, *journal, heard);
    loop.add(host(), actuator);
    return loop.run({.at = clock.now() + time}, stop);
  }
  std::string text() const { return tests::text_in(log); }
  ReplayResult replayed() const { return replayed(text()); }
  static ReplayResult replayed(const std::string& text) {
    std::istringstream in(text);
    return replay(in);
  }

  tests::FakeClock clock;
  tests::Service service;
  std::unique_ptr<tests::FakeObserver> observer;
  tests::FakeActuator actuator{service};
  tests::Heard heard;
  std::unique_ptr<Journal> journal;
  std::atomic<bool> stop{false};
  std::string log;

 private:
  std::string text_;
  tests::Folder folder_;
  SpecNode root_;
  std::optional<Setup> setup_;
};

// The entries of a log without their links, those of one kind.
std::vector<std::string> entries(const std::string& log, const std::string& kind) {
  std::vector<std::string> found;
  std::istringstream lines(log);
  for (std::string line; std::getline(lines, line);)
    if (line.find("\"entry\":\"" + kind + "\"") != std::string::npos)
      found.push_back(line.substr(0, line.rfind(",\"chain\"")) + "}");
  return found;
}

// A log with entries changed, linked again.
std::string relinked(const std::string& log, const std::function<bool(std::string&)>& change) {
  std::istringstream lines(log);
  Chain chain;
  std::string out;
  for (std::string line; std::getline(lines, line);) {
    std::string entry = line.substr(0, line.rfind(",\"chain\"")) + "}";
    if (change(entry)) out += chain.link(entry) + "\n";
  }
  return out;
}
std::string replace_once(const std::string& log, const std::string& what, const std::string& by) {
  bool done = false;
  std::string out = relinked(log, [&](std::string& entry) {
    const std::size_t at = done ? std::string::npos : entry.find(what);
    if (at != std::string::npos) {
      entry.replace(at, what.size(), by);
      done = true;
    }
    return true;
  });
  EXPECT_TRUE(done) << what;
  return out;
}

void double_the_load(Rig& rig) {
  rig.service.figure = [&rig](Instant, std::uint32_t) { return 2.0 / rig.service.wanted; };
}

TEST(Loop, LooksAndWakesWhenItIsTime) {
  Rig rig("shadow");
  std::vector<std::int64_t> looks;
  rig.observer->at_each_look = [&] { looks.push_back((rig.clock.now() - kMorning).ns()); };
  EXPECT_EQ(rig.watch(Duration::seconds(12)), Loop::End::time_is_up);
  EXPECT_EQ(looks, (std::vector<std::int64_t>{0, 5'000'000'000, 10'000'000'000}));
  EXPECT_EQ(entries(rig.text(), "wake").size(), 3U);
  EXPECT_EQ(rig.replayed().end, End::equal);
}

TEST(Loop, LooksDoNotDriftWhereTheyAreSlow) {
  Rig rig("shadow");
  std::vector<std::int64_t> looks;
  rig.observer->at_each_look = [&] {
    looks.push_back((rig.clock.now() - kMorning).ns() / 1'000'000'000);
    rig.clock.pass(Duration::seconds(rig.observer->looks == 2 ? 7 : 2));
  };
  rig.watch(Duration::seconds(22));
  EXPECT_EQ(looks, (std::vector<std::int64_t>{0, 5, 12, 15, 20}));  // late once
}

TEST(Loop, ADryRunChangesNothingAndTellsThePolicyNothing) {
  Rig rig("shadow");
  double_the_load(rig);
  rig.watch(Duration::seconds(21));
  EXPECT_EQ(rig.service.wanted, 2);
  ASSERT_EQ(rig.heard.decisions.size(), 5U);  // the same wish again and again
  EXPECT_TRUE(entries(rig.text(), "act").empty());
  const auto vetoed = std::count_if(
      rig.heard.decisions.begin(), rig.heard.decisions.end(),
      [](const Judged& one) { return one.ruling.verdict == GuardRails::Verdict::vetoed; });
  EXPECT_EQ(vetoed, 2);  // three changes a minute
  const auto seen = entries(rig.text(), "observe");
  EXPECT_EQ(std::count_if(seen.begin(), seen.end(),
                          [](const std::string& one) {
                            return one.find("action_done") != std::string::npos;
                          }),
            2);  // of the vetoes alone
  EXPECT_EQ(rig.replayed().end, End::equal);
}

TEST(Loop, HoldsAPolicyToItsOwnGuardRails) {
  std::string text = kScenario;
  text.insert(text.find("live:"),
              "    guard_rails: {most_at_once: 1, changes: 2, stale_after: 9s}\n");
  Rig rig("shadow", text);
  double_the_load(rig);
  rig.watch(Duration::seconds(21));
  ASSERT_EQ(rig.heard.decisions.size(), 5U);
  EXPECT_EQ(rig.heard.decisions[0].ruling.replicas, 3);  // guards of `live`: 4
  EXPECT_EQ(rig.heard.decisions[0].ruling.because, "no more than 1 at once");
  EXPECT_EQ(rig.heard.decisions[2].ruling.verdict, GuardRails::Verdict::vetoed);
  EXPECT_EQ(rig.replayed().end, End::equal);
}

TEST(Loop, EndsAfterTheTurnInWhichItIsToStop) {
  Rig rig("shadow");
  rig.observer->at_each_look = [&] { rig.stop = rig.observer->looks == 2; };
  EXPECT_EQ(rig.watch(Duration::seconds(3600)), Loop::End::interrupted);
  EXPECT_EQ(rig.observer->looks, 2);
  const auto end = entries(rig.text(), "end");
  ASSERT_EQ(end.size(), 1U);
  EXPECT_NE(end[0].find("interrupted"), std::string::npos);
  EXPECT_EQ(rig.replayed().end, End::equal);
}

TEST(Loop, EndsAfterSoManyWakes) {
  Rig rig("plan");
  Loop loop(rig.clock, *rig.journal);
  loop.add(rig.host());
  EXPECT_EQ(loop.run({.wakes = 2}, rig.stop), Loop::End::time_is_up);
  EXPECT_EQ(loop.hosts()[0]->counts().wakes, 2U);
}

TEST(ActingLoop, CarriesOutWhatGuardsLetThroughAndTellsThePolicy) {
  Rig rig("run");
  double_the_load(rig);
  EXPECT_EQ(rig.act(Duration::seconds(30)), Loop::End::time_is_up);
  EXPECT_EQ(rig.service.wanted, 4);  // 2 instances at 100%, to be at 50%
  EXPECT_EQ(rig.actuator.scaled, (std::vector<std::int32_t>{4}));
  EXPECT_GT(rig.actuator.tended, 100);
  const ReplayResult again = rig.replayed();
  EXPECT_EQ(again.end, End::equal) << again.line << again.problem << again.logged << again.replayed;
  EXPECT_EQ(again.decisions, 1U);
  EXPECT_EQ(again.acts, 2U);
  EXPECT_EQ(again.last_link, rig.journal->last_link());
}

TEST(ActingLoop, WritesEachActDownBeforeItIsDone) {
  Rig rig("run");
  double_the_load(rig);
  std::vector<std::string> before;  // what the log says when the actuator is asked
  struct Looking final : Actuator {
    explicit Looking(Rig& of, std::vector<std::string>& into) : rig(of), before(into) {}
    ActOutcome scale_to(Instant, std::int32_t, Audit& audit) override {
      before.push_back(entries(rig.text(), "act").back());
      EXPECT_TRUE(audit.about_to("start instance 7"));
      before.push_back(entries(rig.text(), "act").back());
      return {false, "it died"};
    }
    void tend(Instant, Audit&) override {}
    Rig& rig;
    std::vector<std::string>& before;
  } looking(rig, before);
  ActingLoop loop(rig.clock, *rig.journal, rig.heard);
  loop.add(rig.host(), looking);
  loop.run({.at = kMorning + Duration::seconds(1)}, rig.stop);
  ASSERT_EQ(before.size(), 2U);
  EXPECT_EQ(before[0], act_entry(kMorning, 0, 0, "scale from 2 to 4"));
  EXPECT_EQ(before[1], act_entry(kMorning, 0, 0, "start instance 7"));
  EXPECT_EQ(entries(rig.text(), "outcome"),
            std::vector<std::string>{outcome_entry(kMorning, 0, 0, false, "it died")});
  EXPECT_EQ(rig.replayed().end, End::equal);
}

TEST(ActingLoop, CarriesALimitedWishOutInPart) {
  Rig rig("run");
  rig.service.figure = [&](Instant, std::uint32_t) { return 4.0 / rig.service.wanted; };
  rig.act(Duration::seconds(4));
  EXPECT_EQ(rig.actuator.scaled, (std::vector<std::int32_t>{4}));  // 6 were wished for, 2 at once
  const auto told = entries(rig.text(), "observe");
  ASSERT_FALSE(told.empty());
  EXPECT_NE(told.back().find("\"action\":0,\"succeeded\":false"), std::string::npos);
  EXPECT_EQ(rig.heard.outcomes, std::vector<bool>{true});
  EXPECT_EQ(rig.replayed().end, End::equal);
}

TEST(ActingLoop, ActuatorsOfTheirOwnAccordAskToo) {
  Rig rig("run");
  rig.actuator.has_to_replace = true;
  rig.act(Duration::seconds(1));
  EXPECT_TRUE(rig.actuator.replaced);
  EXPECT_EQ(entries(rig.text(), "act"),
            std::vector<std::string>{act_entry(kMorning, 0, std::nullopt, "replace instance 1")});
  EXPECT_EQ(rig.heard.notes, std::vector<std::string>{"instance 1 had ended"});
  EXPECT_EQ(rig.replayed().end, End::equal);
}

TEST(ActingLoop, DoesNothingThatCannotBeWrittenDown) {
  Rig rig("run");
  double_the_load(rig);
  rig.actuator.has_to_replace = true;
  Journal full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  ActingLoop loop(rig.clock, full, rig.heard);
  Diagnostics out;
  const SpecNode root = spec::read_text("shop.yaml", kScenario, out);
  const auto setup = read_setup(root, out);
  loop.add(std::make_unique<Host>(Host::Spec{0, setup->policies[0].controller.get(),
                                             setup->guards_of(0), Duration::seconds(5)},
                                  *rig.observer, rig.clock, full, rig.heard),
           rig.actuator);
  EXPECT_EQ(loop.run({.at = kMorning + Duration::seconds(60)}, rig.stop), Loop::End::log_failed);
  EXPECT_TRUE(rig.actuator.scaled.empty());
  EXPECT_FALSE(rig.actuator.replaced);
  EXPECT_EQ(rig.clock.now(), kMorning);  // at once
}

TEST(ActingLoop, HoldsWhileItIsBlind) {
  Rig rig("run");
  double_the_load(rig);
  rig.observer->blind = true;
  rig.act(Duration::seconds(60));
  EXPECT_TRUE(rig.actuator.scaled.empty());
  EXPECT_EQ(rig.heard.notes, std::vector<std::string>{"nobody answers"});  // once, not each time
  EXPECT_EQ(rig.replayed().end, End::equal);
}

TEST(ActingLoop, FactsThatCannotBeAreLeftOut) {
  Rig rig("run");
  rig.service.figure = [](Instant, std::uint32_t) { return std::nan(""); };
  rig.act(Duration::seconds(3));
  ASSERT_FALSE(rig.heard.notes.empty());
  EXPECT_EQ(rig.heard.notes[0], "a fact was left out: its value is no plausible number");
  EXPECT_EQ(rig.replayed().end, End::equal);
}

class Replayed : public testing::Test {
 protected:
  Replayed() : rig_("run") {
    double_the_load(rig_);
    rig_.act(Duration::seconds(12));
    log_ = rig_.text();
  }
  Rig rig_;
  std::string log_;
};

TEST_F(Replayed, FindsADecisionThatWasChanged) {
  const auto changed = Rig::replayed(replace_once(log_, "\"replicas\":4", "\"replicas\":5"));
  EXPECT_EQ(changed.end, End::differs);
  EXPECT_EQ(changed.problem, "the replay decides otherwise");
  EXPECT_NE(changed.logged.find("\"replicas\":5"), std::string::npos);
  EXPECT_NE(changed.replayed.find("\"replicas\":4"), std::string::npos);
}

TEST_F(Replayed, FindsAFactThatWasChanged) {
  const auto changed =
      Rig::replayed(replace_once(log_, "\"value\":1.0,\"taken\"", "\"value\":0.5,\"taken\""));
  EXPECT_EQ(changed.end, End::differs);
}

TEST_F(Replayed, FindsWhatWasPutInOrLeftOut) {
  const auto without = [&](const char* kind) {
    return Rig::replayed(relinked(log_, [&](const std::string& entry) {
      return entry.find(std::string("\"entry\":\"") + kind) == std::string::npos;
    }));
  };
  EXPECT_EQ(without("decide").end, End::differs);
  EXPECT_EQ(without("judge").end, End::differs);
  EXPECT_EQ(without("wake").end, End::differs);
  EXPECT_EQ(without("act").end, End::equal);  // what was done is not decided again
  EXPECT_EQ(without("end").end, End::broken);
  const auto early =
      Rig::replayed(replace_once(log_, "\"entry\":\"end\",", "\"entry\":\"wake\",\"policy\":0,"));
  EXPECT_EQ(early.end, End::differs);
  EXPECT_EQ(early.problem, "the replay is not to be woken yet");
}

TEST_F(Replayed, FindsActsThatNobodyDecided) {
  const auto other = Rig::replayed(replace_once(log_, "\"entry\":\"act\",\"policy\":0,\"action\":0",
                                                "\"entry\":\"act\",\"policy\":0,\"action\":9"));
  EXPECT_EQ(other.problem, "it acted on a decision that was not let through");
  const auto dry = Rig::replayed(replace_once(log_, "\"mode\":\"run\"", "\"mode\":\"plan\""));
  EXPECT_EQ(dry.problem, "a dry run has acted");
}

TEST_F(Replayed, SaysWhereTheChainBreaks) {
  std::string changed = log_;
  changed[log_.find("\"replicas\":4") + 11] = '5';
  const ReplayResult result = Rig::replayed(changed);
  EXPECT_EQ(result.end, End::tampered);
  EXPECT_GT(result.line, 1U);
}

TEST_F(Replayed, GoesAsFarAsALogThatBreaksOff) {
  const std::size_t half = log_.size() / 2;
  EXPECT_EQ(Rig::replayed(log_.substr(0, half)).end, End::broken);
  EXPECT_EQ(Rig::replayed(log_.substr(0, log_.rfind('\n', half) + 1)).end, End::broken);
  EXPECT_EQ(Rig::replayed("").end, End::wrong);
  EXPECT_EQ(Rig::replayed(log_.substr(0, 40)).end, End::wrong);
}

TEST_F(Replayed, RefusesAScenarioThatIsNotThatOfTheLog) {
  EXPECT_EQ(Rig::replayed(replace_once(log_, "\"policies\":[\"scaling\"]", "\"policies\":[]")).end,
            End::wrong);
  const auto bad = Rig::replayed(replace_once(log_, "max: 12", "max: 0"));
  EXPECT_EQ(bad.end, End::wrong);
  EXPECT_NE(bad.problem.find("out-of-range"), std::string::npos);
  const auto other = Rig::replayed(replace_once(log_, "cpu: 50%", "cpu: 90%"));
  EXPECT_EQ(other.end, End::differs);
}

TEST(SystemClock, GoesOnAndStopsWaiting) {
  SystemClock clock;
  const Instant begin = clock.now();
  EXPECT_GT(begin, Instant::at_ns(1'700'000'000'000'000'000));
  std::atomic<bool> stop{true};
  clock.wait(Instant::never(), stop);  // returns, as it is to stop
  stop = false;
  clock.wait(begin + Duration::milliseconds(3), stop);
  EXPECT_GE(clock.now(), begin + Duration::milliseconds(3));
}

TEST(UtcText, IsThatOfTheInstant) {
  EXPECT_EQ(utc_text(Instant::at_ns(1'795'683'600'250'000'000)), "2026-11-26T09:00:00.250Z");
  EXPECT_EQ(utc_time_of_day(Instant::start()), "00:00:00.000");
}

}  // namespace loop_test
}  // namespace rehearse::live
