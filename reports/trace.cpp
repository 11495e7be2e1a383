#include "reports/trace.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace rehearse::reports {
namespace {

constexpr std::array<const char*, 7> kRoles = {"other", "request",  "attempt", "visit",
                                               "queue", "back-off", "branch"};

const Attribute* find(const std::vector<Attribute>& attributes, std::string_view key) {
  for (const Attribute& one : attributes)
    if (one.key == key) return &one;
  return nullptr;
}

// "ml.predict queue" is a span of the hop "ml.predict".
std::string without_suffix(const std::string& name, std::string_view suffix) {
  return name.size() > suffix.size() && name.ends_with(suffix)
             ? name.substr(0, name.size() - suffix.size())
             : name;
}

}  // namespace

const char* span_role_name(SpanRole role) {
  return kRoles[static_cast<std::size_t>(role)];
}

SpanRole span_role_of(std::string_view name) {
  const auto found = std::find(kRoles.begin(), kRoles.end(), name);
  return found == kRoles.end() ? SpanRole::other : static_cast<SpanRole>(found - kRoles.begin());
}

std::string_view text_of(const std::vector<Attribute>& attributes, std::string_view key) {
  const Attribute* one = find(attributes, key);
  const auto* text = one != nullptr ? std::get_if<std::string>(&one->value) : nullptr;
  return text != nullptr ? std::string_view(*text) : std::string_view();
}

std::int64_t number_of(const std::vector<Attribute>& attributes, std::string_view key,
                       std::int64_t fallback) {
  const Attribute* one = find(attributes, key);
  const auto* number = one != nullptr ? std::get_if<std::int64_t>(&one->value) : nullptr;
  return number != nullptr ? *number : fallback;
}

std::string hex_of(const std::array<std::uint64_t, 2>& trace_id) {
  return fmt::format("{:016x}{:016x}", trace_id[0], trace_id[1]);
}
std::string hex_of(std::uint64_t span_id) {
  return fmt::format("{:016x}", span_id);
}

std::optional<TraceTree> tree_of(const Trace& trace) {
  const auto& spans = trace.spans;
  std::map<std::uint64_t, std::uint32_t> by_id;  // of equal ids the first counts
  for (std::uint32_t i = 0; i < spans.size(); ++i) by_id.emplace(spans[i].id, i);
  std::vector<std::uint32_t> order(spans.size());
  for (std::uint32_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return spans[a].start_ns < spans[b].start_ns;
  });
  TraceTree tree;
  tree.children.resize(spans.size());
  bool found = false;
  for (const std::uint32_t i : order) {
    const auto parent = by_id.find(spans[i].parent);
    const bool rooted = spans[i].parent == 0 || parent == by_id.end();
    if (!rooted) {
      tree.children[parent->second].push_back(i);
    } else if (!found) {
      tree.root = i;
      found = true;
    }
  }
  if (!found) return std::nullopt;
  return tree;
}

HopPhase hop_phase_of(const Span& span) {
  switch (span.role) {
    case SpanRole::request:
      return {span.name, "client"};
    case SpanRole::attempt:
      return {span.name, text_of(span.attributes, "rehearse.lost").empty() ? "network" : "lost"};
    case SpanRole::queue:
      return {without_suffix(span.name, " queue"), "queue"};
    case SpanRole::back_off:
      return {without_suffix(span.name, " back-off"), "back-off"};
    case SpanRole::visit:
    case SpanRole::branch:
      return {span.name, "work"};
    case SpanRole::other:
      break;
  }
  return {span.name, span.kind == SpanKind::client ? "network" : "work"};
}

}  // namespace rehearse::reports
