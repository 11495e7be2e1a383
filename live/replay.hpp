#pragma once
/// Replay: the facts of a log, told to fresh controllers that are built from the scenario in its
/// first line. Every decision and every ruling must come out as it stands in the log, byte for
/// byte; each act must belong to a decision that was let through; the chain must hold. What was
/// decided live is then shown to be what this code decides, and the log to be as it was written.

#include <cstdint>
#include <istream>
#include <string>

#include "live/log_entry.hpp"

namespace rehearse::live {

struct ReplayResult {
  enum class End : std::uint8_t {
    equal,     ///< from the beginning to the end
    broken,    ///< equal as far as it goes, but the log has no end
    differs,   ///< at `line`
    tampered,  ///< the chain is broken at `line`
    wrong      ///< it is no log, or not of policies that can be built
  };
  End end = End::wrong;
  std::uint64_t line = 0;  ///< of the last entry that was looked at
  std::string problem;     ///< a sentence; empty where equal
  std::string logged;      ///< where they differ: what stands in the log; empty: nothing
  std::string replayed;    ///< and what the replay decides; empty: nothing
  Beginning beginning;
  Instant began;
  Instant ended;
  std::uint64_t facts = 0;
  std::uint64_t wakes = 0;
  std::uint64_t decisions = 0;
  std::uint64_t acts = 0;
  std::string last_link;
};

ReplayResult replay(std::istream& log);

}  // namespace rehearse::live
