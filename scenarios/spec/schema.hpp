#pragma once
/// JSON Schema (draft 2020-12) and the reference page, both generated from FieldTables.
///
/// `root` describes the whole file; `distribution`, where given, lists the distributions that may
/// stand wherever a field has that type (sim::kDistributionFields; this folder cannot know it).

#include <string>
#include <vector>

#include "base/fields.hpp"

namespace rehearse::spec {

/// Returns pretty-printed JSON, keys in table order. A file with `extends` is held to the part
/// schema, in which nothing is required and any key may be null: what it leaves out is elsewhere.
/// That one is also "#/$defs/<root>-part", for overlays.
std::string json_schema(const FieldTable& root, const FieldTable* distribution = nullptr);

/// Markdown reference: a heading per table (each table once, depth first), a row per field: name,
/// type with unit, default, meaning; then how quantities and objectives are written.
std::string reference_page(const FieldTable& root, const FieldTable* distribution = nullptr);

/// The part of the reference that explains one key path ("system.services.queue", names in between
/// allowed), table name, metric or single key, as plain text; empty where there is none.
std::string explain_key(const FieldTable& root, const std::string& path,
                        const FieldTable* distribution = nullptr);

/// Every table reachable from `root`, depth first, each once, `root` first; `distribution` and what
/// is reachable from it last.
std::vector<const FieldTable*> all_tables(const FieldTable& root,
                                          const FieldTable* distribution = nullptr);

}  // namespace rehearse::spec
