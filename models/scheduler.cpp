#include "models/scheduler.hpp"

#include <algorithm>
#include <limits>

namespace rehearse::models {
namespace {

constexpr std::uint32_t kMany = std::numeric_limits<std::uint32_t>::max();

double share(std::int64_t used, std::int64_t all) {
  return all > 0 ? static_cast<double>(used) / static_cast<double>(all) : 0;
}

}  // namespace

Scheduler::Scheduler(const SchedulerSpec& spec, const std::vector<NodeSpec>& nodes)
    : spec_(spec), nodes_(nodes) {
  for (const NodeSpec& node : nodes) {
    free_.push_back(node.has);
    there_.push_back(node.there);
  }
}

double Scheduler::fullness(std::uint32_t node, const Resources& request) const {
  const Resources& has = nodes_[node].has;
  return (share(has.millicores - free_[node].millicores + request.millicores, has.millicores) +
          share(has.bytes - free_[node].bytes + request.bytes, has.bytes)) /
         2;
}

std::optional<std::uint32_t> Scheduler::place(const Resources& request,
                                              const std::vector<bool>& zones,
                                              const std::vector<std::uint32_t>& pods) {
  std::uint32_t fewest = kMany;  // pods in a zone that has nodes
  for (std::uint32_t n = 0; n < nodes_.size(); ++n)
    if (there_[n] && zones[nodes_[n].zone]) fewest = std::min(fewest, pods[nodes_[n].zone]);
  std::optional<std::uint32_t> best;
  const auto better = [&](std::uint32_t n) {
    const std::uint32_t here = pods[nodes_[n].zone];
    const std::uint32_t there = pods[nodes_[*best].zone];
    if (here != there && (spec_.anyway || spec_.max_skew > 1)) return here < there;
    const double difference = fullness(n, request) - fullness(*best, request);
    return spec_.score == NodeScore::least_allocated ? difference < 0 : difference > 0;
  };
  for (std::uint32_t n = 0; n < nodes_.size(); ++n) {
    if (!there_[n] || !zones[nodes_[n].zone] || !request.fits(free_[n])) continue;
    if (!spec_.anyway && pods[nodes_[n].zone] + 1 - fewest > spec_.max_skew) continue;
    if (!best || better(n)) best = n;
  }
  if (best) take(*best, request);
  return best;
}

void Scheduler::take(std::uint32_t node, const Resources& request) {
  free_[node].millicores -= request.millicores;
  free_[node].bytes -= request.bytes;
}

void Scheduler::release(std::uint32_t node, const Resources& request) {
  free_[node].millicores += request.millicores;
  free_[node].bytes += request.bytes;
}

}  // namespace rehearse::models
