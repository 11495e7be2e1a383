#pragma once
/// Hosts a policy of a service, or of the consumers of a queue: shows it what a live host could, as
/// late and as gappy, and sets the count of instances, or how large they are. Advice is noted, and
/// changes nothing.
///
/// Scrapes come at a fixed interval, at a phase of their own in each trial. At each one every
/// running instance is read, unless its answer is lost; counters become rates between the oldest
/// reading within the window and this one (two are needed), gauges are as they are at that instant.
/// Latencies are those of all instances within the window. A scrape is known after its delay.
///
/// What the instances do, the service counts (models/instance_usage.hpp); what becomes of a count,
/// whatever is scaled says (models/scale_target.hpp). Of a queue and its consumers everything is
/// read from the broker, at one go. Sources: metrics-server 0.6 (15 s between scrapes, a rate needs
/// two), Prometheus documentation, rate(). Leaves out: what it costs to be scraped; clocks that
/// differ.

#include "models/instance_usage.hpp"
#include "models/policy_driver.hpp"
#include "sim/statistics.hpp"

namespace rehearse::models {

class ScaleTarget;
class Service;

class ServicePolicy final : public PolicyDriver {
 public:
  ServicePolicy(World& world, std::uint32_t policy);

  void begin() override;

 private:
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
    double cores = 0;  // that those of the rates reserve
    double bytes = 0;  // that those of the gauges reserve
  };
  struct Told {  // of an instance to the policy
    bool known = false;
    bool seen = false;  // at this look
    policies::InstanceStatus status;
  };
  /// Responses between two scrapes.
  struct Responses {
    Instant until;
    sim::Histogram times;
  };

  void tell_state() override;
  Change change_of(const policies::Action& action) const override;
  bool carry_out(const policies::Action& action) override;
  std::string describe(const policies::Decision& wish) const override;
  void on_look(What what, std::uint64_t number) override;

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
  double reserved(PolicyMetric::What what, std::uint32_t instance) const;
  void change_size(const policies::Resize& resize);
  void learn(std::uint64_t batch);
  void tell_instance(std::uint32_t instance);
  Instant window_begin() const;

  ScaleTarget& set_;
  Service* const service_;  // nullptr where it scales consumers
  InstanceUsage* const usage_;
  std::vector<History> histories_;   // by place
  std::vector<Told> told_;           // by id, from first_told_ on
  std::uint32_t first_told_ = 0;     // those before are gone
  std::deque<Responses> responses_;  // within the window, oldest first
  std::vector<std::deque<std::pair<Instant, std::uint64_t>>> counts_;  // by need: elsewhere
  std::deque<std::pair<Instant, std::uint64_t>> turned_away_;
  std::vector<Batch> batches_;  // on their way, or free
  std::vector<std::uint32_t> free_batches_;
};

}  // namespace rehearse::models
