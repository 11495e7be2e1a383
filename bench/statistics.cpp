/// Observers: what recording one value costs, against the sorted vector that a histogram stands
/// for, and what merging trials costs.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "sim/distribution.hpp"
#include "sim/statistics.hpp"

namespace {

using rehearse::Duration;
using rehearse::Instant;
using rehearse::sim::Distribution;
using rehearse::sim::Histogram;
using rehearse::sim::Stream;
using rehearse::sim::Tally;
using rehearse::sim::TimeIntegral;

/// Response times as they are: log-normal around 2 ms, with a tail.
std::vector<Duration> response_times(std::size_t n) {
  Stream stream;
  const Distribution law = Distribution::lognormal_median_p99(0.002, 0.02);
  std::vector<Duration> values(n);
  for (Duration& v : values) v = law.sample_duration(stream);
  return values;
}

constexpr std::size_t kValues = 4096;

void per_value(benchmark::State& state, std::size_t values) {
  const auto total = state.iterations() * static_cast<std::int64_t>(values);
  state.SetItemsProcessed(total);
  state.counters["per_value"] = benchmark::Counter(
      static_cast<double>(total), benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void histogram_record(benchmark::State& state) {
  const std::vector<Duration> values = response_times(kValues);
  Histogram h;
  for (auto _ : state) {
    for (const Duration v : values) h.record(v);
    benchmark::ClobberMemory();
  }
  per_value(state, kValues);
  state.counters["p99_ms"] = h.quantile_seconds(0.99) * 1e3;
}
BENCHMARK(histogram_record);

void tally_record(benchmark::State& state) {
  const std::vector<Duration> values = response_times(kValues);
  Tally tally;
  for (auto _ : state) {
    for (const Duration v : values) tally.record(v);
    benchmark::DoNotOptimize(tally);
  }
  per_value(state, kValues);
}
BENCHMARK(tally_record);

void time_integral_add(benchmark::State& state) {
  const std::vector<Duration> gaps = response_times(kValues);  // uneven, lest the sum be folded
  TimeIntegral queue;
  Instant now;
  for (auto _ : state) {
    std::int64_t change = 1;
    for (const Duration gap : gaps) {
      now = now + gap;
      queue.add(now, change);
      change = -change;
    }
    benchmark::DoNotOptimize(queue);
    queue = TimeIntegral();
    now = Instant::start();
  }
  per_value(state, kValues);
}
BENCHMARK(time_integral_add);

/// The alternative: keep every value, sort at the end. Memory grows with the horizon.
void vector_push_and_sort(benchmark::State& state) {
  const std::vector<Duration> values = response_times(kValues);
  std::vector<Duration> kept;
  for (auto _ : state) {
    kept.clear();
    for (const Duration v : values) kept.push_back(v);
    std::sort(kept.begin(), kept.end());
    benchmark::DoNotOptimize(kept[kValues * 99 / 100]);
  }
  per_value(state, kValues);
}
BENCHMARK(vector_push_and_sort);

void histogram_merge(benchmark::State& state) {
  Histogram trial;
  for (const Duration v : response_times(kValues)) trial.record(v);
  Histogram all;
  for (auto _ : state) all.merge(trial);
  state.counters["bytes"] = static_cast<double>(all.memory_bytes());
}
BENCHMARK(histogram_merge);

void histogram_quantile(benchmark::State& state) {
  Histogram h;
  for (const Duration v : response_times(kValues)) h.record(v);
  for (auto _ : state) benchmark::DoNotOptimize(h.quantile_seconds(0.99));
}
BENCHMARK(histogram_quantile);

}  // namespace
