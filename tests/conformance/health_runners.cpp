// haproxy_health.json and k8s_probes.json

#include <map>

#include "policies/probe_worker.hpp"
#include "policies/rise_fall.hpp"
#include "tests/conformance/vectors.hpp"

namespace rehearse::conformance {
namespace {

using policies::ProbeWorker;
using policies::RiseFall;

RiseFall::Params params_of(const Case& given) {
  static const std::map<std::string, RiseFall::OnError> kActions{
      {"fastinter", RiseFall::OnError::fastinter},
      {"fail-check", RiseFall::OnError::fail_check},
      {"sudden-death", RiseFall::OnError::sudden_death},
      {"mark-down", RiseFall::OnError::mark_down}};
  return {.rise = given.at("rise"),
          .fall = given.at("fall"),
          .inter = milliseconds(given.at("inter_ms")),
          .fastinter = milliseconds(given.at("fastinter_ms")),
          .downinter = milliseconds(given.at("downinter_ms")),
          .on_error = kActions.at(given.at("on_error")),
          .error_limit = given.at("error_limit")};
}

RiseFall started(const Case& given, const RiseFall::Params& params) {
  static const std::map<std::string, RiseFall::Start> kStarts{
      {"up", RiseFall::Start::up},
      {"fully-up", RiseFall::Start::fully_up},
      {"down", RiseFall::Start::down},
      {"fully-down", RiseFall::Start::fully_down}};
  if (const json& start = get(given.data, "init_state"); !start.is_null())
    return RiseFall::start(params, kStarts.at(start));
  const json& health = get(given.data, "start_health");
  return health.is_null() ? RiseFall::start(params) : RiseFall(health.get<std::int32_t>());
}

void health_check(const Case& given, Check& check) {
  const RiseFall::Params params = params_of(given);
  RiseFall server = started(given, params);
  json steps = json::array();
  for (const json& result : get(given.data, "results")) {
    server.checked(result == "P", params);
    steps.push_back({server.health(), server.up(params) ? "UP" : "DOWN", server.text(params)});
  }
  check("steps", steps);
}

void check_interval(const Case& given, Check& check) {
  const Duration found =
      RiseFall::interval(params_of(given), get(given.data, "health"), get(given.data, "stopped"),
                         get(given.data, "forced_fastinter"));
  check("interval_ms", found.ns() / 1'000'000);
}

void observe_on_error(const Case& given, Check& check) {
  const RiseFall::Params params = params_of(given);
  RiseFall server = started(given, params);
  for (const json& event : get(given.data, "events")) server.observed(event == "E", params);
  check("health", server.health());
  check("up", server.up(params));
  check("forced_fastinter", server.check_soon());
  check("consecutive_errors", server.errors());
}

void slowstart_weight(const Case& given, Check& check) {
  const auto found = policies::slow_start_weight(
      get(given.data, "user_weight"), seconds(get(given.data, "elapsed_s")),
      seconds(get(given.data, "slowstart_s")), value_or<std::int64_t>(get(given.data, "wdiv"), 16),
      value_or<std::int64_t>(get(given.data, "wmult"), 16));
  check("wdiv_share", found.share);
  check("effective_weight", found.weight);
}

ProbeWorker::Pod pod_of(const json& step) {
  static const std::map<std::string, ProbeWorker::ContainerState> kStates{
      {"running", ProbeWorker::ContainerState::running},
      {"waiting", ProbeWorker::ContainerState::waiting},
      {"terminated", ProbeWorker::ContainerState::terminated}};
  ProbeWorker::Pod pod;
  const auto phase = value_or<std::string>(get(step, "pod_phase"), "Running");
  pod.finished = phase == "Failed" || phase == "Succeeded";
  pod.deleting = value_or(get(step, "pod_deleting"), false);
  const json& container = get(step, "container");
  if (container.is_null()) return pod;
  const json& age = get(container, "age_s");
  pod.container = {.id = std::hash<std::string>{}(value_or<std::string>(get(container, "id"), "a")),
                   .state = kStates.at(value_or<std::string>(get(container, "state"), "running")),
                   .started = value_or(get(container, "started"), false),
                   .age = age.is_null() ? Duration::seconds(100) : seconds(age)};
  return pod;
}

std::string name_of(ProbeWorker::Result result) {
  return result == ProbeWorker::Result::success   ? "Success"
         : result == ProbeWorker::Result::failure ? "Failure"
                                                  : "Unknown";
}

void probe_worker(const Case& given, Check& check) {
  static const std::map<std::string, ProbeWorker::Kind> kKinds{
      {"liveness", ProbeWorker::Kind::liveness},
      {"readiness", ProbeWorker::Kind::readiness},
      {"startup", ProbeWorker::Kind::startup}};
  const ProbeWorker::Params params{
      .kind = kKinds.at(get(given.data, "probe_type")),
      .success_threshold = given.at("success_threshold"),
      .failure_threshold = given.at("failure_threshold"),
      .initial_delay = seconds(given.at("initial_delay_s")),
      .restart_never = value_or<std::string>(get(given.data, "restart_policy"), "") == "Never"};
  ProbeWorker worker;
  std::size_t number = 0;
  for (const json& step : get(given.data, "steps")) {
    const ProbeWorker::Next next = worker.tick(pod_of(step), params);
    const json& answer = get(step, "probe_returns");
    if (next == ProbeWorker::Next::probe && (answer == "Success" || answer == "Failure"))
      worker.answered(answer == "Success", params);
    const json& expected = get(step, "expect");
    ++number;
    if (expected.is_null()) continue;
    check.against(expected, "tick " + std::to_string(number));
    const auto result = worker.result();
    check("result", result ? json(name_of(*result)) : get(given.data, "stored_result_before"));
    check("keep_going", next != ProbeWorker::Next::stop);
    check("run", worker.run());
    check("on_hold", worker.on_hold());
  }
}

}  // namespace

Table health_runners() {
  return {{"health_check", health_check},
          {"check_interval", check_interval},
          {"observe_on_error", observe_on_error},
          {"slowstart_weight", slowstart_weight},
          {"probe_worker", probe_worker}};
}

}  // namespace rehearse::conformance
