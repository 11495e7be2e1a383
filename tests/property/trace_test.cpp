// Every request of random scenarios, followed: the trajectory is that without; each span hangs on a
// parent that began no later; visits lie where the attempt was sent; the critical path adds up.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>

#include "experiments/trace_spans.hpp"
#include "models/compile.hpp"
#include "models/world.hpp"
#include "reports/critical_path.hpp"
#include "scenarios/spec/reader.hpp"
#include "tests/property/random_scenario.hpp"

namespace rehearse::testing_tools {
namespace {

using reports::Span;
using reports::SpanRole;

class Checker final : public models::TraceSink {
 public:
  explicit Checker(const models::Blueprint& blueprint) : maker_(blueprint, {1, 0}, set_) {}

  void on_trace(const models::RequestTrace& request) override {
    ++traces;
    EXPECT_FALSE(request.cut);
    const reports::Trace trace = maker_.make(request, "");
    std::map<std::uint64_t, const Span*> by_id;
    for (const Span& span : trace.spans) EXPECT_TRUE(by_id.emplace(span.id, &span).second);
    for (const Span& span : trace.spans) check(span, by_id);
    const auto tree = reports::tree_of(trace);
    ASSERT_TRUE(tree);
    std::int64_t at = request.hops.front().sent.ns();
    for (const reports::PathSegment& one : reports::critical_path(trace, *tree)) {
      EXPECT_EQ(one.start_ns, at);
      EXPECT_LT(one.start_ns, one.end_ns);
      at = one.end_ns;
    }
    EXPECT_EQ(at, request.hops.front().answered.ns());
  }

  std::uint64_t traces = 0;
  std::map<SpanRole, int> roles;

 private:
  void check(const Span& span, const std::map<std::uint64_t, const Span*>& by_id) {
    ++roles[span.role];
    EXPECT_LE(span.start_ns, span.end_ns);
    EXPECT_EQ(span.parent == 0, span.role == SpanRole::request);
    if (span.parent == 0) return;
    const auto found = by_id.find(span.parent);
    ASSERT_NE(found, by_id.end());
    const Span& parent = *found->second;
    EXPECT_GE(span.start_ns, parent.start_ns);
    EXPECT_EQ(span.role == SpanRole::visit, parent.role == SpanRole::attempt);
    // Nobody begins anything after it is over; a message may arrive after its caller has gone.
    if (parent.role != SpanRole::attempt) {
      EXPECT_LE(span.start_ns, parent.end_ns);
    }
  }

  reports::TraceSet set_;
  experiments::SpanMaker maker_;
};

std::uint64_t fingerprint(const models::Scenario& scenario, Checker* checker) {
  models::World world(scenario.blueprint, {scenario.experiment.seed, 0},
                      {Instant::start(), Instant::start() + scenario.experiment.horizon},
                      scenario.experiment.drain);
  if (checker != nullptr) world.follow(1, *checker);
  while (world.advance()) {
  }
  const models::TrialRecord record = world.take_record();
  if (checker != nullptr) {
    EXPECT_EQ(checker->traces + world.spans()->skipped(), record.requests);
  }
  return record.fingerprint;
}

TEST(TracesOfRandomScenarios, HangTogetherAndChangeNothing) {
  std::map<SpanRole, int> roles;
  for (std::uint64_t seed = 0; seed < 200 && !HasFailure(); ++seed) {
    const std::string text = random_scenario(seed);
    SCOPED_TRACE(fmt::format("scenario {}\n{}", seed, text));
    Diagnostics problems;
    const SpecNode root = spec::read_text("random.yaml", text, problems);
    const auto scenario = models::compile(root, spec::disk(), problems);
    ASSERT_TRUE(scenario.has_value()) << problems.render();
    Checker checker(scenario->blueprint);
    EXPECT_EQ(fingerprint(*scenario, &checker), fingerprint(*scenario, nullptr));
    for (const auto& [role, count] : checker.roles) roles[role] += count;
  }
  for (const SpanRole role : {SpanRole::request, SpanRole::attempt, SpanRole::visit,
                              SpanRole::queue, SpanRole::back_off, SpanRole::branch})
    EXPECT_GT(roles[role], 0) << reports::span_role_name(role);
}

}  // namespace
}  // namespace rehearse::testing_tools
