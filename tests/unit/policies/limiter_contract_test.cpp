/// What every limiter promises, whatever its kind: a repeated instant, snapshots, no allocation,
/// honest retry times; and the blocks they are read from.

#include <gtest/gtest.h>

#include "policies/keyed_limiter.hpp"
#include "tests/unit/counted_new.hpp"

namespace rehearse::policies {
namespace limiter_contract_test {

constexpr Duration kSecond = Duration::seconds(1);

std::vector<AnyLimiter> limiters() {
  return {FixedWindow({.limit = 5, .window = kSecond}),
          FixedWindow({.limit = 5, .window = kSecond, .anchor = FixedWindow::Anchor::clock}),
          SlidingWindow({.limit = 5, .window = kSecond}),
          SlidingLog({.limit = 5, .window = kSecond}),
          TokenBucket({.pace = {5, kSecond}, .burst = 3}),
          LeakyBucket({.pace = {5, kSecond}, .queue = 2})};
}

class Contract : public testing::TestWithParam<std::size_t> {
 protected:
  const AnyLimiter limiter_ = limiters()[GetParam()];
};

TEST_P(Contract, HoldsAtARepeatedInstant) {
  KeyedLimiter limiter(limiter_, 1);
  const Instant now = Instant::start() + Duration::milliseconds(2500);
  std::int64_t passed = 0;
  Verdict last;
  for (int i = 0; i < 20; ++i) {
    last = limiter.admit(0, now);
    passed += last.allowed ? 1 : 0;
  }
  EXPECT_EQ(passed, last.limit);
  EXPECT_EQ(last.remaining, 0);
  EXPECT_FALSE(last.allowed);
}

TEST_P(Contract, KeepsKeysApart) {
  KeyedLimiter limiter(limiter_, 2);
  for (int i = 0; i < 20; ++i) (void)limiter.admit(0, Instant::start());
  EXPECT_TRUE(limiter.admit(1, Instant::start()).allowed);
}

TEST_P(Contract, AnswersAlikeFromASnapshot) {
  KeyedLimiter limiter(limiter_, 3);
  Instant now;
  std::uint64_t bits = 1;
  const auto step = [&](KeyedLimiter& of) { return of.admit(bits % 3, now); };
  for (int i = 0; i < 200; ++i) {
    bits = bits * 6364136223846793005U + 1442695040888963407U;
    now = now + Duration::nanoseconds(static_cast<std::int64_t>(bits >> 36));
    if (i < 100) (void)step(limiter);
    if (i < 100) continue;
    KeyedLimiter copy = limiter;
    EXPECT_EQ(copy, limiter);
    const Verdict verdict = step(limiter);
    EXPECT_EQ(step(copy), verdict);
    EXPECT_EQ(copy, limiter);
  }
}

TEST_P(Contract, AllocatesNothingPerDecision) {
  KeyedLimiter limiter(limiter_, 2);
  const std::uint64_t before = tests::allocations;
  for (int i = 0; i < 1000; ++i)
    (void)limiter.admit(static_cast<std::size_t>(i % 2), Instant::at_ns(i * 1'000'000));
  EXPECT_EQ(tests::allocations, before);
}

INSTANTIATE_TEST_SUITE_P(Kinds, Contract, testing::Range<std::size_t>(0, 6));

std::optional<AnyLimiter> read(const SpecNode& node, Diagnostics& out) {
  const FieldTable table{"limit", "", limiter_fields()};
  FieldReader reader(node, table, out, "a limit");
  return read_limiter(reader);
}

SpecNode scalar(const std::string& text) {
  SpecNode node;
  node.kind = SpecNode::Kind::scalar;
  node.text = text;
  return node;
}
SpecNode block(const std::vector<std::pair<std::string, SpecNode>>& entries) {
  SpecNode node;
  node.kind = SpecNode::Kind::map;
  for (const auto& [key, value] : entries) node.entries.push_back({key, {}, value});
  return node;
}

TEST(ReadLimiter, MakesEachKindFromItsBlock) {
  Diagnostics out;
  const auto fixed = read(block({{"fixed_window", block({{"limit", scalar("1000")},
                                                         {"window", scalar("15m")},
                                                         {"anchor", scalar("clock")}})}}),
                          out);
  EXPECT_EQ(fixed,
            AnyLimiter(FixedWindow({1000, Duration::seconds(900), FixedWindow::Anchor::clock})));
  const auto tokens = read(
      block({{"token_bucket", block({{"rate", scalar("90/min")}, {"burst", scalar("7")}})}}), out);
  EXPECT_EQ(tokens, AnyLimiter(TokenBucket({{3, Duration::seconds(2)}, 7})));
  const auto leaky = read(block({{"leaky_bucket", block({{"rate", scalar("10rps")}})}}), out);
  EXPECT_EQ(leaky, AnyLimiter(LeakyBucket({{1, Duration::milliseconds(100)}, 0})));
  for (const std::string kind : {"sliding_window", "sliding_log"})
    EXPECT_TRUE(
        read(block({{kind, block({{"limit", scalar("9")}, {"window", scalar("1s")}})}}), out));
  EXPECT_FALSE(out.has_errors()) << out.render();
}

TEST(ReadLimiter, ReportsTwoKindsAndNone) {
  Diagnostics out;
  EXPECT_FALSE(read(block({}), out));
  const SpecNode window = block({{"limit", scalar("9")}, {"window", scalar("1s")}});
  EXPECT_FALSE(read(block({{"sliding_window", window}, {"sliding_log", window}}), out));
  EXPECT_EQ(out.error_count(), 2);
}

TEST(ReadLimiter, ReportsWhatCannotBeCounted) {
  Diagnostics out;
  EXPECT_FALSE(read(
      block({{"sliding_window", block({{"limit", scalar("1G")}, {"window", scalar("100d")}})}}),
      out));
  EXPECT_FALSE(read(
      block({{"token_bucket", block({{"rate", scalar("1/h")}, {"burst", scalar("10M")}})}}), out));
  EXPECT_EQ(out.error_count(), 2);
}

}  // namespace limiter_contract_test
}  // namespace rehearse::policies
