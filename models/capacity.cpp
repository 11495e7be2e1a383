#include "models/capacity.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <string>

namespace rehearse::models {
namespace {

constexpr double kMostGrowth = 1e6;  // beyond that nobody asks
constexpr double kPrecision = 1e-7;  // relative, of a factor
constexpr int kMostSteps = 200;      // halving alone needs 50
constexpr double kNoLoad = 1e-12;    // of a saturation: rounding

// Smallest factor in (0, kMostGrowth] at which `saturation` reaches 1, by regula falsi with the
// Illinois rule (M. Dowell, P. Jarratt 1971). REQUIRES: it does not fall as the factor grows, but
// for parts that are small beside the whole.
double root(const std::function<double(double)>& saturation, double guess) {
  double low = 0;
  double f_low = -1;
  double high = std::clamp(guess, 1e-6, kMostGrowth);
  double f_high = saturation(high) - 1;
  while (f_high < 0) {
    if (high >= kMostGrowth) return kNoLimit;
    low = high;
    f_low = f_high;
    high = std::min(kMostGrowth, 2 * high);
    f_high = saturation(high) - 1;
  }
  for (int i = 0; i < kMostSteps && high - low > kPrecision * high && f_high > 0; ++i) {
    const double middle = (low * f_high - high * f_low) / (f_high - f_low);
    const double f = saturation(middle) - 1;
    if (f < 0) {
      low = middle;
      f_low = f;
      f_high /= 2;
    } else {
      high = middle;
      f_high = f;
      f_low /= 2;
    }
    if (std::abs(f) < kPrecision) return middle;
  }
  return high;
}

const char* slot_name(const ServiceSpec& service) {
  if (service.kind == ServiceKind::database) return "connections";
  return service.servers ? "servers" : "slots";
}

}  // namespace

Resource scarcest(const Traffic& traffic, std::uint32_t s, const ServiceLoad& load) {
  const ServiceSpec& service = traffic.scenario().blueprint.services[s];
  const double cores = load.cores * load.running;
  const double of_slots = load.slots > 0 ? load.slot_skew * load.busy_slots / load.slots : 0;
  const double of_cores = cores > 0 ? load.core_skew * load.busy_cores / cores : 0;
  const auto instances = static_cast<double>(service.placement.size());
  const auto at_busiest = [instances](Resource of, double skew) {
    if (skew == 1) return of;
    of.busy *= skew / instances;
    of.capacity /= instances;
    of.busiest = true;
    return of;
  };
  if (cores > 0 && of_cores >= of_slots)
    return at_busiest({"cores", load.busy_cores, cores, false}, load.core_skew);
  if (load.slots <= 0) return {};
  Resource slots =
      at_busiest({slot_name(service), load.busy_slots, load.slots, false}, load.slot_skew);
  for (std::uint32_t i = 0; i < service.endpoint_count; ++i) {
    const PlanFigures& plan = traffic.endpoint(service.first_endpoint + i);
    slots.at_most = slots.at_most || plan.cpu > 0 || !plan.calls.empty();
  }
  return slots;
}

std::uint32_t station_count(const Blueprint& blueprint) {
  return static_cast<std::uint32_t>(blueprint.services.size() + blueprint.queues.size());
}

const std::string& station_name(const Blueprint& blueprint, std::uint32_t station) {
  const auto services = static_cast<std::uint32_t>(blueprint.services.size());
  return station < services ? blueprint.services[station].name
                            : blueprint.queues[station - services].name;
}

double saturation_of(const Traffic& traffic, std::uint32_t station, Level level, Loops loops) {
  const auto services = static_cast<std::uint32_t>(traffic.scenario().blueprint.services.size());
  if (station < services) return traffic.load(station, level, loops).saturation();
  return traffic.queue_load(station - services, level, loops).saturation();
}

HeldZone largest_zone(const ServiceSpec& service) {
  if (service.replication != kNone) return {};
  std::map<std::uint32_t, std::size_t> held;
  for (const std::uint32_t zone : service.placement) ++held[zone];
  if (held.size() < 2) return {};
  const auto most = std::max_element(
      held.begin(), held.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  return {most->first, most->second};
}

ServiceLoad without_zone(const ServiceSpec& service, HeldZone lost, ServiceLoad load) {
  const auto instances = static_cast<double>(service.placement.size());
  const double left = 1 - static_cast<double>(lost.instances) / instances;
  load.slots *= left;
  load.cores *= left;
  return load;
}

Capacity::Capacity(const Traffic& usual)
    : usual_(usual),
      stations_(station_count(usual.scenario().blueprint)),
      workloads_(static_cast<std::uint32_t>(usual.scenario().blueprint.workloads.size())) {
  for (std::uint32_t s = 0; s < stations_; ++s)
    saturation_.push_back(saturation_of(usual, s, Level::peak));
  const std::vector<CacheSpec>& caches = usual.scenario().blueprint.caches;
  for (std::uint32_t c = 0; c < caches.size(); ++c)
    if (caches[c].ttl > Duration::zero() && usual.lookup_rate(c) > 0) straight_ = false;
  idle_ = saturations(std::vector<double>(workloads_, 0));
  if (!straight_) doubled_ = saturations(std::vector<double>(workloads_, 2));
}

std::vector<double> Capacity::saturations(const std::vector<double>& growth) const {
  const Traffic grown(usual_, {.growth = growth});
  std::vector<double> all;
  for (std::uint32_t s = 0; s < stations_; ++s) all.push_back(saturation_of(grown, s, Level::peak));
  return all;
}

Growth Capacity::first_full(const std::vector<double>& growth) const {
  const std::vector<double> all = saturations(growth);
  const auto most = std::max_element(all.begin(), all.end());
  return {*most, static_cast<std::uint32_t>(most - all.begin())};
}

double Capacity::growth(std::uint32_t s) const {
  if (idle_[s] >= 1) return 0;
  const double own = saturation_[s] - idle_[s];
  if (own < kNoLoad) return kNoLimit;
  const double guess = (1 - idle_[s]) / own;
  if (straight_ || std::abs(doubled_[s] - idle_[s] - 2 * own) < kPrecision * doubled_[s])
    return guess;
  const auto all_clients = [&](double factor) {
    return saturations(std::vector<double>(workloads_, factor))[s];
  };
  return root(all_clients, guess);
}

Growth Capacity::growth() const {
  Growth first;
  for (std::uint32_t s = 0; s < stations_; ++s) {
    const double factor = growth(s);
    if (factor < first.factor) first = {factor, s};
  }
  return first;
}

Growth Capacity::alone(std::uint32_t w) const {
  std::vector<double> growth(workloads_, 1);
  const auto at = [&](double factor) {
    growth[w] = factor;
    return growth;
  };
  const Growth without = first_full(at(0));
  if (without.factor >= 1) return {0, without.station};
  if (straight_) {
    // Two points give the line of each service.
    const std::vector<double> rest = saturations(at(0));
    Growth first;
    for (std::uint32_t s = 0; s < stations_; ++s) {
      const double own = saturation_[s] - rest[s];
      if (own < kNoLoad) continue;
      const double factor = (1 - rest[s]) / own;
      if (factor < first.factor) first = {factor, s};
    }
    return first;
  }
  const double factor = root([&](double f) { return first_full(at(f)).factor; }, 1);
  if (factor == kNoLimit) return {};
  return {factor, first_full(at(factor)).station};
}

}  // namespace rehearse::models
