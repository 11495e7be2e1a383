#pragma once
/// What a theory says of one subject, on the way to a Twin. Internal to experiments/.

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "experiments/twin_flow.hpp"
#include "experiments/twins.hpp"

namespace rehearse::experiments {

using Quantile = std::function<double(double)>;

/// Times in seconds. What is absent is not known, or not defined for this subject.
struct TwinFigures {
  std::string model;
  double rate = 0;                 ///< requests that arrive, 1/s
  std::optional<double> wait;      ///< mean, of requests that were admitted
  std::optional<double> response;  ///< mean, of requests that succeed
  std::optional<double> in_system;
  std::optional<double> in_queue;
  std::optional<double> utilization;
  std::optional<double> error_ratio;
  Quantile response_quantile;  ///< empty: not known
  Quantile wait_quantile;
};

/// Names a Twin after its subject and lists its values by metric.
class TwinWriter {
 public:
  explicit TwinWriter(const models::Scenario& scenario);
  Twin write(std::string subject, std::string kind, const TwinFigures& figures) const;

 private:
  bool drain_;
  std::set<double> quantiles_;  // those of every report, and those that objectives ask for
};

/// "service", "database", "cache" or "broker".
std::string station_kind(const models::ServiceSpec& service);

/// Whether an endpoint is reported apart from its service.
bool has_own_name(const models::Blueprint& blueprint, std::uint32_t endpoint);

/// Stations and services under open loops: by service, by endpoint, by workload; absent where no
/// theory applies.
struct OpenTheory {
  std::vector<std::optional<TwinFigures>> services;
  std::vector<std::optional<TwinFigures>> endpoints;
  std::vector<std::optional<TwinFigures>> workloads;
};
OpenTheory open_theory(const models::Scenario& scenario, const models::Traffic& traffic,
                       const FlowTheory& flow);

/// Figures of a station with servers, and of each of its endpoints in the order of
/// Station::endpoints; nullopt where no formula fits. REQUIRES: kind servers, untouched.
struct StationFigures {
  TwinFigures station;
  std::vector<TwinFigures> endpoints;
};
std::optional<StationFigures> server_figures(const models::Scenario& scenario,
                                             const models::Traffic& traffic, std::uint32_t service,
                                             const Station& station);

/// The only workload of a scenario as a closed product-form network.
/// Empty where it is not the only one, or the network is of another kind.
std::vector<Twin> closed_network_twins(const models::Scenario& scenario,
                                       const models::Traffic& traffic, const TwinWriter& writer);

/// Hit ratios of caches.
std::vector<Twin> cache_twins(const models::Scenario& scenario, const models::Traffic& traffic,
                              const FlowTheory& flow);

/// Whether the traffic equations give all rates exactly: stationary open loops, and no request that
/// fails for want of time, room or luck on the way.
bool rates_are_exact(const models::Scenario& scenario, const models::Traffic& traffic);
/// Rates and utilization of a service, where they are exact.
TwinFigures forced_flow(const models::Scenario& scenario, const models::Traffic& traffic,
                        std::uint32_t service);

}  // namespace rehearse::experiments
