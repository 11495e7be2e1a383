#include "reports/openmetrics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "reports/instances.hpp"
#include "reports/instant.hpp"
#include "reports/openmetrics_text.hpp"
#include "reports/wording.hpp"

namespace rehearse::reports {
namespace {

using Values = std::vector<double>;

double start_of(const RunResult& r) {
  const std::optional<double> end = parse_utc(r.timing.started);
  return end ? std::max(0.0, *end - std::ceil(r.horizon)) : 0;
}

/// NaN where there is no such window.
double value_at(const Values& values, size_t window) {
  return window < values.size() ? values[window] : std::numeric_limits<double>::quiet_NaN();
}

/// Share of failures; a window that saw nothing saw none.
double failed_at(const Series& s, size_t window) {
  const double share = value_at(s.error_ratio, window);
  return std::isfinite(share) ? share : 0;
}

/// Where the parts of a result go: an endpoint belongs to the job that is its service.
struct Place {
  std::string job;
  std::string handler;
};

class Exporter {
 public:
  explicit Exporter(const RunResult& r) : r_(r), text_(start_of(r)) {}

  std::string all() {
    requests();
    databases();
    clients();
    queues();
    replication();
    instances();
    everything();
    about();
    return text_.take();
  }

 private:
  double end_of_window(size_t i) const {
    return i + 1 < r_.series_at.size() ? r_.series_at[i + 1] : r_.horizon;
  }
  double end_of_stretch(size_t i) const {
    return i + 1 < r_.heat_at.size() ? r_.heat_at[i + 1] : r_.horizon;
  }
  template <class Do>
  void each(std::string_view kind, const Do& act) const {
    for (const Series& s : r_.series)
      if (s.kind == kind) act(s);
  }
  bool has_endpoints(const std::string& service) const {
    return std::any_of(r_.series.begin(), r_.series.end(), [&](const Series& s) {
      return s.kind == "endpoint" && place_of(s).job == service;
    });
  }
  Place place_of(const Series& s) const;

  void gauge(const Labels& labels, const Values& values);
  void count(const Labels& labels, const Series& s, const Values& per_second, bool failures_only,
             bool successes_only);
  void outcomes(Labels labels, const char* label, const char* good, const char* bad,
                const Series& s);
  Values time_taken(const Series& s) const;
  void histogram(const Labels& labels, const Series& s);
  template <class Of>
  void served(const Of& of);

  void requests();
  void databases();
  void clients();
  void queues();
  void replication();
  void instances();
  void everything();
  void about();
  void objectives();
  void faults();

