#pragma once
/// Nodes: the machines that instances of services (pods) run on.

#include <cstdint>
#include <string>
#include <vector>

#include "base/time.hpp"

namespace rehearse::models {

/// What a node has, or a pod asks for.
struct Resources {
  std::int64_t millicores = 0;
  std::int64_t bytes = 0;
  bool fits(const Resources& free) const {
    return millicores <= free.millicores && bytes <= free.bytes;
  }
};

struct NodeSpec {
  std::string name;  ///< "general-0"
  std::string pool;
  std::uint32_t zone = 0;
  Resources has;
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
