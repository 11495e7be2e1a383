#pragma once
/// Who of a workload's visitors is on which page. A visitor has a number: a user's in a closed
/// loop, a slot that is free again afterwards in an open one.
///
/// Where a page does not come, some ask for it again, some leave, the others go on (after_failure).
/// Leaves out: memory (the next page depends on this one alone), several tabs, people who come
/// back.

#include <cstdint>
#include <vector>

#include "models/blueprint.hpp"
#include "sim/random.hpp"

namespace rehearse::models {

class SessionWalk {
 public:
  explicit SessionWalk(const SessionSpec& spec) : spec_(spec) {}

  /// A new visitor of an open loop.
  std::uint32_t take();
  void give_back(std::uint32_t visitor) { free_.push_back(visitor); }
  /// Puts `visitor` on the first page of a session of the client given.
  void enter(std::uint32_t visitor, std::uint32_t client, sim::Stream& stream);
  bool knows(std::uint32_t visitor) const {
    return visitor < places_.size() && places_[visitor].page != kNone;
  }
  const PageSpec& page(std::uint32_t visitor) const { return spec_.pages[places_[visitor].page]; }
  std::uint32_t client(std::uint32_t visitor) const { return places_[visitor].client; }

  struct Move {
    bool leaves = false;
    std::uint32_t pause = kNone;  ///< law of the time until the next page
  };
  /// Goes on from the page that came, or did not.
  Move go_on(std::uint32_t visitor, bool failed, sim::Stream& stream);

 private:
  struct Place {
    std::uint32_t page = kNone;
    std::uint32_t client = 0;
  };
  const SessionSpec& spec_;
  std::vector<Place> places_;  // by visitor
  std::vector<std::uint32_t> free_;
};

}  // namespace rehearse::models
