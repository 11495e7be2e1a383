#include "scenarios/spec/experiment.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/spec/sources.hpp"

namespace rehearse::spec {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Experiment read(const std::string& text, Diagnostics& out) {
  const SpecNode root = read_text("t", text, out);
  return read_experiment(&root, out);
}

std::vector<std::string> said(const std::string& text) {
  Diagnostics out;
  read(text, out);
  return places(out);
}

TEST(Experiment, HasDefaults) {
  Diagnostics out;
  const Experiment e = read_experiment(nullptr, out);
  EXPECT_EQ(e.horizon, Duration::seconds(600));
  EXPECT_EQ(e.warmup, std::nullopt);
  EXPECT_EQ(e.trials, std::nullopt);
  EXPECT_EQ(e.max_trials, 200);
  EXPECT_EQ(e.confidence, 0.95);
  EXPECT_EQ(e.seed, 1u);
  EXPECT_EQ(e.precision, std::nullopt);
  EXPECT_EQ(e.window, std::nullopt);
  EXPECT_FALSE(e.drain);
  EXPECT_THAT(places(out), IsEmpty());
}

TEST(Experiment, ReadsEveryKey) {
  Diagnostics out;
  const Experiment e = read(
      "{horizon: 30m, warmup: 2m, trials: auto, max_trials: 50, confidence: 99%, seed: 7, "
      "precision: "
      "1%, window: 1s, drain: true}",
      out);
  EXPECT_EQ(e.horizon, Duration::seconds(1800));
  EXPECT_EQ(e.warmup, Duration::seconds(120));
  EXPECT_EQ(e.trials, std::nullopt);
  EXPECT_EQ(e.max_trials, 50);
  EXPECT_EQ(e.confidence, 0.99);
  EXPECT_EQ(e.seed, 7u);
  EXPECT_EQ(e.precision, 0.01);
  EXPECT_EQ(e.window, Duration::seconds(1));
  EXPECT_TRUE(e.drain);
  EXPECT_THAT(places(out), IsEmpty());
  EXPECT_EQ(read("{trials: 5, warmup: 0s}", out).trials, 5);
}

TEST(Experiment, ReportsValuesThatCannotBe) {
  EXPECT_THAT(said("horizon: 0s"), ElementsAre("t:1:10 out-of-range"));
  EXPECT_THAT(said("confidence: 95"), ElementsAre("t:1:13 out-of-range"));
  EXPECT_THAT(said("confidence: 50%"), ElementsAre("t:1:13 out-of-range"));
  EXPECT_THAT(said("confidence: 100%"), ElementsAre("t:1:13 out-of-range"));
  EXPECT_THAT(said("trials: 0"), ElementsAre("t:1:9 out-of-range"));
  EXPECT_THAT(said("max_trials: 1"), ElementsAre("t:1:13 out-of-range"));
  EXPECT_THAT(said("precision: 0%"), ElementsAre("t:1:12 out-of-range"));
  EXPECT_THAT(said("seed: random"), ElementsAre("t:1:7 bad-quantity"));
  EXPECT_THAT(said("horizont: 1m"), ElementsAre("t:1:1 unknown-field"));
}

TEST(Experiment, ReportsKeysThatContradictEachOther) {
  EXPECT_THAT(said("{horizon: 1m, warmup: 1m}"), ElementsAre("t:1:23 out-of-range"));
  EXPECT_THAT(said("{horizon: 1m, window: 2m}"), ElementsAre("t:1:23 out-of-range"));
  EXPECT_THAT(said("{horizon: 1h, window: 1us}"), ElementsAre("t:1:23 out-of-range"));
  EXPECT_THAT(said("{trials: 5, precision: 1%}"), ElementsAre("t:1:24 no-effect"));
  EXPECT_THAT(said("{trials: 5, max_trials: 9}"), ElementsAre("t:1:25 no-effect"));
}

}  // namespace
}  // namespace rehearse::spec
