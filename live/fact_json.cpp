#include "live/fact_json.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <concepts>
#include <nlohmann/json.hpp>
#include <type_traits>
#include <utility>

/// Each kind of fact is described once, by describe(); a writer and a reader go over it.

namespace rehearse::live {
namespace {

using namespace policies;
using Json = nlohmann::json;

constexpr std::array kPhaseNames = {"pending", "running", "succeeded", "failed"};
constexpr std::array kCallNames = {"http",
                                   "local_connect_failed",
                                   "local_timeout",
                                   "local_connect_success",
                                   "local_connect_success_final",
                                   "external_success",
                                   "external_failed"};

template <class Fact, class Kind>
concept Is = std::same_as<std::remove_const_t<Fact>, Kind>;

void describe(auto& archive, Is<MetricSample> auto& fact) {
  archive("metric", fact.metric);
  archive.instance("instance", fact.instance);
  archive("value", fact.value);
  archive("taken", fact.taken);
  archive("window", fact.window);
}
void describe(auto& archive, Is<MetricLost> auto& fact) {
  archive("metric", fact.metric);
}
void describe(auto& archive, Is<InstanceStatus> auto& fact) {
  archive("instance", fact.instance);
  archive.choice("phase", fact.phase, kPhaseNames);
  archive("deleting", fact.deleting);
  archive("has_started", fact.has_started);
  archive("has_readiness", fact.has_readiness);
  archive("ready", fact.ready);
  archive("started", fact.started);
  archive("ready_changed", fact.ready_changed);
}
void describe(auto& archive, Is<InstanceGone> auto& fact) {
  archive("instance", fact.instance);
}
void describe(auto& archive, Is<ResourceRequest> auto& fact) {
  archive("metric", fact.metric);
  archive("instance", fact.instance);
  archive("value", fact.value);
}
void describe(auto& archive, Is<OutOfMemory> auto& fact) {
  archive("metric", fact.metric);
  archive("instance", fact.instance);
}
void describe(auto& archive, Is<ReplicaCount> auto& fact) {
  archive("wanted", fact.wanted);
  archive("present", fact.present);
  archive("taken", fact.taken);
  archive("useful", fact.useful);
}
void describe(auto& archive, Is<PoolCount> auto& fact) {
  archive("pool", fact.pool);
  archive("wanted", fact.wanted);
  archive("taken", fact.taken);
}
void describe(auto& archive, Is<NodeStatus> auto& fact) {
  archive("node", fact.node);
  archive("pool", fact.pool);
  archive("ready", fact.ready);
  archive("cpu", fact.cpu);
  archive("memory", fact.memory);
}
void describe(auto& archive, Is<NodeGone> auto& fact) {
  archive("node", fact.node);
}
void describe(auto& archive, Is<PodPlacement> auto& fact) {
  archive("pod", fact.pod);
  archive.instance("node", fact.node);
  archive("service", fact.service);
  archive("cpu", fact.cpu);
  archive("memory", fact.memory);
  archive("movable", fact.movable);
}
void describe(auto& archive, Is<PodGone> auto& fact) {
  archive("pod", fact.pod);
}
void describe(auto& archive, Is<DisruptionBudget> auto& fact) {
  archive("service", fact.service);
  archive("allowed", fact.allowed);
}
void describe(auto& archive, Is<CallResult> auto& fact) {
  archive("host", fact.host);
  archive.choice("kind", fact.kind, kCallNames);
  archive("code", fact.code);
  archive("bits", fact.bits);
}
void describe(auto& archive, Is<HealthResult> auto& fact) {
  archive("host", fact.host);
  archive("passed", fact.passed);
}
void describe(auto& archive, Is<ActionDone> auto& fact) {
  archive("action", fact.action);
  archive("succeeded", fact.succeeded);
}
void describe(auto& archive, Is<TargetConflict> auto& fact) {
  archive("present", fact.present);
}
void describe(auto& /*archive*/, Is<HostRestarted> auto& /*fact*/) {}

// In the order of the variant.
constexpr std::array kFactNames = {
    "metric_sample", "metric_lost",     "instance_status",   "instance_gone", "resource_request",
    "out_of_memory", "replica_count",   "pool_count",        "node_status",   "node_gone",
    "pod_placement", "pod_gone",        "disruption_budget", "call_result",   "health_result",
    "action_done",   "target_conflict", "host_restarted"};
static_assert(kFactNames.size() == std::variant_size_v<Observation>);

class FactWriter {
 public:
  explicit FactWriter(std::string& out) : out_(out) {}

  template <class Value>
  void operator()(const char* key, const Value& value) {
    if constexpr (std::is_same_v<Value, bool>)
      put(key, value ? "true" : "false");
    else if constexpr (std::is_same_v<Value, double>)
      put(key, json_real(value));
    else if constexpr (std::is_integral_v<Value>)
      put(key, fmt::format("{}", value));
    else
      put(key, fmt::format("{}", value.ns()));
  }
  void instance(const char* key, InstanceId id) {
    if (id == kWhole)
      put(key, "null");
    else
      (*this)(key, id);
  }
  template <class Enum, std::size_t N>
  void choice(const char* key, Enum value, const std::array<const char*, N>& names) {
    put(key, fmt::format("\"{}\"", names[static_cast<std::size_t>(value)]));
  }

