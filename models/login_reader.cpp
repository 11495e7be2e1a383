#include <fmt/format.h>

#include "models/compiler.hpp"

/// Caches that hold sessions of users, and the phases in which a store cleans up.

namespace rehearse::models {
namespace {

constexpr double kMostSessions = 5e7;  // a table of 400 MB and more

}  // namespace

const FieldTable kStoredSessionFields{
    "stored sessions",
    "Each look-up is a request of a user, from one of the devices of that user at random. A device "
    "without a session misses: `on_miss` logs it in and begins one. `ttl` is the life of a "
    "session.",
    {{.name = "devices",
      .type = FieldType::count,
      .doc = "Of each user.",
      .fallback = "1",
      .min = 1,
      .max = 1000},
     {.name = "per_user",
      .type = FieldType::count,
      .doc = "Most sessions of a user; who begins another one loses the oldest.",
      .fallback = "5",
      .min = 1,
      .max = 1000},
     {.name = "rotate",
      .type = FieldType::duration,
      .doc = "A session that is older gets a new identity at its next request, which goes on "
             "meanwhile: one more write to the store, and a new life. Counted as `stale_ratio`.",
      .min = 0,
      .above_min = true}}};

const FieldTable kCleanupFields{
    "cleanup",
    "Times at which a store clears away what has expired, and answers more slowly.",
    {{.name = "every",
      .type = FieldType::duration,
      .doc = "From the beginning of one to that of the next.",
      .fallback = "1h",
      .min = 0,
      .above_min = true},
     {.name = "for",
      .type = FieldType::duration,
      .doc = "How long it takes.",
      .required = true,
      .min = 0,
      .above_min = true},
     {.name = "slowdown",
      .type = FieldType::number,
      .doc = "Factor by which look-ups take longer meanwhile.",
      .required = true,
      .min = 1,
      .max = 1e6}}};

void Compiler::read_stored_sessions(FieldReader& reader, CacheSpec& cache) {
  FieldReader sessions(*reader.node("sessions"), kStoredSessionFields, out_,
                       "sessions of " + reader.what());
  forbid(reader, "sessions",
         {"entries", "memory", "value", "eviction", "refresh_after", "early_expiry", "hit_ratio"},
         "sessions are limited by 'per_user' and renewed by 'rotate'");
  cache.devices = static_cast<std::uint32_t>(sessions.count("devices"));
  cache.per_user = static_cast<std::uint32_t>(sessions.count("per_user"));
  cache.eviction = Eviction::per_user;
  cache.refresh_after = sessions.optional_duration("rotate").value_or(Duration{});
  if (static_cast<double>(cache.key_count()) > kMostSessions)
    reader.error("out-of-range", "keys", "so many devices cannot be told apart",
                 "write fewer users: at most 50M devices in all");
}

void Compiler::read_cleanup(FieldReader& cache, ServiceSpec& spec) {
  const SpecNode* node = cache.node("cleanup");
  if (node == nullptr) return;
  FieldReader reader(*node, kCleanupFields, out_, "cleanup of " + cache.what());
  const Duration every = reader.duration("every");
  const Duration length = reader.duration("for");
  if (length > every)
    reader.error("out-of-range", "for", "a phase lasts longer than the time to the next",
                 "make 'every' longer");
  const auto service = static_cast<std::uint32_t>(blueprint_.services.size());
  add_phase({"cleanup", service, every, length, reader.number("slowdown"), 0}, spec);
}

// What a hit on a session that is due for a new identity does in the background.
void Compiler::emit_rotation(std::uint32_t lookup, const StepScope& scope, Mark mark) {
  const std::uint32_t start = here();
  const std::vector<std::uint32_t> asks = add_station_calls(lookup, true, scope, mark);
  emit({.kind = StepKind::fill, .a = lookup});
  // Without an answer the session stays as it is.
  for (const std::uint32_t ask : asks) blueprint_.plans.calls[ask].failure_pc = here();
  emit({.kind = StepKind::done});
  blueprint_.plans.lookups[lookup].renewal = start;
}

}  // namespace rehearse::models
