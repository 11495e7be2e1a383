#include <fmt/format.h>

#include "models/compiler.hpp"

/// Rows of a database that its writes lock.

namespace rehearse::models {
namespace {

constexpr Duration kDeadlockTimeout = Duration::seconds(1);  // of PostgreSQL
constexpr double kMostRows = 5e7;                            // a table of 200 MB

}  // namespace

void Compiler::read_rows(FieldReader& database, const std::string& name, ServiceSpec& spec) {
  const Duration timeout = database.optional_duration("lock_timeout").value_or(Duration{});
  for (const SpecEntry& entry : database.entries("rows")) {
    RowSetSpec set;
    set.name = name + "/" + entry.key;
    set.service = static_cast<std::uint32_t>(blueprint_.services.size());
    set.rows = read_key_law(entry.value, fmt::format("rows '{}'", set.name));
    if (static_cast<double>(set.rows.size()) > kMostRows)
      out_.error("out-of-range", entry.value.mark, "so many rows cannot be told apart",
                 "write at most 50M rows");
    // Only transactions can lock each other out; who has nothing to lose looks for nothing.
    const bool looks = transactions_ && (timeout <= Duration::zero() || timeout > kDeadlockTimeout);
    set.lane = lane_of(looks ? kDeadlockTimeout : timeout);
    set.lane_ends = !looks;
    if (looks && timeout > Duration::zero()) set.second_lane = lane_of(timeout - kDeadlockTimeout);
    row_sets_[set.name] = static_cast<std::uint32_t>(blueprint_.row_sets.size());
    blueprint_.row_sets.push_back(std::move(set));
    spec.locks = true;
  }
}

void Compiler::emit_lock(FieldReader& query, const StepScope& scope) {
  if (!query.has("locks")) return;
  const EndpointSpec& endpoint = blueprint_.endpoints[scope.endpoint];
  const std::string& database = blueprint_.services[endpoint.service].name;
  if (endpoint.access != Access::write) {
    query.error("contradiction", "locks",
                fmt::format("{} locks rows but is no write", query.what()), "add 'access: write'");
    return;
  }
  const std::string rows = query.text("locks");
  const auto found = row_sets_.find(database + "/" + rows);
  if (found == row_sets_.end()) {
    std::vector<std::string_view> names;
    for (const auto& [name, index] : row_sets_)
      if (name.starts_with(database + "/"))
        names.push_back(std::string_view(name).substr(database.size() + 1));
    query.error("unknown-callee", "locks",
                fmt::format("database '{}' has no rows '{}'", database, rows),
                suggest(rows, names));
    return;
  }
  emit({.kind = StepKind::lock,
        .a = found->second,
        .b = add_stream(scope.entity, fmt::format("row {}", place(scope)))});
}

}  // namespace rehearse::models
