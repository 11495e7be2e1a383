#pragma once
/// The live loop: one thread that looks, wakes policies and writes down what they decide, and
/// sleeps until there is something to do again. As it stands here it changes nothing: it has no
/// way to. ActingLoop (acting_loop.hpp) adds the hands.

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "live/host.hpp"

namespace rehearse::live {

class Loop {
 public:
  enum class End : std::uint8_t { time_is_up, interrupted, log_failed };
  /// When to end: at an instant, or when every policy has been woken so often; whichever is first.
  struct Limits {
    Instant at = Instant::never();
    std::uint64_t wakes = 0;  ///< 0: however often
  };

  /// REQUIRES: clock and journal outlive the loop. A journal that keeps no file is well enough
  /// here.
  Loop(Clock& clock, Journal& journal) : clock_(clock), journal_(journal) {}
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  virtual ~Loop() = default;

  /// REQUIRES: the host's parts outlive the loop. The first one is number 0, and so on.
  void add(std::unique_ptr<Host> host);
  /// Until a limit, or until `stop` is set: then the turn is finished. Writes the end of the log.
  End run(const Limits& limits, const std::atomic<bool>& stop);

  const std::vector<std::unique_ptr<Host>>& hosts() const { return hosts_; }

 protected:
  /// What becomes of a wish that was let through: nothing, and the policy is told nothing.
  virtual void carry_out(Host& /*host*/, const Judged& /*judged*/) {}
  /// At the beginning of each turn.
  virtual void tend() {}
  /// At the latest after this there is another turn.
  virtual Duration longest_rest() const { return Duration::seconds(3600); }

  Clock& clock() { return clock_; }
  Journal& journal() { return journal_; }

 private:
  void turn();
  bool reached(const Limits& limits) const;
  Instant next() const;

  Clock& clock_;
  Journal& journal_;
  std::vector<std::unique_ptr<Host>> hosts_;
  std::vector<Judged> let_through_;
};

std::string_view end_text(Loop::End end);

}  // namespace rehearse::live
