#pragma once
/// JSON Schema (draft 2020-12) and the reference page, both generated from FieldTables.

#include <string>
#include <vector>

#include "base/fields.hpp"

namespace rehearse::spec {

/// `root` describes the whole file. Returns pretty-printed JSON, keys in table order.
std::string json_schema(const FieldTable& root);

/// Markdown reference: a heading per table (each table once, depth first), a row per field: name,
/// type with unit, default, meaning.
std::string reference_page(const FieldTable& root);

/// The part of the reference that explains one key path ("system.services.queue") or table name,
/// as plain text; empty where there is none.
std::string explain_key(const FieldTable& root, const std::string& path);

}  // namespace rehearse::spec
