#include <algorithm>

#include "models/service_policy.hpp"
#include "models/world.hpp"

/// What a policy sees of the platform.

namespace rehearse::models {
namespace {

using Figure = PolicyMetric::What;

bool is_rate(Figure what) {
  return what == Figure::cpu || what == Figure::arrival_rate || what == Figure::throughput ||
         what == Figure::error_rate;
}

// Forgets what lies before the window.
template <class Readings, class At>
void forget_before(Readings& readings, Instant from, At at) {
  auto first = readings.begin();
  while (first != readings.end() && at(*first) < from) ++first;
  readings.erase(readings.begin(), first);
}

}  // namespace

Instant ServicePolicy::window_begin() const {
  return Instant::at_ns(world_.engine().now().ns() - spec_.window.ns());
}

void ServicePolicy::scrape() {
  if (free_batches_.empty()) {
    free_batches_.push_back(static_cast<std::uint32_t>(batches_.size()));
    batches_.emplace_back();
  }
  const std::uint32_t batch = free_batches_.back();
  free_batches_.pop_back();
  if (service_ != nullptr) {
    remember_responses(world_.engine().now());
    read_instances(batches_[batch]);
  } else {
    read_whole({}, batches_[batch]);
  }
  if (spec_.delay == kNone) return learn(batch);
  const Law& law = world_.blueprint().plans.laws[spec_.delay];
  const Duration delay = law.law.sample_duration(world_.stream(law.stream));
  plan(What::learn, batch, saturating_add(world_.engine().now(), delay));
}

void ServicePolicy::remember_responses(Instant now) {
  responses_.push_back({now, usage_->take_responses()});
  while (responses_.front().until <= window_begin()) responses_.pop_front();
}

void ServicePolicy::read_instances(Batch& batch) {
  Sum sum;
  for (std::uint32_t i = 0; i < set_.members().size(); ++i) {
    const ScaleTarget::State state = set_.members()[i].state;
    const bool serves =
        state == ScaleTarget::State::serving || state == ScaleTarget::State::draining;
    if (!serves || service_->is_down(i)) continue;
    if (state == ScaleTarget::State::serving) ++sum.running;
    if (spec_.lost > 0 && world_.stream(spec_.scrape_stream).chance(spec_.lost)) continue;
    read_instance(i, sum, batch);
  }
  read_whole(sum, batch);
}

void ServicePolicy::read_instance(std::uint32_t instance, Sum& sum, Batch& batch) {
  const Instant now = world_.engine().now();
  const ScaleTarget::Member& member = set_.members()[instance];
  Reading reading = usage_->read(instance, now);
  reading.at = now;
  const std::optional<Rates> rates = rates_of(instance, reading);
  const auto queued = static_cast<double>(service_->queued_at(instance));
  const auto memory = static_cast<double>(service_->memory_of(instance));
  if (member.state == ScaleTarget::State::serving) {
    ++sum.read;
    sum.in_system += static_cast<double>(reading.in_system);
    sum.queued += queued;
    sum.memory += memory;
    sum.bytes += reserved(Figure::memory, instance);
    if (rates) {
      ++sum.rated;
      sum.cores += reserved(Figure::cpu, instance);
      sum.seconds = std::max(sum.seconds, rates->seconds);
      sum.rates.busy += rates->busy;
      sum.rates.arrivals += rates->arrivals;
      sum.rates.answers += rates->answers;
      sum.rates.failures += rates->failures;
    }
  }
  for (std::uint32_t m = 0; m < spec_.metrics.size(); ++m) {
    const PolicyMetric& metric = spec_.metrics[m];
    if (!metric.each || (is_rate(metric.what) && !rates)) continue;
    policies::MetricSample sample{m, member.id, 0, now, Duration::zero()};
    if (is_rate(metric.what)) sample.window = Duration::from_seconds(rates->seconds);
    switch (metric.what) {
      case Figure::cpu:
        sample.value = rates->busy;
        break;
      case Figure::arrival_rate:
        sample.value = rates->arrivals;
        break;
      case Figure::throughput:
        sample.value = rates->answers;
        break;
      case Figure::memory:
        sample.value = memory;
        break;
      case Figure::queue_length:
        sample.value = queued;
        break;
      default:
        sample.value = static_cast<double>(reading.in_system);
    }
    batch.push_back(sample);
  }
}

// Between the oldest reading within the window and this one.
std::optional<ServicePolicy::Rates> ServicePolicy::rates_of(std::uint32_t instance,
                                                            const Reading& now) {
  History& history = histories_[instance];
  if (history.id != set_.members()[instance].id) {
    history.id = set_.members()[instance].id;
    history.readings.clear();
  }
  forget_before(history.readings, window_begin(),
                [](const Reading& reading) { return reading.at; });
  std::optional<Rates> rates;
  if (!history.readings.empty()) {
    const Reading& old = history.readings.front();
    const double seconds = (now.at - old.at).to_seconds();
    const double unit = service_->spec().millicores > 0 ? 1e-3 : 1;
    rates = Rates{seconds, unit * static_cast<double>(now.busy - old.busy) * 1e-9 / seconds,
                  static_cast<double>(now.arrived - old.arrived) / seconds,
                  static_cast<double>(now.ended - old.ended) / seconds,
                  static_cast<double>(now.failed - old.failed) / seconds};
  }
  history.readings.push_back(now);
  return rates;
}

void ServicePolicy::read_whole(const Sum& sum, Batch& batch) {
  const Instant now = world_.engine().now();
  if (usage_ != nullptr) {
    turned_away_.emplace_back(now, usage_->turned_away_so_far());
    forget_before(turned_away_, window_begin(), [](const auto& one) { return one.first; });
  }
  for (std::uint32_t m = 0; m < spec_.metrics.size(); ++m) {
    const PolicyMetric& metric = spec_.metrics[m];
    if (metric.each) continue;
    Duration window;
    const std::optional<double> value =
        metric.of == PolicyMetric::Of::target ? whole(metric, sum, window) : elsewhere(metric, m);
    if (value) {
      batch.push_back(policies::MetricSample{m, policies::kWhole, *value, now, window});
    } else {
      batch.push_back(policies::MetricLost{m});
    }
  }
}

// Of all instances that could be read.
std::optional<double> ServicePolicy::whole(const PolicyMetric& metric, const Sum& sum,
                                           Duration& window) {
  const bool silent = sum.running > 0 && sum.read == 0;
  if (silent) return std::nullopt;
  if (is_rate(metric.what)) window = Duration::from_seconds(sum.seconds);
  switch (metric.what) {
    case Figure::cpu:
      if (sum.rated == 0) return std::nullopt;
      return sum.rates.busy / sum.cores;
    case Figure::memory:
      if (sum.read == 0) return std::nullopt;
      return sum.memory / sum.bytes;
    case Figure::arrival_rate: {
      if (sum.running > 0 && sum.rated == 0) return std::nullopt;
      const auto& [first, from] = turned_away_.front();
      const auto& [last, to] = turned_away_.back();
      if (last == first) return std::nullopt;
      window = std::max(window, last - first);
      return sum.rates.arrivals + static_cast<double>(to - from) / (last - first).to_seconds();
    }
    case Figure::throughput:
      if (sum.rated == 0) return std::nullopt;
      return sum.rates.answers;
    case Figure::error_rate:
      if (sum.rates.answers <= 0) return std::nullopt;
      return sum.rates.failures / sum.rates.answers;
    case Figure::queue_length:
      return sum.queued;
    case Figure::in_system:
      return sum.in_system;
    default:
      window = spec_.window;
      return share_of_responses(metric);
  }
}

std::optional<double> ServicePolicy::share_of_responses(const PolicyMetric& metric) const {
  sim::Histogram times;
  for (const Responses& part : responses_) times.merge(part.times);
  if (times.count() == 0) return std::nullopt;
  return metric.what == Figure::mean_response ? times.mean_seconds()
                                              : times.quantile_seconds(metric.quantile);
}

// Of a workload or a queue.
std::optional<double> ServicePolicy::elsewhere(const PolicyMetric& metric, std::uint32_t need) {
  if (spec_.lost > 0 && world_.stream(spec_.scrape_stream).chance(spec_.lost)) return std::nullopt;
  if (metric.of == PolicyMetric::Of::queue) {
    MessageQueue& queue = world_.queue(metric.subject);
    if (metric.what == Figure::queue_length) return static_cast<double>(queue.ready());
    if (metric.what == Figure::in_system) return static_cast<double>(queue.meter().in_system_now());
    return rate_since(metric.what == Figure::throughput ? queue.left() : queue.stored(), need);
  }
  Workload& workload = world_.workload(metric.subject);
  if (metric.what == Figure::in_system)
    return static_cast<double>(workload.meter().in_system_now());
  return rate_since(workload.begun(), need);
}

// Of a counter, over the window.
std::optional<double> ServicePolicy::rate_since(std::uint64_t count, std::uint32_t need) {
  auto& counts = counts_[need];
  const Instant now = world_.engine().now();
  counts.emplace_back(now, count);
  forget_before(counts, window_begin(), [](const auto& one) { return one.first; });
  if (counts.front().first == now) return std::nullopt;
  return static_cast<double>(counts.back().second - counts.front().second) /
         (now - counts.front().first).to_seconds();
}

// By an instance: cores (servers where it has none), or bytes.
double ServicePolicy::reserved(PolicyMetric::What what, std::uint32_t instance) const {
  const InstanceSize& size = service_->size(instance);
  if (what == Figure::memory) return size.bytes();
  return size.millicores > 0 ? size.cores() : service_->spec().slots;
}

}  // namespace rehearse::models
