#pragma once
/// Call graphs compiled to flat plans: an array of small steps that a frame walks with a counter.
/// Immutable, shared by all trials.

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "models/count_law.hpp"
#include "models/guard_spec.hpp"
#include "models/outcome.hpp"
#include "policies/retry_backoff.hpp"
#include "sim/distribution.hpp"

namespace rehearse::models {

inline constexpr std::uint32_t kNone = 0xffffffff;

enum class StepKind : std::uint8_t {
  work,        ///< a time that passes at full speed: a = law
  cpu,         ///< a demand on the instance's shared cores: a = law
  call,        ///< a = call
  fork,        ///< a = fork; continues at the next step once joined
  branch,      ///< a = branch; jumps
  lookup,      ///< a = lookup; a miss goes to the next step, a hit jumps to b
  shard,       ///< a = branch, b = lookup; jumps to the shard that has the key
  forget,      ///< a = lookup; the cache did not answer: there is no key to fill
  fill,        ///< a = lookup; stores the key that missed; b = 1: another layer had it
  draw,        ///< a = lookup; a key to write, or with b = 1 to look up where no layer has one yet
  change,      ///< a = lookup; the origin has a new value of the key: entries are out of date
  write,       ///< a = lookup; stores the key, or removes it where b = 1
  defer,       ///< a = behind; keeps the write for later, jumps to b past the steps that do it
  written,     ///< a = behind; the batch has reached the origin
  fail,        ///< a = stream; with probability p the frame ends with `error`
  jump,        ///< to b
  loop,        ///< a = loop; draws the turns, without any jumps to b
  again,       ///< a = loop; jumps to b, the first step of a turn, while there are turns left
  filter,      ///< a = filter; a share of the requests of a workload ends with `refused`
  resolve,     ///< a = resolve; jumps to the call of what a name stands for
  unblocked,   ///< a = broker; waits while it blocks those who publish
  lock,        ///< a = row set, b = stream; draws a row, waits until it is free, and locks it;
               ///< b = kNone: the row that its caller has read
  see,         ///< a = row set, b = stream; draws a row, whose version the answer tells
  compare,     ///< a = row set; the frame ends with `error` where the row has changed since
  changed,     ///< a = row set; the row that it has locked is another when that is committed
  store,       ///< a = service; p bytes more on its disk; where they do not fit the frame fails
  release,     ///< a = service; gives a connection back
  send,        ///< a = call; goes on at once and never hears of it again
  snapshot,    ///< a = replication; a query reads what its instance knows by now
  autocommit,  ///< a = endpoint; goes on; part of a transaction, jumps to b past the commit
  commit,      ///< a = replication; writes, and waits until the write is as safe as is asked for
  committed,   ///< a = replication; the write can be seen
  enqueue,     ///< a = queue, b = priority; where it is refused the frame ends with `rejected`
  done,        ///< the frame ends with success
};

/// 24 bytes.
struct Step {
  StepKind kind = StepKind::done;
  std::uint32_t a = 0;
  std::uint32_t b = 0;
  double p = 0;
};

/// A distribution with the random stream that it is drawn from.
struct Law {
  sim::Distribution law;
  std::uint32_t stream = 0;
};

struct RetrySpec {
  std::uint16_t attempts = 1;                                   ///< the first one included
  policies::RetryBackoff backoff{.initial = Duration::zero()};  ///< zero: no pause
  std::uint8_t on = 0;  ///< bit per Outcome that is tried again
};

struct CallSpec {
  std::uint32_t service = 0;
  std::uint32_t endpoint = 0;
  Duration timeout;   ///< of one attempt; zero: waits for ever
  Duration deadline;  ///< of all attempts, and of all that is done for them; zero: none
  RetrySpec retry;
  bool continue_on_failure = false;
  bool compares = false;         ///< the version of a row with that which was read before
  std::uint32_t failure_pc = 0;  ///< where it continues then
  std::uint32_t lane = 0;        ///< timeouts of this length share a lane; 0: none
  bool keeps = false;           ///< the connection for later calls; see models/kept_connections.hpp
  bool transaction = false;     ///< part of one that commits later
  bool primary = false;         ///< and that writes
  bool commits = false;         ///< ends it
  std::uint32_t stream = 0;     ///< of the jitter
  std::uint32_t guard = kNone;  ///< what stands around it: number of Plans::guards
  std::uint32_t key = kNone;    ///< nesting of the look-up around it: where the frame has its key

  /// An attempt is not awaited for longer, whatever its caller's own deadline; zero: for ever.
  Duration limit() const {
    if (timeout == Duration::zero() || deadline == Duration::zero())
      return std::max(timeout, deadline);
    return std::min(timeout, deadline);
  }
};

struct ForkSpec {
  std::vector<std::uint32_t> starts;  ///< one per branch
  std::uint16_t copies = 1;           ///< of each branch
  std::uint16_t needed = 0;           ///< successes that let the frame go on: all, or a quorum
};

struct BranchSpec {
  std::vector<double> cumulative;  ///< ends with 1
  std::vector<std::uint32_t> starts;
  std::uint32_t stream = 0;
};

struct LookupSpec {
  std::uint32_t cache = 0;
  std::uint32_t depth = 0;        ///< nesting of look-ups: where the frame keeps the key
  std::uint32_t first_depth = 0;  ///< of the first layer, where the cache has several
  std::uint32_t known_depth = 0;  ///< below which the key has been drawn
  std::uint32_t renewal = 0;      ///< steps for a hit that is due for a refresh; 0: those of a miss
  std::uint32_t stream = 0;       ///< of the keys
  std::uint32_t store = 0;        ///< the first one; of instance i the i-th behind it
  std::uint32_t own_store = 0;    ///< all bits where each instance has its own, else none
  std::uint32_t scope = 0;        ///< the same for the coalescing of fetches
  std::uint32_t own_scope = 0;
  std::uint32_t whole = 0xffffffff;  ///< of a layer: the cache it belongs to
  bool last_layer = false;
  std::uint32_t store_of(std::uint32_t instance) const { return store + (instance & own_store); }
  std::uint32_t scope_of(std::uint32_t instance) const { return scope + (instance & own_scope); }
};

struct LoopSpec {
  CountLaw times;
  std::uint32_t depth = 0;   ///< nesting of loops: where the frame counts the turns
  std::uint32_t stream = 0;  ///< of the number of turns
};

struct FilterSpec {
  std::vector<double> blocked;  ///< share, by workload; empty: lets everything through
  double mean = 0;              ///< share of all requests, weighted by what workloads ask for
  std::uint32_t stream = 0;
};

struct ResolveSpec {
  std::uint32_t name = 0;
  std::vector<std::uint32_t> starts;  ///< by target of the name
};

/// Look-ups that may be open at once, one inside the other's miss.
inline constexpr std::uint32_t kLookupDepth = 4;
/// Loops of one plan inside each other.
inline constexpr std::uint32_t kLoopDepth = 4;

struct Plans {
  std::vector<Step> steps;
  std::vector<Law> laws;
  std::vector<CallSpec> calls;
  std::vector<GuardSpec> guards;
  std::vector<ForkSpec> forks;
  std::vector<BranchSpec> branches;
  std::vector<LookupSpec> lookups;
  std::vector<LoopSpec> loops;
  std::vector<FilterSpec> filters;
  std::vector<ResolveSpec> resolves;

  /// Attempts per request where every one fails, its budget permitting.
  double most_attempts(const CallSpec& call) const {
    const double most = call.retry.attempts;
    return call.guard == kNone ? most : std::min(most, 1 + guards[call.guard].retry_share());
  }
};

}  // namespace rehearse::models
