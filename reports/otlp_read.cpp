#include <fmt/format.h>

#include <charconv>
#include <map>
#include <nlohmann/json.hpp>

#include "reports/otlp.hpp"

/// The way back from OTLP JSON. Nothing is taken on trust.

namespace rehearse::reports {
namespace {

using Tree = nlohmann::json;
constexpr int kMostDepth = 32;
constexpr std::int64_t kLatest = INT64_MAX / 2;  // in 2116; differences of instants stay in range

// Why a document cannot be used; caught where it is read and nowhere else.
struct Unfit {
  std::string problem;
};

[[noreturn]] void unfit(const std::string& where, const std::string& what) {
  throw Unfit{where + ": " + what};
}

const Tree& list_of(const Tree& object, const char* key, const std::string& where) {
  static const Tree kNone = Tree::array();
  const auto found = object.find(key);
  if (found == object.end() || found->is_null()) return kNone;
  if (!found->is_array()) unfit(where + "." + key, "expected a list");
  return *found;
}

std::string text_at(const Tree& object, const char* key, const std::string& where) {
  const auto found = object.find(key);
  if (found == object.end() || found->is_null()) return "";
  if (!found->is_string()) unfit(where + "." + key, "expected text");
  return found->get<std::string>();
}

const Tree& object_at(const Tree& value, const std::string& where) {
  if (!value.is_object()) unfit(where, "expected an object");
  return value;
}

// A 64-bit number: as text, which is the rule, or as a number, which readers accept.
std::optional<std::int64_t> whole(const Tree& value) {
  if (value.is_number_unsigned()) {
    const auto number = value.get<std::uint64_t>();
    if (number > INT64_MAX) return std::nullopt;
    return static_cast<std::int64_t>(number);
  }
  if (value.is_number_integer()) return value.get<std::int64_t>();
  if (!value.is_string()) return std::nullopt;
  const auto& text = value.get_ref<const std::string&>();
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::int64_t instant_at(const Tree& object, const char* key, const std::string& where) {
  const auto found = object.find(key);
  const auto number = found != object.end() ? whole(*found) : std::nullopt;
  if (!number || *number < 0 || *number > kLatest)
    unfit(where + "." + key, "expected nanoseconds since 1970, as text");
  return *number;
}

std::uint64_t hex(std::string_view digits, const std::string& where, const char* what) {
  std::uint64_t number = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), number, 16);
  if (error != std::errc{} || end != digits.data() + digits.size()) unfit(where, what);
  return number;
}

std::vector<Attribute> attributes_at(const Tree& object, const std::string& where) {
  std::vector<Attribute> out;
  for (const Tree& item : list_of(object, "attributes", where)) {
    const std::string key = text_at(object_at(item, where + ".attributes"), "key", where);
    const auto value = item.find("value");
    if (value == item.end() || !value->is_object()) continue;
    if (const auto text = value->find("stringValue"); text != value->end() && text->is_string()) {
      out.push_back({key, text->get<std::string>()});
    } else if (const auto flag = value->find("boolValue");
               flag != value->end() && flag->is_boolean()) {
      out.push_back({key, flag->get<bool>()});
    } else if (const auto number = value->find("intValue"); number != value->end()) {
      if (const auto read = whole(*number)) out.push_back({key, *read});
    } else if (const auto real = value->find("doubleValue");
               real != value->end() && real->is_number()) {
      out.push_back({key, real->get<double>()});
    }
  }
  return out;
}

int enum_at(const Tree& object, const char* key, int most) {
  const auto found = object.find(key);
  const auto number = found != object.end() ? whole(*found) : std::nullopt;
  return number && *number >= 0 && *number <= most ? static_cast<int>(*number) : 0;
}

class Reader {
 public:
  void document(const Tree& root) {
    object_at(root, "the document");
    if (!root.contains("resourceSpans")) unfit("resourceSpans", "is missing; is this OTLP JSON?");
    std::size_t n = 0;
    for (const Tree& item : list_of(root, "resourceSpans", "the document"))
      resource(item, fmt::format("resourceSpans[{}]", n++));
  }
  TraceSet take() { return std::move(set_); }

