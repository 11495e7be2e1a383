/// HOLD: N events are pending, and each schedules one more when it happens (D. W. Jones, "An
/// empirical comparison of priority-queue and event-set implementations", CACM 1986). The engine
/// with its total order, dispatch and fingerprint against a bare heap, other laws of the increment,
/// and timeouts of which nine in ten are cancelled. Counter `ratio`: rate over the bare heap's in
/// the same process.

#include <benchmark/benchmark.h>

#include <cmath>
#include <ctime>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "bench/bare_heap.hpp"
#include "sim/engine.hpp"

namespace rehearse::bench {
namespace {

enum Law { exponential, uniform, narrow, bimodal, pareto, constant, half_zero, whole_seconds };
constexpr const char* kLawNames[] = {"exponential", "uniform",  "narrow",    "bimodal",
                                     "pareto",      "constant", "half_zero", "whole_seconds"};

double increment(Law law, BareRandom& random) {
  switch (law) {
    case exponential:
      return random.exponential();
    case uniform:
      return 2 * random.uniform();
    case narrow:
      return 0.9 + 0.2 * random.uniform();
    case bimodal:
      return random.exponential() * (random.uniform() < 0.9 ? 0.01 : 10.0);
    case pareto:
      return 0.1 * std::pow(random.uniform(), -1 / 1.1);
    case constant:
      return 1;
    case half_zero:
      return random.uniform() < 0.5 ? 0 : random.exponential();
    case whole_seconds:
      return std::floor(4 * random.uniform());
  }
  return 1;
}

std::int64_t nanoseconds(double seconds) {
  return static_cast<std::int64_t>(seconds * 1e9);
}

class Holder final : public sim::Handler {
 public:
  Holder(Law law, BareRandom& random) : law_(law), random_(random) {}
  void on_event(sim::Engine& engine, std::uint64_t data) override {
    engine.schedule(
        *this, engine.now() + Duration::nanoseconds(nanoseconds(increment(law_, random_))), data);
  }

 private:
  Law law_;
  BareRandom& random_;
};

// Each event sets a timeout far ahead and, nine times in ten, cancels one that was set before.
class Canceller final : public sim::Handler {
 public:
  explicit Canceller(BareRandom& random, std::size_t pending) : random_(random), timers_(pending) {}
  void on_event(sim::Engine& engine, std::uint64_t data) override {
    if (data == kTimeout) return;
    sim::TimerId& timer = timers_[data];
    if (random_.uniform() < 0.9) engine.cancel(timer);
    timer = engine.schedule_cancellable(*this, engine.now() + Duration::seconds(30), kTimeout);
    engine.schedule(*this, engine.now() + Duration::nanoseconds(nanoseconds(random_.exponential())),
                    data);
  }

 private:
  static constexpr std::uint64_t kTimeout = ~std::uint64_t{0};
  BareRandom& random_;
  std::vector<sim::TimerId> timers_;
};

std::map<std::pair<std::int64_t, int>, double>& bare_rates() {
  static std::map<std::pair<std::int64_t, int>, double> rates;
  return rates;
}

double mean_increment(Law law) {
  BareRandom random(2);
  double sum = 0;
  for (int i = 0; i < 100'000; ++i) sum += increment(law, random);
  return sum / 100'000;
}

class CpuTime {
 public:
  double seconds() const { return now() - start_; }

 private:
  static double now() {
    timespec t{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
  }
  double start_ = now();
};

constexpr int kBatch = 1000;  // events per iteration

void bare_heap(benchmark::State& state, Law law) {
  const std::int64_t pending = state.range(0);
  BareRandom random(1);
  BareHeap heap(static_cast<std::size_t>(pending));
  for (std::int64_t i = 0; i < pending; ++i)
    heap.push({increment(law, random), static_cast<std::uint64_t>(i)});
  const auto hold = [&] {
    const BareEvent event = heap.top();
    heap.pop();
    heap.push({event.at + increment(law, random), event.id});
  };
  for (std::int64_t i = 0; i < 2 * pending; ++i) hold();
  const CpuTime cpu;
  for (auto _ : state) {
    for (int i = 0; i < kBatch; ++i) hold();
  }
  const auto events = static_cast<double>(state.iterations() * kBatch);
  bare_rates()[{pending, law}] = events / cpu.seconds();
  state.SetItemsProcessed(state.iterations() * kBatch);
}

// The engine runs for as much simulated time per iteration as holds about a batch of events.
void engine(benchmark::State& state, Law law) {
  const std::int64_t pending = state.range(0);
  BareRandom random(1);
  sim::Engine engine({1, 0});
  Holder holder(law, random);
  engine.add(holder, "holder");
  for (std::int64_t i = 0; i < pending; ++i)
    engine.schedule(holder, Instant::at_ns(nanoseconds(increment(law, random))),
                    static_cast<std::uint64_t>(i));
  const double slice = kBatch * mean_increment(law) / static_cast<double>(pending);
  const CpuTime cpu;
  double warm = 0;
  const auto warm_slices = static_cast<int>(2 * pending / kBatch);
  for (int i = 0; i < warm_slices; ++i)
    engine.run_before(engine.now() + Duration::nanoseconds(nanoseconds(slice)));
  warm = cpu.seconds();
  const std::uint64_t before = engine.events();
  for (auto _ : state) engine.run_before(engine.now() + Duration::nanoseconds(nanoseconds(slice)));
  const auto events = static_cast<double>(engine.events() - before);
  state.SetItemsProcessed(static_cast<std::int64_t>(events));
  const auto bare = bare_rates().find({pending, law});
  if (bare != bare_rates().end())
    state.counters["ratio"] = events / (cpu.seconds() - warm) / bare->second;
}

void cancelled(benchmark::State& state) {
  const auto pending = static_cast<std::size_t>(state.range(0));
  BareRandom random(1);
  sim::Engine engine({1, 0});
  Canceller canceller(random, pending);
  engine.add(canceller, "canceller");
  for (std::size_t i = 0; i < pending; ++i)
    engine.schedule(canceller, Instant::at_ns(nanoseconds(random.exponential())), i);
  engine.run_before(Instant::start() + Duration::seconds(60));
  const Duration slice = Duration::nanoseconds(nanoseconds(kBatch / static_cast<double>(pending)));
  const std::uint64_t before = engine.events();
  for (auto _ : state) engine.run_before(engine.now() + slice);
  state.SetItemsProcessed(static_cast<std::int64_t>(engine.events() - before));
  state.counters["bytes"] = static_cast<double>(engine.queue().memory_bytes());
}

void register_all() {
  for (const int law :
       {exponential, uniform, narrow, bimodal, pareto, constant, half_zero, whole_seconds}) {
    for (const int pending : {1'000, 100'000, 1'000'000}) {
      const auto name = [&](const char* what) {
        return std::string("hold/") + kLawNames[law] + "/" + what;
      };
      benchmark::RegisterBenchmark(name("bare_heap").c_str(), bare_heap, static_cast<Law>(law))
          ->Arg(pending);
      benchmark::RegisterBenchmark(name("engine").c_str(), engine, static_cast<Law>(law))
          ->Arg(pending);
    }
  }
  benchmark::RegisterBenchmark("cancel_90_percent/engine", cancelled)->Arg(1'000)->Arg(100'000);
}

}  // namespace
}  // namespace rehearse::bench

int main(int argc, char** argv) {
  rehearse::bench::register_all();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
