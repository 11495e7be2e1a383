/// Whatever bytes come as scenario, base file, overlay and --set options: the reader and everything
/// that reads its tree end with a value or a diagnostic, the diagnostics can be shown, and a tree
/// that was read is written and read back the same.
/// An input is up to four texts between lines "%%": the file, a file named "base.yaml" that it may
/// extend, an overlay, and options for --set, one a line.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/assert.hpp"
#include "base/quantity.hpp"
#include "base/text.hpp"
#include "scenarios/spec/experiment.hpp"
#include "scenarios/spec/objective.hpp"
#include "scenarios/spec/reader.hpp"
#include "tests/unit/spec/sample_tables.hpp"

namespace rehearse {
namespace {

std::vector<std::string> split(const std::string& text, const std::string& separator) {
  std::vector<std::string> parts;
  size_t begin = 0;
  for (size_t at = text.find(separator); at != std::string::npos;
       at = text.find(separator, begin)) {
    parts.push_back(text.substr(begin, at - begin));
    begin = at + separator.size();
  }
  parts.push_back(text.substr(begin));
  return parts;
}

spec::FileSource memory(std::string main, std::string base, std::string overlay) {
  return [=](const std::string& path) -> spec::FileText {
    if (path == "main.yaml") return {main, {}};
    if (path == "base.yaml") return {base, {}};
    if (path == "overlay.yaml") return {overlay, {}};
    return {std::nullopt, "No such file or directory"};
  };
}

template <class T>
void check_parsed(const Parsed<T>& parsed) {
  REHEARSE_ASSERT(parsed.value.has_value() == parsed.problem.empty());
}

void check_quantities(const std::string& text) {
  const Parsed<Duration> duration = parse_duration(text);
  check_parsed(duration);
  if (duration.value) {
    REHEARSE_ASSERT(parse_duration(exact_duration(*duration.value)).value == duration.value);
    REHEARSE_ASSERT(!format_duration(duration.value->to_seconds()).empty());
  }
  const Parsed<double> ratio = parse_ratio(text);
  check_parsed(ratio);
  if (ratio.value) REHEARSE_ASSERT(!format_ratio(*ratio.value).empty());
  const Parsed<double> rate = parse_rate(text);
  check_parsed(rate);
  if (rate.value) REHEARSE_ASSERT(!format_rate(*rate.value).empty());
  check_parsed(parse_bytes(text));
  check_parsed(parse_cpu(text));
  check_parsed(parse_count(text));
  check_parsed(parse_number(text));
}

/// Reads a node by the sample tables, down all their children.
void read_by_table(const SpecNode& node, const FieldTable& table, Diagnostics& out) {
  FieldReader reader(node, table, out, "the sample");
  for (const Field& field : table.fields) {
    switch (field.type) {
      case FieldType::duration:
        reader.duration(field.name);
        break;
      case FieldType::rate:
        reader.rate(field.name);
        break;
      case FieldType::ratio:
        reader.ratio(field.name);
        break;
      case FieldType::bytes:
        reader.bytes(field.name);
        break;
      case FieldType::cpu:
        reader.cpu(field.name);
        break;
      case FieldType::count:
        reader.count(field.name);
        break;
      case FieldType::number:
        reader.number(field.name);
        break;
      case FieldType::flag:
        reader.flag(field.name);
        break;
      case FieldType::text:
        reader.text(field.name);
        break;
      case FieldType::choice:
        reader.choice(field.name);
        break;
      case FieldType::list:
        for (const SpecNode& item : reader.items(field.name))
          if (field.child != nullptr) read_by_table(item, *field.child, out);
        if (field.child == nullptr) reader.texts(field.name);
        break;
      case FieldType::named:
        for (const SpecEntry& entry : reader.entries(field.name))
          if (field.child != nullptr) read_by_table(entry.value, *field.child, out);
        break;
      default:
        if (const SpecNode* inner = reader.node(field.name);
            inner != nullptr && field.child != nullptr)
          read_by_table(*inner, *field.child, out);
    }
  }
}

void check_scalars(const SpecNode& node, int& budget) {
  if (--budget < 0) return;
  if (node.is_scalar()) check_quantities(node.text);
  for (const SpecNode& item : node.items) check_scalars(item, budget);
  for (const SpecEntry& entry : node.entries) check_scalars(entry.value, budget);
}

void check_round_trip(const SpecNode& tree) {
  const std::string text = spec::write_yaml(tree);
  if (text.size() > (size_t{1} << 20)) return;  // aliases written out; beyond the reader's limits
  Diagnostics out;
  const SpecNode back = spec::read_text("written", text, out);
  REHEARSE_ASSERT(!out.has_errors());
  REHEARSE_ASSERT(spec::write_yaml(back) == text);
}

void check_shown(const Diagnostics& out) {
  const std::string shown = out.render();
  REHEARSE_ASSERT(first_invalid_utf8(shown) == std::string_view::npos);
  for (size_t at = 0; at < shown.size();) {
    const CodePoint c = decode_utf8(shown, at);
    REHEARSE_ASSERT(c.value == '\n' || !is_unprintable(c.value));
    at += static_cast<size_t>(c.bytes);
  }
  REHEARSE_ASSERT(shown.empty() == (out.error_count() + out.warning_count() == 0));
}

void check_input(const std::string& input) {
  std::vector<std::string> parts = split(input, "\n%%\n");
  parts.resize(4);
  spec::ReadOptions options;
  if (!parts[2].empty()) options.overlays.push_back("overlay.yaml");
  if (!parts[3].empty()) options.sets = split(parts[3], "\n");
  Diagnostics out;
  const SpecNode tree =
      spec::read_scenario("main.yaml", options, memory(parts[0], parts[1], parts[2]), out);
  REHEARSE_ASSERT(!tree.is_null() || out.has_errors());
  if (!tree.is_null()) {
    read_by_table(tree, spec::sample::kRoot, out);
    spec::read_experiment(tree.find("experiment"), out);
    spec::read_objectives(tree.find("objectives"), out);
    int budget = 2000;
    check_scalars(tree, budget);
    check_round_trip(tree);
  }
  check_shown(out);

  Diagnostics alone;
  const SpecNode objectives = spec::read_text("alone", parts[0], alone);
  spec::read_objectives(&objectives, alone);
  check_quantities(parts[0]);
  check_shown(alone);
}

}  // namespace
}  // namespace rehearse

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  rehearse::check_input(std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}
