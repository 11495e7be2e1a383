#pragma once
/// What hinders messages on some links; also half of a zone outage.

#include "models/faults/fault.hpp"
#include "models/world.hpp"

namespace rehearse::models {

/// An effect on many links, in force between put() and take(). Not copied: links keep its address.
class LinkHindrance {
 public:
  LinkHindrance(const std::vector<std::uint32_t>& links, LinkEffect effect)
      : links_(links), effect_(effect) {}
  LinkHindrance(const LinkHindrance&) = delete;
  LinkHindrance& operator=(const LinkHindrance&) = delete;

  void put(World& world, double strength) {
    effect_.strength = strength;
    if (in_force_) return;
    in_force_ = true;
    for (const std::uint32_t link : links_) world.link_effects(link).push_back(&effect_);
  }
  void take(World& world) {
    in_force_ = false;
    for (const std::uint32_t link : links_) std::erase(world.link_effects(link), &effect_);
  }

 private:
  const std::vector<std::uint32_t>& links_;
  LinkEffect effect_;
  bool in_force_ = false;
};

}  // namespace rehearse::models
