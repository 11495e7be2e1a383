#pragma once
/// Distributed traces as plain data: what OpenTelemetry's trace model has, as far as Rehearse uses
/// it. Filled by experiments/ from a simulation or by from_otlp_json() from a file; rendered as
/// OTLP JSON, for Perfetto and as a waterfall. Times in nanoseconds since the start of the run.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace rehearse::reports {

/// Numbers as in opentelemetry.proto.trace.v1.
enum class SpanKind : std::uint8_t { unspecified, internal, server, client, producer, consumer };
enum class SpanStatus : std::uint8_t { unset, ok, error };

/// What a span stands for in Rehearse; `other` in traces from elsewhere.
enum class SpanRole : std::uint8_t {
  other,
  request,   ///< of a client, end to end: the root
  attempt,   ///< of a call, as its caller sees it
  visit,     ///< of an instance, from arrival to answer
  queue,     ///< the part of a visit before it is served
  back_off,  ///< the pause before the next attempt
  branch     ///< of a parallel step
};
const char* span_role_name(SpanRole role);
/// `other` for a name that is none.
SpanRole span_role_of(std::string_view name);

struct Attribute {
  std::string key;
  std::variant<std::string, std::int64_t, double, bool> value;
};
/// The text of the attribute, or empty where it is missing or no text.
std::string_view text_of(const std::vector<Attribute>& attributes, std::string_view key);
/// The whole number, or `fallback`.
std::int64_t number_of(const std::vector<Attribute>& attributes, std::string_view key,
                       std::int64_t fallback);

struct SpanEvent {
  std::int64_t at_ns = 0;
  std::string name;
  std::vector<Attribute> attributes;
};

struct Span {
  std::uint64_t id = 0;      ///< never 0
  std::uint64_t parent = 0;  ///< 0: none
  std::string name;          ///< "service.operation"
  SpanKind kind = SpanKind::internal;
  SpanRole role = SpanRole::other;  ///< attribute "rehearse.role" in files
  SpanStatus status = SpanStatus::unset;
  std::uint32_t resource = 0;  ///< index in TraceSet::resources
  std::int64_t start_ns = 0;
  std::int64_t end_ns = 0;
  std::vector<Attribute> attributes;
  std::vector<SpanEvent> events;
};

struct Trace {
  std::array<std::uint64_t, 2> id{};  ///< most significant half first
  std::vector<Span> spans;
};

/// Of an instance, a client or whatever emits spans: service.name, service.instance.id ...
struct TraceResource {
  std::vector<Attribute> attributes;
};

struct TraceSet {
  std::string version;  ///< of what wrote it
  std::vector<TraceResource> resources;
  std::vector<Trace> traces;
};

/// 32 and 16 hexadecimal digits.
std::string hex_of(const std::array<std::uint64_t, 2>& trace_id);
std::string hex_of(std::uint64_t span_id);

/// Who is whose child. Spans that no path leads to from the root (a cycle, an orphan) are in
/// nobody's list.
struct TraceTree {
  std::uint32_t root = 0;
  std::vector<std::vector<std::uint32_t>> children;  ///< by span, in order of start
};
/// nullopt where no span is without a parent. Of several roots the one that starts first. O(n log
/// n).
std::optional<TraceTree> tree_of(const Trace& trace);

/// What a span's own time is spent on, in words: {"ml.predict", "queue"}. Phases: work, queue,
/// network, lost (a message that never came), back-off, client.
struct HopPhase {
  std::string hop;
  std::string phase;
};
HopPhase hop_phase_of(const Span& span);

}  // namespace rehearse::reports
