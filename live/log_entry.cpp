#include "live/log_entry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "live/fact_json.hpp"

namespace rehearse::live {
namespace {

using namespace policies;
using Json = nlohmann::json;
using Kind = LogEntry::Kind;

constexpr std::array<std::string_view, 9> kKindNames = {
    "begin", "observe", "wake", "decide", "judge", "act", "outcome", "note", "end"};
constexpr int kDeepest = 4;  // an entry is an object with at most a list in it

std::string head(Instant at, Kind kind) {
  return fmt::format("{{\"at\":{},\"entry\":\"{}\"", at.ns(),
                     kKindNames[static_cast<std::size_t>(kind)]);
}
std::string head(Instant at, Kind kind, std::uint32_t policy) {
  return head(at, kind) + fmt::format(",\"policy\":{}", policy);
}

struct WishText {
  std::string operator()(const ScaleTo& a) const {
    return fmt::format("\"scale_to\",\"replicas\":{}", a.replicas);
  }
  std::string operator()(const Eject& a) const {
    return fmt::format("\"eject\",\"host\":{}", a.host);
  }
  std::string operator()(const Readmit& a) const {
    return fmt::format("\"readmit\",\"host\":{}", a.host);
  }
  std::string operator()(const Resize& a) const {
    constexpr std::array kWhen = {"never", "start", "now"};
    return fmt::format(
        "\"resize\",\"resource\":{},\"amount\":{},\"when\":\"{}\",\"at_once\":{},\"older_than\":{}",
        a.metric, json_real(a.amount), kWhen[static_cast<std::size_t>(a.when)], a.at_once,
        a.older_than.ns());
  }
  std::string operator()(const ScalePool& a) const {
    return fmt::format("\"scale_pool\",\"pool\":{},\"nodes\":{}", a.pool, a.nodes);
  }
  std::string operator()(const RemoveNode& a) const {
    return fmt::format("\"remove_node\",\"node\":{}", a.node);
  }
};

// What may be parsed: no deeper than entries are, so that nobody has to think of depth.
Json parse_entry(std::string_view text) {
  bool deep = false;
  const auto watch = [&](int depth, Json::parse_event_t, Json&) {
    deep = deep || depth > kDeepest;
    return !deep;
  };
  Json parsed = Json::parse(text, watch, false);
  return deep ? Json(Json::value_t::discarded) : parsed;
}

template <class Whole>
std::optional<Whole> whole_of(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number_unsigned()) return std::nullopt;
  const auto value = found->get<std::uint64_t>();
  if (!std::in_range<Whole>(value)) return std::nullopt;
  return static_cast<Whole>(value);
}

std::optional<std::string> member_text(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_string()) return std::nullopt;
  return found->get<std::string>();
}

std::string read_beginning(const Json& object, Beginning& beginning) {
  if (whole_of<int>(object, "format") != kLogFormat)
    return fmt::format("this is no log of format {}", kLogFormat);
  const auto version = member_text(object, "version");
  const auto mode = member_text(object, "mode");
  const auto file = member_text(object, "file");
  const auto scenario = member_text(object, "scenario");
  const auto policies = object.find("policies");
  if (!version || !mode || !file || !scenario || policies == object.end() || !policies->is_array())
    return "the beginning lacks version, mode, file, scenario or policies";
  beginning = {*version, *mode, *file, *scenario, {}};
  for (const Json& name : *policies) {
    if (!name.is_string()) return "a name of a policy is no text";
    beginning.policies.push_back(name.get<std::string>());
  }
  return {};
}

std::string read_rest(const Json& object, LogEntry& entry) {
  std::string problem;
  switch (entry.kind) {
    case Kind::begin:
      return read_beginning(object, entry.beginning);
    case Kind::observe:
      entry.seen = read_fact(object, problem);
      return problem;
    case Kind::act:
      if (const auto action = object.find("action"); action == object.end() || !action->is_null()) {
        entry.action = whole_of<std::uint64_t>(object, "action");
        if (!entry.action) return "'action' is no number of an action";
      }
      return {};
    default:
      return {};
  }
}

}  // namespace