  const RunResult& r_;
  MetricText text_;
};

Place Exporter::place_of(const Series& s) const {
  Place out{s.subject, ""};
  if (s.kind != "endpoint") return out;
  size_t longest = 0;  // names of services may contain a slash as well
  for (const SubjectResult& subject : r_.subjects) {
    const std::string& name = subject.name;
    if (subject.kind != "service" || name.size() < longest || !s.subject.starts_with(name + "/"))
      continue;
    longest = name.size();
    out = {name, s.subject.substr(name.size() + 1)};
  }
  return out;
}

void Exporter::gauge(const Labels& labels, const Values& values) {
  text_.series("", labels);
  for (size_t i = 0; i < std::min(values.size(), r_.series_at.size()); ++i)
    text_.sample(end_of_window(i), values[i]);
}

/// The integral of a rate, of all requests or of those that failed or succeeded.
void Exporter::count(const Labels& labels, const Series& s, const Values& per_second,
                     bool failures_only, bool successes_only) {
  text_.series("_total", labels);
  double total = 0;
  text_.sample(0, 0);
  for (size_t i = 0; i < std::min(per_second.size(), r_.series_at.size()); ++i) {
    const double failed = failed_at(s, i);
    const double share = failures_only ? failed : successes_only ? 1 - failed : 1;
    if (std::isfinite(per_second[i]))
      total += per_second[i] * share * (end_of_window(i) - r_.series_at[i]);
    text_.sample(end_of_window(i), total);
  }
}

void Exporter::outcomes(Labels labels, const char* label, const char* good, const char* bad,
                        const Series& s) {
  labels.emplace_back(label, good);
  count(labels, s, s.throughput, false, true);
  labels.back().second = bad;
  count(labels, s, s.throughput, true, false);
}

/// The time that successes took up to the end of each stretch.
Values Exporter::time_taken(const Series& s) const {
  Values out;
  double sum = 0;
  for (size_t i = 0, window = 0; i < r_.heat_at.size(); ++i) {
    for (; window < r_.series_at.size() && end_of_window(window) <= end_of_stretch(i); ++window) {
      const double time = value_at(s.mean_response, window) * value_at(s.throughput, window) *
                          (1 - failed_at(s, window)) *
                          (end_of_window(window) - r_.series_at[window]);
      if (std::isfinite(time)) sum += time;
    }
    out.push_back(sum);
  }
  return out;
}

/// Cumulative over time and over buckets; rounding keeps both in order. All samples of an instant
/// stand together, as the format asks of histograms.
void Exporter::histogram(const Labels& labels, const Series& s) {
  if (r_.heat_at.empty() || r_.trials == 0) return;
  Labels with_bound = labels;
  with_bound.emplace_back("le", "");
  const auto bucket = [&](const std::string& bound) {
    with_bound.back().second = bound;
    return text_.line_of("_bucket", with_bound);
  };
  std::vector<std::string> lines;
  for (const auto& [upper, counts] : s.heat) lines.push_back(bucket(fmt::format("{}", upper)));
  lines.push_back(bucket("+Inf"));
  const std::string count = text_.line_of("_count", labels), sum = text_.line_of("_sum", labels);
  const Values taken = time_taken(s);
  std::vector<double> since(s.heat.size(), 0);  // the start, by bin
  const auto point = [&](double at, double time) {
    double below = 0;
    for (size_t bin = 0; bin < lines.size(); ++bin) {
      if (bin < since.size()) below += since[bin];
      text_.sample(lines[bin], at, std::round(below / r_.trials));
    }
    text_.sample(count, at, std::round(below / r_.trials));
    text_.sample(sum, at, time);
  };
  point(0, 0);
  for (size_t i = 0; i < r_.heat_at.size(); ++i) {
    for (size_t bin = 0; bin < s.heat.size(); ++bin)
      if (i < s.heat[bin].second.size()) since[bin] += static_cast<double>(s.heat[bin].second[i]);
    point(end_of_stretch(i), taken[i]);
  }
}

/// What answers HTTP: endpoints, and services that have none.
template <class Of>
void Exporter::served(const Of& of) {
  for (const Series& s : r_.series) {
    if (s.kind != "endpoint" && (s.kind != "service" || has_endpoints(s.subject))) continue;
    const Place place = place_of(s);
    of(s, Labels{{"job", place.job}, {"handler", place.handler}});
  }
}

void Exporter::requests() {
  text_.family("http_requests", "counter", "", "Requests answered, by job and handler.");
  served([&](const Series& s, const Labels& labels) { outcomes(labels, "code", "200", "500", s); });
  text_.family("http_request_duration_seconds", "histogram", "seconds",
               "Response times of requests that were answered with success.");
  served([&](const Series& s, Labels labels) {
    labels.emplace_back("code", "200");
    histogram(labels, s);
  });
  text_.family("http_requests_in_flight", "gauge", "", "Requests present, mean of the window.");
  each("service", [&](const Series& s) { gauge({{"job", s.subject}}, s.in_system); });
}

void Exporter::databases() {
  text_.family("db_client_operations", "counter", "", "Queries answered.");
  each("database", [&](const Series& s) {
    outcomes({{"server_address", s.subject}}, "error_type", "", "error", s);
  });
  text_.family("db_client_operation_duration_seconds", "histogram", "seconds",
               "Response times of queries that were answered with success.");
  each("database", [&](const Series& s) { histogram({{"server_address", s.subject}}, s); });
}

void Exporter::clients() {
  text_.family("http_client_requests", "counter", "", "Requests of clients that came to an end.");
  each("workload", [&](const Series& s) {
    outcomes({{"job", s.subject}}, "code", "200", "500", s);
  });
  text_.family("http_client_request_duration_seconds", "histogram", "seconds",
               "What clients waited for answers with success.");
  each("workload", [&](const Series& s) { histogram({{"job", s.subject}, {"code", "200"}}, s); });
}

void Exporter::queues() {
  text_.family("rabbitmq_queue_messages_published", "counter", "", "Messages that came.");
  each("queue", [&](const Series& s) {
    count({{"queue", s.subject}}, s, s.arrival_rate, false, false);
  });
  text_.family("rabbitmq_queue_messages", "gauge", "", "Messages ready and unacknowledged.");
  each("queue", [&](const Series& s) { gauge({{"queue", s.subject}}, s.in_system); });
  text_.family("rabbitmq_queue_messages_ready", "gauge", "", "Messages that wait.");
  each("queue", [&](const Series& s) { gauge({{"queue", s.subject}}, s.queue_length); });
}

void Exporter::replication() {
  text_.family("pg_replication_lag_seconds", "gauge", "seconds", "Mean lag of replicas.");
  each("replica", [&](const Series& s) { gauge({{"server", s.subject}}, s.mean_response); });
}

void Exporter::instances() {
  constexpr size_t kMostInstances = 50;
  const std::vector<InstanceHistory> all = instance_histories(r_);
  const auto windows = [&](const auto& value) {
    for (size_t i = 0; i < r_.series_at.size(); ++i) {
      const double at = end_of_window(i);
      if (at <= instances_known_until(r_)) text_.sample(at, value(at));
    }
  };
  text_.family("kube_deployment_spec_replicas", "gauge", "", "Instances asked for.");
  for (const InstanceHistory& h : all) {
    text_.series("", {{"deployment", h.subject}});
    windows([&](double) { return static_cast<double>(h.instances.size()); });
  }
  text_.family("kube_deployment_status_replicas_available", "gauge", "", "Instances ready.");
  for (const InstanceHistory& h : all) {
    text_.series("", {{"deployment", h.subject}});
    windows([&](double at) { return static_cast<double>(h.available(at)); });
  }
  text_.family("up", "gauge", "", "Whether an instance answers a scrape.");
  for (const InstanceHistory& h : all)
    for (size_t i = 0; i < h.instances.size(); ++i) {
      if (h.instances.size() > kMostInstances && h.instances[i].changes.empty()) continue;
      text_.series("", {{"job", h.subject}, {"instance", fmt::format("{}-{}", h.subject, i)}});
      windows([&](double at) { return h.instances[i].at(at).up ? 1.0 : 0.0; });
    }
}

/// What has no name that everybody uses, for all kinds.
void Exporter::everything() {
  struct Own {
    const char* name;
    const char* unit;
    const char* help;
    Values Series::*values;
  };
  constexpr Own kOwn[] = {
      {"rehearse_utilization_ratio", "ratio", "Share of busy servers or cores.",
       &Series::utilization},
      {"rehearse_in_system", "", "Requests or messages present.", &Series::in_system},
      {"rehearse_queue_length", "", "Requests or messages that wait.", &Series::queue_length}};
  for (const Own& own : kOwn) {
    text_.family(own.name, "gauge", own.unit, own.help);
    for (const Series& s : r_.series) gauge({{"kind", s.kind}, {"name", s.subject}}, s.*own.values);
  }
}

void Exporter::faults() {
  text_.family("rehearse_fault_active", "gauge", "", "1 while a fault lasts, as on average.");
  for (const FaultResult& fault : r_.faults) {
    if (fault.trials == 0) continue;
    text_.series("", {{"fault", fault.id}, {"kind", fault.kind}});
    for (size_t i = 0; i < r_.series_at.size(); ++i) {
      const double at = end_of_window(i);
      const bool over = std::isfinite(fault.ended) && at > fault.ended;
      text_.sample(at, fault.began < at && !over ? 1 : 0);
    }
  }
}

void Exporter::objectives() {
  text_.family("rehearse_objective_verdict", "gauge", "", "1 for the verdict that was given.");
  for (const ObjectiveResult& o : r_.objectives) {
    text_.series("", {{"objective", objective_name(o)},
                      {"target", target_text(o)},
                      {"verdict", verdict_name(o.verdict)}});
    text_.sample(r_.horizon, 1);
  }
  text_.family("rehearse_objective_allowance_used_ratio", "gauge", "ratio",
               "How much of what an objective allows was used: above 1 it is violated.");
  for (const ObjectiveResult& o : r_.objectives) {
    text_.series("", {{"objective", objective_name(o)}, {"target", target_text(o)}});
    if (o.estimate.value) text_.sample(r_.horizon, allowance_used(o, *o.estimate.value));
  }
}

void Exporter::about() {
  faults();
  objectives();
  text_.family("rehearse_run_info", "gauge", "", "1, with what the run was as labels.");
  text_.series("", {{"scenario", r_.scenario_name},
                    {"version", r_.version},
                    {"seed", fmt::format("{}", r_.seed)},
                    {"fingerprint", r_.fingerprint},
                    {"verdict", verdict_name(r_.verdict)}});
  text_.sample(r_.horizon, 1);
}

}  // namespace

std::string to_openmetrics(const RunResult& r) {
  return Exporter(r).all();
}

}  // namespace rehearse::reports
