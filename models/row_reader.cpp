#include <fmt/format.h>

#include "models/compiler.hpp"

/// Rows of a database that its queries read, check and lock.

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
    for (const SpecEntry& query : database.entries("queries")) {
      const SpecNode* reads = query.value.is_map() ? query.value.find("reads") : nullptr;
      set.versions = set.versions || (reads != nullptr && reads->text == entry.key);
    }
    row_sets_[set.name] = static_cast<std::uint32_t>(blueprint_.row_sets.size());
    blueprint_.row_sets.push_back(std::move(set));
    spec.locks = true;
  }
}

std::optional<std::uint32_t> Compiler::rows_named(FieldReader& query, const std::string& field,
                                                  std::uint32_t endpoint) {
  const std::string& database = blueprint_.services[blueprint_.endpoints[endpoint].service].name;
  const std::string rows = query.text(field);
  const auto found = row_sets_.find(database + "/" + rows);
  if (found != row_sets_.end()) return found->second;
  std::vector<std::string_view> names;
  for (const auto& [name, index] : row_sets_)
    if (name.starts_with(database + "/"))
      names.push_back(std::string_view(name).substr(database.size() + 1));
  query.error("unknown-callee", field,
              fmt::format("database '{}' has no rows '{}'", database, rows), suggest(rows, names));
  return std::nullopt;
}

void Compiler::emit_see(FieldReader& query, const ServiceSpec& database, const StepScope& scope) {
  if (!query.has("reads")) return;
  EndpointSpec& endpoint = blueprint_.endpoints[scope.endpoint];
  if (endpoint.access == Access::write)
    return query.error("contradiction", "reads", fmt::format("{} is a write", query.what()),
                       "read the row by a query of its own, and write 'checks' here");
  if (endpoint.access == Access::read && database.replication != kNone &&
      blueprint_.replications[database.replication].reads != ReplicaReads::primary)
    return query.error("contradiction", "reads",
                       fmt::format("{} may be answered by a replica, which does not know the "
                                   "latest version of a row",
                                   query.what()),
                       "add 'access: primary'");
  const auto rows = rows_named(query, "reads", scope.endpoint);
  if (!rows) return;
  endpoint.rows = *rows;
  emit({.kind = StepKind::see,
        .a = *rows,
        .b = add_stream(scope.entity, fmt::format("row {}", place(scope)))});
}

std::uint32_t Compiler::emit_lock(FieldReader& query, const StepScope& scope) {
  const bool checks = query.has("checks");
  if (!checks && !query.has("locks")) return kNone;
  const std::string field = checks ? "checks" : "locks";
  EndpointSpec& endpoint = blueprint_.endpoints[scope.endpoint];
  if (checks) forbid(query, "checks", {"locks"}, "what is checked is locked as well; keep one");
  if (endpoint.access != Access::write) {
    query.error("contradiction", field,
                fmt::format("{} {} rows but is no write", query.what(), field),
                "add 'access: write'");
    return kNone;
  }
  const auto rows = rows_named(query, field, scope.endpoint);
  if (!rows) return kNone;
  if (!checks) {
    emit({.kind = StepKind::lock,
          .a = *rows,
          .b = add_stream(scope.entity, fmt::format("row {}", place(scope)))});
    return *rows;
  }
  endpoint.rows = *rows;
  emit({.kind = StepKind::compare, .a = *rows});
  emit({.kind = StepKind::lock, .a = *rows, .b = kNone});
  emit({.kind = StepKind::compare, .a = *rows});
  return *rows;
}

void Compiler::check_read(CallSpec& call, const StepScope& scope, Mark mark) {
  const EndpointSpec& query = blueprint_.endpoints[call.endpoint];
  if (query.rows == kNone) return;
  if (query.access != Access::write) {
    rows_read_.insert({scope.endpoint, query.rows});
    return;
  }
  call.compares = true;
  if (rows_read_.count({scope.endpoint, query.rows}) == 0)
    out_.error("contradiction", mark,
               fmt::format("'{}' checks a row that '{}' has not read", query.name, scope.entity),
               "put a query that `reads` these rows before it");
}

}  // namespace rehearse::models
