#include "tests/contract/rig.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "tests/unit/policies/json_block.hpp"

namespace rehearse::contract {
namespace {

using namespace policies;
using nlohmann::json;

// Of every kind, by its name; a kind without one fails the tests.
const std::map<std::string, json, std::less<>>& examples() {
  static const std::map<std::string, json, std::less<>> kExamples{
      {"hpa",
       {{"min", 2},
        {"max", 20},
        {"metrics",
         {{{"resource", "cpu"}, {"utilization", "50%"}},
          {{"pods", "requests_per_second"}, {"average", 40}},
          {{"external", "queue_depth"}, {"value", 100}}}},
        {"behavior", {{"scale_down", {{"window", "60s"}}}}}}},
      {"keda",
       {{"max", 20},
        {"cooldown", "1m"},
        {"triggers", {{{"metric", "queue_depth"}, {"threshold", 50}, {"activation", 5}}}}}},
      {"node_pools",
       {{"pools", {{"general", {{"min", 1}, {"max", 6}}}}},
        {"unneeded", "1m"},
        {"after_add", "30s"}}},
      {"outlier_detection",
       {{"max_ejection", "50%"},
        {"base_ejection_time", "20s"},
        {"enforce_failure_percentage", true}}},
      {"predictive",
       {{"load", "requests_per_second"},
        {"per_instance", 50},
        {"step", "1m"},
        {"lead", "2m"},
        {"history", "5m"},
        {"trust", "100%"},
        {"reactive",
         {{"min", 2},
          {"max", 30},
          {"metrics", {{{"external", "queue_depth"}, {"average", 60}}}}}}}},
      {"scheduled",
       {{"max", 20},
        {"every", "10m"},
        {"early", "30s"},
        {"windows", {{{"from", "3m"}, {"to", "6m"}, {"instances", 9}}}}}},
      {"step_rules",
       {{"min", 2},
        {"max", 10},
        {"targets", {{"cpu", "70%"}, {"memory", 80}}},
        {"cooldown_up", "1m"},
        {"cooldown_down", "2m"}}},
      {"step_scaling",
       {{"max", 20},
        {"metric", "queue_depth"},
        {"threshold", 300},
        {"warm_up", "1m"},
        {"steps", {{{"from", 0}, {"to", 200}, {"by", 1}}, {{"from", 200}, {"by", 3}}}}}},
      {"target_tracking",
       {{"max", 20},
        {"targets", {{"queue_depth", 300}}},
        {"periods_low", 2},
        {"cooldown_in", "1m"}}},
      {"vertical", {{"mode", "replace"}, {"half_life", "1m"}, {"stale_after", "2m"}}},
  };
  return kExamples;
}

constexpr InstanceId kHosts = 8;
constexpr InstanceId kMostNodes = 12;
constexpr InstanceId kPods = 20;

}  // namespace

SpecNode example_of(const ControllerKind& kind) {
  const auto example = examples().find(kind.name);
  return example == examples().end() ? SpecNode{} : tests::block_of(example->second);
}

std::unique_ptr<Controller> make(const ControllerKind& kind) {
  const SpecNode node = example_of(kind);
  if (node.is_null()) return nullptr;
  Diagnostics out;
  FieldReader reader(node, *kind.fields, out, "policy");
  return kind.make(reader);
}

std::vector<Decided> replay(Controller& controller, const std::vector<Call>& calls) {
  std::vector<Decided> all;
  std::vector<Decision> decisions;
  for (const Call& call : calls) {
    decisions.clear();
    if (call.seen)
      controller.observe(call.now, *call.seen, decisions);
    else
      controller.wake(call.now, decisions);
    for (const Decision& decision : decisions) all.push_back({call.now, decision});
  }
  return all;
}

double Rig::load() const {  // requests per second, from nothing to 700 and back in ten minutes
  const double phase = now_.to_seconds() / 600 * 2 * 3.141592653589793;
  return 350 * (1 - std::cos(phase));
}

std::vector<Observation> Rig::facts() {
  std::vector<Observation> all;
  all.emplace_back(ReplicaCount{replicas_, replicas_, now_});
  const auto needs = controller_.needs();
  for (InstanceId id = 0; id < kHosts; ++id) {
    const bool exists = id < static_cast<InstanceId>(replicas_);
    if (!exists) {
      all.emplace_back(InstanceGone{id});
      continue;
    }
    all.emplace_back(InstanceStatus{.instance = id});
    for (std::uint32_t i = 0; i < needs.size(); ++i) {
      if (needs[i].scope == MetricNeed::Scope::whole) continue;
      if (needs[i].requests) all.emplace_back(ResourceRequest{i, id, 1});
      const double share = load() / std::max(1, std::min<std::int32_t>(replicas_, kHosts)) / 100;
      all.emplace_back(MetricSample{i, id, share, now_, Duration::seconds(15)});
    }
    const bool fails = id == 1 && load() > 500;
    const std::uint16_t code = fails ? 503 : 200;
    all.emplace_back(CallResult{.host = id, .code = code, .bits = 12345 * id});
    all.emplace_back(HealthResult{id, !fails});
  }
  for (std::uint32_t i = 0; i < needs.size(); ++i)
    if (needs[i].scope == MetricNeed::Scope::whole)
      all.emplace_back(MetricSample{i, kWhole, load(), now_, Duration::seconds(15)});
  node_facts(all);
  return all;
}

// Pods by the load, each on the first node that has room; a node for four of them.
void Rig::node_facts(std::vector<Observation>& all) const {
  all.emplace_back(PoolCount{0, static_cast<std::int32_t>(nodes_.size()), now_});
  for (InstanceId id = next_node_ > kMostNodes ? next_node_ - kMostNodes : 0; id < next_node_; ++id)
    if (std::find(nodes_.begin(), nodes_.end(), id) == nodes_.end()) all.emplace_back(NodeGone{id});
  for (const InstanceId id : nodes_)
    all.emplace_back(NodeStatus{.node = id, .cpu = 4, .memory = 16e9});
  const auto pods = static_cast<InstanceId>(load() / 40);
  for (InstanceId pod = 0; pod < kPods; ++pod) {
    const std::size_t at = pod / 4;
    const InstanceId on = at < nodes_.size() ? nodes_[at] : kWhole;
    if (pod < pods)
      all.emplace_back(PodPlacement{.pod = pod, .node = on, .cpu = 0.9, .memory = 1e9});
    else
      all.emplace_back(PodGone{pod});
  }
}

void Rig::call(std::optional<Observation> seen) {
  calls_.push_back({now_, seen});
  std::vector<Decision> decisions;
  if (seen)
    controller_.observe(now_, *seen, decisions);
  else
    controller_.wake(now_, decisions);
  for (const Decision& decision : decisions) {
    decided_.push_back({now_, decision});
    carry_out(decision);
  }
}

void Rig::carry_out(const Decision& decision) {
  if (const auto* scale = std::get_if<ScaleTo>(&decision.action)) replicas_ = scale->replicas;
  if (const auto* pool = std::get_if<ScalePool>(&decision.action))
    while (static_cast<std::int32_t>(nodes_.size()) < pool->nodes) nodes_.push_back(next_node_++);
  if (const auto* node = std::get_if<RemoveNode>(&decision.action)) std::erase(nodes_, node->node);
  call(ActionDone{actions_++, true});
}

void Rig::run(Instant until) {
  for (; now_ < until; now_ = now_ + Duration::seconds(1)) {
    for (const Observation& seen : facts()) call(seen);
    if (now_ >= controller_.next_wake()) call(std::nullopt);
  }
}

void Rig::run_blind(Instant until) {
  for (; now_ < until; now_ = now_ + Duration::seconds(1))
    if (now_ >= controller_.next_wake()) call(std::nullopt);
}

}  // namespace rehearse::contract
