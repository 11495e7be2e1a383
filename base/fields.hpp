#pragma once
/// One description of the keys of a block, read by all: the parser, its suggestions, the reference
/// page and the JSON Schema. A model declares a FieldTable next to its Params and reads itself with
/// a FieldReader; no second list of its keys exists anywhere.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostics.hpp"
#include "base/quantity.hpp"
#include "base/spec_node.hpp"

namespace rehearse {

enum class FieldType {
  duration,
  rate,
  ratio,
  bytes,
  cpu,
  count,
  number,
  flag,          ///< true or false
  text,          ///< any scalar
  choice,        ///< one of `choices`
  distribution,  ///< a duration or a distribution of durations (sim/distribution.hpp)
  block,         ///< a map with the keys of `child`
  list,          ///< a list; items have the keys of `child` where given, else scalars
  named,         ///< a map from names to blocks with the keys of `child`
  custom,        ///< read by the owner through node(); `doc` says the shape, `schema` is JSON text
};

struct FieldTable;

struct Field {
  std::string_view name;
  FieldType type = FieldType::text;
  std::string_view doc;       ///< one or two sentences; Markdown; no line breaks
  std::string_view fallback;  ///< default as it would be written; empty: none
  bool required = false;
  double min = -1e300;  ///< inclusive, in base units (s, 1/s, ratio, B, cores)
  double max = 1e300;   ///< inclusive
  std::vector<std::string_view> choices = {};
  const FieldTable* child = nullptr;
  std::string_view schema = {};  ///< custom only: JSON Schema of the value
};

struct FieldTable {
  std::string_view name;  ///< heading in the reference: "service", "call"
  std::string_view doc;
  std::vector<Field> fields;
  const Field* find(std::string_view field) const;
};

/// Reads one map node by its table. The constructor reports a node that is no map, unknown keys
/// (with a suggestion) and missing required keys. Each getter reports a value that does not parse
/// or lies out of range and then returns the default, or zero where there is none: reading goes on,
/// so that all mistakes are found in one pass.
/// REQUIRES: every name asked for is in the table with the matching type (asserted).
class FieldReader {
 public:
  /// `what` names the thing in messages: "service 'gateway'".
  FieldReader(const SpecNode& node, const FieldTable& table, Diagnostics& out, std::string what);

  bool has(std::string_view name) const;  ///< written in the file and not null
  Duration duration(std::string_view name);
  double rate(std::string_view name);
  double ratio(std::string_view name);
  std::int64_t bytes(std::string_view name);
  double cpu(std::string_view name);
  std::int64_t count(std::string_view name);
  double number(std::string_view name);
  bool flag(std::string_view name);
  std::string text(std::string_view name);
  /// Index into Field::choices.
  int choice(std::string_view name);
  /// The node as written, or nullptr. For block, list, named, distribution and custom fields.
  const SpecNode* node(std::string_view name) const;
  /// Place of the value of `name`, or of the block where it is absent.
  Mark mark(std::string_view name) const;

  const std::string& what() const { return what_; }
  Diagnostics& diagnostics() { return out_; }
  /// Reports an error at the value of `name`.
  void error(std::string_view id, std::string_view name, std::string message,
             std::string help = {});

 private:
  template <class T, class Parse>
  T quantity(std::string_view name, FieldType type, Parse parse);
  const Field& field(std::string_view name, FieldType type) const;
  const SpecNode& node_;
  const FieldTable& table_;
  Diagnostics& out_;
  std::string what_;
};

}  // namespace rehearse
