#include <fmt/format.h>

#include "models/compiler.hpp"

/// The `balancer:` of a service.

namespace rehearse::models {
namespace {

const std::vector<std::string_view> kPolicies = {"round_robin", "random",        "least_requests",
                                                 "choices",     "least_latency", "consistent_hash"};

const FieldTable kSlowStartFields{
    "slow start",
    "An instance that comes back into rotation gets a part of its weight that grows with time: "
    "max(min_weight, (max(t, 1 s) / window)^(1 / aggression)). Defaults are Envoy's.",
    {{.name = "window",
      .type = FieldType::duration,
      .doc = "Until it has all of its weight.",
      .required = true,
      .min = 0,
      .above_min = true,
      .example = "60s"},
     {.name = "aggression",
      .type = FieldType::number,
      .doc = "1: in a straight line; more: faster in the beginning.",
      .fallback = "1",
      .min = 0.01,
      .max = 100},
     {.name = "min_weight",
      .type = FieldType::ratio,
      .doc = "Share of its weight that it has at least.",
      .fallback = "10%",
      .min = 0.001,
      .max = 1}}};

}  // namespace

const FieldTable kBalancerFields{
    "balancer",
    "How an instance is picked for a request. A word stands for the block with that `policy`.",
    {{.name = "policy",
      .type = FieldType::choice,
      .doc = "In turn; at random; fewest requests under way, ties in turn; the same among "
             "`choices` instances drawn at random; the least expected latency times requests "
             "under way (peak EWMA, as in Finagle and Linkerd) among so many; by a hash of the "
             "client or key on a ring (Ketama). With `choices` given, that is the default.",
      .fallback = "round_robin",
      .choices = kPolicies},
     {.name = "choices",
      .type = FieldType::count,
      .doc = "Of `choices` and `least_latency`: instances drawn at random for each request; 2 by "
             "default.",
      .min = 1,
      .max = 64},
     {.name = "replacement",
      .type = FieldType::flag,
      .doc = "Whether an instance may be drawn twice.",
      .fallback = "false"},
     {.name = "weights",
      .type = FieldType::custom,
      .doc = "Weights of instances: by zone or region (others have 1; later entries override "
             "earlier ones), or a list with one for each instance. With `round_robin` the turns "
             "are those of nginx (smooth weighted round robin), with `least_requests` the least "
             "(requests + 1) / weight is taken.",
      .schema = R"({"oneOf": [{"type": "object", "additionalProperties": {"type": "number"}}, )"
                R"({"type": "array", "items": {"type": "number"}}]})",
      .example = "{eu-west-1/a: 3}"},
     {.name = "prefer",
      .type = FieldType::choice,
      .doc = "Whom to ask before others: instances in the `zone` of the caller, then in its "
             "region, then elsewhere; or those in its `region`, then elsewhere. What the nearer "
             "ones in rotation cannot carry spills over, as over Envoy's priority levels. Clients "
             "outside of all regions ask all alike.",
      .fallback = "none",
      .choices = {"none", "zone", "region"}},
     {.name = "overprovisioning",
      .type = FieldType::number,
      .doc = "With `prefer`: requests begin to spill over when less than 1 / this of the nearer "
             "instances are in rotation; 1.4 by default.",
      .min = 1,
      .max = 100},
     {.name = "panic",
      .type = FieldType::ratio,
      .doc = "With less than this share of the instances in rotation, requests go to all of them, "
             "in rotation or not (50% in Envoy). With `prefer` this holds for each level, when "
             "all of them together cannot carry everything. Never by default.",
      .min = 0,
      .max = 1,
      .example = "50%"},
     {.name = "slow_start",
      .type = FieldType::block,
      .doc = "Of instances that come back into rotation.",
      .child = &kSlowStartFields},
     {.name = "outlier_detection",
      .type = FieldType::block,
      .doc = "Takes instances out of rotation for a while that answer badly (Envoy).",
      .child = &policies::OutlierDetector::fields()},
     {.name = "decay",
      .type = FieldType::duration,
      .doc = "Of `least_latency`: time after which a latency seen counts 1/e; 10s by default.",
      .min = 1e-6,
      .example = "10s"},
     {.name = "hash",
      .type = FieldType::choice,
      .doc = "Of `consistent_hash`: the client, or the key of the cache look-up (or write) that "
             "the call is part of. Requests without any are given to one at random.",
      .fallback = "client",
      .choices = {"client", "key"}}}};

void Compiler::read_balancer(const SpecNode* node, const std::string& what, ServiceSpec& spec) {
  BalancerSpec& balancer = spec.balancer;
  balancer.stream = add_stream(spec.name, "balancer");
  if (node == nullptr) return;
  if (node->is_map()) {
    FieldReader reader(*node, kBalancerFields, out_, "balancer of " + what);
    read_balancer_policy(reader, balancer);
    read_weights(reader, spec);
    read_slow_start(reader, balancer);
    balancer.prefer = static_cast<Locality>(reader.choice("prefer"));
    if (reader.has("overprovisioning") && balancer.prefer == Locality::none)
      reader.error("contradiction", "overprovisioning", "'overprovisioning' goes with 'prefer'",
                   "without a preference there is nothing to spill over from");
    balancer.overprovisioning = reader.optional_number("overprovisioning").value_or(1.4);
    balancer.panic = reader.optional_ratio("panic").value_or(0);
    if (const SpecNode* outliers = reader.node("outlier_detection")) {
      FieldReader fields(*outliers, policies::OutlierDetector::fields(), out_,
                         "outlier detection of " + what);
      balancer.outliers = policies::OutlierDetector::read(fields);
      balancer.outlier_stream = add_stream(spec.name, "outliers");
    }
    return;
  }
  for (std::size_t i = 0; node->is_scalar() && i < kPolicies.size(); ++i) {
    if (node->text != kPolicies[i]) continue;
    balancer.kind = static_cast<Balancing>(i);
    return;
  }
  out_.error("unknown-choice", node->mark, fmt::format("{} has no balancer '{}'", what, node->text),
             suggest(node->text, kPolicies) + fmt::format(" ({})", fmt::join(kPolicies, ", ")));
}

void Compiler::read_balancer_policy(FieldReader& reader, BalancerSpec& balancer) {
  const bool drawn = reader.has("choices") || reader.has("replacement");
  balancer.kind = static_cast<Balancing>(reader.choice("policy"));
  if (!reader.has("policy") && drawn) balancer.kind = Balancing::choices;
  const auto belongs = [&](std::string_view field, std::initializer_list<Balancing> kinds) {
    if (!reader.has(field) || std::find(kinds.begin(), kinds.end(), balancer.kind) != kinds.end())
      return;
    std::string names;
    for (const Balancing kind : kinds)
      names += fmt::format("{}'{}'", names.empty() ? "" : " or ",
                           kPolicies[static_cast<std::size_t>(kind)]);
    reader.error("contradiction", field, fmt::format("'{}' goes with the policy {}", field, names),
                 "remove it, or change 'policy'");
  };
  belongs("choices", {Balancing::choices, Balancing::least_latency});
  belongs("replacement", {Balancing::choices, Balancing::least_latency});
  belongs("decay", {Balancing::least_latency});
  belongs("hash", {Balancing::consistent_hash});
  if (const auto choices = reader.optional_count("choices"))
    balancer.choices = static_cast<std::uint32_t>(*choices);
  balancer.replacement = reader.flag("replacement");
  if (const auto decay = reader.optional_duration("decay")) balancer.decay = *decay;
  balancer.hash = static_cast<HashOf>(reader.choice("hash"));
}

void Compiler::read_weights(FieldReader& reader, ServiceSpec& spec) {
  const SpecNode* node = reader.node("weights");
  if (node == nullptr) return;
  constexpr double kLeast = 1e-3;
  constexpr double kMost = 1e6;
  const auto weight = [&](const SpecNode& of) {
    const Parsed<double> parsed = parse_number(of.text);
    if (of.is_scalar() && parsed.value && *parsed.value >= kLeast && *parsed.value <= kMost)
      return *parsed.value;
    out_.error(of.is_scalar() && parsed.value ? "out-of-range" : "bad-quantity", of.mark,
               "a weight is a number from 0.001 to 1000000", "write 'weights: {eu-west-1/a: 3}'");
    return 1.0;
  };
  std::vector<double>& weights = spec.balancer.weights;
  weights.assign(spec.placement.size(), 1);
  if (node->is_list()) {
    if (node->items.size() != weights.size())
      reader.error("contradiction", "weights",
                   fmt::format("{} weights for {} instances", node->items.size(), weights.size()),
                   "give one for each, or weights by zone");
    for (std::size_t i = 0; i < std::min(weights.size(), node->items.size()); ++i)
      weights[i] = weight(node->items[i]);
    return;
  }
  if (!node->is_map()) {
    reader.error("wrong-type", "weights", "'weights' must be a map from zones, or a list",
                 "write 'weights: {eu-west-1/a: 3}' or 'weights: [3, 1, 1]'");
    return;
  }
  for (const SpecEntry& entry : node->entries) {
    const double own = weight(entry.value);
    bool holds = false;
    for (const std::uint32_t zone : zones_named(entry.key, entry.key_mark)) {
      for (std::size_t i = 0; i < weights.size(); ++i) {
        if (spec.placement[i] != zone) continue;
        weights[i] = own;
        holds = true;
      }
    }
    if (!holds && !out_.has_errors())
      out_.warning("no-effect", entry.key_mark,
                   fmt::format("no instance of '{}' stands in '{}'", spec.name, entry.key));
  }
}

void Compiler::read_slow_start(FieldReader& reader, BalancerSpec& balancer) {
  const SpecNode* node = reader.node("slow_start");
  if (node == nullptr) return;
  FieldReader fields(*node, kSlowStartFields, out_, "slow start of " + reader.what());
  balancer.slow_start = {fields.duration("window"), fields.number("aggression"),
                         fields.ratio("min_weight")};
  if (balancer.kind == Balancing::consistent_hash)
    reader.error("contradiction", "slow_start", "a consistent hash knows no slow start",
                 "keys belong to an instance or they do not; remove 'slow_start'");
}

}  // namespace rehearse::models
