#include <fmt/format.h>

#include <algorithm>

#include "base/quantity.hpp"
#include "models/compiler.hpp"

/// `nodes:` and `scheduler:` of a system, and where the instances of services come to stand.

namespace rehearse::models {

namespace {

const FieldTable kSpotFields{
    "spot nodes",
    "Nodes of which each is taken away after a while. From the warning on its pods are evicted; "
    "what "
    "is still there when it is over is lost.",
    {{.name = "interrupted_every",
      .type = FieldType::duration,
      .doc = "Mean time that a node lasts, exponentially distributed.",
      .required = true,
      .min = 1,
      .max = 1e9,
      .example = "12h"},
     {.name = "warning",
      .type = FieldType::duration,
      .doc = "Before it is gone (2m on Amazon EC2, 30s on Google Cloud and Azure).",
      .fallback = "2m",
      .min = 0,
      .max = 86400}}};

}  // namespace

const FieldTable kNodeFields{
    "nodes",
    "A pool of equal machines. Every instance of a service in zones where there are nodes is a pod "
    "that needs room on one, for what its service `requests`; services elsewhere need none. A "
    "policy "
    "`node_pools` may order more of them and give some back.",
    {{.name = "count",
      .type = FieldType::count,
      .doc = "Number of nodes, with a policy that of the beginning.",
      .fallback = "1",
      .min = 0,
      .max = 10000},
     {.name = "cpu",
      .type = FieldType::cpu,
      .doc = "Cores of a node that pods can have.",
      .required = true,
      .min = 0.001,
      .max = 1e6,
      .example = "4"},
     {.name = "memory",
      .type = FieldType::bytes,
      .doc = "Memory of a node that pods can have.",
      .required = true,
      .min = 1,
      .example = "16Gi"},
     {.name = "zones",
      .type = FieldType::list,
      .doc = "Zones or regions over which the nodes are spread in turn; all by default.",
      .example = "[eu-west-1/a, eu-west-1/b]"},
     {.name = "price",
      .type = FieldType::number,
      .doc = "Of a node for an hour, in any currency: results then have the `cost` of the pool.",
      .min = 0,
      .max = 1e6,
      .example = "0.19"},
     {.name = "boot",
      .type = FieldType::distribution,
      .doc = "With a policy: from its order until a node takes pods; 0 by default."},
     {.name = "fails",
      .type = FieldType::ratio,
      .doc = "With a policy: share of the orders that never come, of which nobody is told.",
      .fallback = "0%",
      .min = 0,
      .max = 1},
     {.name = "spot",
      .type = FieldType::block,
      .doc = "With a policy: its nodes may be taken away.",
      .child = &kSpotFields}}};

const FieldTable kSchedulerFields{
    "scheduler",
    "How pods find their nodes: they are spread over zones, and within these over nodes by what is "
    "free. Defaults are those of Kubernetes, but for the constraint on zones, which it leaves to "
    "each deployment.",
    {{.name = "score",
      .type = FieldType::choice,
      .doc = "The emptiest node with room, or the fullest (bin packing).",
      .fallback = "least_allocated",
      .choices = {"least_allocated", "most_allocated"}},
     {.name = "max_skew",
      .type = FieldType::count,
      .doc = "So many more pods of a service may be in one zone than in another.",
      .fallback = "1",
      .min = 1,
      .max = 1e6},
     {.name = "unsatisfiable",
      .type = FieldType::choice,
      .doc = "A pod that can only be placed by more skew waits, or is placed all the same.",
      .fallback = "wait",
      .choices = {"wait", "anyway"}},
     {.name = "toleration",
      .type = FieldType::duration,
      .doc = "The pods of a node that is lost for longer are placed on others.",
      .fallback = "5m",
      .min = 0}}};

const FieldTable kDisruptionBudgetFields{
    "disruption budget",
    "Instances that must go on serving while policies take others down (a PodDisruptionBudget of "
    "Kubernetes 1.29). One of the two; those that serve are counted, whatever the reason why "
    "others do not. Faults and interruptions of spot nodes do not ask.",
    {{.name = "max_unavailable",
      .type = FieldType::count,
      .doc = "Most of those that there are to be which may not serve.",
      .min = 0,
      .max = 1e6},
     {.name = "min_available",
      .type = FieldType::count,
      .doc = "Least that must serve.",
      .min = 0,
      .max = 1e6}}};
const FieldTable kRequestFields{"requests",
                                "What an instance asks of its node.",
                                {{.name = "cpu",
                                  .type = FieldType::cpu,
                                  .doc = "Cores; the limit of `cpu` by default, else none.",
                                  .min = 0,
                                  .max = 1e6},
                                 {.name = "memory",
                                  .type = FieldType::bytes,
                                  .doc = "Memory; the limit of `memory` by default, else none.",
                                  .min = 0,
                                  .example = "1Gi"}}};

void Compiler::read_nodes(FieldReader& system) {
  if (const SpecNode* node = system.node("scheduler")) {
    FieldReader reader(*node, kSchedulerFields, out_, "scheduler");
    SchedulerSpec& spec = blueprint_.scheduler;
    spec.score = static_cast<NodeScore>(reader.choice("score"));
    spec.max_skew = static_cast<std::uint32_t>(reader.count("max_skew"));
    spec.anyway = reader.choice("unsatisfiable") == 1;
    spec.toleration = reader.duration("toleration");
    if (!system.has("nodes"))
      system.error("contradiction", "scheduler", "there are no nodes to schedule on",
                   "add 'nodes: {general: {count: 3, cpu: 4, memory: 16Gi}}'");
  }
  for (const SpecEntry& entry : system.entries("nodes")) read_pool(entry);
  equip_node_policies();
  if (!blueprint_.nodes.empty()) scheduler_.emplace(blueprint_.scheduler, blueprint_.nodes);
}

const policies::NodePools::Pool* Compiler::sized_pool(const std::string& name) const {
  if (node_policy_ == kNone) return nullptr;
  const auto* policy =
      dynamic_cast<const policies::NodePools*>(policies_[node_policy_].spec.controller.get());
  if (policy == nullptr) return nullptr;
  for (const policies::NodePools::Pool& pool : policy->params().pools)
    if (pool.name == name) return &pool;
  return nullptr;
}

void Compiler::read_pool(const SpecEntry& entry) {
  FieldReader reader(entry.value, kNodeFields, out_, fmt::format("nodes '{}'", entry.key));
  const std::int64_t count = reader.count("count");
  NodePoolSpec pool;
  pool.name = entry.key;
  pool.first = static_cast<std::uint32_t>(blueprint_.nodes.size());
  pool.count = static_cast<std::uint32_t>(count);
  pool.has = {static_cast<std::int64_t>(reader.cpu("cpu") * 1000 + 0.5), reader.bytes("memory")};
  pool.price = reader.optional_number("price");
  const policies::NodePools::Pool* sized = sized_pool(entry.key);
  pool.sized = sized != nullptr;
  const bool unread = node_policy_ != kNone && policies_[node_policy_].spec.controller == nullptr;
  if (sized == nullptr && !unread) forbid_orders(reader, count);
  if (sized != nullptr && count > sized->max)
    reader.error("contradiction", "count",
                 fmt::format("{} are {} in the beginning, and its policy allows {} at most",
                             reader.what(), count, sized->max));
  const std::int64_t most = sized != nullptr ? std::max<std::int64_t>(count, sized->max) : count;
  pool.places = static_cast<std::uint32_t>(most);
  const std::string entity = "nodes/" + entry.key;
  if (const SpecNode* boot = reader.node("boot")) pool.boot = add_law(*boot, entity, "boot");
  pool.fails = reader.ratio("fails");
  if (pool.fails > 0) pool.order_stream = add_stream(entity, "orders");
  read_spot(reader.node("spot"), pool);
  const std::vector<std::uint32_t> zones = read_placement(reader, most);
  for (std::size_t i = 0; i < zones.size(); ++i)
    blueprint_.nodes.push_back({fmt::format("{}-{}", entry.key, i), entry.key, zones[i], pool.has,
                                static_cast<std::int64_t>(i) < count});
  if (pool.counted())
    declare(pool.name,
            {SubjectKind::pool, static_cast<std::uint32_t>(blueprint_.node_pools.size())},
            entry.key_mark);
  blueprint_.node_pools.push_back(std::move(pool));
}

// What only orders have a use for.
void Compiler::forbid_orders(FieldReader& reader, std::int64_t count) {
  constexpr std::string_view kHelp =
      "a policy orders nodes: 'policies: {nodes: {node_pools: {pools: {NAME: {max: 5}}}}}'";
  for (const std::string_view field : {"boot", "fails", "spot"})
    if (reader.has(field))
      reader.error("contradiction", field,
                   fmt::format("nobody orders {}, so '{}' means nothing", reader.what(), field),
                   std::string(kHelp));
  if (count == 0)
    reader.error("out-of-range", "count",
                 fmt::format("there are none of {}, and nobody orders any", reader.what()),
                 std::string(kHelp));
}

void Compiler::read_spot(const SpecNode* node, NodePoolSpec& pool) {
  if (node == nullptr) return;
  FieldReader reader(*node, kSpotFields, out_, fmt::format("'spot' of nodes '{}'", pool.name));
  pool.interrupted_every = reader.duration("interrupted_every");
  pool.warning = reader.duration("warning");
  pool.spot_stream = add_stream("nodes/" + pool.name, "interruptions");
}

void Compiler::equip_node_policies() {
  if (node_policy_ == kNone) return;
  PolicySpec& spec = policies_[node_policy_].spec;
  const auto* policy = dynamic_cast<const policies::NodePools*>(spec.controller.get());
  if (policy == nullptr) return;  // has been reported
  policies::NodePools::Params params = policy->params();
  std::vector<std::string_view> names;
  for (const NodePoolSpec& pool : blueprint_.node_pools) names.push_back(pool.name);
  for (policies::NodePools::Pool& pool : params.pools) {
    const auto found = std::find(names.begin(), names.end(), pool.name);
    if (found == names.end()) {
      out_.error("unknown-target", pool.mark, fmt::format("there are no nodes '{}'", pool.name),
                 suggest(pool.name, names));
      continue;
    }
    const auto number = static_cast<std::uint32_t>(found - names.begin());
    const NodePoolSpec& like = blueprint_.node_pools[number];
    pool.cpu = 1e-3 * static_cast<double>(like.has.millicores);
    pool.memory = static_cast<double>(like.has.bytes);
    pool.price = like.price.value_or(0);
    pool.spot = like.interrupted_every > Duration::zero();
    spec.pools.push_back(number);
  }
  spec.controller = std::make_shared<const policies::NodePools>(std::move(params));
}

bool Compiler::on_nodes(FieldReader& reader) {
  if (blueprint_.nodes.empty()) return false;
  if (reader.has("requests")) return true;
  const std::vector<std::uint32_t> zones = read_zones(reader);
  return std::any_of(blueprint_.nodes.begin(), blueprint_.nodes.end(), [&](const auto& node) {
    return std::find(zones.begin(), zones.end(), node.zone) != zones.end();
  });
}

// Whether a node that can be ordered has room for an instance.
bool Compiler::may_grow_for(const ServiceSpec& spec) const {
  return std::any_of(blueprint_.nodes.begin(), blueprint_.nodes.end(), [&](const NodeSpec& node) {
    return !node.there && spec.pod_zones[node.zone] && spec.requests.fits(node.has);
  });
}

void Compiler::read_requests(FieldReader& reader, const std::string& what, ServiceSpec& spec) {
  spec.requests = {spec.millicores, static_cast<std::int64_t>(spec.memory.limit)};
  const SpecNode* node = reader.node("requests");
  if (node == nullptr) return;
  FieldReader requests(*node, kRequestFields, out_, "requests of " + what);
  if (const auto cpu = requests.optional_cpu("cpu"))
    spec.requests.millicores = static_cast<std::int64_t>(*cpu * 1000 + 0.5);
  if (const auto memory = requests.optional_bytes("memory")) spec.requests.bytes = *memory;
  if (blueprint_.nodes.empty())
    reader.error("contradiction", "requests", fmt::format("{} has no nodes to run on", what),
                 "add 'nodes: {general: {count: 3, cpu: 4, memory: 16Gi}}' to the system");
}

void Compiler::read_disruption_budget(const SpecNode* node, const std::string& what,
                                      ServiceSpec& spec) {
  if (node == nullptr) return;
  FieldReader budget(*node, kDisruptionBudgetFields, out_, "disruption budget of " + what);
  const auto least = budget.optional_count("min_available");
  const auto most = budget.optional_count("max_unavailable");
  if (budget.has("min_available") == budget.has("max_unavailable"))
    budget.error("contradiction", least ? "min_available" : "",
                 fmt::format("the disruption budget of {} needs either 'min_available' or "
                             "'max_unavailable'",
                             what),
                 "max_unavailable: 1 takes one after the other");
  if (least) spec.min_available = static_cast<std::int32_t>(*least);
  if (most) spec.max_unavailable = static_cast<std::int32_t>(*most);
}

// In the order in which services are declared. Those for which there is no room are not there.
void Compiler::place_pods(FieldReader& reader, const std::string& what, ServiceSpec& spec) {
  if (!scheduler_) return;
  spec.pod_zones.assign(blueprint_.network.zones.size(), false);
  for (const std::uint32_t zone : read_zones(reader)) spec.pod_zones[zone] = true;
  if (!on_nodes(reader)) return;  // runs elsewhere: at the edge, at home
  const std::vector<std::uint32_t> anywhere = std::move(spec.placement);
  const std::size_t wanted = spec.elastic() ? spec.initial : anywhere.size();
  std::vector<std::uint32_t> pods(blueprint_.network.zones.size());
  spec.placement.clear();
  while (spec.placement.size() < wanted) {
    const auto node = scheduler_->place(spec.requests, spec.pod_zones, pods);
    if (!node) break;
    const std::uint32_t zone = blueprint_.nodes[*node].zone;
    ++pods[zone];
    spec.placement.push_back(zone);
    spec.nodes.push_back(*node);
  }
  spec.pending = static_cast<std::uint32_t>(wanted - spec.placement.size());
  const bool one_fits = !spec.placement.empty() || may_grow_for(spec);
  while (spec.elastic() && spec.placement.size() < anywhere.size()) {  // when they are wanted
    spec.placement.push_back(anywhere[spec.placement.size()]);
    spec.nodes.push_back(kNone);
  }
  if (one_fits) return;
  spec.placement.assign(1, 0);  // for whoever reads on
  out_.error("no-room", reader.mark(),
             fmt::format("no node has room for a single instance of {} (cpu {}, memory {})", what,
                         format_number(static_cast<double>(spec.requests.millicores) * 1e-3),
                         format_bytes(static_cast<double>(spec.requests.bytes))),
             "add nodes or larger ones, or ask for less with 'requests'");
}

}  // namespace rehearse::models
