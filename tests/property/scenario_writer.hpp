#pragma once
/// Draws one scenario (tests/property/random_scenario.hpp), a file per part of it.

#include <fmt/format.h>

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/random.hpp"

namespace rehearse::testing_tools {

class ScenarioWriter {
 public:
  explicit ScenarioWriter(std::uint64_t seed)
      : random_({seed, 0}, "scenario", "shape"),
        apart_({seed, 0}, "scenario", "services"),
        seed_(seed) {}

  std::string write();

 private:
  struct Callee {
    std::string name;
    bool cpu = false;  // has cores to share
    std::vector<std::string> endpoints;
    bool memory = false;  // is counted
  };

  // What is drawn while this lives comes from a stream of its own: the rest of the scenario stays
  // as it is without it.
  class Apart {
   public:
    explicit Apart(ScenarioWriter& writer) : writer_(writer) {
      std::swap(writer.random_, writer.apart_);
    }
    ~Apart() { std::swap(writer_.random_, writer_.apart_); }
    Apart(const Apart&) = delete;
    Apart& operator=(const Apart&) = delete;

   private:
    ScenarioWriter& writer_;
  };

  std::uint64_t below(std::uint64_t n) { return random_.below(n); }
  bool chance(double p) { return random_.chance(p); }
  std::string_view one_of(std::initializer_list<std::string_view> words) {
    return words.begin()[below(words.size())];
  }
  template <class T>
  const T& one_of(const std::vector<T>& items) {
    return items[below(items.size())];
  }

  void draw_names();
  void draw_versions();
  Callee draw_callee(const std::string& name, double with_cpu);
  // Milliseconds on average, of any law.
  std::string time(double scale = 1);
  std::string sizes();
  static std::string join(const std::vector<std::string>& items);
  void write_workload(std::uint64_t number);
  void write_users();
  void write_arrivals();
  void write_targets();
  static std::string braced(const std::string& text) { return fmt::format("{{{}}}", text); }

  // ---- Services, and where they stand: random_system.cpp
  void write_places();
  std::string transport();
  void write_nodes();
  std::string place();
  void write_service(std::size_t index);
  std::string balancer();
  std::string outliers();
  void write_pace(Callee& service);
  void write_abandoned();
  void write_probes(const Callee& service);
  void write_limits();
  std::string limiter();
  // All services have a part0.
  void write_name();
  void write_queue();
  void write_adaptive_limit();

  // ---- Faults and policies: random_faults.cpp
  void write_faults();
  std::string lasts() { return chance(0.7) ? fmt::format(", for: {}ms", 1 + below(1500)) : ""; }
  std::string ramp();
  std::string in_flight();
  std::string write_fault();
  void write_policies();
  std::string guard_rails();
  std::string controller(const Callee& service);

  // ---- What endpoints do: random_plans.cpp
  std::string write_steps(std::size_t owner, int depth);
  // A row that is read, and written where nobody else has changed it meanwhile.
  void write_compare_and_set(std::vector<std::string>& steps);
  std::string write_step(std::size_t owner, int depth);
  // Few turns: what is worked on for longer than it is asked for would not end in time.
  std::string times();
  // Only the first cache is written: it always has keys.
  std::string write_cache_write(std::size_t owner);
  std::string write_transaction();
  std::string write_parallel(std::size_t owner, int depth);
  std::string write_call(const Callee& callee, bool kept = false);
  std::string fallback();
  /// What stands around a call; `kept`: it keeps its connection.
  std::string guards(const std::string& before, bool kept = false);
  // With `before` in front of it; empty where there is none.
  std::string deadline(const std::string& before);
  std::string timeout() { return fmt::format("{}ms", 1 + below(60)); }
  std::string retry();
  std::string budget();

  // ---- Databases, caches, brokers: random_stores.cpp
  void write_database(const Callee& database);
  // Commits that wait for replicas wait for ever where a fault takes these away.
  void write_replicas();
  void write_cache(const std::string& cache);
  void write_cache_store();
  std::string write_publish();
  void write_broker();
  // Dead letters go to queues further on. What could pile up is bounded or expires, and a lost
  // delivery has to time out, so that the trial ends.
  void write_message_queue(std::size_t i);

  sim::Stream random_;
  sim::Stream apart_;
  std::uint64_t seed_;
  bool zoned_ = false;
  bool lossy_ = false;
  bool nodes_ = false;
  bool sized_ = false;  // a policy sizes their pool
  bool faulty_ = false;
  bool transactions_ = false;
  bool versions_ = false;  // of rows
  bool named_ = false;
  std::uint64_t workloads_ = 1;
  std::vector<Callee> services_;
  std::vector<Callee> databases_;
  std::vector<std::string> caches_;
  std::vector<std::string> queues_;
  std::vector<std::string> consumed_;  // queues with consumers
  std::uint64_t top_priority_ = 0;
  std::string text_;
};

}  // namespace rehearse::testing_tools
