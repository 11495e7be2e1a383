/// Decisions of policies, for one key and for ten thousand keys asked at random (their states do
/// not fit into the first cache), against a bare counter: what any limiter must do at least.
/// And the slow loop: one decision of the autoscaler for each of a thousand services.
/// Counter "passed": of the requests, to see that two machines decided alike.

#include <benchmark/benchmark.h>

#include <cstdint>
#include <vector>

#include "policies/circuit_breaker.hpp"
#include "policies/hpa.hpp"
#include "policies/keyed_limiter.hpp"

namespace {

using namespace rehearse;
using namespace rehearse::policies;

constexpr std::size_t kManyKeys = 10'000;
constexpr Duration kSecond = Duration::seconds(1);

// Instants and keys are prepared: what they cost is in both sides of a comparison.
struct Requests {
  explicit Requests(std::size_t most) {
    std::uint64_t bits = 1;
    Instant now;
    for (std::size_t i = 0; i < 4096; ++i) {
      bits = bits * 6364136223846793005U + 1442695040888963407U;
      now = now + Duration::nanoseconds(static_cast<std::int64_t>((bits >> 33) % 2'000'000));
      instants.push_back(now);
      keys.push_back((bits >> 40) % most);
    }
    round = now + kSecond - Instant::start();
  }
  std::vector<Instant> instants;
  std::vector<std::size_t> keys;
  Duration round;  // instants go on by it from pass to pass
};

template <class Decide>
void decide(benchmark::State& state, std::size_t keys, Decide&& admits) {
  const Requests requests(keys);
  std::uint64_t passed = 0;
  std::size_t i = 0;
  Duration offset;
  for (auto _ : state) {
    if (i == requests.instants.size()) {
      i = 0;
      offset = offset + requests.round;
    }
    passed += admits(requests.keys[i], requests.instants[i] + offset) ? 1U : 0U;
    ++i;
  }
  state.counters["passed"] = static_cast<double>(passed) / static_cast<double>(state.iterations());
}

void bare_counter(benchmark::State& state) {
  const auto keys = static_cast<std::size_t>(state.range(0));
  std::vector<std::int64_t> counts(keys, 0);
  decide(state, keys, [&](std::size_t key, Instant now) {
    benchmark::DoNotOptimize(now);
    return ++counts[key] % 2 == 0;
  });
}
BENCHMARK(bare_counter)->Arg(1)->Arg(kManyKeys);

/// The whole answer, headers included.
void limiter(benchmark::State& state, const AnyLimiter& kind) {
  const auto keys = static_cast<std::size_t>(state.range(0));
  KeyedLimiter keyed(kind, keys);
  decide(state, keys, [&](std::size_t key, Instant now) {
    Verdict verdict = keyed.admit(key, now);
    benchmark::DoNotOptimize(verdict);
    return verdict.allowed;
  });
}
BENCHMARK_CAPTURE(limiter, fixed_window, FixedWindow({.limit = 500, .window = kSecond}))
    ->Arg(1)
    ->Arg(kManyKeys);
BENCHMARK_CAPTURE(limiter, sliding_window, SlidingWindow({.limit = 500, .window = kSecond}))
    ->Arg(1)
    ->Arg(kManyKeys);
BENCHMARK_CAPTURE(limiter, sliding_log,
                  SlidingLog({.limit = 50, .window = Duration::milliseconds(100)}))
    ->Arg(1)
    ->Arg(kManyKeys);
BENCHMARK_CAPTURE(limiter, token_bucket, TokenBucket({.pace = {500, kSecond}, .burst = 50}))
    ->Arg(1)
    ->Arg(kManyKeys);
BENCHMARK_CAPTURE(limiter, leaky_bucket, LeakyBucket({.pace = {500, kSecond}, .queue = 50}))
    ->Arg(1)
    ->Arg(kManyKeys);

/// A permission and its result.
void breaker(benchmark::State& state, OutcomeWindow::Kind kind) {
  std::vector<CircuitBreaker> breakers(
      static_cast<std::size_t>(state.range(0)),
      CircuitBreaker(
          {.window_kind = kind, .window = kind == OutcomeWindow::Kind::time ? 10U : 100U}));
  decide(state, breakers.size(), [&](std::size_t key, Instant now) {
    CircuitBreaker& one = breakers[key];
    if (!one.try_acquire(now)) return false;
    if (key % 16 == 3 || now.ns() % 16 == 3)
      one.failed(now, Duration::milliseconds(5));
    else
      one.succeeded(now, Duration::milliseconds(5));
    return true;
  });
}
BENCHMARK_CAPTURE(breaker, by_count, OutcomeWindow::Kind::count)->Arg(1)->Arg(100);
BENCHMARK_CAPTURE(breaker, by_time, OutcomeWindow::Kind::time)->Arg(1)->Arg(100);

std::vector<Hpa> autoscalers(std::size_t services, InstanceId instances, Instant now) {
  Hpa::Params params;
  params.bounds = {2, 100};
  params.metrics = {
      {.name = "cpu", .type = Hpa::Metric::Target::utilization, .target = 70, .cpu = true},
      {.name = "memory", .type = Hpa::Metric::Target::utilization, .target = 80}};
  params.behavior = Hpa::Behavior{};
  std::vector<Hpa> all(services, Hpa(params));
  std::vector<Decision> out;
  for (std::size_t i = 0; i < services; ++i) {
    const auto count = static_cast<std::int32_t>(instances);
    all[i].observe(now, ReplicaCount{count, count, now}, out);
    for (InstanceId id = 0; id < instances; ++id) {
      all[i].observe(now, InstanceStatus{.instance = id}, out);
      for (const std::uint32_t metric : {0U, 1U}) {
        all[i].observe(now, ResourceRequest{metric, id, 1}, out);
        const double usage = 0.8 + 0.001 * static_cast<double>((i * 7 + id) % 100);
        all[i].observe(now, MetricSample{metric, id, usage, now, Duration::seconds(30)}, out);
      }
    }
  }
  return all;
}

/// One sync of every service: two metrics of each instance.
void autoscaler_sync(benchmark::State& state) {
  const Instant now = Instant::start() + Duration::seconds(3600);
  const auto fresh = autoscalers(static_cast<std::size_t>(state.range(0)), 50, now);
  std::vector<Decision> out;
  for (auto _ : state) {
    state.PauseTiming();
    std::vector<Hpa> all = fresh;
    out.clear();
    state.ResumeTiming();
    for (Hpa& one : all) one.wake(now, out);
    benchmark::DoNotOptimize(out);
  }
  state.counters["decisions"] = static_cast<double>(out.size());
}
BENCHMARK(autoscaler_sync)->Arg(1000)->Unit(benchmark::kMillisecond);

}  // namespace
