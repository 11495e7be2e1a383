#include "live/service_observer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "base/text.hpp"
#include "live/haproxy_state.hpp"
#include "live/process_table.hpp"
#include "live/prometheus.hpp"

namespace rehearse::live {
namespace {

using policies::InstanceStatus;
using Seen = std::vector<policies::Observation>;
using Problems = std::vector<std::string>;

struct WatchedMetric {
  spec::LiveMetric metric;
  double reserved = 0;  // of it, by an instance; 0: not wanted
};

class ServiceObserver final : public Observer {
 public:
  ServiceObserver(const spec::LivePlatform& platform, const spec::LiveTarget& target,
                  std::vector<WatchedMetric> metrics, const std::string& folder)
      : service_(target.service),
        state_(path_at(folder, target.processes.state)),
        stale_after_(platform.guards.stale_after),
        metrics_(std::move(metrics)),
        prometheus_(platform.prometheus, folder),
        haproxy_(target.haproxy, folder) {}

  void look(Instant now, Seen& seen, Problems& problems) override;

 private:
  struct Told {
    InstanceStatus status;
    bool present = false;  // at this look
  };
  using Servers = std::map<std::string, const HaproxyServer*, std::less<>>;

  void look_at_instances(Instant now, Seen& seen, Problems& problems);
  void tell(const ProcessRecord& record, const Servers* servers, Instant now, Seen& seen);
  void tell_gone(Seen& seen);
  void look_at_metric(std::uint32_t index, Instant now, Seen& seen, Problems& problems);
  std::optional<policies::InstanceId> instance_of(const std::string& label) const;