std::string begin_entry(Instant at, const Beginning& beginning) {
  std::vector<std::string> names;
  for (const std::string& name : beginning.policies) names.push_back(json_text(name));
  return head(at, Kind::begin) +
         fmt::format(
             ",\"format\":{},\"version\":{},\"mode\":{},\"file\":{},\"scenario\":{},"
             "\"policies\":[{}]}}",
             kLogFormat, json_text(beginning.version), json_text(beginning.mode),
             json_text(beginning.file), json_text(beginning.scenario), fmt::join(names, ","));
}

std::string observe_entry(Instant at, std::uint32_t policy, const Observation& seen) {
  std::string text = head(at, Kind::observe, policy) + ",";
  write_fact(seen, text);
  return text + "}";
}

std::string wake_entry(Instant at, std::uint32_t policy) {
  return head(at, Kind::wake, policy) + "}";
}

std::string decide_entry(Instant at, std::uint32_t policy, const Judged& judged) {
  const Decision& wish = judged.wish;
  const std::string metric =
      wish.metric == Decision::kNoMetric ? "null" : fmt::format("{}", wish.metric);
  return head(at, Kind::decide, policy) +
         fmt::format(
             ",\"action\":{},\"from\":{},\"wish\":{},\"because\":{},\"metric\":{},\"measured\":{},"
             "\"limit\":{}}}",
             judged.action, judged.from, std::visit(WishText{}, wish.action),
             json_text(wish.because), metric, json_real(wish.measured), json_real(wish.limit));
}

std::string judge_entry(Instant at, std::uint32_t policy, const Judged& judged) {
  return head(at, Kind::judge, policy) +
         fmt::format(",\"action\":{},\"verdict\":\"{}\",\"replicas\":{},\"because\":{}}}",
                     judged.action, verdict_name(judged.ruling.verdict), judged.ruling.replicas,
                     json_text(judged.ruling.because));
}

std::string act_entry(Instant at, std::uint32_t policy, std::optional<std::uint64_t> action,
                      std::string_view what) {
  return head(at, Kind::act, policy) + fmt::format(",\"action\":{},\"what\":{}}}",
                                                   action ? fmt::format("{}", *action) : "null",
                                                   json_text(what));
}

std::string outcome_entry(Instant at, std::uint32_t policy, std::uint64_t action, bool succeeded,
                          std::string_view detail) {
  return head(at, Kind::outcome, policy) +
         fmt::format(",\"action\":{},\"succeeded\":{},\"detail\":{}}}", action, succeeded,
                     json_text(detail));
}

std::string note_entry(Instant at, std::optional<std::uint32_t> policy, std::string_view what) {
  return head(at, Kind::note) + fmt::format(",\"policy\":{},\"what\":{}}}",
                                            policy ? fmt::format("{}", *policy) : "null",
                                            json_text(what));
}

std::string end_entry(Instant at, std::string_view because) {
  return head(at, Kind::end) + fmt::format(",\"because\":{}}}", json_text(because));
}

ReadEntry read_entry(std::string_view text) {
  const Json object = parse_entry(text);
  if (!object.is_object()) return {std::nullopt, "this is no JSON object such as entries are"};
  LogEntry entry;
  const auto at = whole_of<std::int64_t>(object, "at");
  if (!at || Instant::at_ns(*at) > Deliberation::kEnd)
    return {std::nullopt, "'at' is no plausible instant"};
  entry.at = Instant::at_ns(*at);
  const auto name = member_text(object, "entry");
  const auto kind = std::find(kKindNames.begin(), kKindNames.end(), name.value_or(""));
  if (kind == kKindNames.end()) return {std::nullopt, "'entry' names no kind of entry"};
  entry.kind = static_cast<Kind>(kind - kKindNames.begin());
  const bool of_policy =
      entry.kind != Kind::begin && entry.kind != Kind::note && entry.kind != Kind::end;
  if (of_policy) {
    const auto policy = whole_of<std::uint32_t>(object, "policy");
    if (!policy) return {std::nullopt, "'policy' is no number of a policy"};
    entry.policy = *policy;
  }
  if (std::string problem = read_rest(object, entry); !problem.empty())
    return {std::nullopt, std::move(problem)};
  return {std::move(entry), {}};
}

}  // namespace rehearse::live
