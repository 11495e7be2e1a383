#pragma once
/// Entries of the log of a live run: JSON objects, one a line, in this order of keys:
///
///   begin    at, format (1), version, mode, file, scenario (the text, resolved), policies (names)
///   observe  at, policy (index into policies), seen, and what a fact of that kind has
///   wake     at, policy
///   decide   at, policy, action, from, wish, ..., because, metric, measured, limit
///   judge    at, policy, action, verdict, replicas, because
///   act      at, policy, action (null: of the actuator's own accord), what
///   outcome  at, policy, action, succeeded, detail
///   note     at, policy (null: of none), what
///   end      at, because
///
/// `at` is in nanoseconds since the Unix epoch and never decreases. Every decide follows the
/// observe or wake that brought it about, has its instant, and is followed by its judge. An act
/// stands before what it announces is done. Each line ends with a link of the chain (journal.hpp).

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "live/deliberation.hpp"

namespace rehearse::live {

inline constexpr int kLogFormat = 1;

struct Beginning {
  std::string version;
  std::string mode;      ///< plan, shadow or run
  std::string file;      ///< of the scenario, as it was named
  std::string scenario;  ///< YAML
  std::vector<std::string> policies;
  bool operator==(const Beginning&) const = default;
};

std::string begin_entry(Instant at, const Beginning& beginning);
std::string observe_entry(Instant at, std::uint32_t policy, const policies::Observation& seen);
std::string wake_entry(Instant at, std::uint32_t policy);
std::string decide_entry(Instant at, std::uint32_t policy, const Judged& judged);
std::string judge_entry(Instant at, std::uint32_t policy, const Judged& judged);
std::string act_entry(Instant at, std::uint32_t policy, std::optional<std::uint64_t> action,
                      std::string_view what);
std::string outcome_entry(Instant at, std::uint32_t policy, std::uint64_t action, bool succeeded,
                          std::string_view detail);
std::string note_entry(Instant at, std::optional<std::uint32_t> policy, std::string_view what);
std::string end_entry(Instant at, std::string_view because);

/// What a replay needs of an entry; decide and judge are compared as they stand.
struct LogEntry {
  enum class Kind : std::uint8_t { begin, observe, wake, decide, judge, act, outcome, note, end };
  Kind kind = Kind::note;
  Instant at;
  std::uint32_t policy = 0;                   ///< 0 where the kind has none
  Beginning beginning;                        ///< of begin
  std::optional<policies::Observation> seen;  ///< of observe
  std::optional<std::uint64_t> action;        ///< of act
};
struct ReadEntry {
  std::optional<LogEntry> entry;
  std::string problem;  ///< why there is none
};
/// Any text is an entry or has a problem.
ReadEntry read_entry(std::string_view text);

}  // namespace rehearse::live
