#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "scenarios/spec/fault.hpp"
#include "scenarios/spec/metric_names.hpp"
#include "scenarios/spec/objective.hpp"
#include "scenarios/spec/schema.hpp"

namespace rehearse::spec {
namespace {

void visit(const FieldTable& table, std::vector<const FieldTable*>& seen) {
  if (std::find(seen.begin(), seen.end(), &table) != seen.end()) return;
  seen.push_back(&table);
  for (const Field& field : table.fields)
    if (field.child != nullptr) visit(*field.child, seen);
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

/// Text for a cell of a Markdown table.
std::string cell(std::string_view text) {
  return replaced(std::string(text), "|", "\\|");
}

std::string anchor(std::string_view heading) {
  return replaced(std::string(heading), " ", "-");
}

/// type_phrase() with the child's name as a link to its heading.
std::string linked_type(const Field& field) {
  std::string phrase = cell(type_phrase(field));
  if (field.child == nullptr) return phrase;
  const std::string link = fmt::format("[{0}](#{1})", field.child->name, anchor(field.child->name));
  if (field.type == FieldType::custom) return fmt::format("{}, or {}", phrase, link);
  const size_t at = phrase.rfind(field.child->name);
  if (at != std::string::npos) phrase.replace(at, field.child->name.size(), link);
  return phrase;
}

std::string default_text(const Field& field) {
  if (field.required) return "**required**";
  return field.fallback.empty() ? "" : fmt::format("`{}`", cell(field.fallback));
}

std::string meaning(const Field& field) {
  const std::string range = range_phrase(field);
  std::string text(field.doc);
  if (!range.empty()) text += fmt::format("{}{}.", text.empty() ? "" : " Range: ", range);
  return text;
}

void put_table(std::string& out, const FieldTable& table) {
  out += fmt::format("\n## {}\n\n{}\n\n", table.name, table.doc);
  out += "| key | type | default | meaning |\n| --- | --- | --- | --- |\n";
  for (const Field& field : table.fields)
    out += fmt::format("| `{}` | {} | {} | {} |\n", field.name, linked_type(field),
                       default_text(field), cell(meaning(field)));
}

struct QuantityRow {
  std::string_view type, units, examples;
};
constexpr std::array<QuantityRow, 8> kQuantities{{
    {"a duration", "`ns` `us` `ms` `s` `m` `h` `d`; descending parts may be joined",
     "`250ms`, `1.5s`, `2h30m`"},
    {"a rate", "`rps` or `/s`; `rpm`, `/m` or `/min`; `/h`", "`1200rps`, `90/min`"},
    {"a ratio", "`%`, or a plain number from 0 to 1", "`99.95%`, `0.9995`"},
    {"an amount of bytes",
     "`B` `K` `M` `G` `T` (powers of 1000), `Ki` `Mi` `Gi` `Ti` (powers of 1024), with or without "
     "`B`",
     "`256Mi`, `1.5G`"},
    {"an amount of CPU", "cores, or `m` for thousandths of a core", "`2`, `0.5`, `500m`"},
    {"a whole number", "none, or `k` `M` `G` for thousands, millions, billions", "`3`, `10k`"},
    {"a number", "none", "`0.9`, `1e-3`"},
    {"true or false", "none", "`true`, `false`"},
}};

void put_quantities(std::string& out) {
  out +=
      "\n## quantities\n\nA number with its unit, in decimal digits with a point. Where there is a "
      "unit it is never left out: `250` is no duration, nor is `0`. One space between number and "
      "unit is allowed.\n\n| type | units | examples |\n| --- | --- | --- |\n";
  for (const QuantityRow& row : kQuantities)
    out += fmt::format("| {} | {} | {} |\n", row.type, row.units, row.examples);
}

std::string_view unit_text(Unit unit) {
  switch (unit) {
    case Unit::seconds:
      return "a duration";
    case Unit::ratio:
      return "a ratio";
    case Unit::per_second:
      return "a rate";
    case Unit::number:
      return "a number";
  }
  return "";
}

void put_objectives(std::string& out) {
  out +=
      "\n## objectives\n\nOne line each, the list items of `objectives:`, or "
      "`{id: NAME, objective: \"LINE\"}` for one with a name of its own.\n\n```text\n"
      "METRIC(TARGET) OP VALUE [during FROM..TO] [in SHARE of WINDOW windows]\n"
      "availability(TARGET) OP SHARE of WINDOW windows\n```\n\n"
      "`OP` is `<`, `<=`, `>` or `>=`. `TARGET` is a service, a service/endpoint, a workload, a "
      "cache, a database or a region. Without `during`, the whole run after the warm-up counts. "
      "`in 99% of 1m windows` cuts it into windows of a minute and asks that much of at least 99% "
      "of them.\n\n| metric | value | meaning |\n| --- | --- | --- |\n";
  for (const MetricDoc& metric : metric_docs())
    out +=
        fmt::format("| `{}` | {} | {} |\n", metric.name, unit_text(metric.unit), cell(metric.doc));
}

std::string_view target_text(FaultTargetKind kind) {
  constexpr std::array<std::string_view, 7> kTexts{"a service, a label, a zone",
                                                   "a service or endpoint",
                                                   "`{from: PLACE, to: PLACE}`",
                                                   "a zone or a region",
                                                   "a pool of nodes, a node, a zone",
                                                   "a cache",
                                                   "a workload"};
  return kTexts[static_cast<size_t>(kind)];
}

void put_faults(std::string& out) {
  out +=
      "\n## kinds of faults\n\n| fault | target | strength | meaning |\n| --- | --- | --- | --- "
      "|\n";
  for (const FaultKindDoc& kind : fault_kinds())
    out += fmt::format("| `{}` | {} | {} | {} |\n", kind.name, target_text(kind.target),
                       kind.parameter.empty() ? "" : fmt::format("`{}`", kind.parameter),
                       cell(kind.doc));
}

// ---- explain

std::string plain(std::string_view text) {
  return replaced(std::string(text), "`", "");
}

std::string explain_table(const FieldTable& table) {
  std::string out = fmt::format("{}\n", plain(table.doc));
  size_t width = 0;
  for (const Field& field : table.fields) width = std::max(width, field.name.size());
  for (const Field& field : table.fields)
    out += fmt::format("  {:{}}  {}{}\n", field.name, width, type_phrase(field),
                       field.required           ? " (required)"
                       : field.fallback.empty() ? ""
                                                : fmt::format(" (default {})", field.fallback));
  return out;
}

std::string explain_field(const std::string& path, const Field& field) {
  std::string out = fmt::format("{}: {}\n", path, type_phrase(field));
  if (!field.doc.empty()) out += plain(field.doc) + "\n";
  if (field.required) out += "Required.\n";
  if (!field.fallback.empty()) out += fmt::format("Default: {}\n", field.fallback);
  if (const std::string range = range_phrase(field); !range.empty())
    out += fmt::format("Range: {}\n", range);
  if (const std::string example = type_example(field); !example.empty())
    out += fmt::format("Example: {}: {}\n", field.name, example);
  if (field.child != nullptr)
    out += fmt::format("\n{}: {}", field.child->name, explain_table(*field.child));
  return out;
}

std::vector<std::string> split(const std::string& path) {
  std::vector<std::string> parts(1);
  for (const char c : path) {
    if (c == '.')
      parts.emplace_back();
    else
      parts.back() += c;
  }
  return parts;
}

/// The field at the end of a path; names and indices of things may stand in it or be left out.
const Field* field_at(const FieldTable& root, const std::vector<std::string>& path) {
  const FieldTable* table = &root;
  const Field* field = nullptr;
  bool name_allowed = false;
  for (const std::string& part : path) {
    const Field* next = table != nullptr ? table->find(part) : nullptr;
    if (next == nullptr && name_allowed) {
      name_allowed = false;  // "gateway" in system.services.gateway.queue
      continue;
    }
    if (next == nullptr) return nullptr;
    field = next;
    table = field->child;
    name_allowed = field->type == FieldType::named || field->type == FieldType::list;
  }
  return field;
}

std::string explain_metric(const std::string& name) {
  const std::optional<NamedMetric> metric = find_metric(name);
  for (const MetricDoc& doc : metric_docs()) {
    const bool this_one =
        doc.name == name ||
        (metric && metric->metric == Metric::response_quantile && doc.name == "pNN") ||
        (metric && metric->metric == Metric::wait_quantile && doc.name == "pNN_wait");
    if (this_one)
      return fmt::format("{}: a metric of objectives, {}\n{}\n", name, unit_text(doc.unit),
                         plain(doc.doc));
  }
  return {};
}

std::string explain_fault(const std::string& name) {
  for (const FaultKindDoc& kind : fault_kinds())
    if (kind.name == name)
      return fmt::format(
          "{}: a kind of fault; its target is {}{}\n{}\n", name, plain(target_text(kind.target)),
          kind.parameter.empty() ? "" : fmt::format(", its strength `{}`", kind.parameter),
          plain(kind.doc));
  return {};
}

}  // namespace

std::vector<const FieldTable*> all_tables(const FieldTable& root, const FieldTable* distribution) {
  std::vector<const FieldTable*> tables;
  visit(root, tables);
  if (distribution != nullptr) visit(*distribution, tables);
  return tables;
}

std::string reference_page(const FieldTable& root, const FieldTable* distribution) {
  std::string out =
      "# The scenario format\n\nGenerated from the tables that the reader itself uses.\n";
  for (const FieldTable* table : all_tables(root, distribution)) put_table(out, *table);
  put_quantities(out);
  put_objectives(out);
  put_faults(out);
  return out;
}

std::string explain_key(const FieldTable& root, const std::string& path,
                        const FieldTable* distribution) {
  if (const Field* field = field_at(root, split(path))) return explain_field(path, *field);
  const std::vector<const FieldTable*> tables = all_tables(root, distribution);
  for (const FieldTable* table : tables)
    if (table->name == path) return fmt::format("{}: {}", path, explain_table(*table));
  if (const std::string metric = explain_metric(path); !metric.empty()) return metric;
  if (const std::string fault = explain_fault(path); !fault.empty()) return fault;
  std::string out;
  for (const FieldTable* table : tables)
    if (const Field* field = table->find(path))
      out += (out.empty() ? "" : "\n") +
             explain_field(fmt::format("{} of {}", path, table->name), *field);
  return out;
}

}  // namespace rehearse::spec
