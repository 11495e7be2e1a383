#include <fmt/format.h>

#include "models/compiler.hpp"
#include "policies/resilience_blocks.hpp"

/// What stands around calls: breakers, budgets and their like (models/call_guard.hpp).

namespace rehearse::models {
namespace {

constexpr std::size_t kMostUnits = 100'000;

}  // namespace

const FieldTable kBudgetFields{
    "retry budget",
    "Bounds the retries of a call; each instance that calls, or each client, has its own.",
    {{.name = "quota",
      .type = FieldType::block,
      .doc = "A bucket that successes fill.",
      .child = &policies::kRetryQuotaBlock.fields()},
     {.name = "deposits",
      .type = FieldType::block,
      .doc = "A share of the requests of late.",
      .child = &policies::kDepositBudgetBlock.fields()},
     {.name = "failures",
      .type = FieldType::block,
      .doc = "Stops when too much has failed.",
      .child = &policies::kFailureTokensBlock.fields()},
     {.name = "breaker",
      .type = FieldType::block,
      .doc = "Breaks retries alone, when too many requests have failed.",
      .child = &policies::kRetryBreakerBlock.fields()},
     {.name = "in_flight",
      .type = FieldType::block,
      .doc = "A share of the requests under way.",
      .child = &policies::kShareBudgetBlock.fields()}}};

const FieldTable kAdaptiveLimitFields{
    "adaptive limit",
    "How many requests an instance takes at once, learnt from how long they take.",
    {{.name = "gradient",
      .type = FieldType::block,
      .doc = "By how much longer they take than they must (Envoy, Netflix).",
      .child = &policies::kGradientLimitBlock.fields()},
     {.name = "aimd",
      .type = FieldType::block,
      .doc = "One more while all is well, some fewer when it is not (TCP).",
      .child = &policies::kAimdLimitBlock.fields()}}};

std::vector<Field> with_guards(std::vector<Field> fields) {
  const std::vector<Field> guards{
      {.name = "throttle",
       .type = FieldType::block,
       .doc = "A caller that is turned away too often does not even ask.",
       .child = &policies::kAdaptiveThrottleBlock.fields()},
      {.name = "breaker",
       .type = FieldType::block,
       .doc = "Stops calling what fails. Each instance that calls, or each client, has its own.",
       .child = &policies::CircuitBreaker::fields()},
      {.name = "bulkhead",
       .type = FieldType::block,
       .doc = "Bounds the calls at once of each instance, or client.",
       .child = &policies::kBulkheadBlock.fields()},
      {.name = "hedge",
       .type = FieldType::block,
       .doc = "Asks again where an answer is late, and takes the first.",
       .child = &policies::kHedgingBlock.fields()},
      {.name = "adaptive_timeout",
       .type = FieldType::block,
       .doc = "Of each attempt, by how long recent ones took; beside `timeout` the shorter counts.",
       .child = &policies::kAdaptiveTimeoutBlock.fields()}};
  fields.insert(fields.end(), guards.begin(), guards.end());
  return fields;
}

void Compiler::read_guard(FieldReader& reader, GuardSpec& guard) {
  const auto read = [&](const char* name, const auto& block, auto& into) {
    const SpecNode* node = reader.node(name);
    if (node == nullptr) return;
    FieldReader fields(*node, block.fields(), out_, fmt::format("{} of {}", name, reader.what()));
    into = block.read(fields);
  };
  read("throttle", policies::kAdaptiveThrottleBlock, guard.throttle);
  read("bulkhead", policies::kBulkheadBlock, guard.bulkhead);
  read("hedge", policies::kHedgingBlock, guard.hedging);
  read("adaptive_timeout", policies::kAdaptiveTimeoutBlock, guard.timeout);
  if (const SpecNode* node = reader.node("breaker")) {
    FieldReader fields(*node, policies::CircuitBreaker::fields(), out_,
                       "breaker of " + reader.what());
    guard.breaker = policies::CircuitBreaker::read(fields);
  }
}

RetryBudget Compiler::read_budget(const SpecNode& node, const std::string& what) {
  if (node.is_scalar()) {
    const Parsed<double> share = parse_ratio(node.text);
    if (share.value && *share.value >= 0 && *share.value <= 1000)
      return policies::DepositBudget::Params{.min_retries_per_second = 0,
                                             .percent_can_retry = *share.value};
    out_.error("bad-quantity", node.mark,
               share.problem.empty() ? "a budget is a share from 0% to 100000%" : share.problem,
               "write 'budget: 10%', or 'budget: {quota: {}}'");
    return {};
  }
  FieldReader reader(node, kBudgetFields, out_, "retry budget of " + what);
  RetryBudget budget;
  int given = 0;
  const auto read = [&](const char* name, const auto& block) {
    const SpecNode* child = reader.node(name);
    if (child == nullptr) return;
    ++given;
    FieldReader fields(*child, block.fields(), out_, fmt::format("{} of {}", name, what));
    budget = block.read(fields);
  };
  read("quota", policies::kRetryQuotaBlock);
  read("deposits", policies::kDepositBudgetBlock);
  read("failures", policies::kFailureTokensBlock);
  read("breaker", policies::kRetryBreakerBlock);
  read("in_flight", policies::kShareBudgetBlock);
  if (given != 1)
    out_.error("contradiction", node.mark,
               fmt::format("a retry budget is of one kind, and this is of {}", given),
               "write 'budget: 10%', or one of quota, deposits, failures, breaker and in_flight");
  return budget;
}

AdaptiveLimitSpec Compiler::read_adaptive_limit(const SpecNode& node, const std::string& what) {
  FieldReader reader(node, kAdaptiveLimitFields, out_, "adaptive limit of " + what);
  if (reader.has("gradient") == reader.has("aimd")) {
    out_.error("contradiction", node.mark, "an adaptive limit needs either 'gradient' or 'aimd'",
               "write 'adaptive_limit: {gradient: {}}'");
    return {};
  }
  const char* kind = reader.has("gradient") ? "gradient" : "aimd";
  const SpecNode& block = *reader.node(kind);
  const auto fields_of = [&](const FieldTable& table) {
    return FieldReader(block, table, out_, fmt::format("{} of {}", kind, what));
  };
  if (reader.has("gradient")) {
    FieldReader fields = fields_of(policies::kGradientLimitBlock.fields());
    return policies::kGradientLimitBlock.read(fields);
  }
  FieldReader fields = fields_of(policies::kAimdLimitBlock.fields());
  return policies::kAimdLimitBlock.read(fields);
}

void Compiler::check_units(const GuardSpec& guard, std::size_t units, const char* of, Mark mark) {
  if (!guard.needed() || units <= kMostUnits) return;
  out_.error(
      "out-of-range", mark,
      fmt::format("there are {} {}, each with guards of its own around its calls", units, of),
      fmt::format("at most {} can have them", kMostUnits));
}

std::uint32_t Compiler::add_guard(GuardSpec guard, const CallSpec& call, const StepScope& scope) {
  if (!guard.needed()) return kNone;
  guard.callee = blueprint_.endpoints[call.endpoint].name;
  guard.retried = call.retry.on;
  guard.stream = add_stream(scope.entity, fmt::format("throttle {}", place(scope)));
  if (scope.endpoint != kNone) {
    const EndpointSpec& caller = blueprint_.endpoints[scope.endpoint];
    guard.caller = caller.name;
    guard.service = caller.service;
    guard.units = static_cast<std::uint32_t>(
        std::max<std::size_t>(1, blueprint_.services[caller.service].placement.size()));
  }
  blueprint_.plans.guards.push_back(std::move(guard));
  return static_cast<std::uint32_t>(blueprint_.plans.guards.size() - 1);
}

}  // namespace rehearse::models
