#include <fmt/format.h>

#include "models/call_graph.hpp"
#include "models/compiler.hpp"

/// Who the clients of a workload are and how much is sent.

namespace rehearse::models {
namespace {

constexpr double kMostClients = 50e6;

const FieldTable kBodyLognormalFields{"body lognormal",
                                      "Sizes that vary by factors.",
                                      {{.name = "median",
                                        .type = FieldType::bytes,
                                        .doc = "Half are larger.",
                                        .required = true,
                                        .min = 1},
                                       {.name = "p99",
                                        .type = FieldType::bytes,
                                        .doc = "1% are larger.",
                                        .required = true,
                                        .min = 1}}};

}  // namespace

const FieldTable kClientFields{
    "clients",
    "Who asks: addresses or API keys that rate limits and resolvers tell apart. A number may stand "
    "for the block.",
    {{.name = "count",
      .type = FieldType::count,
      .doc = "So many clients.",
      .required = true,
      .min = 1,
      .max = kMostClients},
     {.name = "skew",
      .type = FieldType::number,
      .doc =
          "Exponent of Zipf's law: the k-th most active client asks in proportion to k^-skew; 0: "
          "all alike.",
      .fallback = "0",
      .min = 0,
      .max = 10}}};

const FieldTable kBodyFields{"body",
                             "Law of sizes, of messages or of the memory that requests take: one "
                             "key. A size alone stands for "
                             "a constant.",
                             {{.name = "exponential",
                               .type = FieldType::bytes,
                               .doc = "Exponential, by its mean.",
                               .min = 1},
                              {.name = "uniform",
                               .type = FieldType::list,
                               .doc = "Evenly between two sizes.",
                               .item = FieldType::bytes,
                               .example = "[1KB, 2MB]"},
                              {.name = "lognormal",
                               .type = FieldType::block,
                               .doc = "Sizes that vary by factors.",
                               .child = &kBodyLognormalFields}}};

void Compiler::read_clients(FieldReader& reader, WorkloadSpec& spec) {
  spec.first_client = blueprint_.clients;
  const SpecNode* node = reader.node("clients");
  if (node != nullptr && spec.users) {
    reader.error("contradiction", "clients",
                 fmt::format("the users of {} are its clients", reader.what()),
                 "remove it: each user is one client");
    node = nullptr;
  }
  std::uint64_t count = spec.users ? spec.users->most : 1;
  double skew = 0;
  if (node != nullptr && node->is_scalar()) {
    const Parsed<std::int64_t> number = parse_count(node->text);
    if (!number.value || *number.value < 1 || static_cast<double>(*number.value) > kMostClients) {
      out_.error(number.value ? "out-of-range" : "bad-quantity", node->mark,
                 number.value ? "clients must be from 1 to 50M" : number.problem,
                 "write 'clients: 1000'");
    } else {
      count = static_cast<std::uint64_t>(*number.value);
    }
  } else if (node != nullptr) {
    FieldReader fields(*node, kClientFields, out_, "clients of " + reader.what());
    count = static_cast<std::uint64_t>(std::max<std::int64_t>(1, fields.count("count")));
    skew = fields.number("skew");
  }
  spec.anonymous = node == nullptr && !spec.users;
  if (!spec.users) spec.clients = sim::Zipf(count, skew);
  if (count > 1 && !spec.users) spec.client_stream = add_stream(spec.name, "clients");
  blueprint_.clients += static_cast<std::uint32_t>(count);
}

std::uint32_t Compiler::read_size(FieldReader& reader, const std::string& field,
                                  const std::string& entity) {
  const SpecNode* node = reader.node(field);
  if (node == nullptr) return kNone;
  const auto law = [&](sim::Distribution of) { return add_law(std::move(of), entity, field); };
  const auto size = [&](const SpecNode& of) {
    const Parsed<std::int64_t> bytes = parse_bytes(of.text);
    if (!of.is_scalar() || !bytes.value)
      out_.error(
          "bad-quantity", of.mark,
          bytes.problem.empty() || !of.is_scalar() ? "not a size" : bytes.problem,
          fmt::format("write '{0}: 20KB' or '{0}: {{lognormal: {{median: 20KB, p99: 5MB}}}}'",
                      field));
    return static_cast<double>(bytes.value.value_or(0));
  };
  if (!node->is_map()) return law(sim::Distribution::constant(size(*node)));
  FieldReader fields(*node, kBodyFields, out_, fmt::format("{} of {}", field, reader.what()));
  const int given = static_cast<int>(fields.has("exponential")) +
                    static_cast<int>(fields.has("uniform")) +
                    static_cast<int>(fields.has("lognormal"));
  if (given != 1) {
    out_.error("contradiction", node->mark, fmt::format("a {} needs one law of its size", field),
               "give one of exponential, uniform, lognormal");
    return kNone;
  }
  if (fields.has("exponential"))
    return law(sim::Distribution::exponential(static_cast<double>(fields.bytes("exponential"))));
  if (fields.has("uniform")) {
    const std::vector<SpecNode>& ends = fields.items("uniform");
    if (ends.size() == 2) {
      const double low = size(ends[0]);
      const double high = size(ends[1]);
      if (low <= high) return law(sim::Distribution::uniform(low, high));
    }
    fields.error("bad-distribution", "uniform", "a uniform size needs the least and the greatest",
                 "write 'uniform: [1KB, 2MB]'");
    return kNone;
  }
  const int before = out_.error_count();
  FieldReader ends(*fields.node("lognormal"), kBodyLognormalFields, out_,
                   "lognormal of " + fields.what());
  const auto median = static_cast<double>(ends.bytes("median"));
  const auto p99 = static_cast<double>(ends.bytes("p99"));
  if (out_.error_count() != before) return kNone;
  if (p99 >= median && median > 0) return law(sim::Distribution::lognormal_median_p99(median, p99));
  ends.error("bad-distribution", "p99", "the p99 lies below the median", "swap them?");
  return kNone;
}

// An open loop does not say who asks unless told: where that matters, it has to be told.
void Compiler::check_clients() {
  for (const WorkloadSpec& workload : blueprint_.workloads) {
    if (!workload.anonymous) continue;
    std::string wanted = client_matters(workload);
    if (wanted.empty()) continue;
    out_.error("missing-clients", names_.find(workload.name)->second.mark,
               fmt::format("workload '{}' does not say how many clients it has, but {}",
                           workload.name, wanted),
               "add 'clients: 1000', or 'clients: 1' where all requests come from one address");
  }
}

// Why the clients of this workload have to be told apart; empty where they need not.
std::string Compiler::client_matters(const WorkloadSpec& workload) const {
  std::vector<std::uint32_t> open;
  for (const auto& [share, start] : workload.mix) {
    open.push_back(start);
    for (const std::uint32_t pc : reachable_steps(blueprint_.plans, start)) {
      const Step& step = blueprint_.plans.steps[pc];
      if (step.kind != StepKind::call) continue;
      const ServiceSpec& callee = blueprint_.services[blueprint_.plans.calls[step.a].service];
      if (callee.connections.round_trips > 0)
        return fmt::format("each has connections of its own to '{}'", callee.name);
    }
  }
  std::vector<bool> seen(blueprint_.endpoints.size(), false);
  while (!open.empty()) {
    const std::uint32_t start = open.back();
    open.pop_back();
    for (const std::uint32_t pc : reachable_steps(blueprint_.plans, start)) {
      const Step& step = blueprint_.plans.steps[pc];
      if (step.kind == StepKind::resolve)
        return fmt::format("the resolver of each keeps '{}' for a time",
                           blueprint_.names[blueprint_.plans.resolves[step.a].name].name);
      if (step.kind != StepKind::call) continue;
      const CallSpec& call = blueprint_.plans.calls[step.a];
      if (per_client_.count(call.service) > 0)
        return fmt::format("'{}' limits requests per client",
                           blueprint_.services[call.service].name);
      const ServiceSpec& callee = blueprint_.services[call.service];
      if (callee.balancer.kind == Balancing::consistent_hash &&
          callee.balancer.hash == HashOf::client)
        return fmt::format("'{}' is balanced by a hash of the client", callee.name);
      if (seen[call.endpoint]) continue;
      seen[call.endpoint] = true;
      open.push_back(blueprint_.endpoints[call.endpoint].start);
    }
  }
  return {};
}

}  // namespace rehearse::models
