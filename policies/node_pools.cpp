#include "policies/node_pools.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace rehearse::policies {
namespace {

constexpr double kUnreadyShare = 0.45;
constexpr std::int32_t kUnreadyNodes = 3;

template <class Table, class Id>
auto place_in(Table& table, Id id, auto&& id_of) {
  return std::lower_bound(table.begin(), table.end(), id,
                          [&](const auto& entry, Id key) { return id_of(entry) < key; });
}

}  // namespace

NodePools::NodePools(Params params)
    : params_(std::move(params)), beat_(params_.scan), pools_(params_.pools.size()) {}

bool NodePools::Room::take(double pod_cpu, double pod_memory) {
  constexpr double kRounding = 1e-9;
  if (pod_cpu > cpu + kRounding || pod_memory > memory + kRounding) return false;
  cpu -= pod_cpu;
  memory -= pod_memory;
  return true;
}

NodePools::Node* NodePools::node(InstanceId id) {
  const auto at = place_in(nodes_, id, [](const Node& each) { return each.is.node; });
  return at != nodes_.end() && at->is.node == id ? &*at : nullptr;
}

void NodePools::observe(Instant /*now*/, const Observation& seen, std::vector<Decision>& /*out*/) {
  const auto node_id = [](const Node& each) { return each.is.node; };
  const auto pod_id = [](const PodPlacement& each) { return each.pod; };
  const auto service_of = [](const DisruptionBudget& each) { return each.service; };
  if (const auto* count = std::get_if<PoolCount>(&seen)) {
    if (count->pool < pools_.size()) pools_[count->pool].count = *count;
  } else if (const auto* status = std::get_if<NodeStatus>(&seen)) {
    if (status->pool >= pools_.size()) return;
    const auto at = place_in(nodes_, status->node, node_id);
    if (at != nodes_.end() && at->is.node == status->node)
      at->is = *status;
    else
      nodes_.insert(at, Node{.is = *status});
  } else if (const auto* gone = std::get_if<NodeGone>(&seen)) {
    std::erase_if(nodes_, [&](const Node& each) { return each.is.node == gone->node; });
  } else if (const auto* pod = std::get_if<PodPlacement>(&seen)) {
    const auto at = place_in(pods_, pod->pod, pod_id);
    if (at != pods_.end() && at->pod == pod->pod)
      *at = *pod;
    else
      pods_.insert(at, *pod);
  } else if (const auto* ended = std::get_if<PodGone>(&seen)) {
    std::erase_if(pods_, [&](const PodPlacement& each) { return each.pod == ended->pod; });
  } else if (const auto* budget = std::get_if<DisruptionBudget>(&seen)) {
    const auto at = place_in(budgets_, budget->service, service_of);
    if (at != budgets_.end() && at->service == budget->service)
      *at = *budget;
    else
      budgets_.insert(at, *budget);
  } else if (const auto* done = std::get_if<ActionDone>(&seen)) {
    for (Node& each : nodes_) each.leaving = each.leaving && done->succeeded;
  } else if (std::holds_alternative<HostRestarted>(seen)) {
    for (Node& each : nodes_) {
      each.unneeded_since.reset();
      each.leaving = false;
    }
    for (PoolState& pool : pools_) pool = {.count = pool.count};
    last_add_.reset();
  }
}

bool NodePools::fresh(Instant now) const {
  return std::all_of(pools_.begin(), pools_.end(), [&](const PoolState& pool) {
    return pool.count && now - pool.count->taken <= params_.stale_after;
  });
}

// What is free and used on each node, and how many nodes each pool has.
void NodePools::lay_out() {
  for (PoolState& pool : pools_) pool.present = 0;
  for (Node& each : nodes_) {
    each.free = {each.is.cpu, each.is.memory};
    each.used = {};
    each.pods = 0;
    ++pools_[each.is.pool].present;
  }
  for (const PodPlacement& pod : pods_) {
    Node* on = pod.node == kWhole ? nullptr : node(pod.node);
    if (on == nullptr) continue;
    on->free.cpu -= pod.cpu;
    on->free.memory -= pod.memory;
    on->used.cpu += pod.cpu;
    on->used.memory += pod.memory;
    ++on->pods;
  }
}

