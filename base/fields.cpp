#include "base/fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/assert.hpp"
#include "base/text.hpp"

namespace rehearse {
namespace {

/// Written with nothing behind the colon, as opposed to an outspoken `null` or `~`.
bool is_left_empty(const SpecNode& node) {
  return node.is_null() && node.text.empty();
}

bool is_bare_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789.-+eE") == std::string_view::npos;
}

bool is_scalar_type(FieldType type) {
  switch (type) {
    case FieldType::block:
    case FieldType::list:
    case FieldType::named:
    case FieldType::custom:
    case FieldType::distribution:
      return false;
    default:
      return true;
  }
}

bool contains(const std::vector<std::string_view>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

double as_number(Duration value) {
  return value.to_seconds();
}
double as_number(double value) {
  return value;
}
double as_number(std::int64_t value) {
  return static_cast<double>(value);
}

/// The default of a field. A table whose default does not parse is our bug.
template <class T, class Parse>
std::optional<T> fallback(const Field& field, Parse parse) {
  if (field.fallback.empty() || contains(field.words, field.fallback)) return std::nullopt;
  const Parsed<T> parsed = parse(field.fallback);
  REHEARSE_ASSERT(parsed.value.has_value());
  return parsed.value;
}

std::string with_example(const Field& field) {
  const std::string example = type_example(field);
  if (example.empty() || field.type == FieldType::choice) return type_phrase(field);
  return fmt::format("{} such as {}", type_phrase(field), example);
}

}  // namespace

FieldReader::FieldReader(const SpecNode& node, const FieldTable& table, Diagnostics& out,
                         std::string what)
    : node_(node), table_(table), out_(out), what_(std::move(what)) {
  if (node_.is_map() || node_.is_null()) {
    check_keys();
    return;
  }
  std::vector<std::string_view> names;
  for (const Field& f : table_.fields) names.push_back(f.name);
  std::sort(names.begin(), names.end());
  out_.error("wrong-type", node_.mark,
             fmt::format("{} must be a map, not {}", what_, kind_phrase(node_)),
             fmt::format("fields: {}", fmt::join(names, ", ")));
}

void FieldReader::check_keys() {
  std::vector<std::string_view> names;
  for (const Field& f : table_.fields) names.push_back(f.name);
  std::vector<std::string_view> meant;  // by keys that are no fields: not missing, but misspelt
  for (const SpecEntry& e : node_.entries) {
    if (table_.find(e.key) != nullptr) continue;
    if (!out_.is_full()) meant.push_back(closest(e.key, names));
    out_.error("unknown-field", e.key_mark,
               fmt::format("{} has no field '{}'", what_, shortened(e.key)),
               out_.is_full() ? "" : suggestion(e.key, "fields", names));
  }
  for (const Field& f : table_.fields)
    if (!contains(meant, f.name)) check_presence(f);
}

void FieldReader::check_presence(const Field& f) {
  const SpecNode* value = node_.find(f.name);
  if (f.required && (value == nullptr || (value->is_null() && !is_left_empty(*value))))
    out_.error("missing-field", node_.mark, fmt::format("{} needs '{}'", what_, f.name),
               fmt::format("{}: {}", f.name, with_example(f)));
  if (value != nullptr && is_left_empty(*value) && (f.required || is_scalar_type(f.type)))
    out_.error(
        "missing-value", value->mark, fmt::format("{}: '{}' has no value", what_, f.name),
        fmt::format("write {}{}", with_example(f), f.required ? "" : ", or leave the key out"));
}

const Field& FieldReader::field(std::string_view name, FieldType type) const {
  const Field* f = table_.find(name);
  REHEARSE_ASSERT(f != nullptr);
  REHEARSE_ASSERT(f->type == type);
  return *f;
}

const SpecNode* FieldReader::node(std::string_view name) const {
  REHEARSE_ASSERT(table_.find(name) != nullptr);
  const SpecNode* value = node_.is_map() ? node_.find(name) : nullptr;
  return value != nullptr && !value->is_null() ? value : nullptr;
}

bool FieldReader::has(std::string_view name) const {
  return node(name) != nullptr;
}

Mark FieldReader::mark(std::string_view name) const {
  const SpecNode* value = node_.is_map() ? node_.find(name) : nullptr;
  return value != nullptr ? value->mark : node_.mark;
}

void FieldReader::error(std::string_view id, std::string_view name, std::string message,
                        std::string help) {
  out_.error(id, mark(name), std::move(message), std::move(help));
}

void FieldReader::warning(std::string_view id, std::string_view name, std::string message,
                          std::string help) {
  out_.warning(id, mark(name), std::move(message), std::move(help));
}

void FieldReader::wrong_type(const Field& f, const SpecNode& value) {
  const std::string_view found =
      value.is_scalar() && value.quoted ? "a text in quotes" : kind_phrase(value);
  out_.error("wrong-type", value.mark,
             fmt::format("{}: '{}' must be {}, not {}", what_, f.name, type_phrase(f), found),
             value.is_scalar() && value.quoted ? "write it without quotes"
                                               : fmt::format("write {}", with_example(f)));
}

/// The scalar of a scalar field, or nullptr where it is absent, null or of another shape.
const SpecNode* FieldReader::written(const Field& f) {
  const SpecNode* value = node(f.name);
  if (value == nullptr || value->is_scalar()) return value;
  wrong_type(f, *value);
  return nullptr;
}

bool FieldReader::is_word(std::string_view name, std::string_view word) const {
  const Field* f = table_.find(name);
  REHEARSE_ASSERT(f != nullptr && contains(f->words, word));
  const SpecNode* value = node(name);
  return value == nullptr ? f->fallback == word : value->is_scalar() && value->text == word;
}

bool FieldReader::in_range(const Field& f, const SpecNode& value, double number) {
  const bool low = number < f.min || (f.above_min && number == f.min);
  if (!low && number <= f.max) return true;
  std::string help = fmt::format("it must be {}", range_phrase(f));
  const bool percent_forgotten = f.type == FieldType::ratio && number > 1 && number <= 100 &&
                                 value.text.find('%') == std::string::npos;
  if (percent_forgotten) help = fmt::format("did you mean {}%? {}", value.text, help);
  out_.error("out-of-range", value.mark,
             fmt::format("{}: '{}' is {}, which is too {}", what_, f.name, shortened(value.text),
                         low ? "small" : "large"),
             std::move(help));
  return false;
}

template <class T, class Parse>
std::optional<T> FieldReader::quantity(std::string_view name, FieldType type, Parse parse) {
  const Field& f = field(name, type);
  const SpecNode* value = written(f);
  if (value == nullptr) return fallback<T>(f, parse);
  if (contains(f.words, value->text)) return std::nullopt;
  if (value->quoted && is_bare_number(value->text)) {
    wrong_type(f, *value);
    return fallback<T>(f, parse);
  }
  Parsed<T> parsed = parse(value->text);
  if (!parsed.value) {
    std::string help = std::move(parsed.help);
    if (!f.words.empty()) help += fmt::format("; or {}", fmt::join(f.words, ", "));
    out_.error("bad-quantity", value->mark,
               fmt::format("{}: '{}': {}", what_, f.name, parsed.problem), std::move(help));
    return fallback<T>(f, parse);
  }
  if (!in_range(f, *value, as_number(*parsed.value))) return fallback<T>(f, parse);
  return parsed.value;
}

std::optional<Duration> FieldReader::optional_duration(std::string_view name) {
  return quantity<Duration>(name, FieldType::duration, parse_duration);
}
std::optional<double> FieldReader::optional_rate(std::string_view name) {
  return quantity<double>(name, FieldType::rate, parse_rate);
}
std::optional<double> FieldReader::optional_ratio(std::string_view name) {
  return quantity<double>(name, FieldType::ratio, parse_ratio);
}
std::optional<std::int64_t> FieldReader::optional_bytes(std::string_view name) {
  return quantity<std::int64_t>(name, FieldType::bytes, parse_bytes);
}
std::optional<double> FieldReader::optional_cpu(std::string_view name) {
  return quantity<double>(name, FieldType::cpu, parse_cpu);
}
std::optional<std::int64_t> FieldReader::optional_count(std::string_view name) {
  return quantity<std::int64_t>(name, FieldType::count, parse_count);
}
std::optional<double> FieldReader::optional_number(std::string_view name) {
  return quantity<double>(name, FieldType::number, parse_number);
}

Duration FieldReader::duration(std::string_view name) {
  return optional_duration(name).value_or(Duration::zero());
}
double FieldReader::rate(std::string_view name) {
  return optional_rate(name).value_or(0);
}
double FieldReader::ratio(std::string_view name) {
  return optional_ratio(name).value_or(0);
}
std::int64_t FieldReader::bytes(std::string_view name) {
  return optional_bytes(name).value_or(0);
}
double FieldReader::cpu(std::string_view name) {
  return optional_cpu(name).value_or(0);
}
std::int64_t FieldReader::count(std::string_view name) {
  return optional_count(name).value_or(0);
}
double FieldReader::number(std::string_view name) {
  return optional_number(name).value_or(0);
}

bool FieldReader::flag(std::string_view name) {
  const Field& f = field(name, FieldType::flag);
  const bool otherwise = f.fallback == "true";
  const SpecNode* value = written(f);
  if (value == nullptr) return otherwise;
  if (!value->quoted && (value->text == "true" || value->text == "false"))
    return value->text == "true";
  const bool yes = value->text == "yes" || value->text == "on" || value->text == "True" ||
                   value->text == "TRUE" || value->text == "1";
  const bool no = value->text == "no" || value->text == "off" || value->text == "False" ||
                  value->text == "FALSE" || value->text == "0";
  std::string help = yes ? "write true" : no ? "write false" : "write true or false";
  if (value->quoted) help += ", without quotes";
  out_.error(
      "wrong-type", value->mark,
      fmt::format("{}: '{}' must be true or false, not '{}'", what_, name, shortened(value->text)),
      std::move(help));
  return otherwise;
}

std::optional<std::string> FieldReader::optional_text(std::string_view name) {
  const Field& f = field(name, FieldType::text);
  if (const SpecNode* value = written(f)) return value->text;
  if (f.fallback.empty()) return std::nullopt;
  return std::string(f.fallback);
}

std::string FieldReader::text(std::string_view name) {
  return optional_text(name).value_or("");
}

int FieldReader::choice(std::string_view name) {
  const Field& f = field(name, FieldType::choice);
  const auto index = [&f](std::string_view word) {
    return static_cast<int>(std::find(f.choices.begin(), f.choices.end(), word) -
                            f.choices.begin());
  };
  const int otherwise = f.fallback.empty() ? 0 : index(f.fallback);
  REHEARSE_ASSERT(static_cast<size_t>(otherwise) < f.choices.size());
  const SpecNode* value = written(f);
  if (value == nullptr) return otherwise;
  const int found = index(value->text);
  if (static_cast<size_t>(found) < f.choices.size()) return found;
  out_.error("unknown-choice", value->mark,
             fmt::format("{}: '{}' cannot be '{}'", what_, name, shortened(value->text)),
             suggestion(value->text, "one of", f.choices));
  return otherwise;
}

const std::vector<SpecNode>& FieldReader::items(std::string_view name) {
  static const std::vector<SpecNode> kNone;
  const SpecNode* value = node(name);
  if (value == nullptr) return kNone;
  if (value->is_list()) return value->items;
  wrong_type(*table_.find(name), *value);
  return kNone;
}

const std::vector<SpecEntry>& FieldReader::entries(std::string_view name) {
  static const std::vector<SpecEntry> kNone;
  const SpecNode* value = node(name);
  if (value == nullptr) return kNone;
  if (value->is_map()) return value->entries;
  wrong_type(*table_.find(name), *value);
  return kNone;
}

std::vector<std::string> FieldReader::texts(std::string_view name) {
  const SpecNode* value = node(name);
  if (value == nullptr) return {};
  if (value->is_scalar()) return {value->text};
  std::vector<std::string> all;
  for (const SpecNode& item : items(name)) {
    if (item.is_scalar())
      all.push_back(item.text);
    else
      out_.error("wrong-type", item.mark,
                 fmt::format("{}: an item of '{}' must be a single value, not {}", what_, name,
                             kind_phrase(item)));
  }
  return all;
}

}  // namespace rehearse
