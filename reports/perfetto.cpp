#include "reports/perfetto.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "reports/json_text.hpp"

namespace rehearse::reports {
namespace {

struct Placed {
  const Trace* trace;
  const Span* span;
  std::size_t track = 0;
};

// Events that nest: each within the one below it on the stack, all of one request at a time.
struct Track {
  std::vector<const Placed*> open;
  bool takes(const Placed& next) {
    while (!open.empty() && open.back()->span->end_ns <= next.span->start_ns) open.pop_back();
    if (open.empty()) return true;
    return open.back()->trace == next.trace && open.back()->span->end_ns >= next.span->end_ns;
  }
};

class PerfettoWriter {
 public:
  explicit PerfettoWriter(const TraceSet& set) : set_(set) {}
  std::string document();

 private:
  template <class... T>
  void add(fmt::format_string<T...> format, T&&... values) {
    fmt::format_to(std::back_inserter(out_), format, std::forward<T>(values)...);
  }
  void next_event() {
    out_ += first_ ? "\n" : ",\n";
    first_ = false;
  }
  void process(std::uint32_t resource);
  void name(const char* what, std::uint32_t pid, std::size_t tid, std::string_view text);
  void event(std::uint32_t pid, const Placed& placed);
  void flow(std::uint32_t pid, const Placed& placed, std::uint64_t id, char phase);
  void arguments(const Placed& placed);
  static std::string micros(std::int64_t ns) {
    return fmt::format("{}.{:03}", ns / 1000, ns % 1000);
  }

  const TraceSet& set_;
  std::string out_;
  bool first_ = true;
};

void PerfettoWriter::name(const char* what, std::uint32_t pid, std::size_t tid,
                          std::string_view text) {
  next_event();
  add(R"({{"ph":"M","name":"{}","pid":{},"tid":{},"args":{{"name":)", what, pid, tid);
  append_json(out_, text);
  out_ += "}}";
}

void PerfettoWriter::arguments(const Placed& placed) {
  add(R"("args":{{"trace":"{}")", hex_of(placed.trace->id));
  for (const Attribute& one : placed.span->attributes) {
    out_ += ',';
    append_json(out_, one.key);
    out_ += ':';
    if (const auto* text = std::get_if<std::string>(&one.value)) {
      append_json(out_, *text);
    } else if (const auto* number = std::get_if<std::int64_t>(&one.value)) {
      add("{}", *number);
    } else if (const auto* flag = std::get_if<bool>(&one.value)) {
      add("{}", *flag);
    } else {
      append_json(out_, fmt::format("{}", std::get<double>(one.value)));
    }
  }
  out_ += '}';
}

void PerfettoWriter::flow(std::uint32_t pid, const Placed& placed, std::uint64_t id, char phase) {
  next_event();
  add(R"({{"ph":"{}",{}"name":"call","cat":"call","id":"0x{}","pid":{},"tid":{},"ts":{}}})", phase,
      phase == 'f' ? R"("bp":"e",)" : "", hex_of(id), pid, placed.track + 1,
      micros(placed.span->start_ns));
}

void PerfettoWriter::event(std::uint32_t pid, const Placed& placed) {
  const Span& span = *placed.span;
  next_event();
  out_ += R"({"ph":"X","name":)";
  append_json(out_, span.name);
  add(R"(,"cat":"{}","pid":{},"tid":{},"ts":{},"dur":{},)", span_role_name(span.role), pid,
      placed.track + 1, micros(span.start_ns), micros(span.end_ns - span.start_ns));
  arguments(placed);
  out_ += '}';
  for (const SpanEvent& one : span.events) {
    next_event();
    out_ += R"({"ph":"i","s":"t","name":)";
    append_json(out_, one.name);
    add(R"(,"pid":{},"tid":{},"ts":{}}})", pid, placed.track + 1, micros(one.at_ns));
  }
  if (span.role == SpanRole::attempt) flow(pid, placed, span.id, 's');
  if (span.role == SpanRole::visit) flow(pid, placed, span.parent, 'f');
}

void PerfettoWriter::process(std::uint32_t resource) {
  std::vector<Placed> placed;
  for (const Trace& trace : set_.traces)
    for (const Span& span : trace.spans)
      if (span.resource == resource) placed.push_back({&trace, &span});
  if (placed.empty()) return;
  // Outer spans first; of equal ones those that were written first, which are the parents.
  std::stable_sort(placed.begin(), placed.end(), [](const Placed& a, const Placed& b) {
    if (a.span->start_ns != b.span->start_ns) return a.span->start_ns < b.span->start_ns;
    return a.span->end_ns > b.span->end_ns;
  });
  std::vector<Track> tracks;
  for (Placed& next : placed) {
    while (next.track < tracks.size() && !tracks[next.track].takes(next)) ++next.track;
    if (next.track == tracks.size()) tracks.emplace_back();
    tracks[next.track].open.push_back(&next);
  }
  const auto& attributes = set_.resources[resource].attributes;
  std::string_view label = text_of(attributes, "service.instance.id");
  if (label.empty()) label = text_of(attributes, "service.name");
  const std::uint32_t pid = resource + 1;
  name("process_name", pid, 0, label);
  for (std::size_t t = 0; t < tracks.size(); ++t)
    name("thread_name", pid, t + 1, t == 0 ? "requests" : fmt::format("requests {}", t + 1));
  for (std::size_t t = 0; t < tracks.size(); ++t)
    for (const Placed& one : placed)
      if (one.track == t) event(pid, one);
}

std::string PerfettoWriter::document() {
  out_ = R"({"displayTimeUnit":"ns","traceEvents":[)";
  for (std::uint32_t r = 0; r < set_.resources.size(); ++r) process(r);
  out_ += "\n]}\n";
  return std::move(out_);
}

}  // namespace

std::string to_perfetto_json(const TraceSet& set) {
  return PerfettoWriter(set).document();
}

}  // namespace rehearse::reports