 private:
  void put(const char* key, std::string_view value) {
    fmt::format_to(std::back_inserter(out_), ",\"{}\":{}", key, value);
  }
  std::string& out_;
};

/// Keeps the first problem; counts what it has read, so that a key too many is found.
class FactReader {
 public:
  FactReader(const Json& object, std::string& problem) : object_(object), problem_(problem) {}

  std::size_t keys() const { return keys_; }

  template <class Value>
  void operator()(const char* key, Value& value) {
    const Json* found = find(key);
    if (found == nullptr) return;
    if constexpr (std::is_same_v<Value, bool>) {
      if (!found->is_boolean()) return wrong(key, "true or false");
      value = found->get<bool>();
    } else if constexpr (std::is_same_v<Value, double>) {
      real(key, *found, value);
    } else if constexpr (std::is_integral_v<Value>) {
      whole(key, *found, value);
    } else {
      std::int64_t ns = 0;
      whole(key, *found, ns);
      if constexpr (std::is_same_v<Value, Instant>)
        value = Instant::at_ns(ns);
      else
        value = Duration::nanoseconds(ns);
    }
  }
  void instance(const char* key, InstanceId& id) {
    const auto found = object_.find(key);
    if (found != object_.end() && found->is_null()) {
      ++keys_;
      id = kWhole;
    } else {
      (*this)(key, id);
    }
  }
  template <class Enum, std::size_t N>
  void choice(const char* key, Enum& value, const std::array<const char*, N>& names) {
    const Json* found = find(key);
    if (found == nullptr) return;
    for (std::size_t i = 0; found->is_string() && i < N; ++i) {
      if (found->get_ref<const std::string&>() != names[i]) continue;
      value = static_cast<Enum>(i);
      return;
    }
    wrong(key, "a word that is known");
  }

 private:
  const Json* find(const char* key) {
    const auto found = object_.find(key);
    if (found == object_.end()) {
      wrong(key, "given");
      return nullptr;
    }
    ++keys_;
    return &*found;
  }
  void wrong(const char* key, const char* what) {
    if (problem_.empty()) problem_ = fmt::format("'{}' is not {}", key, what);
  }
  template <class Whole>
  void whole(const char* key, const Json& found, Whole& value) {
    if (found.is_number_unsigned() && std::in_range<Whole>(found.get<std::uint64_t>()))
      value = static_cast<Whole>(found.get<std::uint64_t>());
    else if (found.is_number_integer() && !found.is_number_unsigned() &&
             std::in_range<Whole>(found.get<std::int64_t>()))
      value = static_cast<Whole>(found.get<std::int64_t>());
    else
      wrong(key, "a whole number in its range");
  }
  void real(const char* key, const Json& found, double& value) {
    if (found.is_number()) {
      value = found.get<double>();
      return;
    }
    const std::string text = found.is_string() ? found.get<std::string>() : "";
    if (text == "nan")
      value = std::nan("");
    else if (text == "inf" || text == "-inf")
      value = text == "inf" ? HUGE_VAL : -HUGE_VAL;
    else
      wrong(key, "a number");
  }

  const Json& object_;
  std::string& problem_;
  std::size_t keys_ = 0;
};

// The alternative with this number, empty.
template <std::size_t I = 0>
Observation empty_fact(std::size_t number) {
  if constexpr (I + 1 < std::variant_size_v<Observation>)
    if (number != I) return empty_fact<I + 1>(number);
  return Observation(std::in_place_index<I>);
}

}  // namespace

std::string json_text(std::string_view text) {
  return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string json_real(double value) {
  if (std::isnan(value)) return "\"nan\"";
  if (std::isinf(value)) return value > 0 ? "\"inf\"" : "\"-inf\"";
  std::string text = fmt::format("{}", value);
  // Else "-0" would be read as a whole number, which has no negative zero.
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

void write_fact(const Observation& seen, std::string& out) {
  fmt::format_to(std::back_inserter(out), "\"seen\":\"{}\"", kFactNames[seen.index()]);
  FactWriter writer(out);
  std::visit([&](const auto& fact) { describe(writer, fact); }, seen);
}

std::optional<Observation> read_fact(const Json& object, std::string& problem) {
  const auto seen = object.find("seen");
  std::size_t kind = 0;
  while (kind < kFactNames.size() && (seen == object.end() || !seen->is_string() ||
                                      seen->get_ref<const std::string&>() != kFactNames[kind]))
    ++kind;
  if (kind == kFactNames.size()) {
    problem = "'seen' names no kind of fact";
    return std::nullopt;
  }
  Observation read = empty_fact(kind);
  FactReader reader(object, problem);
  std::visit([&](auto& fact) { describe(reader, fact); }, read);
  constexpr std::size_t kOthers = 4;  // at, entry, policy, seen
  if (problem.empty() && object.size() != reader.keys() + kOthers)
    problem = "there are keys that such a fact does not have";
  if (!problem.empty()) return std::nullopt;
  return read;
}

}  // namespace rehearse::live
