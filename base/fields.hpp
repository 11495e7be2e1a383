#pragma once
/// One description of the keys of a block, read by all: the parser, its suggestions, the reference
/// page and the JSON Schema. A model declares a FieldTable next to its Params and reads itself with
/// a FieldReader; no second list of its keys exists anywhere.

#include <cstdint>
#include <optional>
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
  list,          ///< a list; items have the keys of `child` where given, else are of type `item`
  named,         ///< a map from names to blocks with the keys of `child`, else to values of `item`
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
  /// JSON Schema. custom: of the value (with `child`: of its other forms). block, list, named: of a
  /// short form of the block, the items or the values beside `child`, such as {"type": "string"}.
  /// It may refer to other tables as "#/$defs/NAME", with '-' for the spaces in a name.
  std::string_view schema = {};
  bool above_min = false;  ///< `min` itself is out of range: "more than 0s"
  /// Words that may stand for a value: `auto`. Read them with is_word() or an optional_ getter.
  std::vector<std::string_view> words = {};
  FieldType item = FieldType::text;  ///< of the scalars in a list or named field without `child`
  std::string_view example = {};     ///< for help, where the type's own example would mislead
};

struct FieldTable {
  std::string_view name;  ///< heading in the reference: "service", "call"; unique under one root
  std::string_view doc;
  std::vector<Field> fields;
  const Field* find(std::string_view field) const;
};

/// "a duration", "a list of durations", "one of fifo, lifo": for messages and the reference page.
std::string type_phrase(const Field& field);
/// A value of the field as it would be written: its `example`, else one that suits the type.
std::string type_example(const Field& field);
/// "from 1 to 200", "at least 1ms", "more than 0s"; empty where any value will do.
std::string range_phrase(const Field& field);

/// Reads one map node by its table. The constructor reports a node that is no map, unknown keys
/// (with a suggestion) and missing required keys (not those an unknown key is near to). Each getter
/// reports a value that does not parse or lies out of range and then returns the default, or zero
/// where there is none: reading goes on, so that all mistakes are found in one pass. A null node
/// counts as an empty map, `key: null` as an absent key; a scalar key with nothing behind it is
/// reported. Numbers in quotes are text and reported, but "250ms" in quotes is fine: JSON has no
/// other way. Errors: wrong-type, unknown-field, missing-field, missing-value, bad-quantity,
/// out-of-range, unknown-choice. REQUIRES: every name asked for is in the table with the matching
/// type (asserted); node, table and diagnostics outlive the reader.
class FieldReader {
 public:
  /// `what` names the thing in messages: "service 'gateway'".
  FieldReader(const SpecNode& node, const FieldTable& table, Diagnostics& out, std::string what);

  bool has(std::string_view name) const;  ///< written in the file and not null
  /// The value is the literal `word` of Field::words; also where it is only the fallback.
  bool is_word(std::string_view name, std::string_view word) const;

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

  /// The same, without a value where the key is absent and has no default, stands for one of its
  /// words, or was wrong (and is reported).
  std::optional<Duration> optional_duration(std::string_view name);
  std::optional<double> optional_rate(std::string_view name);
  std::optional<double> optional_ratio(std::string_view name);
  std::optional<std::int64_t> optional_bytes(std::string_view name);
  std::optional<double> optional_cpu(std::string_view name);
  std::optional<std::int64_t> optional_count(std::string_view name);
  std::optional<double> optional_number(std::string_view name);
  std::optional<std::string> optional_text(std::string_view name);

  /// The node as written, or nullptr where it is absent or null. Any type.
  const SpecNode* node(std::string_view name) const;
  /// Items of a list, entries of a named field; none where the key is absent or of another shape,
  /// which is then reported.
  const std::vector<SpecNode>& items(std::string_view name);
  const std::vector<SpecEntry>& entries(std::string_view name);
  /// Scalars of a list of texts; a single scalar counts as a list of one.
  std::vector<std::string> texts(std::string_view name);

  /// Place of the value of `name`, or of the block where it is absent.
  Mark mark(std::string_view name) const;
  Mark mark() const { return node_.mark; }  ///< of the block

  const std::string& what() const { return what_; }
  Diagnostics& diagnostics() { return out_; }
  /// Reports an error or a warning at the value of `name`.
  void error(std::string_view id, std::string_view name, std::string message,
             std::string help = {});
  void warning(std::string_view id, std::string_view name, std::string message,
               std::string help = {});

 private:
  const Field& field(std::string_view name, FieldType type) const;
  const SpecNode* written(const Field& field);
  template <class T, class Parse>
  std::optional<T> quantity(std::string_view name, FieldType type, Parse parse);
  bool in_range(const Field& field, const SpecNode& value, double number);
  void check_keys();
  void check_presence(const Field& field);
  void wrong_type(const Field& field, const SpecNode& value);

  const SpecNode& node_;
  const FieldTable& table_;
  Diagnostics& out_;
  std::string what_;
};

/// "a map", "a list", "a single value", "nothing": what a node is, for messages.
std::string_view kind_phrase(const SpecNode& node);

}  // namespace rehearse
