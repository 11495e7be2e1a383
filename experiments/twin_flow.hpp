#pragma once
/// Which streams of requests are what queueing theory assumes them to be. Internal to experiments/.
///
/// A stream is *free* when it is Poisson, or one of the streams inside an open product-form network
/// with Poisson arrivals (J. R. Jackson 1957; F. Baskett, K. Chandy, R. Muntz, F. Palacios 1975),
/// in which arrivals find each station as a Poisson stream would. It starts at clients with
/// stationary Poisson arrivals, stays free through random splits and independent delays, and leaves
/// a station free where that station is quasi-reversible: exponential servers first come first
/// served without a limit, shared cores, no contention at all. It ends where a caller may stop
/// waiting or ask again, where messages get lost, behind joins of parallel branches, behind cache
/// misses, behind stations of any other kind, at messages to brokers and whatever they cause, and
/// inside services that hold a slot while they call others.

#include <cstdint>
#include <map>
#include <vector>

#include "models/traffic.hpp"

namespace rehearse::experiments {

enum class StationKind : std::uint8_t {
  other,    ///< no theory here
  delay,    ///< no contention: each request goes its way (M/G/inf)
  shared,   ///< shared cores, no limit on requests: processor sharing
  servers,  ///< a limited number of requests, each doing one thing for a time
};

struct Station {
  StationKind kind = StationKind::other;
  bool product_form = false;  ///< what comes in free goes out free
  bool untouched = true;      ///< every stream that comes in is free
  /// Endpoints with traffic.
  std::vector<std::uint32_t> endpoints;
};

/// A service's time for one visit where it does one thing only.
struct SingleStep {
  bool single = false;
  std::uint32_t law = 0;
  bool shared = false;  ///< of a shared core
  double failure = 0;   ///< probability of an error after that time
};
SingleStep single_step(const models::Plans& plans, std::uint32_t start);

/// Whether which instance gets a request depends on chance alone.
bool splits_at_random(const models::ServiceSpec& service);
/// For each look-up: whether a miss fills the cache in the same instant, or there is nothing to
/// fill as the hit ratio is given. Then hits do not depend on how long anything takes.
std::vector<bool> lookups_at_once(const models::Blueprint& blueprint);

class FlowTheory {
 public:
  FlowTheory(const models::Scenario& scenario, const models::Traffic& traffic);

  const Station& station(std::uint32_t service) const { return stations_[service]; }
  /// Requests of this endpoint come as a free stream.
  bool free(std::uint32_t endpoint) const { return endpoints_[endpoint].in; }
  /// The calls of this endpoint, of this client, can neither time out nor be repeated nor get lost.
  bool plain(std::uint32_t endpoint) const { return endpoints_[endpoint].plain; }
  bool plain_client(std::uint32_t workload) const { return clients_[workload].plain; }
  /// A free stream begins at this client.
  bool free_client(std::uint32_t workload) const { return clients_[workload].in; }
  /// Each request looks up a key of this cache at most once, in a free stream.
  bool free_lookups(std::uint32_t cache) const { return lookups_[cache]; }
  bool fills_at_once(std::uint32_t lookup) const { return at_once_[lookup]; }

 private:
  struct Stream {
    bool in = false;   // requests come free
    bool out = false;  // and go free
    bool plain = true;
  };
  /// How often one request visits stations and caches, counted up to "more than once".
  using Visits = std::map<std::uint32_t, int>;

  void classify(std::uint32_t service);
  void find_forks();
  void count_visits();
  Visits visits_of(std::uint32_t start, const std::vector<Visits>& callees,
                   std::uint32_t service) const;
  bool pass();
  /// Follows a plan; returns whether requests leave it free.
  bool follow(std::uint32_t start, bool in, std::uint32_t service, const models::Places& places,
              bool& plain);
  bool call(const models::CallSpec& call, bool in, const models::Places& places, bool& plain);

  const models::Blueprint& blueprint_;
  const models::Traffic& traffic_;
  std::vector<Station> stations_;
  std::vector<Stream> endpoints_;
  std::vector<Stream> clients_;
  std::vector<bool> lookups_;  // by cache
  std::vector<bool> at_once_;  // by look-up
  std::vector<std::uint32_t> callers_first_;
  bool forks_ = false;
  bool changed_ = false;
};

}  // namespace rehearse::experiments
