#include "reports/otlp.hpp"

#include <fmt/format.h>

#include <cmath>

#include "reports/json_text.hpp"

namespace rehearse::reports {
namespace {

class OtlpWriter {
 public:
  explicit OtlpWriter(const TraceSet& set) : set_(set) {}
  std::string document();

 private:
  template <class... T>
  void add(fmt::format_string<T...> format, T&&... values) {
    fmt::format_to(std::back_inserter(out_), format, std::forward<T>(values)...);
  }
  void attributes(const std::vector<Attribute>& list, SpanRole role = SpanRole::other);
  void attribute(const Attribute& one);
  void span(const Trace& trace, const Span& one);
  void time(const char* key, std::int64_t at) { add("\"{}\":\"{}\"", key, at + kTraceOrigin); }

  const TraceSet& set_;
  std::string out_;
};

void OtlpWriter::attribute(const Attribute& one) {
  out_ += "{\"key\":";
  append_json(out_, one.key);
  out_ += ",\"value\":{";
  if (const auto* text = std::get_if<std::string>(&one.value)) {
    out_ += "\"stringValue\":";
    append_json(out_, *text);
  } else if (const auto* number = std::get_if<std::int64_t>(&one.value)) {
    add("\"intValue\":\"{}\"", *number);
  } else if (const auto* flag = std::get_if<bool>(&one.value)) {
    add("\"boolValue\":{}", *flag);
  } else if (const double real = std::get<double>(one.value); std::isfinite(real)) {
    add("\"doubleValue\":{}", real);
  } else {  // the proto mapping has words for them
    add("\"doubleValue\":\"{}\"", std::isnan(real) ? "NaN" : real > 0 ? "Infinity" : "-Infinity");
  }
  out_ += "}}";
}

void OtlpWriter::attributes(const std::vector<Attribute>& list, SpanRole role) {
  out_ += "\"attributes\":[";
  if (role != SpanRole::other) attribute({"rehearse.role", std::string(span_role_name(role))});
  bool first = role == SpanRole::other;
  for (const Attribute& one : list) {
    if (!first) out_ += ',';
    first = false;
    attribute(one);
  }
  out_ += ']';
}

void OtlpWriter::span(const Trace& trace, const Span& one) {
  add("{{\"traceId\":\"{}\",\"spanId\":\"{}\"", hex_of(trace.id), hex_of(one.id));
  if (one.parent != 0) add(",\"parentSpanId\":\"{}\"", hex_of(one.parent));
  out_ += ",\"name\":";
  append_json(out_, one.name);
  add(",\"kind\":{},", static_cast<int>(one.kind));
  time("startTimeUnixNano", one.start_ns);
  out_ += ',';
  time("endTimeUnixNano", one.end_ns);
  out_ += ',';
  attributes(one.attributes, one.role);
  if (!one.events.empty()) {
    out_ += ",\"events\":[";
    for (std::size_t i = 0; i < one.events.size(); ++i) {
      out_ += i == 0 ? "{" : ",{";
      time("timeUnixNano", one.events[i].at_ns);
      out_ += ",\"name\":";
      append_json(out_, one.events[i].name);
      out_ += ',';
      attributes(one.events[i].attributes);
      out_ += '}';
    }
    out_ += ']';
  }
  add(",\"status\":{{\"code\":{}}}}}", static_cast<int>(one.status));
}

std::string OtlpWriter::document() {
  out_ = "{\"resourceSpans\":[";
  bool first_resource = true;
  for (std::uint32_t r = 0; r < set_.resources.size(); ++r) {
    bool first = true;
    for (const Trace& trace : set_.traces)
      for (const Span& one : trace.spans) {
        if (one.resource != r) continue;
        if (first) {
          out_ += first_resource ? "{\"resource\":{" : ",{\"resource\":{";
          attributes(set_.resources[r].attributes);
          out_ += "},\"scopeSpans\":[{\"scope\":{\"name\":\"rehearse\",\"version\":";
          append_json(out_, set_.version);
          out_ += "},\"spans\":[";
        } else {
          out_ += ',';
        }
        first = first_resource = false;
        span(trace, one);
      }
    if (!first) out_ += "]}]}";
  }
  out_ += "]}\n";
  return std::move(out_);
}

}  // namespace

std::string to_otlp_json(const TraceSet& set) {
  return OtlpWriter(set).document();
}

}  // namespace rehearse::reports
