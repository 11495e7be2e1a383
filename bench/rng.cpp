/// Random numbers: our streams against std::mt19937_64 and xoshiro256++, our logarithm against that
/// of the C library, and each distribution. Counter "per_uniform": time in draws of our own
/// uniform(), the unit that a reader can compare over machines. Counter "hash": of the results, to
/// see that two machines drew the same.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "sim/distribution.hpp"
#include "sim/random.hpp"

namespace {

using rehearse::sim::Distribution;
using rehearse::sim::Stream;
using rehearse::sim::Zipf;

/// xoshiro256++ (D. Blackman, S. Vigna 2019): the fastest general generator in wide use; but its
/// streams are made by jumps along one sequence, not from names.
class Xoshiro {
 public:
  std::uint64_t operator()() {
    const std::uint64_t result = std::rotl(s_[0] + s_[3], 23) + s_[0];
    const std::uint64_t t = s_[1] << 17;
    s_[2] ^= s_[0];
    s_[3] ^= s_[1];
    s_[1] ^= s_[2];
    s_[0] ^= s_[3];
    s_[2] ^= t;
    s_[3] = std::rotl(s_[3], 45);
    return result;
  }

 private:
  std::uint64_t s_[4] = {0x9e3779b97f4a7c15, 0xbf58476d1ce4e5b9, 0x94d049bb133111eb, 1};
};

constexpr int kBatch = 1024;

/// Not inlined, so that the generator's state lies in memory between batches, as in a simulator.
template <class Draw>
[[gnu::noinline]] double sum_of_batch(Draw& draw) {
  double sum = 0;
  for (int i = 0; i < kBatch; ++i) sum += static_cast<double>(draw());
  return sum;
}

/// The best of several short rounds.
template <class Draw>
double nanoseconds_of(Draw draw) {
  constexpr int kBatches = 200;
  double best = 1e9;
  for (int round = 0; round < 10; ++round) {
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < kBatches; ++i) benchmark::DoNotOptimize(sum_of_batch(draw));
    const std::chrono::duration<double, std::nano> spent = std::chrono::steady_clock::now() - start;
    best = std::min(best, spent.count() / (kBatches * kBatch));
  }
  return best;
}

double uniform_nanoseconds() {
  static const double ns =
      nanoseconds_of([stream = Stream()]() mutable { return stream.uniform(); });
  return ns;
}

/// Times `draw` in batches that are summed, so that nothing is optimized away and nothing else
/// costs.
template <class Draw>
void measure(benchmark::State& state, Draw draw) {
  const double unit = uniform_nanoseconds();
  std::uint64_t hash = 0;
  for (int i = 0; i < kBatch; ++i)  // the same draws whatever the number of iterations
    hash = (hash ^ std::bit_cast<std::uint64_t>(static_cast<double>(draw()))) * 0x100'0000'01b3;
  const auto start = std::chrono::steady_clock::now();
  for (auto _ : state) benchmark::DoNotOptimize(sum_of_batch(draw));
  const std::chrono::duration<double, std::nano> spent = std::chrono::steady_clock::now() - start;
  const auto draws = static_cast<double>(state.iterations()) * kBatch;
  state.SetItemsProcessed(static_cast<std::int64_t>(draws));
  state.counters["ns"] = spent.count() / draws;
  state.counters["per_uniform"] = spent.count() / draws / unit;
  state.counters["hash"] = static_cast<double>(hash >> 40);
}

void bits_philox(benchmark::State& state) {
  Stream stream;
  measure(state, [&] { return stream.bits() & 0xff; });
}
BENCHMARK(bits_philox);

void bits_mt19937(benchmark::State& state) {
  std::mt19937_64 engine(1);
  measure(state, [&] { return engine() & 0xff; });
}
BENCHMARK(bits_mt19937);

void bits_xoshiro(benchmark::State& state) {
  Xoshiro engine;
  measure(state, [&] { return engine() & 0xff; });
}
BENCHMARK(bits_xoshiro);

