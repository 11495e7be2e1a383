#pragma once
/// The traffic equations of a scenario: how often everything is visited and how busy that keeps it,
/// without simulating. Visit rates solve v = v0 + P' v, where v0 are the requests of clients and
/// P[i][j] the mean number of calls to endpoint j in one visit of endpoint i (J. R. Jackson 1957;
/// forced-flow law). Units: rates per second, busy slots and cores in erlangs.
///
/// What P counts: branches by their shares, parallel steps with their copies, errors of `fail`
/// steps and the attempts that follow them, cache look-ups by the expected hit ratio. What it
/// leaves out: timeouts, full queues, rate limits, lost messages, and all the attempts they cause
/// (TrafficCase has the other extreme). Filters count by their mean over all clients, DNS names by
/// the share of the time for which they stand for a target. A closed loop is taken at its upper
/// bound, users / (think + response without queues); such workloads are marked, as a bound is no
/// prediction.

#include <cstdint>
#include <vector>

#include "models/compile.hpp"
#include "models/plan_figures.hpp"

namespace rehearse::models {

struct TrafficCase {
  /// Each call whose attempts may time out or end with an error uses all of them, and all reach the
  /// callee: what retries can make of the load.
  bool all_attempts = false;
  bool cold_caches = false;  ///< every look-up misses
  /// By workload: what its rate or its number of users is multiplied with; empty: 1.
  std::vector<double> growth = {};
  /// By service: does not answer. Calls to it fail, whether refused or timed out, and it calls
  /// nobody. By cache: never hits. Empty: all is well.
  std::vector<bool> services_down = {};
  std::vector<bool> caches_down = {};
};

enum class Level : std::uint8_t {
  mean,  ///< over the horizon
  peak,  ///< highest rate, largest number of users, within the horizon
};
enum class Loops : std::uint8_t {
  all,
  open,  ///< without closed loops, which cannot ask for more than they get
};

struct ServiceLoad {
  double rate = 0;
  double busy_slots = 0;  ///< rate times the mean time without queues for which a slot is held
  double busy_cores = 0;  ///< rate times demand
  double slots = 0;       ///< of all instances; 0: no limit
  double cores = 0;       ///< of all instances; 0: no shared cores
  double running = 1;     ///< share of the time for which instances do not pause
  /// How much busier the busiest instance is than all on average, where they are not alike.
  double slot_skew = 1;
  double core_skew = 1;

  /// As results report it: of cores where there are any, else of slots; 0 without either. Not cut
  /// at 1.
  double utilization() const;
  /// Of the scarcer one. The service can carry 1 / saturation() times this traffic.
  double saturation() const;
};

/// A queue of a broker. A consumer is busy with a message for as long as its handler takes without
/// queues, messages there and back included; where it may hold one only, it also idles while the
/// next is on its way.
struct QueueLoad {
  double rate = 0;       ///< messages per second, dead letters that come in included
  double busy = 0;       ///< consumers, erlangs; redeliveries included
  double consumers = 0;  ///< 0: nobody consumes
  double dead = 0;       ///< share that is given up
  double handling = 0;   ///< of one delivery, s
  double saturation() const { return consumers > 0 ? busy / consumers : 0; }
};

class Traffic {
 public:
  /// Cost: O(steps of all plans), and passes over the keys of the caches.
  explicit Traffic(const Scenario& scenario, TrafficCase assumed = {});
  /// The same scenario in another case. Where something is down, hit ratios stay what they were:
  /// nobody waits for a new steady state then. Cheaper than from the scenario.
  Traffic(const Traffic& usual, TrafficCase assumed);

  const Scenario& scenario() const { return scenario_; }

  bool closed(std::uint32_t workload) const;
  double workload_rate(std::uint32_t workload, Level level) const {
    return clients_[workload].rate[static_cast<std::size_t>(level)];
  }
  double endpoint_rate(std::uint32_t endpoint, Level level, Loops loops = Loops::all) const {
    return rates_[column(level, loops)][endpoint];
  }
  ServiceLoad load(std::uint32_t service, Level level, Loops loops = Loops::all) const;
  QueueLoad queue_load(std::uint32_t queue, Level level, Loops loops = Loops::all) const;
  /// Look-ups per second on average over the horizon, and the share of them that hit.
  double lookup_rate(std::uint32_t cache) const { return lookup_rates_[cache]; }
  double hit_ratio(std::uint32_t cache) const { return plans_.hit_ratios[cache]; }

  /// Of one visit; of one request of a workload, averaged over its mix.
  const PlanFigures& endpoint(std::uint32_t endpoint) const { return plans_.endpoints[endpoint]; }
  const PlanFigures& request(std::uint32_t workload) const { return clients_[workload].figures; }
  const PlanContext& plans() const { return plans_; }

 private:
  static constexpr std::size_t kColumns = 4;  // levels x loops
  struct Client {
    PlanFigures figures;
    double rate[2] = {0, 0};  // by level
  };
  static std::size_t column(Level level, Loops loops) {
    return 2 * static_cast<std::size_t>(level) + static_cast<std::size_t>(loops);
  }
  double held_slots(std::uint32_t service, Level level, Loops loops) const;
  void settle();
  void solve();
  void look_up();
  bool settle_hit_ratios();
  bool settle_batches();
  double settle_layers(std::uint32_t whole);
  double settle(std::uint32_t cache, double hit_ratio);

  const Scenario& scenario_;
  TrafficCase assumed_;
  std::vector<double> by_size_;  // hit ratios where nothing expires; empty for cold caches
  PlanContext plans_;
  std::vector<Client> clients_;
  std::vector<double> rates_[kColumns];
  std::vector<double> lookup_rates_;
};

/// Users on average over the horizon, and at most.
double mean_users(const UsersSpec& users, Duration horizon);
double peak_users(const UsersSpec& users, Duration horizon);
/// Highest rate of an arrival process within the horizon; of given instants over a second, or over
/// a 300th of the horizon where that is longer.
double peak_rate(const ArrivalSpec& arrivals, Duration horizon);

}  // namespace rehearse::models