 private:
  void resource(const Tree& item, const std::string& where) {
    object_at(item, where);
    TraceResource& added = set_.resources.emplace_back();
    if (const auto found = item.find("resource"); found != item.end() && found->is_object())
      added.attributes = attributes_at(*found, where + ".resource");
    std::size_t n = 0;
    for (const Tree& scope : list_of(item, "scopeSpans", where))
      this->scope(scope, fmt::format("{}.scopeSpans[{}]", where, n++));
  }
  void scope(const Tree& item, const std::string& where) {
    object_at(item, where);
    std::int64_t origin = 0;
    if (const auto found = item.find("scope"); found != item.end() && found->is_object())
      if (text_at(*found, "name", where) == "rehearse") {
        origin = kTraceOrigin;
        set_.version = text_at(*found, "version", where);
      }
    std::size_t n = 0;
    for (const Tree& one : list_of(item, "spans", where))
      span(one, origin, fmt::format("{}.spans[{}]", where, n++));
  }
  void span(const Tree& item, std::int64_t origin, const std::string& where) {
    object_at(item, where);
    const std::string trace = text_at(item, "traceId", where);
    if (trace.size() != 32) unfit(where + ".traceId", "expected 32 hexadecimal digits");
    constexpr const char* kHex = "expected hexadecimal digits";
    const std::array<std::uint64_t, 2> id = {
        hex(std::string_view(trace).substr(0, 16), where + ".traceId", kHex),
        hex(std::string_view(trace).substr(16), where + ".traceId", kHex)};
    Span one;
    const std::string span_id = text_at(item, "spanId", where);
    if (span_id.size() != 16) unfit(where + ".spanId", "expected 16 hexadecimal digits");
    one.id = hex(span_id, where + ".spanId", kHex);
    const std::string parent = text_at(item, "parentSpanId", where);
    if (!parent.empty()) one.parent = hex(parent, where + ".parentSpanId", kHex);
    one.name = text_at(item, "name", where);
    one.kind = static_cast<SpanKind>(enum_at(item, "kind", 5));
    one.start_ns = instant_at(item, "startTimeUnixNano", where) - origin;
    one.end_ns = instant_at(item, "endTimeUnixNano", where) - origin;
    if (one.end_ns < one.start_ns) unfit(where, "ends before it starts");
    one.attributes = attributes_at(item, where);
    one.role = span_role_of(text_of(one.attributes, "rehearse.role"));
    std::erase_if(one.attributes, [&](const Attribute& attribute) {
      return one.role != SpanRole::other && attribute.key == "rehearse.role";
    });
    for (const Tree& event : list_of(item, "events", where))
      one.events.push_back(
          {instant_at(object_at(event, where + ".events"), "timeUnixNano", where) - origin,
           text_at(event, "name", where), attributes_at(event, where)});
    if (const auto status = item.find("status"); status != item.end() && status->is_object())
      one.status = static_cast<SpanStatus>(enum_at(*status, "code", 2));
    one.resource = static_cast<std::uint32_t>(set_.resources.size() - 1);
    const auto [place, fresh] = places_.emplace(id, set_.traces.size());
    if (fresh) set_.traces.push_back({id, {}});
    set_.traces[place->second].spans.push_back(std::move(one));
  }

  TraceSet set_;
  std::map<std::array<std::uint64_t, 2>, std::size_t> places_;
};

// A document that is nested deeper than OTLP is would overflow the stack of whoever walks it.
bool too_deep(std::string_view text) {
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\') ++i;
      if (c == '"') quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '{' || c == '[') {
      if (++depth > kMostDepth) return true;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return false;
}

}  // namespace

ReadTraces from_otlp_json(std::string_view text) {
  if (too_deep(text)) return {std::nullopt, "nested too deep to be OTLP JSON"};
  Reader reader;
  try {
    if (Tree whole_text = Tree::parse(text, nullptr, false); !whole_text.is_discarded()) {
      reader.document(whole_text);
      return {reader.take(), ""};
    }
    std::size_t number = 0;
    while (!text.empty()) {
      const std::size_t end = std::min(text.find('\n'), text.size());
      const std::string_view line = text.substr(0, end);
      text.remove_prefix(std::min(end + 1, text.size()));
      ++number;
      if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
      const Tree document = Tree::parse(line, nullptr, false);
      if (document.is_discarded()) return {std::nullopt, fmt::format("line {} is no JSON", number)};
      reader.document(document);
    }
  } catch (const Unfit& why) {
    return {std::nullopt, why.problem};
  }
  return {reader.take(), ""};
}

}  // namespace rehearse::reports
