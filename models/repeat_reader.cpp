#include <fmt/format.h>

#include "models/compiler.hpp"

/// The `repeat` step: a loop whose turns follow each other.

namespace rehearse::models {
namespace {

constexpr double kMostGeometric = 1000;  // means; their tables stay below kMost
constexpr double kMostPoisson = 500;

const FieldTable kTimesFields{
    "times",
    "How often a loop goes round: a whole number, or one law of whole numbers, drawn anew by each "
    "request.",
    {{.name = "uniform",
      .type = FieldType::list,
      .doc = "The least and the most, both included, and all between equally likely.",
      .item = FieldType::count,
      .example = "[1, 6]"},
     {.name = "geometric",
      .type = FieldType::number,
      .doc = "Mean of 1, 2, 3 ...: after each turn there is another with the same probability.",
      .min = 1,
      .max = kMostGeometric},
     {.name = "poisson",
      .type = FieldType::number,
      .doc = "Mean of 0, 1, 2 ...",
      .min = 0,
      .max = kMostPoisson},
     {.name = "shares",
      .type = FieldType::named,
      .doc = "Shares of requests by number of turns; they must add up to 100%.",
      .item = FieldType::ratio,
      .example = "{1: 70%, 5: 30%}"}}};

std::optional<std::uint32_t> whole_number(const std::string& text) {
  if (text.empty() || text.size() > 5) return std::nullopt;
  std::uint32_t value = 0;
  for (const char digit : text) {
    if (digit < '0' || digit > '9') return std::nullopt;
    value = 10 * value + static_cast<std::uint32_t>(digit - '0');
  }
  if (value > CountLaw::kMost) return std::nullopt;
  return value;
}

void bad_number(Diagnostics& out, Mark mark, const std::string& what, const std::string& text) {
  out.error(
      "bad-quantity", mark,
      fmt::format("{} needs whole numbers from 0 to {}, not '{}'", what, CountLaw::kMost, text),
      "write 'times: 3' or 'times: {geometric: 3}'");
}

CountLaw read_uniform(FieldReader& reader, Diagnostics& out) {
  const std::vector<SpecNode>& ends = reader.items("uniform");
  std::vector<std::uint32_t> numbers;
  for (const SpecNode& end : ends) {
    const auto number = end.is_scalar() ? whole_number(end.text) : std::nullopt;
    if (!number) {
      bad_number(out, end.mark, reader.what(), end.text);
      return {};
    }
    numbers.push_back(*number);
  }
  if (numbers.size() != 2 || numbers[0] > numbers[1]) {
    reader.error("out-of-range", "uniform", "'uniform' needs two numbers, the smaller one first",
                 "write 'uniform: [1, 6]'");
    return {};
  }
  return CountLaw::uniform(numbers[0], numbers[1]);
}

CountLaw read_shares(FieldReader& reader, Diagnostics& out) {
  std::vector<std::pair<std::uint32_t, double>> weights;
  double sum = 0;
  for (const SpecEntry& entry : reader.entries("shares")) {
    const auto number = whole_number(entry.key);
    const Parsed<double> share = parse_ratio(entry.value.text);
    if (!number) {
      bad_number(out, entry.key_mark, reader.what(), entry.key);
      return {};
    }
    if (!entry.value.is_scalar() || !share.value || *share.value < 0 || *share.value > 1) {
      out.error("bad-quantity", entry.value.mark,
                share.problem.empty() ? "a share is a ratio from 0% to 100%" : share.problem,
                "write 'shares: {1: 70%, 5: 30%}'");
      return {};
    }
    sum += *share.value;
    if (*share.value > 0) weights.emplace_back(*number, *share.value);
  }
  if (sum < 1 - 1e-6 || sum > 1 + 1e-6) {
    reader.error("bad-shares", "shares",
                 fmt::format("shares add up to {}, not 100%", format_ratio(sum)),
                 "no turn at all is '0: ...'");
    return {};
  }
  return CountLaw::weighted(std::move(weights));
}

}  // namespace

const FieldTable kRepeatFields{
    "repeat",
    "Does the steps again and again, one turn after the other; a step that fails ends the request, "
    "and with it the loop.",
    {{.name = "times",
      .type = FieldType::custom,
      .doc = "Turns: a whole number up to 65535, or a law such as `{geometric: 3}`.",
      .required = true,
      .child = &kTimesFields,
      .schema = R"({"type": "integer", "minimum": 0, "maximum": 65535})",
      .example = "3"},
     {.name = "steps",
      .type = FieldType::list,
      .doc = "What one turn does.",
      .required = true,
      .child = &kStepFields}}};

CountLaw Compiler::read_times(const SpecNode& node, const std::string& what) {
  if (node.is_scalar()) {
    const auto number = whole_number(node.text);
    if (!number) bad_number(out_, node.mark, what, node.text);
    return CountLaw::constant(number.value_or(1));
  }
  FieldReader reader(node, kTimesFields, out_, what);
  const int laws = int{reader.has("uniform")} + int{reader.has("geometric")} +
                   int{reader.has("poisson")} + int{reader.has("shares")};
  if (laws != 1) {
    out_.error("contradiction", node.mark, fmt::format("{} needs one law, and has {}", what, laws),
               "write 'times: {geometric: 3}', or a plain number");
    return {};
  }
  if (reader.has("uniform")) return read_uniform(reader, out_);
  if (reader.has("shares")) return read_shares(reader, out_);
  if (const auto mean = reader.optional_number("geometric")) return CountLaw::geometric(*mean);
  if (const auto mean = reader.optional_number("poisson")) return CountLaw::poisson(*mean);
  return {};
}

// loop (no turn: end) -> [steps] -> again (another turn: first step).
void Compiler::emit_repeat(const SpecNode& node, const StepScope& scope) {
  const std::string what = fmt::format("repeat of '{}'", scope.entity);
  FieldReader reader(node, kRepeatFields, out_, what);
  if (scope.loops == kLoopDepth) {
    out_.error("too-deep", node.mark,
               fmt::format("more than {} loops inside each other", kLoopDepth),
               "move the inner ones to an endpoint of their own and call it");
    return;
  }
  const SpecNode* times = reader.node("times");
  const SpecNode* steps = reader.node("steps");
  if (times == nullptr || steps == nullptr) return;
  const auto loop = static_cast<std::uint32_t>(blueprint_.plans.loops.size());
  blueprint_.plans.loops.push_back(
      {read_times(*times, "'times' of a " + what), scope.loops,
       add_stream(scope.entity, fmt::format("turns {}", place(scope)))});
  const std::uint32_t enter = emit({.kind = StepKind::loop, .a = loop});
  StepScope inner = scope;
  ++inner.loops;
  emit_steps(*steps, inner);
  emit({.kind = StepKind::again, .a = loop, .b = enter + 1});
  blueprint_.plans.steps[enter].b = here();
}

}  // namespace rehearse::models
