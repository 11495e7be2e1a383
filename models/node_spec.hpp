#pragma once
/// Nodes: the machines that instances of services (pods) run on.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "models/plan.hpp"

namespace rehearse::models {

/// What a node has, or a pod asks for.
struct Resources {
  std::int64_t millicores = 0;
  std::int64_t bytes = 0;
  bool fits(const Resources& free) const {
    return millicores <= free.millicores && bytes <= free.bytes;
  }
  bool operator==(const Resources&) const = default;
};

struct NodeSpec {
  std::string name;  ///< "general-0"
  std::string pool;
  std::uint32_t zone = 0;
  Resources has;
  bool there = true;  ///< in the beginning; others are ordered by a policy
};

/// Nodes that are alike, and how they come and go where a policy sizes the pool
/// (models/node_fleet.hpp).
struct NodePoolSpec {
  std::string name;
  std::uint32_t first = 0;   ///< node; those of the pool follow one another
  std::uint32_t places = 0;  ///< nodes there may be
  std::uint32_t count = 0;   ///< of them in the beginning
  Resources has;
  std::optional<double> price;  ///< of a node for an hour
  bool sized = false;           ///< by a policy
  std::uint32_t boot = kNone;   ///< law of the time from order to use; kNone: none
  double fails = 0;             ///< share of the orders that never come
  std::uint32_t order_stream = 0;
  Duration interrupted_every;  ///< mean time that a spot node lasts; zero: these are none
  Duration warning;            ///< before it is gone
  std::uint32_t spot_stream = 0;

  /// Whether results speak of it.
  bool counted() const { return sized || price.has_value(); }
};

enum class NodeScore : std::uint8_t {
  least_allocated,  ///< the emptiest node
  most_allocated,   ///< the fullest one that still has room: bin packing
};

struct SchedulerSpec {
  NodeScore score = NodeScore::least_allocated;
  std::uint32_t max_skew = 1;  ///< between zones, in pods of one service
  bool anyway = false;         ///< a pod that cannot keep to it is placed all the same
  Duration toleration = Duration::seconds(300);  ///< pods of a lost node are given up after this
};

}  // namespace rehearse::models