// Nodes that do not come are given up on, and their pool for a while.
void NodePools::watch_pools(Instant now, std::vector<Decision>& out) {
  for (std::uint32_t i = 0; i < pools_.size(); ++i) {
    PoolState& pool = pools_[i];
    if (pool.count->wanted <= pool.present) {
      pool.awaited_since.reset();
      continue;
    }
    if (!pool.awaited_since) pool.awaited_since = now;
    if (now - *pool.awaited_since < params_.max_provision) continue;
    pool.awaited_since.reset();
    pool.blocked_until = saturating_add(now, params_.after_failure);
    out.push_back({.action = ScalePool{i, std::max(pool.present, params_.pools[i].min)},
                   .because = "nodes have not come",
                   .measured = static_cast<double>(pool.present),
                   .limit = static_cast<double>(pool.count->wanted)});
    pool.count->wanted = pool.present;
  }
}

bool NodePools::too_many_unready() const {
  const auto unready = static_cast<std::int32_t>(
      std::count_if(nodes_.begin(), nodes_.end(), [](const Node& each) { return !each.is.ready; }));
  return unready > kUnreadyNodes && unready > kUnreadyShare * static_cast<double>(nodes_.size());
}

void NodePools::wake(Instant now, std::vector<Decision>& out) {
  if (!beat_.due(now) || !fresh(now)) return;
  lay_out();
  watch_pools(now, out);
  if (too_many_unready()) return;
  if (!scale_up(now, out)) scale_down(now, out);
}

// Pods without room, without those that will have some: on ready nodes, or on nodes under way.
void NodePools::sort_unplaced() {
  unplaced_.clear();
  for (const PodPlacement& pod : pods_)
    if (pod.node == kWhole) unplaced_.push_back(pod);
  if (unplaced_.empty()) return;
  std::stable_sort(unplaced_.begin(), unplaced_.end(), [&](const auto& a, const auto& b) {
    const Pool& like = params_.pools.front();  // sizes are compared in its nodes
    const auto size = [&](const PodPlacement& pod) {
      return std::max(pod.cpu / like.cpu, pod.memory / like.memory);
    };
    return size(a) > size(b);
  });
  rooms_.clear();
  for (const Node& each : nodes_)
    if (each.is.ready && !each.leaving) rooms_.push_back(each.free);
  for (std::size_t i = 0; i < pools_.size(); ++i)
    for (std::int32_t n = pools_[i].present; n < pools_[i].count->wanted; ++n)
      rooms_.push_back({params_.pools[i].cpu, params_.pools[i].memory});
  std::erase_if(unplaced_, [&](const PodPlacement& pod) {
    return std::any_of(rooms_.begin(), rooms_.end(),
                       [&](Room& room) { return room.take(pod.cpu, pod.memory); });
  });
}

// How many spot nodes may be added so that they are no more than their share of all nodes then.
std::int32_t NodePools::spot_room() const {
  if (params_.spot_share >= 1) return std::numeric_limits<std::int32_t>::max();
  double all = 0;
  double spot = 0;
  for (std::size_t i = 0; i < pools_.size(); ++i) {
    all += pools_[i].count->wanted;
    spot += params_.pools[i].spot ? pools_[i].count->wanted : 0;
  }
  const double room = (params_.spot_share * all - spot) / (1 - params_.spot_share);
  return static_cast<std::int32_t>(std::clamp(std::floor(room + 1e-9), 0.0, 1e6));
}

NodePools::Packing NodePools::packed(const Pool& pool, std::int32_t most) {
  Packing packing;
  rooms_.clear();
  for (const PodPlacement& pod : unplaced_) {
    bool placed = std::any_of(rooms_.begin(), rooms_.end(),
                              [&](Room& room) { return room.take(pod.cpu, pod.memory); });
    if (!placed && static_cast<std::int32_t>(rooms_.size()) < most) {
      Room room{pool.cpu, pool.memory};
      placed = room.take(pod.cpu, pod.memory);
      if (placed) rooms_.push_back(room);
    }
    packing.pods += placed ? 1 : 0;
  }
  packing.nodes = static_cast<std::int32_t>(rooms_.size());
  for (const Room& room : rooms_)
    packing.waste += (room.cpu / pool.cpu + room.memory / pool.memory) / 2;
  if (packing.nodes > 0) packing.waste /= packing.nodes;
  return packing;
}

bool NodePools::better(std::size_t pool, const Packing& found, std::size_t than,
                       const Packing& best) const {
  const Pool& a = params_.pools[pool];
  const Pool& b = params_.pools[than];
  switch (params_.expander) {
    case Expander::least_waste:
      break;
    case Expander::most_pods:
      if (found.pods != best.pods) return found.pods > best.pods;
      break;
    case Expander::price: {  // of a pod that gets room
      const double mine = a.price * found.nodes / found.pods;
      const double theirs = b.price * best.nodes / best.pods;
      if (mine != theirs) return mine < theirs;
      break;
    }
    case Expander::priority:
      if (a.priority != b.priority) return a.priority > b.priority;
      break;
  }
  return found.waste < best.waste;
}