/// As a simulator draws: from one of many streams that do not all stay in the first cache.
void bits_philox_of_many(benchmark::State& state) {
  std::vector<Stream> streams;
  for (int i = 0; i < state.range(0); ++i)
    streams.emplace_back(rehearse::sim::StreamSeed{1, 0}, "entity " + std::to_string(i), "x");
  std::size_t at = 0;
  measure(state, [&] {
    at = at + 1 == streams.size() ? 0 : at + 1;
    return streams[at].bits() & 0xff;
  });
}
BENCHMARK(bits_philox_of_many)->Arg(16)->Arg(1024)->Arg(16384);

void stream_construction(benchmark::State& state) {
  std::uint64_t trial = 0;
  measure(state, [&] { return Stream({1, ++trial}, "gateway", "service").key()[0] & 0xff; });
}
BENCHMARK(stream_construction);

void uniform(benchmark::State& state) {
  Stream stream;
  measure(state, [stream]() mutable { return stream.uniform(); });
}
BENCHMARK(uniform);

void exponential(benchmark::State& state) {
  Stream stream;
  measure(state, [&] { return stream.exponential(); });
}
BENCHMARK(exponential);

void exponential_by_std_log(benchmark::State& state) {
  Stream stream;
  measure(state, [&] { return -std::log(stream.uniform()); });
}
BENCHMARK(exponential_by_std_log);

void exponential_xoshiro_std_log(benchmark::State& state) {
  Xoshiro engine;
  measure(state, [&] { return -std::log(static_cast<double>((engine() >> 11) + 1) * 0x1.0p-53); });
}
BENCHMARK(exponential_xoshiro_std_log);

void below_1000(benchmark::State& state) {
  Stream stream;
  measure(state, [&] { return stream.below(1000); });
}
BENCHMARK(below_1000);

void distribution(benchmark::State& state, const Distribution& law) {
  Stream stream;
  measure(state, [&] { return law.sample(stream); });
}
std::vector<double> thousand_values() {
  std::vector<double> values;
  for (int i = 0; i < 1000; ++i) values.push_back(i * i * 1e-6);
  return values;
}
BENCHMARK_CAPTURE(distribution, constant, Distribution::constant(1));
BENCHMARK_CAPTURE(distribution, uniform, Distribution::uniform(1, 2));
BENCHMARK_CAPTURE(distribution, exponential, Distribution::exponential(1));
BENCHMARK_CAPTURE(distribution, normal, Distribution::normal(5, 1));
BENCHMARK_CAPTURE(distribution, lognormal, Distribution::lognormal_median_p99(2, 8));
BENCHMARK_CAPTURE(distribution, gamma, Distribution::gamma(4, 1));
BENCHMARK_CAPTURE(distribution, weibull, Distribution::weibull(0.7, 1));
BENCHMARK_CAPTURE(distribution, pareto, Distribution::pareto(2.5, 1));
BENCHMARK_CAPTURE(distribution, hyperexponential, Distribution::hyperexponential(1, 4));
BENCHMARK_CAPTURE(distribution, empirical, Distribution::empirical(thousand_values()));
BENCHMARK_CAPTURE(distribution, mixture,
                  Distribution::mixture({{0.9, Distribution::exponential(1)},
                                         {0.1, Distribution::exponential(10)}}));

template <class Law>
void standard(benchmark::State& state, Law law) {
  std::mt19937_64 engine(1);
  measure(state, [&] { return law(engine); });
}
BENCHMARK_CAPTURE(standard, exponential, std::exponential_distribution<>(1));
BENCHMARK_CAPTURE(standard, lognormal, std::lognormal_distribution<>(0, 1));
BENCHMARK_CAPTURE(standard, gamma, std::gamma_distribution<>(4, 1));
BENCHMARK_CAPTURE(standard, weibull, std::weibull_distribution<>(0.7, 1));

void zipf(benchmark::State& state) {
  const Zipf law(static_cast<std::uint64_t>(state.range(0)), 0.9);
  Stream stream;
  measure(state, [&] { return law.sample(stream); });
}
BENCHMARK(zipf)->Arg(1000)->Arg(100'000)->Arg(250'000)->Arg(1'000'000)->Arg(4'000'000)->Arg(
    100'000'000);

}  // namespace
