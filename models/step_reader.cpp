#include <fmt/format.h>

#include "models/compiler.hpp"

/// Steps of endpoints, compiled to plans.

namespace rehearse::models {
namespace {

constexpr std::uint32_t kMostNesting = 32;
constexpr std::size_t kMostBranches = 60000;

const FieldTable kParallelFields{
    "parallel",
    "Branches that run at the same time; the step ends when enough of them have succeeded, or too "
    "many have failed.",
    {{.name = "steps",
      .type = FieldType::list,
      .doc = "One branch per step.",
      .required = true,
      .child = &kStepFields},
     {.name = "copies",
      .type = FieldType::count,
      .doc = "Runs each branch so many times (a fan-out to equal leaves).",
      .fallback = "1",
      .min = 1,
      .max = 60000},
     {.name = "require",
      .type = FieldType::count,
      .doc = "Successes that are enough (a quorum); all by default. Other branches run on (with "
             "`abandoned: cancel` to their next steps).",
      .min = 1,
      .max = 60000}}};

const FieldTable kChoiceFields{"choice",
                               "One of several ways to go on.",
                               {{.name = "share",
                                 .type = FieldType::ratio,
                                 .doc = "How often; shares must add up to 100%.",
                                 .required = true,
                                 .min = 0,
                                 .max = 1},
                                {.name = "steps",
                                 .type = FieldType::list,
                                 .doc = "What is done then; may be empty.",
                                 .required = true,
                                 .child = &kStepFields}}};

}  // namespace

const FieldTable kStepFields{
    "step",
    "One key per step.",
    {{.name = "cpu",
      .type = FieldType::distribution,
      .doc = "Demand on the instance's shared cores: the time it takes on an idle core."},
     {.name = "wait",
      .type = FieldType::distribution,
      .doc = "Time that passes without using a shared core."},
     {.name = "call",
      .type = FieldType::block,
      .doc = "Calls another service.",
      .child = &kCallFields,
      .schema = R"({"type": "string"})"},
     {.name = "query",
      .type = FieldType::block,
      .doc = "Calls a database: `database/query`.",
      .child = &kCallFields,
      .schema = R"({"type": "string"})"},
     {.name = "transaction",
      .type = FieldType::list,
      .doc = "Steps whose queries are one transaction: they share a connection, which the request "
             "keeps meanwhile, and what they write is committed at the end.",
      .child = &kStepFields,
      .example = "[{query: orders/read}, {wait: 5ms}, {query: orders/insert}]"},
     {.name = "cache", .type = FieldType::block, .doc = "Looks up a key.", .child = &kLookupFields},
     {.name = "parallel",
      .type = FieldType::block,
      .doc = "Runs branches at the same time: a list of steps, or a block.",
      .child = &kParallelFields,
      .schema = R"({"type": "array"})"},
     {.name = "choose",
      .type = FieldType::list,
      .doc = "Takes one of several ways at random.",
      .child = &kChoiceFields},
     {.name = "repeat",
      .type = FieldType::block,
      .doc = "Does steps several times, one turn after the other.",
      .child = &kRepeatFields},
     {.name = "publish",
      .type = FieldType::block,
      .doc = "Publishes a message to a queue.",
      .child = &kPublishFields,
      .schema = R"({"type": "string"})"},
     {.name = "fail",
      .type = FieldType::ratio,
      .doc = "Ends the request with an error, with this probability.",
      .min = 0,
      .max = 1},
     {.name = "filter",
      .type = FieldType::block,
      .doc = "Blocks some of the requests, by where they come from.",
      .child = &kFilterFields}}};

// Place of the next step within its owner.
std::uint32_t Compiler::place(const StepScope& scope) const {
  return scope.endpoint == kNone ? here() : here() - blueprint_.endpoints[scope.endpoint].start;
}

std::uint32_t Compiler::emit(Step step) {
  blueprint_.plans.steps.push_back(step);
  return here() - 1;
}

void Compiler::emit_steps(const SpecNode& list, StepScope scope) {
  if (list.is_null()) return;
  if (!list.is_list()) {
    out_.error("wrong-type", list.mark, fmt::format("steps of '{}' must be a list", scope.entity),
               "write '- cpu: 2ms' on a line of its own for each step");
    return;
  }
  if (++scope.nesting > kMostNesting) {
    out_.error("too-deep", list.mark,
               fmt::format("steps are nested more than {} deep", kMostNesting),
               "move the inner steps to an endpoint of their own and call it");
    return;
  }
  for (const SpecNode& item : list.items) {
    if (!item.is_map() || item.entries.size() != 1) {
      out_.error("wrong-type", item.mark, "a step is a map with a single key",
                 "write '- cpu: 2ms' or '- call: {to: ml/predict, timeout: 400ms}'");
      continue;
    }
    FieldReader known(item, kStepFields, out_, fmt::format("a step of '{}'", scope.entity));
    if (kStepFields.find(item.entries[0].key) != nullptr) emit_step(item.entries[0], scope);
  }
}

void Compiler::emit_step(const SpecEntry& entry, const StepScope& scope) {
  const std::string& kind = entry.key;
  if (kind == "cpu") return emit_time(StepKind::cpu, entry.value, scope);
  if (kind == "wait") return emit_time(StepKind::work, entry.value, scope);
  if (kind == "call" || kind == "query") return emit_call(entry.value, scope, kind == "query");
  if (kind == "transaction") return emit_transaction(entry.value, scope);
  if (kind == "cache") return emit_cache(entry.value, scope);
  if (kind == "parallel") return emit_parallel(entry.value, scope);
  if (kind == "choose") return emit_choose(entry.value, scope);
  if (kind == "publish") return emit_publish(entry.value, scope);
  if (kind == "repeat") return emit_repeat(entry.value, scope);
  if (kind == "filter") return emit_filter(entry.value, scope);
  emit_fail(entry.value, scope);
}

// Streams are named after the owner and the place of the step in it, so that steps of other
// endpoints do not shift them.
void Compiler::emit_time(StepKind kind, const SpecNode& node, const StepScope& scope) {
  const EndpointSpec& endpoint = blueprint_.endpoints[scope.endpoint];
  if (kind == StepKind::cpu && blueprint_.services[endpoint.service].millicores == 0)
    out_.error(
        "no-cpu", node.mark,
        fmt::format("'{}' has no cores to share", blueprint_.services[endpoint.service].name),
        "add 'cpu: {limit: 2}' to it, or use 'wait' for time at full speed");
  const std::uint32_t law =
      add_law(node, scope.entity,
              fmt::format("{} {}", kind == StepKind::cpu ? "cpu" : "time", place(scope)));
  emit({.kind = kind, .a = law});
}

void Compiler::emit_fail(const SpecNode& node, const StepScope& scope) {
  const Parsed<double> ratio = parse_ratio(node.text);
  if (!node.is_scalar() || !ratio.value || *ratio.value < 0 || *ratio.value > 1) {
    out_.error("bad-quantity", node.mark,
               node.is_scalar() && !ratio.problem.empty() ? ratio.problem
                                                          : "'fail' is not a share from 0% to 100%",
               "write 'fail: 0.5%'");
    return;
  }
  emit({.kind = StepKind::fail,
        .a = add_stream(scope.entity, fmt::format("fail {}", place(scope))),
        .p = *ratio.value});
}

// fork; jump to the end; each branch with a `done` of its own; end.
void Compiler::emit_parallel(const SpecNode& node, const StepScope& scope) {
  const SpecNode* steps = &node;
  ForkSpec fork;
  std::int64_t require = 0;
  Mark require_mark = node.mark;
  if (!node.is_list()) {
    FieldReader reader(node, kParallelFields, out_, fmt::format("parallel of '{}'", scope.entity));
    steps = reader.node("steps");
    fork.copies = static_cast<std::uint16_t>(reader.count("copies"));
    require = reader.optional_count("require").value_or(0);
    require_mark = reader.mark("require");
  }
  if (steps == nullptr || !steps->is_list() || steps->items.empty()) {
    out_.error("wrong-type", node.mark, "'parallel' needs a list of steps, one per branch",
               "write 'parallel: [{call: a/x}, {call: b/y}]'");
    return;
  }
  const std::size_t branches = steps->items.size() * fork.copies;
  if (branches > kMostBranches)
    out_.error("out-of-range", node.mark,
               fmt::format("{} branches are more than {}", branches, kMostBranches));
  if (require > static_cast<std::int64_t>(branches))
    out_.error("out-of-range", require_mark,
               fmt::format("{} successes are required of {} branches", require, branches),
               fmt::format("write 'require: {}' or less", branches));
  fork.needed =
      static_cast<std::uint16_t>(require > 0 ? require : static_cast<std::int64_t>(branches));
  const std::uint32_t step = emit({.kind = StepKind::fork});
  const std::uint32_t skip = emit({.kind = StepKind::jump});
  for (const SpecNode& item : steps->items) {
    fork.starts.push_back(here());
    SpecNode branch;
    branch.kind = SpecNode::Kind::list;
    branch.mark = item.mark;
    if (item.is_list()) {
      branch.items = item.items;
    } else {
      branch.items.push_back(item);
    }
    StepScope inner = scope;
    ++inner.nesting;
    inner.loops = 0;            // a branch counts its own turns
    inner.transaction = false;  // and has connections of its own
    emit_steps(branch, inner);
    emit({.kind = StepKind::done});
  }
  blueprint_.plans.steps[skip].b = here();
  blueprint_.plans.steps[step].a = static_cast<std::uint32_t>(blueprint_.plans.forks.size());
  blueprint_.plans.forks.push_back(std::move(fork));
}

void Compiler::emit_choose(const SpecNode& node, const StepScope& scope) {
  if (!node.is_list() || node.items.empty()) {
    out_.error("wrong-type", node.mark, "'choose' needs a list of ways",
               "write 'choose: [{share: 30%, steps: [...]}, {share: 70%, steps: []}]'");
    return;
  }
  const std::uint32_t step = emit({.kind = StepKind::branch});
  BranchSpec branch;
  branch.stream = add_stream(scope.entity, fmt::format("choice {}", place(scope)));
  double sum = 0;
  std::vector<std::uint32_t> ends;
  for (const SpecNode& item : node.items) {
    FieldReader reader(item, kChoiceFields, out_, fmt::format("a way of '{}'", scope.entity));
    sum += reader.ratio("share");
    branch.cumulative.push_back(sum);
    branch.starts.push_back(here());
    if (const SpecNode* steps = reader.node("steps")) emit_steps(*steps, scope);
    ends.push_back(emit({.kind = StepKind::jump}));
  }
  if (sum < 1 - 1e-6 || sum > 1 + 1e-6)
    out_.error("bad-shares", node.mark,
               fmt::format("shares add up to {}, not 100%", format_ratio(sum)),
               "add a way with the rest and 'steps: []'");
  for (const std::uint32_t end : ends) blueprint_.plans.steps[end].b = here();
  blueprint_.plans.steps[step].a = static_cast<std::uint32_t>(blueprint_.plans.branches.size());
  blueprint_.plans.branches.push_back(std::move(branch));
}

}  // namespace rehearse::models