bool NodePools::scale_up(Instant now, std::vector<Decision>& out) {
  for (std::size_t i = 0; i < pools_.size(); ++i) {
    const std::int32_t wanted = pools_[i].count->wanted;
    if (wanted >= params_.pools[i].min || now < pools_[i].blocked_until) continue;
    out.push_back({.action = ScalePool{static_cast<std::uint32_t>(i), params_.pools[i].min},
                   .because = "fewer nodes than the minimum"});
    last_add_ = now;
    return true;
  }
  sort_unplaced();
  if (unplaced_.empty()) return false;
  std::optional<std::size_t> chosen;
  Packing best;
  for (std::size_t i = 0; i < pools_.size(); ++i) {
    std::int32_t most = params_.pools[i].max - pools_[i].count->wanted;
    if (params_.pools[i].spot) most = std::min(most, spot_room());
    if (most <= 0 || now < pools_[i].blocked_until) continue;
    const Packing found = packed(params_.pools[i], most);
    if (found.pods == 0) continue;
    if (chosen && !better(i, found, *chosen, best)) continue;
    chosen = i;
    best = found;
  }
  if (!chosen) return false;
  out.push_back({.action = ScalePool{static_cast<std::uint32_t>(*chosen),
                                     pools_[*chosen].count->wanted + best.nodes},
                 .because = "pods have no room",
                 .measured = static_cast<double>(unplaced_.size()),
                 .limit = static_cast<double>(best.pods)});
  last_add_ = now;
  return true;
}

// Whether the pods of a node have room elsewhere; takes it, in rooms_ and left_, if so.
bool NodePools::removable(const Node& from) {
  const std::vector<Room>::size_type rooms = rooms_.size();
  unplaced_.clear();
  for (const PodPlacement& pod : pods_) {
    if (pod.node != from.is.node) continue;
    if (!pod.movable) return false;
    unplaced_.push_back(pod);
  }
  const auto budget_of = [&](std::uint32_t service) {
    const auto at =
        place_in(left_, service, [](const DisruptionBudget& each) { return each.service; });
    return at != left_.end() && at->service == service ? &*at : nullptr;
  };
  for (const PodPlacement& pod : unplaced_) {
    DisruptionBudget* budget = budget_of(pod.service);
    if (budget != nullptr && --budget->allowed < 0) return false;
    bool placed = false;
    for (std::size_t i = 0; i < rooms && !placed; ++i) {
      const Node& onto = nodes_[i];
      if (onto.is.node == from.is.node || !onto.is.ready || onto.leaving) continue;
      placed = rooms_[i].take(pod.cpu, pod.memory);
    }
    if (!placed) return false;
  }
  return true;
}

void NodePools::give_back(Node& which, std::string_view because, std::vector<Decision>& out) {
  which.leaving = true;
  --pools_[which.is.pool].count->wanted;
  out.push_back({.action = RemoveNode{which.is.node}, .because = because});
}

void NodePools::scale_down(Instant now, std::vector<Decision>& out) {
  rooms_.clear();
  for (const Node& each : nodes_) rooms_.push_back(each.free);
  std::int32_t empty = 0;
  bool drained = false;
  const bool settled = !last_add_ || now - *last_add_ >= params_.after_add;
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    Node& each = nodes_[i];
    if (each.leaving || !each.is.ready) continue;
    const double used = std::max(each.used.cpu / std::max(each.is.cpu, 1e-9),
                                 each.used.memory / std::max(each.is.memory, 1e-9));
    const std::vector<Room> before = rooms_;
    left_ = budgets_;
    if (used >= params_.utilization || !removable(each)) {
      rooms_ = before;
      each.unneeded_since.reset();
      continue;
    }
    if (!each.unneeded_since) each.unneeded_since = now;
    const bool due = now - *each.unneeded_since >= params_.unneeded && settled;
    const bool above = pools_[each.is.pool].count->wanted > params_.pools[each.is.pool].min;
    const bool taken = before[i].cpu != each.free.cpu || before[i].memory != each.free.memory;
    const bool turn = !taken && (each.pods == 0 ? empty < params_.empty_at_once : !drained);
    if (!due || !above || !turn) {
      rooms_ = before;
      continue;
    }
    if (each.pods == 0)
      ++empty;
    else
      drained = true;
    give_back(each, each.pods == 0 ? "it is empty" : "its pods have room elsewhere", out);
  }
}

}  // namespace rehearse::policies
