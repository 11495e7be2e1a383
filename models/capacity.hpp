#pragma once
/// How far traffic can grow until something is full, from the traffic equations.
///
/// A station is full when its busy slots or cores, by their mean, (of a queue: the consumers) are
/// all that it has: beyond that its queue grows for as long as the traffic lasts (stability
/// condition of G/G/c: offered load below c). Growth multiplies the rates of open loops and the
/// numbers of users of closed ones, at the peak of traffic; probes stay as they are. Loads follow
/// it in a straight line, except behind caches whose entries expire, which hit more often the more
/// is asked: there the root is searched for.
///
/// What it leaves out is what the traffic equations leave out (models/traffic.hpp), and that a slot
/// that is held while others are waited for is held for longer once they queue: Resource::at_most.

#include <cstdint>
#include <limits>
#include <string>

#include "models/traffic.hpp"

namespace rehearse::models {

/// What a service or the consumers of a queue have least of, and how much of it a load keeps busy.
struct Resource {
  const char* name = "";  ///< "cores", "servers", "connections", "slots"; empty: no limit
  double busy = 0;        ///< erlang
  double capacity = 0;    ///< of all instances; 0: no limit
  /// Calls or shared cores decide how long a slot is held: it is full at this load or earlier.
  bool at_most = false;
  /// Instances are not alike: `busy` and `capacity` are those of the busiest one.
  bool busiest = false;
};
Resource scarcest(const Traffic& traffic, std::uint32_t service, const ServiceLoad& load);

/// Whatever can be full: services by their numbers, and behind them queues, whose consumers are.
std::uint32_t station_count(const Blueprint& blueprint);
const std::string& station_name(const Blueprint& blueprint, std::uint32_t station);
double saturation_of(const Traffic& traffic, std::uint32_t station, Level level,
                     Loops loops = Loops::all);

/// The zone that holds most instances of a service, the first of several; kNone where all stand in
/// one, or have parts of their own: their loss is no matter of capacity.
struct HeldZone {
  std::uint32_t zone = kNone;
  std::size_t instances = 0;
};
HeldZone largest_zone(const ServiceSpec& service);
/// The same load on what is left of the service without that zone.
ServiceLoad without_zone(const ServiceSpec& service, HeldZone lost, ServiceLoad load);

inline constexpr double kNoLimit = std::numeric_limits<double>::infinity();

/// A factor on traffic, and what is full then; kNoLimit and kNone where nothing ever is.
struct Growth {
  double factor = kNoLimit;
  std::uint32_t station = kNone;
};

class Capacity {
 public:
  /// REQUIRES: `usual` outlives this.
  explicit Capacity(const Traffic& usual);

  /// All clients together, until this station is full.
  double growth(std::uint32_t station) const;
  /// All clients together, until the first station is full: the bottleneck.
  Growth growth() const;
  /// This client alone while the others stay as they are; 0 where they alone are too much.
  Growth alone(std::uint32_t workload) const;

 private:
  std::vector<double> saturations(const std::vector<double>& growth) const;
  Growth first_full(const std::vector<double>& growth) const;

  const Traffic& usual_;
  std::uint32_t stations_;
  std::uint32_t workloads_;
  bool straight_ = true;            // no cache in use has entries that expire
  std::vector<double> saturation_;  // by station, usual
  std::vector<double> idle_;        // without any client: what probes ask for
  std::vector<double> doubled_;     // with twice the traffic; empty where lines are straight
};

}  // namespace rehearse::models
