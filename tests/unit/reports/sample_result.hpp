#pragma once
/// A result as a run of a small shop would leave it, made up but consistent: a fraud check that is
/// too slow because of the model service behind it, an objective too close to call, one
/// inconclusive.

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "reports/result.hpp"

namespace rehearse::reports {

inline constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
inline constexpr double kInf = std::numeric_limits<double>::infinity();

inline Estimate sample_estimate(double value, double half, std::string unit) {
  return {value, value - half, value + half, std::move(unit)};
}

/// Lognormal-like bins around `median`, 8 per octave as sim::Histogram leaves them.
inline std::vector<std::pair<double, std::uint64_t>> sample_bins(double median, double sigma,
                                                                 double requests) {
  std::vector<std::pair<double, std::uint64_t>> out;
  for (double octave = std::exp2(std::floor(std::log2(median)) - 5); octave < median * 40;
       octave *= 2) {
    for (int i = 1; i <= 8; ++i) {
      const double upper = octave * (1 + i / 8.0);
      const double z = std::log(upper / median) / sigma;
      const double width = std::log((1 + i / 8.0) / (1 + (i - 1) / 8.0));
      const auto n = static_cast<std::uint64_t>(requests * width / sigma / std::sqrt(6.2831853) *
                                                std::exp(-z * z / 2));
      if (n > 0) out.emplace_back(upper, n);
    }
  }
  return out;
}

struct SampleLoad {
  double rate, utilization, p50, error;
};

/// Metrics that hang together: quantiles of a lognormal around p50, L = lambda W.
inline SubjectResult sample_subject(std::string name, std::string kind, SampleLoad load) {
  SubjectResult s{std::move(name), std::move(kind), {}, {}, {}, {}};
  const double mean = load.p50 * 1.25;
  const auto add = [&](const char* metric, double value, double relative, const char* unit) {
    s.metrics.emplace_back(metric, sample_estimate(value, value * relative, unit));
  };
  add("arrival_rate", load.rate, 0.004, "1/s");
  add("throughput", load.rate * (1 - load.error / 4), 0.004, "1/s");
  if (load.utilization > 0) add("utilization", load.utilization, 0.011, "ratio");
  if (load.utilization > 0)
    add("mean_wait", mean * load.utilization * load.utilization * 0.4, 0.05, "s");
  add("mean_response", mean, 0.018, "s");
  add("p50", load.p50, 0.01, "s");
  add("p90", load.p50 * 2.36, 0.015, "s");
  add("p95", load.p50 * 3.0, 0.017, "s");
  add("p99", load.p50 * 4.75, 0.03, "s");
  add("p999", load.p50 * 7.9, 0.08, "s");
  add("in_system", load.rate * mean, 0.02, "1");
  add("error_ratio", load.error, 0.12, "ratio");
  const double requests = load.rate * 1680;
  s.outcomes = {{"ok", requests * (1 - load.error)},
                {"error", requests * load.error * 0.2},
                {"timeout", requests * load.error * 0.7},
                {"rejected", requests * load.error * 0.1}};
  s.distribution = sample_bins(load.p50, 0.67, requests * 40);
  return s;
}

/// Ramp, plateau with a surge, and ripples that are a function of the index alone.
inline Series sample_series(const SubjectResult& s, const std::vector<double>& at, double horizon) {
  Series out;
  out.subject = s.name;
  out.kind = s.kind;
  const auto mean = [&](const char* metric) {
    const Estimate* e = s.find(metric);
    return e ? *e->value : kNaN;
  };
  for (size_t i = 0; i < at.size(); ++i) {
    const double t = at[i] / horizon;
    const double ripple = 0.05 * std::sin(static_cast<double>(i * i % 97));
    const double surge = std::exp(-std::pow((t - 0.62) / 0.07, 2));
    const double level = std::min(1.0, 0.15 + t * 12) * (0.92 + 0.35 * surge + ripple);
    const double slow = (0.55 + 0.45 * level + 2 * ripple * ripple) * (1 + 1.4 * surge);
    out.arrival_rate.push_back(mean("arrival_rate") * level);
    out.throughput.push_back(mean("throughput") * std::min(level, 1.12 + ripple / 2));
    out.error_ratio.push_back(mean("error_ratio") *
                              (0.4 + 6 * surge * surge + 2 * std::abs(ripple)));
    out.mean_response.push_back(mean("mean_response") * slow);
    out.p50.push_back(mean("p50") * slow);
    out.p95.push_back(mean("p95") * slow * (1 + ripple));
    out.p99.push_back(mean("p99") * slow * (1 + 2 * ripple));
    out.in_system.push_back(mean("in_system") * level * slow);
    out.utilization.push_back(mean("utilization") * std::min(level, 1.06));
  }
  if (at.size() > 150)
    for (std::vector<double>* hole : {&out.p50, &out.p95, &out.p99, &out.mean_response})
      for (size_t i = 140; i < 143; ++i) (*hole)[i] = kNaN;
  return out;
}

/// Two bins, the slow one filling up with the surge.
inline void add_sample_heat(RunResult& r) {
  for (size_t i = 0; i < r.series_at.size(); i += 1 + r.series_at.size() / 120)
    r.heat_at.push_back(r.series_at[i]);
  for (Series& s : r.series) {
    std::vector<std::uint64_t> fast, slow;
    for (size_t i = 0; i < r.heat_at.size(); ++i) {
      fast.push_back(4000 - i);
      slow.push_back(i % 7 == 0 ? 0 : i);
    }
    s.heat = {{0.05, std::move(fast)}, {0.075, std::move(slow)}};
  }
}

inline void add_sample_topology(RunResult& r) {
  r.topology.parts = {
      {"traders", "workload", {{"clients", "", 0}}},
      {"gateway", "service", {{"ap-southeast-1", "a", 2}, {"ap-southeast-1", "b", 1}}},
      {"ml", "service", {{"ap-southeast-1", "a", 2}}},
      {"orders", "database", {{"ap-southeast-1", "b", 1}}},
      {"sessions", "cache", {}}};
  r.topology.calls = {{0, 1, 212.4}, {1, 2, 84.9}, {1, 3, 31.2}, {1, 4, 84.9}};
  const std::string request = "traders.gateway/fraud";
  r.time_spent = {
      {request, request + ";gateway.fraud", "gateway.fraud", "work", 84, 0.012, 0.125},
      {request, request + ";gateway.fraud;ml.predict", "ml.predict", "work", 84, 0.06, 0.625},
      {request, request + ";gateway.fraud;ml.predict;ml.predict queue", "ml.predict", "queue", 84,
       0.024, 0.25}};
}

inline ObjectiveResult sample_objective(std::string metric, std::string target, std::string op,
                                        double bound, Estimate estimate, Verdict verdict) {
  ObjectiveResult o;
  o.metric = std::move(metric);
  o.target = std::move(target);
  o.id = o.text = o.metric + " " + o.target;
  const size_t open = o.metric.find('(');
  o.subject = o.metric.substr(open + 1, o.metric.size() - open - 2);
  o.op = std::move(op);
  o.bound = bound;
  o.estimate = std::move(estimate);
  o.verdict = verdict;
  o.note = "per request";
  o.observations = 2'419'200;
  return o;
}

inline void add_sample_objectives(RunResult& r) {
  auto& out = r.objectives;
  out.push_back(sample_objective("p95(gateway/fraud)", "< 200ms", "<", 0.2,
                                 sample_estimate(0.2313, 0.0041, "s"), Verdict::fails));
  out.push_back(sample_objective("error_rate(traders)", "< 1%", "<", 0.01,
                                 sample_estimate(0.0031, 0.00038, "ratio"), Verdict::holds));
  out.push_back(sample_objective("p99(gateway)", "<= 250ms in 99% of 1m windows", ">=", 0.99,
                                 {0.9886, 0.9851, 0.9914, "ratio"}, Verdict::undecided));
  out.back().window = 60;
  out.back().note = "share of 1 min windows; the limit of 40 trials was reached";
  out.back().observations = 1120;
  out.push_back(sample_objective("availability(gateway)", ">= 99.5%", ">=", 0.995,
                                 sample_estimate(0.99712, 0.00031, "ratio"), Verdict::holds));
  out.push_back(sample_objective("throughput(gateway)", ">= 200rps during 10m..28m", ">=", 200,
                                 sample_estimate(212.4, 0.9, "1/s"), Verdict::holds));
  out.back().during = std::pair{600.0, 1680.0};
  out.push_back(sample_objective("mean_wait(rules)", "< 5ms", "<", 0.005,
                                 sample_estimate(0.001231, 0.000013, "s"), Verdict::holds));
  out.back().closed_form = ClosedForm{"M/M/c", 0.0012256, true};
  out.push_back(sample_objective("hit_ratio(sessions)", ">= 60%", ">=", 0.6,
                                 {std::nullopt, 0, 0, "ratio"}, Verdict::inconclusive));
  out.back().id = "session-cache";
  out.back().note = "no request reached the cache after the warm-up";
  out.back().observations = 0;
}

inline void add_sample_subjects(RunResult& r) {
  r.subjects = {sample_subject("gateway", "service", {212.4, 0.58, 0.041, 0.0031}),
                sample_subject("ml", "service", {84.9, 0.938, 0.061, 0.0072}),
                sample_subject("rules", "service", {84.9, 0.31, 0.0049, 0.0}),
                sample_subject("audit-log-writer-of-the-compliance-department", "service",
                               {84.6, 0.12, 0.0021, 0.0}),
                sample_subject("gateway/fraud", "endpoint", {84.9, 0, 0.077, 0.0072}),
                sample_subject("gateway/health", "endpoint", {127.5, 0, 0.0011, 0.0003}),
                sample_subject("traders", "workload", {212.4, 0, 0.043, 0.0031}),
                sample_subject("orders", "database", {31.2, 0.44, 0.0032, 0.0001}),
                sample_subject("ap-southeast-1", "region", {212.4, 0.52, 0.041, 0.0031})};
  SubjectResult& rules = r.subjects[2];
  rules.closed_forms = {{"mean_wait", {"M/M/c", 0.00024, true}},
                        {"utilization", {"M/M/c", 0.3101, true}}};
  SubjectResult cache{"sessions", "cache", {}, {}, {}, {}};
  cache.metrics = {{"arrival_rate", sample_estimate(84.9, 0.4, "1/s")},
                   {"throughput", {std::nullopt, 0, 0, "1/s"}},
                   {"hit_ratio", {0.632, -kInf, kInf, "ratio"}}};
  r.subjects.push_back(std::move(cache));
}

/// `windows` of time series over a horizon of half an hour.
inline RunResult sample_result(size_t windows = 300) {
  RunResult r;
  r.version = "0.1.0";
  r.scenario_name = "soba-dex / evening peak";
  r.scenario_file = "scenarios/soba-dex/evening-peak.yaml";
  r.scenario_hash = "9f2c41d07be8a356";
  r.resolved_scenario = "rehearse: 1\nname: soba-dex / evening peak\n";
  r.seed = 7;
  r.trials = 40;
  r.trials_rule = "limit of 40 reached";
  r.horizon = 1800;
  r.warmup = 120;
  r.warmup_rule = "MSER-5";
  r.interval_method = "Student t over independent trials";
  r.fingerprint = "b1946ac92492d234";
  r.events = 183'204'511;
  r.requests = 14'256'000;
  r.verdict = Verdict::fails;
  add_sample_objectives(r);
  add_sample_subjects(r);
  r.series_interval = windows > 0 ? r.horizon / static_cast<double>(windows) : 0;
  for (size_t i = 0; i < windows; ++i)
    r.series_at.push_back(static_cast<double>(i) * r.series_interval);
  for (const SubjectResult& s : r.subjects)
    if (s.kind != "cache") r.series.push_back(sample_series(s, r.series_at, r.horizon));
  add_sample_heat(r);
  add_sample_topology(r);
  for (const char* name : {"gateway", "ml", "rules"}) {
    const SubjectResult* s = r.find(name, "service");
    const double in_system = *s->find("in_system")->value;
    r.checks.push_back({"Little's law", name, in_system, in_system * 1.0004, 0.01, true});
    r.checks.push_back({"utilisation law", name, *s->find("utilization")->value,
                        *s->find("utilization")->value * 0.9997, 0.01, true});
    r.checks.push_back({"flow balance", name, 356'832, 356'832, 0, true});
  }
  r.assumptions = {
      "Service times of 'ml' are log-normal with median 48 ms and p99 310 ms, from the load test "
      "of "
      "the platform's own documents.",
      "The network inside a zone is given no loss and a latency of 0.2 ms.",
      "Readiness probes are not simulated: every instance is ready from the start."};
  r.warnings = {
      "timeout-below-p99: the call from 'gateway' to 'ml' times out after 400 ms, the callee's p99 "
      "at this load is about 310 ms without waiting.",
      "high-load: 'ml' is offered 94 % of its capacity."};
  r.timing = {21.4, 8.56e6, 2, "2026-03-01T12:00:00Z"};
  return r;
}

/// The same with names and texts that try to be markup, formulas, escapes and control characters.
inline RunResult hostile_result() {
  RunResult r = sample_result(20);
  const std::string script = "<script>alert('x')</script><img src=x onerror=alert(1)>";
  const std::string reversed = "pay\xE2\x80\xAEgnp.exe";
  const std::string formula = "=HYPERLINK(\"http://evil\",\"x\")";
  const std::string broken = "bad\xFF\xC0\xAFutf8 \x1b[31mred\x07";
  r.scenario_name = script + "\n]]>--> | `code` **bold** @everyone";
  r.subjects[0].name = script;
  r.subjects[1].name = reversed;
  r.subjects[2].name = formula;
  r.subjects[3].name = std::string(10'000, 'n');
  r.subjects[4].name = broken;
  for (size_t i = 0; i < 5; ++i) r.series[i].subject = r.subjects[i].name;
  r.objectives[0].id = "a|b`c``d\"e'f&g<h>\r\n" + reversed;
  r.objectives[0].metric = "p95(" + script + ")";
  r.objectives[0].subject = script;
  r.objectives[0].note = formula + "\n" + broken;
  r.objectives[1].id = r.objectives[1].text = formula;
  r.objectives[1].metric = "+cmd|' /C calc'!A0";
  r.objectives[2].metric = std::string(10'000, 'm');
  r.topology.parts[0].name = script;
  r.topology.parts[1].places[0] = {reversed, broken, 2};
  r.topology.parts[2].name = std::string(10'000, 'n');
  r.time_spent[1].hop = script;
  r.time_spent[1].stack += script + ";" + reversed;
  r.warnings = {script, formula, reversed, broken, std::string(10'000, 'w')};
  r.assumptions = {"</details></main><script>1</script>", "line one\nline two", "| a | b |"};
  r.checks[0].law = script;
  r.checks[0].holds = false;
  r.fingerprint = "\"><svg onload=alert(1)>";
  r.interval_method = "${7*7} {{7*7}} %s%n";
  return r;
}

}  // namespace rehearse::reports
