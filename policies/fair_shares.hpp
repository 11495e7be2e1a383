#pragma once
/// Weighted fair queueing of whole requests among a small number of flows (tenants): while flows
/// compete, each gets a share of the requests begun in proportion to its weight; what one leaves
/// goes to the others in the same proportion. Within a flow order is not this one's affair.
///
/// Start-time fair queueing: the next request of a flow that waits has the start tag
/// S = max(v, F), with v the start tag of the request that was begun last and F the finish tag
/// S + 1 / weight of the flow's own last one; the least start tag is next. A flow that was idle has
/// no credit. In any time in which two flows both wait, the requests begun differ by at most
/// |n1 / w1 - n2 / w2| <= 1 / w1 + 1 / w2.
///
/// Cost O(flows) per decision. State: a few numbers per flow. No clock.
/// Source: P. Goyal, H. Vin, H. Cheng, "Start-time Fair Queueing", SIGCOMM 1996, with a cost of 1
/// for each request (the server does not know beforehand how long one will take).
/// Leaves out: shares of time rather than of requests; hierarchies of flows.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/assert.hpp"

namespace rehearse::policies {

class FairShares {
 public:
  /// `weights` by flow, above 0.
  explicit FairShares(const std::vector<double>& weights) {
    for (const double weight : weights) flows_.push_back({1 / weight, 0, 0, 0});
  }

  std::uint32_t waiting(std::size_t flow) const { return flows_[flow].waiting; }
  void joined(std::size_t flow) {
    Flow& one = flows_[flow];
    if (one.waiting++ == 0) one.start = std::max(now_, one.finish);
  }
  /// A request of this flow has left without being begun.
  void left(std::size_t flow) { --flows_[flow].waiting; }
  /// The flow whose turn it is, and its request is begun. REQUIRES: somebody waits.
  std::size_t next() {
    Flow* best = nullptr;
    for (Flow& flow : flows_)
      if (flow.waiting > 0 && (best == nullptr || flow.start < best->start)) best = &flow;
    REHEARSE_ASSERT(best != nullptr);
    --best->waiting;
    begin(*best);
    best->start = best->finish;
    return static_cast<std::size_t>(best - flows_.data());
  }
  /// A request of this flow is begun that did not have to wait. REQUIRES: nobody waits.
  void passed(std::size_t flow) {
    flows_[flow].start = std::max(now_, flows_[flow].finish);
    begin(flows_[flow]);
  }

 private:
  struct Flow {
    double step = 1;  // 1 / weight
    double start = 0;
    double finish = 0;
    std::uint32_t waiting = 0;
  };
  void begin(Flow& flow) {
    now_ = flow.start;
    flow.finish = flow.start + flow.step;
  }

  std::vector<Flow> flows_;
  double now_ = 0;  // virtual time
};

}  // namespace rehearse::policies
