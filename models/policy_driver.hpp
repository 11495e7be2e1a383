#pragma once
/// Hosts a policy in the simulated world: shows it what a live host could, as late and as gappy,
/// wakes it when it asks to be woken, and carries its wishes out.
///
/// Scrapes come at a fixed interval, at a phase of their own in each trial. At each one every
/// running instance is read, unless its answer is lost; counters become rates between the oldest
/// reading within the window and this one (two are needed), gauges are as they are at that instant.
/// Latencies are those of all instances within the window. A scrape is known after its delay.
/// States and counts of instances are known at each wake, as from a watch on an API server. A wish
/// is done after the time that actions take, in order; one may fail, come too soon after the last
/// (and fail), or succeed without the policy hearing of it. With guard rails, these rule on a wish
/// first and see what the policy sees, as they do live: a wish that they limit is carried out so
/// far and reported as failed; `spacing` is theirs then.
///
/// What the instances do, the service counts (models/instance_usage.hpp); what becomes of a count,
/// whatever is scaled says (models/scale_target.hpp). Of a queue and its consumers everything is
/// read from the broker, at one go. Sources: metrics-server 0.6 (15 s between scrapes, a rate needs
/// two), Prometheus documentation, rate(). Leaves out: what it costs to be scraped; clocks that
/// differ.

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/instance_usage.hpp"
#include "models/policy_spec.hpp"
#include "policies/guard_rails.hpp"
#include "sim/engine.hpp"
#include "sim/statistics.hpp"

namespace rehearse::models {

class ScaleTarget;
class Service;
class World;

/// A wish of a policy and what became of it.
struct PolicyDecision {
  enum class Outcome : std::uint8_t {
    under_way,  ///< when the trial ended
    done,
    failed,
    throttled,    ///< turned away: too soon after the last
    unconfirmed,  ///< done, and the policy does not know
    limited,      ///< done as far as the guard rails allow
    vetoed        ///< by the guard rails
  };
  Instant at;
  std::uint32_t policy = 0;
  std::int32_t from = 0;  ///< instances that there were to be
  std::int32_t to = 0;
  std::string_view because;
  std::uint32_t metric = policies::Decision::kNoMetric;  ///< of the policy's needs
  double measured = 0;
  double limit = 0;
  Outcome outcome = Outcome::under_way;
  Instant settled = Instant::never();
  std::string ruling;  ///< of the guard rails: a sentence; empty where they allowed all of it
};
std::string_view outcome_name(PolicyDecision::Outcome outcome);

class PolicyDriver final : public sim::Handler {
 public:
  static constexpr std::size_t kMostDecisions = 2000;  ///< that are kept

  PolicyDriver(World& world, std::uint32_t policy);

  void begin();
  void on_event(sim::Engine& engine, std::uint64_t data) override;
  const std::vector<PolicyDecision>& decisions() const { return log_; }
  std::uint64_t decisions_left_out() const { return left_out_; }

 private:
  enum class What : std::uint8_t { scrape, learn, wake, act };
  using Batch = std::vector<policies::Observation>;
  using Reading = InstanceUsage::Reading;
  /// Readings within the window, oldest first.
  struct History {
    std::uint32_t id = ~std::uint32_t{0};  // of the instance
    std::vector<Reading> readings;
  };
  /// What one instance did between two readings.
  struct Rates {
    double seconds = 0;
    double busy = 0;  // cores, or servers
    double arrivals = 0;
    double answers = 0;
    double failures = 0;  // of the answers
  };
  /// What was read of all instances together at one scrape.
  struct Sum {
    std::uint32_t running = 0;
    std::uint32_t read = 0;   // gauges
    std::uint32_t rated = 0;  // rates
    double seconds = 0;       // longest time between two readings
    Rates rates;
    double in_system = 0;
    double queued = 0;
    double memory = 0;
  };
  struct Told {  // of an instance to the policy
    bool known = false;
    bool seen = false;  // at this look
    policies::InstanceStatus status;
  };
  struct Action {
    std::uint64_t number = 0;
    std::int32_t to = 0;
    bool fails = false;
    bool limited = false;
    std::size_t entry = 0;  // in the log
  };
  /// Responses between two scrapes.
  struct Responses {
    Instant until;
    sim::Histogram times;
  };

  void plan(What what, std::uint64_t number, Instant at);
  void scrape();
  void read_instances(Batch& batch);
  void read_instance(std::uint32_t instance, Sum& sum, Batch& batch);
  std::optional<Rates> rates_of(std::uint32_t instance, const Reading& now);
  void read_whole(const Sum& sum, Batch& batch);
  std::optional<double> whole(const PolicyMetric& metric, const Sum& sum, Duration& window);
  std::optional<double> elsewhere(const PolicyMetric& metric, std::uint32_t need);
  std::optional<double> rate_since(std::uint64_t count, std::uint32_t need);
  std::optional<double> share_of_responses(const PolicyMetric& metric) const;
  void remember_responses(Instant now);
  double reserved(const PolicyMetric& metric) const;
  void learn(std::uint64_t batch);
  void observe(const policies::Observation& seen);
  void tell_state();
  void tell_instance(std::uint32_t instance);
  void wake();
  void plan_wake();
  void carry_out();
  void ask(const policies::Decision& decision);
  policies::GuardRails::Ruling judge(const policies::Decision& wish, std::size_t entry);
  bool too_soon(Instant now);
  void act();
  void settle(std::size_t entry, PolicyDecision::Outcome outcome);
  Instant window_begin() const;

  World& world_;
  const PolicySpec& spec_;
  const std::uint32_t number_;
  ScaleTarget& set_;
  Service* const service_;  // nullptr where it scales consumers
  InstanceUsage* const usage_;
  std::unique_ptr<policies::Controller> controller_;
  std::optional<policies::GuardRails> rails_;
  std::vector<policies::Decision> wishes_;
  std::vector<History> histories_;   // by place
  std::vector<Told> told_;           // by id, from first_told_ on
  std::uint32_t first_told_ = 0;     // those before are gone
  std::deque<Responses> responses_;  // within the window, oldest first
  std::vector<std::deque<std::pair<Instant, std::uint64_t>>> counts_;  // by need: elsewhere
  std::deque<std::pair<Instant, std::uint64_t>> turned_away_;
  std::vector<Batch> batches_;  // on their way, or free
  std::vector<std::uint32_t> free_batches_;
  Instant planned_wake_ = Instant::never();
  std::uint64_t actions_ = 0;
  std::deque<Action> under_way_;
  Instant last_action_;  // when the latest of them is due
  std::optional<Instant> last_asked_;
  std::vector<PolicyDecision> log_;
  std::uint64_t left_out_ = 0;
};

}  // namespace rehearse::models
