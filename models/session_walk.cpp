#include "models/session_walk.hpp"

namespace rehearse::models {
namespace {

/// The page that a draw in (0, 1] leads to; kNone beyond the last share.
std::uint32_t way(const std::vector<std::pair<double, std::uint32_t>>& ways, double draw) {
  for (const auto& [upto, page] : ways)
    if (draw <= upto) return page;
  return kNone;
}

}  // namespace

std::uint32_t SessionWalk::take() {
  if (free_.empty()) {
    places_.emplace_back();
    return static_cast<std::uint32_t>(places_.size() - 1);
  }
  const std::uint32_t visitor = free_.back();
  free_.pop_back();
  return visitor;
}

void SessionWalk::enter(std::uint32_t visitor, std::uint32_t client, sim::Stream& stream) {
  if (visitor >= places_.size()) places_.resize(visitor + 1);
  std::uint32_t page = way(spec_.enter, stream.uniform());
  if (page == kNone) page = spec_.enter.back().second;  // shares are sums, and rounded
  places_[visitor] = {page, client};
}

SessionWalk::Move SessionWalk::go_on(std::uint32_t visitor, bool failed, sim::Stream& stream) {
  Place& place = places_[visitor];
  const std::uint32_t think = spec_.pages[place.page].think;
  if (failed && spec_.again + spec_.leave > 0) {
    const double draw = stream.uniform();
    if (draw <= spec_.again) return {false, spec_.pause};
    if (draw <= spec_.again + spec_.leave) {
      place.page = kNone;
      return {true, think};
    }
  }
  place.page = way(spec_.pages[place.page].next, stream.uniform());
  return {place.page == kNone, think};
}

}  // namespace rehearse::models
