#pragma once
/// Ctrl-C: the first asks the run to end with what it has, the second kills.

#include <atomic>

namespace rehearse::cli {

/// While it lives, the first SIGINT or SIGTERM sets a flag and restores the default action.
class Interrupts {
 public:
  Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;
  ~Interrupts();
  const std::atomic<bool>& flag() const;
};

}  // namespace rehearse::cli
