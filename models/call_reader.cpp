#include <fmt/format.h>

#include "models/compiler.hpp"
#include "policies/resilience_blocks.hpp"

/// Calls: whom, with which timeouts and retries.

namespace rehearse::models {

const FieldTable kRetryFields{
    "retry",
    "Further attempts after a failed one.",
    {{.name = "attempts",
      .type = FieldType::count,
      .doc = "Attempts in all, the first one included.",
      .required = true,
      .min = 1,
      .max = 1000},
     {.name = "backoff",
      .type = FieldType::block,
      .doc = "Pause between attempts; none by default.",
      .child = &policies::kBackoffBlock.fields()},
     {.name = "budget",
      .type = FieldType::block,
      .doc =
          "What bounds further attempts of all calls together; nothing by default. A ratio alone "
          "is a `deposits` budget of that share, without reserve.",
      .child = &kBudgetFields,
      .schema = R"({"type": "string"})",
      .example = "10%"},
     {.name = "on",
      .type = FieldType::list,
      .doc = "Outcomes that are tried again: `error`, `timeout`, `rejected`, `abandoned`, "
             "`limited`, `refused`, `short_circuited`; all but the last two by default.",
      .example = "[timeout, rejected]"}}};

const FieldTable kCallFields{
    "call",
    "A request to another service and the wait for its answer. The name alone may stand for the "
    "block.",
    with_guards(
        {{.name = "to",
          .type = FieldType::text,
          .doc = "`service/endpoint`, `database/query`, or a service with a single endpoint.",
          .required = true},
         {.name = "timeout",
          .type = FieldType::duration,
          .doc = "Of each attempt. The callee is not told and works on (but see `abandoned`).",
          .min = 0,
          .above_min = true},
         {.name = "deadline",
          .type = FieldType::duration,
          .doc =
              "Of all attempts together. It is passed on: calls that are made for this one have no "
              "more than what is left of it, and fail at once when it is over.",
          .min = 0,
          .above_min = true},
         {.name = "retry",
          .type = FieldType::block,
          .doc = "Further attempts.",
          .child = &kRetryFields},
         {.name = "on_failure",
          .type = FieldType::choice,
          .doc = "After the last attempt: fail the request, or continue without the answer.",
          .fallback = "fail",
          .choices = {"fail", "continue"}},
         {.name = "fallback",
          .type = FieldType::list,
          .doc = "Steps in place of an answer, after the last attempt: `on_failure` is `continue` "
                 "then.",
          .child = &kStepFields,
          .example = "[{wait: 1ms}]"}})};

void Compiler::emit_sidecar(const StepScope& scope) {
  const auto found = sidecars_.find(blueprint_.endpoints[scope.endpoint].service);
  if (found == sidecars_.end()) return;
  const auto pass = [&](StepKind kind, const std::optional<sim::Distribution>& law,
                        const char* purpose) {
    if (!law) return;
    const std::string name = fmt::format("sidecar {} {}", purpose, place(scope));
    emit({.kind = kind, .a = add_law(*law, scope.entity, name)});
  };
  pass(StepKind::cpu, found->second.cpu, "cpu");
  pass(StepKind::work, found->second.latency, "latency");
}

std::optional<std::uint32_t> Compiler::endpoint_named(const std::string& name, Mark mark,
                                                      bool query) {
  const auto found = names_.find(name);
  const auto known = [&] {
    std::vector<std::string_view> names;
    for (const EndpointSpec& endpoint : blueprint_.endpoints) {
      const ServiceKind kind = blueprint_.services[endpoint.service].kind;
      if (query ? kind == ServiceKind::database : kind == ServiceKind::service)
        names.push_back(endpoint.name);
    }
    return names;
  };
  const char* wanted = query ? "query" : "endpoint";
  if (found == names_.end()) {
    out_.error("unknown-callee", mark, fmt::format("there is no {} '{}'", wanted, name),
               suggest(name, known()));
    return std::nullopt;
  }
  const Subject subject = found->second.subject;
  if (subject.kind == SubjectKind::endpoint) return subject.index;
  const bool station =
      subject.kind == SubjectKind::service || subject.kind == SubjectKind::database;
  if (station && blueprint_.services[subject.index].endpoint_count == 1)
    return blueprint_.services[subject.index].first_endpoint;
  if (station && blueprint_.services[subject.index].endpoint_count == 0)
    return std::nullopt;  // what is wrong with the service itself has been reported
  if (station) {
    out_.error("unknown-callee", mark, fmt::format("'{}' has several endpoints; say which", name),
               suggest(name, known()));
  } else {
    out_.error(
        "unknown-callee", mark,
        fmt::format("'{}' is a {}, which cannot be called", name, subject_kind_name(subject.kind)),
        suggest(name, known()));
  }
  return std::nullopt;
}

void Compiler::read_retry(const SpecNode* node, const std::string& what, CallPattern& pattern) {
  if (node == nullptr) return;
  RetrySpec& retry = pattern.call.retry;
  FieldReader reader(*node, kRetryFields, out_, "retry of " + what);
  retry.attempts = static_cast<std::uint16_t>(reader.count("attempts"));
  const std::vector<std::string> on = reader.texts("on");
  retry.on = on.empty() ? kRetriedByDefault : std::uint8_t{0};
  const std::vector<std::string_view> outcomes(kOutcomeNames.begin() + 1, kOutcomeNames.end());
  for (const std::string& name : on) {
    std::size_t bit = 1;
    while (bit < kOutcomes && kOutcomeNames[bit] != name) ++bit;
    if (bit == kOutcomes) {
      reader.error("unknown-choice", "on", fmt::format("there is no outcome '{}'", name),
                   suggest(name, outcomes));
    } else {
      retry.on = static_cast<std::uint8_t>(retry.on | (1U << bit));
    }
  }
  if (const SpecNode* pause = reader.node("backoff")) {
    FieldReader backoff(*pause, policies::kBackoffBlock.fields(), out_, "backoff of " + what);
    retry.backoff = policies::kBackoffBlock.read(backoff);
  }
  if (const SpecNode* budget = reader.node("budget"))
    pattern.guard.budget = read_budget(*budget, what);
}

Compiler::CallPattern Compiler::read_call(FieldReader& reader) {
  CallPattern pattern;
  pattern.call.timeout = reader.optional_duration("timeout").value_or(Duration{});
  pattern.call.deadline = reader.optional_duration("deadline").value_or(Duration{});
  read_retry(reader.node("retry"), reader.what(), pattern);
  read_guard(reader, pattern.guard);
  return pattern;
}

std::uint32_t Compiler::lane_of(Duration length) {
  if (length <= Duration::zero()) return 0;
  const auto [place, fresh] =
      lanes_.insert({length.ns(), static_cast<std::uint32_t>(blueprint_.lanes.size())});
  if (fresh) blueprint_.lanes.push_back(length);
  return place->second;
}

std::uint32_t Compiler::add_call(CallSpec call, const StepScope& scope, GuardSpec guard) {
  call.lane = lane_of(call.timeout);
  call.stream = add_stream(scope.entity, fmt::format("jitter {}", place(scope)));
  call.guard = add_guard(std::move(guard), call, scope);
  if (scope.lookups > 0) call.key = scope.lookups - 1;
  blueprint_.plans.calls.push_back(call);
  return static_cast<std::uint32_t>(blueprint_.plans.calls.size() - 1);
}

void Compiler::emit_call(const SpecNode& node, const StepScope& scope, bool query) {
  CallPattern pattern;
  CallSpec& call = pattern.call;
  std::string to = node.text;
  Mark mark = node.mark;
  const SpecNode* fallback = nullptr;
  if (!node.is_scalar()) {
    const std::string what = fmt::format("a {} of '{}'", query ? "query" : "call", scope.entity);
    FieldReader reader(node, kCallFields, out_, what);
    to = reader.text("to");
    mark = reader.mark("to");
    pattern = read_call(reader);
    fallback = reader.node("fallback");
    call.continue_on_failure = fallback != nullptr || reader.choice("on_failure") == 1;
    if (!reader.has("to")) return;
  }
  const auto endpoint = endpoint_named(to, mark, query);
  if (!endpoint) return;
  call.endpoint = *endpoint;
  call.service = blueprint_.endpoints[*endpoint].service;
  if (query) choose_connection(call, scope, mark);
  if (query) check_read(call, scope, mark);
  if (call.keeps && pattern.guard.hedging)
    out_.error("contradiction", mark,
               "a query on a connection that the request keeps cannot be hedged",
               "leave out 'hedge', or ask outside of the transaction");
  const std::uint32_t caller = blueprint_.endpoints[scope.endpoint].service;
  check_units(pattern.guard, blueprint_.services[caller].placement.size(), "instances", mark);
  edges_.push_back({scope.endpoint, *endpoint, mark});
  emit_sidecar(scope);
  const std::uint32_t step = emit({.kind = StepKind::call});
  call.failure_pc = fallback == nullptr ? here() : here() + 1;
  blueprint_.plans.steps[step].a = add_call(call, scope, pattern.guard);
  if (fallback == nullptr) return;
  const std::uint32_t skip = emit({.kind = StepKind::jump});
  StepScope inner = scope;
  ++inner.nesting;
  emit_steps(*fallback, inner);
  blueprint_.plans.steps[skip].b = here();
}

}  // namespace rehearse::models
