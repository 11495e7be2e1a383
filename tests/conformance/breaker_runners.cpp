// circuit_breaker.json

#include <map>

#include "policies/circuit_breaker.hpp"
#include "tests/conformance/vectors.hpp"

namespace rehearse::conformance {
namespace {

using policies::CircuitBreaker;
using policies::OutcomeCounts;
using policies::OutcomeWindow;
using State = CircuitBreaker::State;

const std::map<std::string, State>& states() {
  static const std::map<std::string, State> kStates{
      {"CLOSED", State::closed},       {"OPEN", State::open},
      {"HALF_OPEN", State::half_open}, {"FORCED_OPEN", State::forced_open},
      {"DISABLED", State::disabled},   {"METRICS_ONLY", State::metrics_only}};
  return kStates;
}

std::string name_of(State state) {
  for (const auto& [name, each] : states())
    if (each == state) return name;
  return "";
}

OutcomeWindow::Kind kind_of(const json& type) {
  return type == "TIME_BASED" ? OutcomeWindow::Kind::time : OutcomeWindow::Kind::count;
}

CircuitBreaker::Params params_of(const Case& given) {
  const json& config = get(given.data, "config");
  const auto at = [&](const char* key) -> const json& {
    return config.contains(key) ? config.at(key) : get(get(given.file, "defaults"), key);
  };
  CircuitBreaker::Params params;
  params.window_kind = kind_of(at("window_type"));
  params.window = at("window_size");
  params.minimum_calls = at("minimum_calls");
  params.failure_rate = at("failure_rate_threshold");
  params.slow_call_rate = at("slow_call_rate_threshold");
  params.slow_call = milliseconds(at("slow_call_duration_ms"));
  params.half_open_calls = at("permitted_in_half_open");
  params.wait = milliseconds(at("wait_open_ms"));
  if (const json& backoff = at("wait_open_backoff"); !backoff.is_null()) {
    params.wait_multiplier = value_or(get(backoff, "multiplier"), 1.0);
    if (const json& most = get(backoff, "max_ms"); !most.is_null())
      params.longest_wait = milliseconds(most);
  }
  params.longest_half_open = milliseconds(at("max_wait_half_open_ms"));
  params.after_half_open = states().at(at("state_after_max_wait_half_open"));
  params.half_open_by_itself = at("auto_half_open");
  params.initial = states().at(at("initial_state"));
  return params;
}

void compare(CircuitBreaker& breaker, Instant now, Check& check) {
  const OutcomeCounts& counts = breaker.counts(now);
  check("state", name_of(breaker.state(now)));
  check("failure_rate", breaker.failure_rate(now));
  check("slow_call_rate", breaker.slow_call_rate(now));
  check("buffered", counts.calls);
  check("successful", counts.calls - counts.failed);
  check("failed", counts.failed);
  check("slow", counts.slow);
  check("not_permitted", breaker.refused());
}

void breaker_sequence(const Case& given, Check& check) {
  Instant now = Instant::start() + Duration::seconds(1000);
  CircuitBreaker breaker(params_of(given), now);
  std::size_t number = 0;
  for (const json& step : get(given.data, "steps")) {
    const std::string op = get(step, "op");
    json permitted;
    json error;
    const Duration took = milliseconds(get(step, "duration_ms"));
    const std::string outcome = value_or<std::string>(get(step, "outcome"), "recorded");
    if (op == "try_acquire") permitted = breaker.try_acquire(now);
    if (op == "success" || (op == "error" && outcome == "as_success")) breaker.succeeded(now, took);
    if (op == "error" && outcome == "recorded") breaker.failed(now, took);
    if (op == "release" || (op == "error" && outcome == "ignored")) breaker.released(now);
    if (op == "reset") breaker.reset(now);
    if (op == "advance") now = now + milliseconds(get(step, "ms"));
    if (op == "transition") {
      std::optional<Duration> wait;
      if (const json& ms = get(step, "wait_ms"); !ms.is_null()) wait = milliseconds(ms);
      if (!breaker.transition(now, states().at(get(step, "to")), wait))
        error = "illegal_transition";
    }
    const json& expected = get(step, "expect");
    ++number;
    if (expected.is_null()) continue;
    check.against(expected, "step " + std::to_string(number) + " (" + op + ")");
    check("permitted", permitted);
    check("error", error);
    compare(breaker, now, check);
    check("events", get(expected, "events"));
    for (const auto& [name, count] : get(expected, "events").items()) {
      const CircuitBreaker::Events& events = breaker.events();
      const std::map<std::string, std::uint64_t> all{
          {"state_transition", events.transitions},
          {"failure_rate_exceeded", events.failure_rate_exceeded},
          {"slow_call_rate_exceeded", events.slow_call_rate_exceeded}};
      if (!all.contains(name) || all.at(name) != count) check.fail("events: " + name);
    }
  }
}

void sliding_window(const Case& given, Check& check) {
  const json& config = get(given.data, "config");
  Instant now = Instant::start() + Duration::seconds(1000);
  OutcomeWindow window(kind_of(get(config, "window_type")), get(config, "window_size"));
  window.clear(now);
  std::size_t number = 0;
  for (const json& step : get(given.data, "steps")) {
    const std::string op = get(step, "op");
    if (op == "advance") now = now + milliseconds(get(step, "ms"));
    if (op == "record") {
      const std::string outcome = get(step, "outcome");
      window.record(now, outcome.ends_with("ERROR"), outcome.starts_with("SLOW"),
                    milliseconds(get(step, "duration_ms")));
    }
    const json& expected = get(step, "expect");
    ++number;
    if (expected.is_null()) continue;
    check.against(expected, "step " + std::to_string(number) + " (" + op + ")");
    const OutcomeCounts& counts = window.counts(now);
    check("total", counts.calls);
    check("successful", counts.calls - counts.failed);
    check("failed", counts.failed);
    check("slow", counts.slow);
    check("slow_successful", counts.slow - counts.slow_failed);
    check("slow_failed", counts.slow_failed);
    check("total_duration_ms", counts.took_ns / 1'000'000);
    check("average_duration_ms", counts.average().ns() / 1'000'000);
    check("failure_rate", counts.failure_rate());
    check("slow_call_rate", counts.slow_rate());
  }
}

}  // namespace

Table breaker_runners() {
  return {{"breaker", breaker_sequence}, {"sliding_window", sliding_window}};
}

}  // namespace rehearse::conformance
