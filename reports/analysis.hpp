#pragma once
/// What `rehearse analyze` found, as plain data: filled by experiments/, rendered here. Closed
/// forms of a steady state; nothing was simulated. Times in seconds, rates per second, ratios from
/// 0 to 1 (loads may exceed 1), infinite or no value where nothing bounds a figure.

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace rehearse::reports {

/// A service, a database, a broker or a cache that is a station, or the consumers of a queue, and
/// what it is asked for.
struct StationAnalysis {
  std::string name;
  std::string kind;  ///< "service", "database", "broker", "cache", "queue"
  /// What it has least of: "cores", "servers", "connections", "slots", "consumers"; empty where it
  /// has no limit.
  std::string resource;
  double capacity = 0;  ///< of it, all instances together; 0: no limit
  bool at_most =
      false;  ///< full at that load or earlier: slots are held while others are waited for
  double rate_mean = 0;     ///< arrivals, over the horizon
  double rate_peak = 0;     ///< at the peak of traffic
  double offered_load = 0;  ///< erlang: of the resource, busy on average
  /// As `run` reports it: of cores where there are any, else of slots. Above 1: more than it has.
  std::optional<double> utilization_mean, utilization_peak;
  double saturation_mean = 0;  ///< offered load over capacity
  double saturation_peak = 0;
  /// Of open loops alone, whose queues can grow without end; with all instances that a policy may
  /// ask for.
  double open_saturation_mean = 0;
  double open_saturation_peak = 0;
  double growth = 0;  ///< of all clients together until it is full; infinite: never
  /// At the peak: with every retry used; with empty caches; without the zone that holds most of it,
  /// where it stands in more than one.
  double saturation_retried = 0;
  double saturation_cold = 0;
  std::optional<double> saturation_zone_lost;
  std::string worst_zone;

  /// Whether open loops ask for more than it has, on average or at the peak.
  bool overloaded() const { return open_saturation_mean >= 1 || open_saturation_peak > 1; }
};

struct ClientAnalysis {
  std::string name;
  bool closed = false;  ///< users that wait for answers: rates are upper bounds
  double rate_mean = 0;
  double rate_peak = 0;
  double users_peak = 0;   ///< closed loops
  double growth = 0;       ///< of this client alone, until something is full
  std::string bottleneck;  ///< what is full then; empty: nothing ever is
  double rate_full = 0;    ///< rate at the peak then
  double failure = 0;      ///< share of requests that fail with nothing down and no queue
  int depth = 0;           ///< calls on the longest chain below it
};

struct CacheAnalysis {
  std::string name;
  double rate = 0;  ///< look-ups, over the horizon
  double hit_ratio = 0;
  double misses = 0;
};

struct PathHop {
  std::string endpoint;
  int depth = 0;
  double time = 0;   ///< of its own steps
  double share = 0;  ///< of the duration
};

/// Of the requests of a client to one endpoint.
struct PathAnalysis {
  std::string client;
  std::string endpoint;
  double share = 1;     ///< of the client's requests
  double duration = 0;  ///< mean, without queues
  double network = 0;
  std::vector<PathHop> hops;
};

/// What fails while a part is down: shares of the requests that would have succeeded otherwise.
struct ImpactAnalysis {
  std::string name;
  std::string kind;    ///< "service", "database", "broker", "cache", "zone"
  double clients = 0;  ///< of all clients together
  std::vector<std::pair<std::string, double>> workloads;  ///< of each client
  std::vector<std::pair<std::string, double>> endpoints;  ///< of those that are hit
  std::vector<std::pair<std::string, double>> overloads;  ///< saturation at the peak, above 1
  std::optional<double> availability;                     ///< that was given
  double gain = 0;  ///< availability of all clients if it were never down
};

struct AvailabilityAnalysis {
  std::string name;
  std::string kind;  ///< "workload", "endpoint", "clients": all of them
  double low = 0;    ///< both the same unless many parts make the sum too long
  double high = 0;
};

struct CallAnalysis {
  std::string from;
  std::string to;
  double per_request = 0;
  double rate = 0;
};

struct LintAnalysis {
  std::string id;
  std::string subject;
  std::string message;
  std::string help;
};

struct Analysis {
  int format = 1;
  std::string version;
  std::string scenario_name;
  std::string scenario_file;
  std::string scenario_hash;
  bool stationary = true;  ///< the traffic does not change over time
  std::string bottleneck;  ///< station that is full first as all clients grow; empty: none
  double growth = 0;       ///< of all clients then; infinite: none
  std::vector<StationAnalysis>
      stations;  ///< with traffic: services, databases, brokers, caches, queues
  std::vector<ClientAnalysis> clients;
  std::vector<CacheAnalysis> caches;
  std::vector<PathAnalysis> paths;
  std::vector<ImpactAnalysis> impacts;
  std::vector<AvailabilityAnalysis> availabilities;  ///< empty where none was given
  std::vector<CallAnalysis> calls;
  std::vector<LintAnalysis> lints;

  const StationAnalysis* find(const std::string& station) const;
  bool overloaded() const;  ///< any station is
};

}  // namespace rehearse::reports
