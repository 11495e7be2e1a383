/// Whole requests. M/M/16 at 80 % load through client, balancer, instance, statistics and windows,
/// against a bare event-driven loop of the same queue in the same process (counter `ratio`); three
/// tiers with cache, database, timeouts and retries, in service visits a second; and the whole path
/// of a platform, with and without its probes.

#include <benchmark/benchmark.h>

#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

#include "bench/bare_heap.hpp"
#include "models/compile.hpp"
#include "models/world.hpp"
#include "scenarios/spec/reader.hpp"
#include "sim/closed_form.hpp"

namespace rehearse::bench {
namespace {

constexpr int kServers = 16;
constexpr double kLoad = 0.8;
double bare_rate = 0;

double cpu_seconds() {
  timespec t{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

// Future events in a heap, those who wait in a ring: nothing else.
class BareQueue {
 public:
  void run(int requests) {
    for (int done = 0; done < requests;) {
      const BareEvent event = heap_.top();
      if (event.id == 0) {
        heap_.replace_top({event.at + random_.exponential() / (kLoad * kServers), 0});
        if (busy_ < kServers) {
          ++busy_;
          heap_.push({event.at + random_.exponential(), 1});
        } else {
          ring_[last_++ % ring_.size()] = event.at;
        }
        continue;
      }
      ++done;
      if (first_ != last_) {
        wait_ += event.at - ring_[first_++ % ring_.size()];
        heap_.replace_top({event.at + random_.exponential(), 1});
      } else {
        --busy_;
        heap_.pop();
      }
    }
    requests_ += requests;
  }
  double mean_wait() const { return wait_ / requests_; }

 private:
  BareRandom random_{1};
  BareHeap heap_ = first_arrival();
  static BareHeap first_arrival() {
    BareHeap heap(64);
    heap.push({0, 0});
    return heap;
  }
  std::vector<double> ring_ = std::vector<double>(1 << 16);
  std::uint64_t first_ = 0, last_ = 0;
  int busy_ = 0;
  double wait_ = 0, requests_ = 0;
};

using Sets = std::vector<std::string>;

models::Scenario load(const std::string& path, const Sets& sets) {
  Diagnostics out;
  const spec::FileSource files = spec::disk();
  const SpecNode root = spec::read_scenario(path, {{}, sets}, files, out);
  auto scenario = models::compile(root, files, out);
  if (!scenario) {
    std::fputs(out.render().c_str(), stderr);
    std::exit(2);
  }
  return std::move(*scenario);
}

std::string scenario_file(const char* name) {
  return std::string(REHEARSE_SOURCE_DIR) + "/" + name;
}

void bare_mmc(benchmark::State& state) {
  BareQueue queue;
  const double start = cpu_seconds();
  for (auto _ : state) queue.run(100'000);
  bare_rate = 1e5 * static_cast<double>(state.iterations()) / (cpu_seconds() - start);
  state.SetItemsProcessed(state.iterations() * 100'000);
  state.counters["wait_over_erlang_c"] =
      queue.mean_wait() / sim::mm_c(kLoad * kServers, 1, kServers).mean_wait;
}

// One trial of the scenario per iteration; items are requests, or visits at any service.
void run_scenario(benchmark::State& state, const char* file, bool visits, const Sets& sets = {}) {
  const models::Scenario scenario = load(scenario_file(file), sets);
  std::vector<Instant> boundaries;
  for (int i = 0; i <= 100; ++i)
    boundaries.push_back(Instant::at_ns(scenario.experiment.horizon.ns() / 100 * i));
  std::uint64_t items = 0;
  std::uint64_t fingerprint = 0;
  std::size_t bytes = 0;
  const double start = cpu_seconds();
  for (auto _ : state) {
    models::World world(scenario.blueprint, {scenario.experiment.seed, 0}, boundaries, false);
    while (world.advance()) {
    }
    bytes = world.memory_bytes();
    const models::TrialRecord record = world.take_record();
    fingerprint = record.fingerprint;
    if (!visits) items += record.requests;
    for (const models::SubjectRecord& subject : record.subjects) {
      if (!visits || subject.kind != "endpoint") continue;
      for (const models::WindowRecord& window : subject.windows) items += window.arrivals;
    }
  }
  const double rate = static_cast<double>(items) / (cpu_seconds() - start);
  state.SetItemsProcessed(static_cast<std::int64_t>(items));
  state.counters["bytes"] = static_cast<double>(bytes);
  state.counters["fingerprint_low"] = static_cast<double>(fingerprint & 0xffffffff);
  if (!visits && bare_rate > 0) state.counters["ratio"] = rate / bare_rate;
}

BENCHMARK(bare_mmc)->Name("mm16/bare_loop");
BENCHMARK_CAPTURE(run_scenario, mm16, "bench/scenarios/mm16.yaml", false)->Name("mm16/model_stack");
BENCHMARK_CAPTURE(run_scenario, three_tier, "bench/scenarios/three_tier.yaml", true)
    ->Name("three_tier/visits");

constexpr const char* kPhase2 = "scenarios/merajutasa/phase2.yaml";
const Sets kWithoutProbes = {"system.services.signer.probes=null",
                             "system.services.chain.probes=null",
                             "system.services.collector.probes=null"};
BENCHMARK_CAPTURE(run_scenario, phase2, kPhase2, true)->Name("phase2/visits");
BENCHMARK_CAPTURE(run_scenario, phase2_bare, kPhase2, true, kWithoutProbes)
    ->Name("phase2/visits_without_probes");

}  // namespace
}  // namespace rehearse::bench