  const std::string service_;
  const std::string state_;
  const Duration stale_after_;
  const std::vector<WatchedMetric> metrics_;  // by need
  Prometheus prometheus_;
  HaproxyState haproxy_;
  std::map<policies::InstanceId, Told> told_;
  std::map<std::string, policies::InstanceId, std::less<>> labels_;  // as in series
};

bool differ(const InstanceStatus& a, const InstanceStatus& b) {
  return a.phase != b.phase || a.deleting != b.deleting || a.ready != b.ready ||
         a.has_started != b.has_started || a.started != b.started ||
         a.ready_changed != b.ready_changed;
}

void ServiceObserver::look(Instant now, Seen& seen, Problems& problems) {
  look_at_instances(now, seen, problems);
  for (std::uint32_t i = 0; i < metrics_.size(); ++i) look_at_metric(i, now, seen, problems);
}

void ServiceObserver::look_at_instances(Instant now, Seen& seen, Problems& problems) {
  const Answer<ProcessTable> table = read_process_table(state_, service_);
  if (!table) return problems.push_back(table.problem);
  const Answer<std::vector<HaproxyServer>> answer = haproxy_.servers();
  Servers servers;
  if (!answer) problems.push_back(answer.problem);
  if (answer)
    for (const HaproxyServer& server : *answer) servers.emplace(server.name, &server);
  labels_.clear();
  for (auto& [id, told] : told_) told.present = false;
  policies::ReplicaCount count{.wanted = table->wanted.value_or(0), .taken = now};
  if (answer) count.useful = 0;
  for (const ProcessRecord& record : table->processes) {
    tell(record, answer ? &servers : nullptr, now, seen);
    const InstanceStatus& status = told_.at(record.id).status;
    if (status.deleting || status.phase == policies::Phase::failed) continue;
    ++count.present;
    if (answer && status.ready) ++count.useful;
  }
  tell_gone(seen);
  // A count of zero that nobody asked for is no pause, but the time before the beginning.
  if (table->wanted)
    seen.emplace_back(count);
  else
    problems.push_back(fmt::format("nobody has started '{}' yet", service_));
}

void ServiceObserver::tell(const ProcessRecord& record, const Servers* servers, Instant now,
                           Seen& seen) {
  using State = ProcessRecord::State;
  const auto [place, fresh] = told_.try_emplace(record.id);
  Told& told = place->second;
  InstanceStatus status{.instance = record.id};
  status.deleting = record.state == State::draining || record.state == State::stopping;
  status.has_started = record.pid > 0;
  status.started = record.started;
  const bool alive = is_alive(record);
  if (record.pid == 0)
    status.phase = policies::Phase::pending;
  else if (!alive)
    status.phase = policies::Phase::failed;
  status.ready = fresh ? false : told.status.ready;
  status.ready_changed = fresh ? record.since : told.status.ready_changed;
  if (servers != nullptr || !alive) {
    bool up = false;
    if (alive && servers != nullptr) {
      const auto server = servers->find(record.slot);
      // A slot of the same name may be another one's, after HAProxy has been started anew.
      up = server != servers->end() && server->second->up && server->second->port == record.port;
    }
    if (!fresh && up != status.ready) status.ready_changed = now;
    status.ready = up;
  }
  if (fresh || differ(status, told.status)) seen.emplace_back(status);
  told = {status, true};
  labels_.emplace(instance_name(service_, record.id), record.id);
  labels_.emplace(fmt::format("127.0.0.1:{}", record.port), record.id);
  if (!fresh) return;
  for (std::uint32_t m = 0; m < metrics_.size(); ++m)
    if (metrics_[m].reserved > 0)
      seen.emplace_back(policies::ResourceRequest{m, record.id, metrics_[m].reserved});
}

void ServiceObserver::tell_gone(Seen& seen) {
  for (auto one = told_.begin(); one != told_.end();) {
    if (one->second.present) {
      ++one;
      continue;
    }
    seen.emplace_back(policies::InstanceGone{one->first});
    one = told_.erase(one);
  }
}

std::optional<policies::InstanceId> ServiceObserver::instance_of(const std::string& label) const {
  const auto found = labels_.find(label);
  return found == labels_.end() ? std::nullopt : std::optional(found->second);
}

void ServiceObserver::look_at_metric(std::uint32_t index, Instant now, Seen& seen,
                                     Problems& problems) {
  const spec::LiveMetric& metric = metrics_[index].metric;
  const auto lost = [&](std::string why) {
    seen.emplace_back(policies::MetricLost{index});
    problems.push_back(fmt::format("metric '{}' of '{}': {}", metric.name, service_, why));
  };
  const Answer<PrometheusAnswer> answer =
      prometheus_.query(metric.query, metric.each ? metric.label : std::string());
  if (!answer) return lost(answer.problem);
  if (!metric.each && answer->samples.size() > 1)
    return lost(fmt::format("{} series where one is asked for; put sum(...) around the query",
                            answer->samples.size()));
  std::size_t taken = 0;
  bool stale = false;
  for (const PrometheusSample& sample : answer->samples) {
    if (now - sample.at > stale_after_) {
      stale = true;
      continue;
    }
    const auto instance = metric.each ? instance_of(sample.label) : policies::kWhole;
    if (!instance) continue;
    seen.emplace_back(policies::MetricSample{index, *instance, sample.value,
                                             std::min(sample.at, now), metric.window});
    ++taken;
  }
  if (taken > 0) {
    for (const std::string& why : answer->left_out)
      problems.push_back(fmt::format("metric '{}' of '{}': {}", metric.name, service_, why));
    return;
  }
  if (stale) return lost("the clock of Prometheus is behind, or its answer is old");
  if (!answer->left_out.empty()) return lost(answer->left_out.front());
  lost(answer->samples.empty()
           ? "no series"
           : fmt::format("label '{}' of no series is one of our instances", metric.label));
}

// What a policy that looks at a share of it has to know.
double reserved_of(const spec::LiveTarget& target, std::string_view metric) {
  const bool memory = metric == "memory" || metric.ends_with("/memory");
  return memory ? static_cast<double>(target.reserved_memory) : target.reserved_cpu;
}

std::optional<WatchedMetric> find_metric(const spec::LiveTarget& target,
                                         const policies::MetricNeed& need, std::string& problem) {
  const bool each = need.scope == policies::MetricNeed::Scope::each;
  const auto found =
      std::find_if(target.metrics.begin(), target.metrics.end(),
                   [&](const spec::LiveMetric& metric) { return metric.name == need.name; });
  if (found == target.metrics.end() || found->each != each) {
    problem = fmt::format(
        "live.targets.{}.metrics needs '{}: {{{}: ...}}', which the policy looks "
        "at{}",
        target.service, need.name, each ? "each" : "whole",
        found == target.metrics.end() ? ""
        : each                        ? " for each instance"
                                      : " for all instances together");
    return std::nullopt;
  }
  WatchedMetric watched{*found, need.requests ? reserved_of(target, need.name) : 0};
  if (need.requests && watched.reserved <= 0) {
    problem = fmt::format(
        "the policy looks at '{}' as a share of what instances reserve: say it in "
        "live.targets.{}.reserves",
        need.name, target.service);
    return std::nullopt;
  }
  return watched;
}

}  // namespace

std::unique_ptr<Observer> observe_service(const spec::LivePlatform& platform,
                                          const spec::LiveTarget& target,
                                          std::span<const policies::MetricNeed> needs,
                                          const std::string& folder, std::string& problem) {
  std::vector<WatchedMetric> metrics;
  for (const policies::MetricNeed& need : needs) {
    auto watched = find_metric(target, need, problem);
    if (!watched) return nullptr;
    metrics.push_back(*std::move(watched));
  }
  return std::make_unique<ServiceObserver>(platform, target, std::move(metrics), folder);
}

}  // namespace rehearse::live
