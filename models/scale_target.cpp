#include "models/scale_target.hpp"

#include <algorithm>
#include <tuple>

#include "base/assert.hpp"

namespace rehearse::models {
namespace {

// Those that are there in the beginning have been for a while.
constexpr Instant kLongAgo = Instant::at_ns(-Duration::seconds(86400).ns());

}  // namespace

bool ScaleTarget::is_present(State state) {
  return state == State::pending || state == State::starting || state == State::serving;
}

std::int32_t ScaleTarget::present() const {
  return static_cast<std::int32_t>(
      std::count_if(members_.begin(), members_.end(),
                    [](const Member& member) { return is_present(member.state); }));
}

std::int32_t ScaleTarget::useful() const {
  return static_cast<std::int32_t>(std::count_if(
      members_.begin(), members_.end(),
      [](const Member& member) { return member.state == State::serving && member.ready; }));
}

void ScaleTarget::scale_to(std::int32_t wanted) {
  wanted_ = std::clamp(wanted, 0, static_cast<std::int32_t>(members_.size()));
  for (std::int32_t more = present() - wanted_; more > 0; --more) dismiss(victim());
  fill();
}

void ScaleTarget::fill() {
  for (std::int32_t missing = wanted_ - present(); missing > 0; --missing) {
    const auto free = std::find_if(members_.begin(), members_.end(), [](const Member& member) {
      return member.state == State::absent;
    });
    if (free == members_.end()) return;
    admit(static_cast<std::uint32_t>(free - members_.begin()));
  }
}

// The one that goes first. REQUIRES: somebody is there.
std::uint32_t ScaleTarget::victim() const {
  const auto order = [&](std::uint32_t i) {
    const Member& member = members_[i];
    int rank = 3;
    if (member.state == State::pending) rank = 0;
    if (member.state == State::starting) rank = 1;
    if (member.state == State::serving && !member.ready) rank = 2;
    return std::tuple(-rank, member.since, i);  // the last one goes
  };
  std::uint32_t last = static_cast<std::uint32_t>(members_.size());
  for (std::uint32_t i = 0; i < members_.size(); ++i) {
    if (!is_present(members_[i].state)) continue;
    if (last == members_.size() || order(i) > order(last)) last = i;
  }
  REHEARSE_ASSERT(last < members_.size());
  return last;
}

void ScaleTarget::add_at_start(std::uint32_t place) {
  members_[place] = {State::serving, next_id_++, kLongAgo, true, true, kLongAgo};
}

}  // namespace rehearse::models
