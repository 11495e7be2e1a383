#include "policies/outlier_detector.hpp"

#include <algorithm>
#include <cmath>

namespace rehearse::policies {
namespace {

using Ejection = OutlierDetector::Ejection;
using Kind = CallResult::Kind;

constexpr std::size_t kMostEvents = 1024;  // kept for who does not ask for them

std::size_t index(Ejection kind) {
  return static_cast<std::size_t>(kind);
}

std::string_view reason(Ejection kind) {
  switch (kind) {
    case Ejection::consecutive_5xx:
      return "errors in a row";
    case Ejection::consecutive_gateway_failure:
      return "gateway errors in a row";
    case Ejection::consecutive_local_origin_failure:
      return "not reached several times in a row";
    case Ejection::success_rate:
      return "success rate far below that of the others";
    case Ejection::success_rate_local_origin:
      return "reached far less often than the others";
    case Ejection::failure_percentage:
      return "too large a share of errors";
    case Ejection::failure_percentage_local_origin:
      return "too large a share of failures to reach it";
  }
  return "";
}

// The status that an outcome without one stands for where origins are not told apart; 0: none.
std::uint32_t code_of(Kind kind) {
  switch (kind) {
    case Kind::external_success:
    case Kind::local_connect_success_final:
      return 200;
    case Kind::local_timeout:
      return 504;
    case Kind::local_connect_failed:
      return 503;
    case Kind::http:
    case Kind::external_failed:
      return 500;
    case Kind::local_connect_success:  // what is asked over the connection will tell
      break;
  }
  return 0;
}

bool is_gateway(std::uint32_t code) {
  return code >= 502 && code <= 504;
}

}  // namespace

OutlierDetector::OutlierDetector(const Params& params)
    : params_(params), beat_(params.interval, Instant::start() + params.interval) {
  events_.reserve(kMostEvents);
}

OutlierDetector::Host* OutlierDetector::find(InstanceId id) {
  return const_cast<Host*>(static_cast<const OutlierDetector*>(this)->find(id));
}

const OutlierDetector::Host* OutlierDetector::find(InstanceId id) const {
  const auto at = std::lower_bound(hosts_.begin(), hosts_.end(), id,
                                   [](const Host& host, InstanceId key) { return host.id < key; });
  return at != hosts_.end() && at->id == id ? &*at : nullptr;
}

void OutlierDetector::add_host(InstanceId id) {
  if (find(id) != nullptr) return;
  const auto at = std::lower_bound(hosts_.begin(), hosts_.end(), id,
                                   [](const Host& host, InstanceId key) { return host.id < key; });
  hosts_.insert(at, Host{.id = id});
  scratch_.reserve(hosts_.size());
}

void OutlierDetector::remove_host(InstanceId id) {
  const Host* host = find(id);
  if (host == nullptr) return;
  if (host->out) --ejected_;
  hosts_.erase(hosts_.begin() + (host - hosts_.data()));
}

bool OutlierDetector::is_ejected(InstanceId id) const {
  const Host* host = find(id);
  return host != nullptr && host->out;
}

double OutlierDetector::success_rate(InstanceId id, Origin origin) const {
  const Host* host = find(id);
  return host == nullptr ? -1 : host->rate[static_cast<std::size_t>(origin)];
}

std::vector<OutlierDetector::Event> OutlierDetector::take_events() {
  std::vector<Event> taken = events_;
  events_.clear();
  return taken;
}

void OutlierDetector::observe(Instant now, const Observation& seen, std::vector<Decision>& out) {
  if (const auto* result_seen = std::get_if<CallResult>(&seen)) {
    add_host(result_seen->host);
    result(now, *result_seen, out);
  }
  if (const auto* status = std::get_if<InstanceStatus>(&seen)) add_host(status->instance);
  if (const auto* gone = std::get_if<InstanceGone>(&seen)) remove_host(gone->instance);
  if (const auto* health = std::get_if<HealthResult>(&seen)) {
    if (health->passed) health_check_passed(now, health->host, out);
  }
  if (std::holds_alternative<HostRestarted>(seen)) {
    for (Host& host : hosts_) host = Host{.id = host.id};
    ejected_ = 0;
  }
}

void OutlierDetector::wake(Instant now, std::vector<Decision>& out) {
  if (beat_.due(now)) interval(now, out);
}

void OutlierDetector::result(Instant now, const CallResult& seen, std::vector<Decision>& out) {
  Host* host = find(seen.host);
  if (host == nullptr) return;
  host->bits = seen.bits;
  if (seen.kind == Kind::http) return http(now, *host, seen.code, out);
  if (!params_.split_origins) {
    const std::uint32_t code = seen.code != 0 ? seen.code : code_of(seen.kind);
    if (code != 0) http(now, *host, code, out);
    return;
  }
  switch (seen.kind) {
    case Kind::http:
      break;
    case Kind::local_connect_success:
    case Kind::local_connect_success_final:
      return reached(*host);
    case Kind::local_timeout:
    case Kind::local_connect_failed:
      return not_reached(now, *host, out);
    case Kind::external_failed:
      return http(now, *host, 503, out);
    case Kind::external_success:
      http(now, *host, 200, out);
      return reached(*host);
  }
}

void OutlierDetector::http(Instant now, Host& host, std::uint32_t code,
                           std::vector<Decision>& out) {
  Tally& tally = host.current[0];
  ++tally.total;
  if (code < 500 || code > 599) {
    ++tally.succeeded;
    host.run_5xx = host.run_gateway = 0;
    return;
  }
  if (!is_gateway(code))
    host.run_gateway = 0;
  else if (++host.run_gateway == params_.consecutive_gateway_failure)
    consecutive(now, host, Ejection::consecutive_gateway_failure, host.run_gateway, out);
  if (++host.run_5xx == params_.consecutive_5xx)
    consecutive(now, host, Ejection::consecutive_5xx, host.run_5xx, out);
}

void OutlierDetector::reached(Host& host) {
  Tally& tally = host.current[1];
  ++tally.total;
  ++tally.succeeded;
  host.run_local = 0;
}

void OutlierDetector::not_reached(Instant now, Host& host, std::vector<Decision>& out) {
  ++host.current[1].total;
  if (++host.run_local == params_.consecutive_local_origin_failure)
    consecutive(now, host, Ejection::consecutive_local_origin_failure, host.run_local, out);
}

void OutlierDetector::consecutive(Instant now, Host& host, Ejection kind, std::uint32_t& run,
                                  std::vector<Decision>& out) {
  if (host.out) return;
  ++stats_.detected[index(kind)];
  eject(now, host, kind, out);
  run = 0;
}

void OutlierDetector::eject(Instant now, Host& host, Ejection kind, std::vector<Decision>& out) {
  if (host.out) return;
  const double share =
      100.0 * static_cast<double>(ejected_ + 1) / static_cast<double>(hosts_.size());
  const bool first = params_.always_eject_one_host && ejected_ == 0;
  if (!first && share > std::min<std::uint32_t>(100, params_.max_ejection_percent)) {
    ++stats_.overflow;
    return;
  }
  const bool enforced = params_.enforced[index(kind)];
  if (events_.size() < kMostEvents) events_.push_back({host.id, kind, enforced});
  if (!enforced) return;
  ++ejected_;
  ++stats_.enforced_total;
  ++stats_.enforced[index(kind)];
  host.out = true;
  host.ejected_at = now;
  host.jitter = jitter_of(host.bits, params_.max_ejection_time_jitter);
  const Duration base = params_.base_ejection_time;
  if (host.multiplier * base < params_.longest() + base) ++host.multiplier;
  out.push_back({.action = Eject{host.id}, .because = reason(kind)});
}

void OutlierDetector::readmit(Instant now, Host& host, std::string_view because,
                              std::vector<Decision>& out) {
  --ejected_;
  host.out = false;
  host.run_5xx = host.run_gateway = host.run_local = 0;
  host.has_returned = true;
  host.returned_at = now;
  out.push_back({.action = Readmit{host.id}, .because = because});
}

void OutlierDetector::health_check_passed(Instant now, InstanceId id, std::vector<Decision>& out) {
  Host* host = find(id);
  if (host == nullptr || !host->out || !params_.health_check_readmits) return;
  readmit(now, *host, "passed a health check", out);
}

void OutlierDetector::interval(Instant now, std::vector<Decision>& out) {
  const Duration base = params_.base_ejection_time;
  for (Host& host : hosts_) {
    if (host.out &&
        std::min(host.multiplier * base, params_.longest()) + host.jitter <= now - host.ejected_at)
      readmit(now, host, "ejection time is over", out);
    host.finished = host.current;
    host.current = {};
    host.rate = {-1, -1};
  }
  compare(now, Origin::external, out);
  compare(now, Origin::local, out);
  for (Host& host : hosts_) {
    if (host.out || !host.has_returned || now - host.returned_at < params_.interval) continue;
    if (host.multiplier != 0) --host.multiplier;
  }
}

void OutlierDetector::compare(Instant now, Origin origin, std::vector<Decision>& out) {
  const auto which = static_cast<std::size_t>(origin);
  rates_[which] = {};
  if (hosts_.size() < params_.success_rate_minimum_hosts &&
      hosts_.size() < params_.failure_percentage_minimum_hosts)
    return;
  const auto least =
      std::min(params_.success_rate_request_volume, params_.failure_percentage_request_volume);
  std::size_t loaded = 0;  // hosts with enough requests to compare their share of failures
  scratch_.clear();
  for (Host& host : hosts_) {
    const Tally& tally = host.finished[which];
    if (host.out || tally.total == 0) continue;
    const double rate =
        static_cast<double>(tally.succeeded) * 100.0 / static_cast<double>(tally.total);
    if (tally.total >= least) host.rate[which] = rate;
    if (tally.total >= params_.success_rate_request_volume) scratch_.push_back(rate);
    if (tally.total >= params_.failure_percentage_request_volume) ++loaded;
  }
  const bool local = origin == Origin::local;
  // Who is compared was decided above: hosts that are ejected on the way still count.
  const bool by_rate = !scratch_.empty() && scratch_.size() >= params_.success_rate_minimum_hosts;
  const bool by_share = loaded > 0 && loaded >= params_.failure_percentage_minimum_hosts;
  const auto each = [&](bool run, std::uint32_t volume, Ejection kind, auto&& is_outlier) {
    if (!run) return;
    for (Host& host : hosts_) {
      const Tally& tally = host.finished[which];
      const bool was_out = host.rate[which] < 0;
      if (was_out || tally.total < volume || !is_outlier(host.rate[which])) continue;
      ++stats_.detected[index(kind)];
      eject(now, host, kind, out);
    }
  };
  if (by_rate) rates_[which] = threshold_of(scratch_, params_.success_rate_stdev_factor);
  each(by_rate, params_.success_rate_request_volume,
       local ? Ejection::success_rate_local_origin : Ejection::success_rate,
       [&](double rate) { return rate < rates_[which].threshold; });
  each(by_share, params_.failure_percentage_request_volume,
       local ? Ejection::failure_percentage_local_origin : Ejection::failure_percentage,
       [&](double rate) { return 100.0 - rate >= params_.failure_percentage_threshold; });
}

OutlierDetector::Rates OutlierDetector::threshold_of(std::span<const double> success_rates,
                                                     double factor) {
  const auto n = static_cast<double>(success_rates.size());
  double sum = 0;
  for (const double rate : success_rates) sum += rate;
  const double mean = sum / n;
  double variance = 0;
  for (const double rate : success_rates) variance += (rate - mean) * (rate - mean);
  return {mean, mean - factor * std::sqrt(variance / n)};
}

Duration OutlierDetector::jitter_of(std::uint64_t bits, Duration most) {
  const auto choices = static_cast<std::uint64_t>(most.ns() / 1'000'000) + 1;
  return Duration::milliseconds(static_cast<std::int64_t>(bits % choices));
}

}  // namespace rehearse::policies
