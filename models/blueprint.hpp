#pragma once
/// A scenario's system and workload, compiled: immutable, shared by all trials on all threads. The
/// mutable side of a trial is World.

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "models/adaptive_limit.hpp"
#include "models/arrivals.hpp"
#include "models/fault_spec.hpp"
#include "models/node_spec.hpp"
#include "models/pace_spec.hpp"
#include "models/plan.hpp"
#include "models/policy_spec.hpp"
#include "models/probe_spec.hpp"
#include "policies/controlled_delay.hpp"
#include "policies/outlier_detector.hpp"
#include "policies/rate_limiter.hpp"
#include "policies/restart_backoff.hpp"
#include "policies/slow_start.hpp"
#include "sim/distribution.hpp"

namespace rehearse::models {

inline constexpr std::uint32_t kUnlimited = 0xffffffff;

/// Names of a random stream; World makes the stream from them and the trial's seed.
struct StreamName {
  std::string entity;
  std::string purpose;
};

struct Zone {
  std::string name;  ///< "ap-southeast-1/a", or "ap-southeast-1" where a region has no zones
  std::uint32_t region = 0;
};

/// One-way latency and loss between two zones; `law` is kNone where a message takes no time.
struct Link {
  std::uint32_t law = kNone;
  double loss = 0;
  std::uint32_t loss_stream = 0;
  double bandwidth = 0;  ///< bytes per second, each way between each two zones; 0: no limit
  Duration rto;          ///< lost messages are sent again after this time; zero: they are not
  /// Goes over the links of a way, and has no latency of its own; `loss` is theirs together.
  std::uint32_t way = kNone;
};

/// After the n-th loss of a message it is sent again by TCP: RTO, 2 RTO, 4 RTO ... (RFC 6298), as
/// often and at most as far apart as Linux does (net.ipv4.tcp_retries2, TCP_RTO_MAX). Zero: never.
inline constexpr std::uint32_t kMostResends = 15;
inline constexpr Duration kLeastRto = Duration::milliseconds(200);  // TCP_RTO_MIN
inline constexpr Duration kLongestRto = Duration::seconds(120);
inline Duration resend_after(Duration rto, std::uint32_t n) {
  if (n > kMostResends) return Duration::zero();
  Duration wait = rto;
  for (std::uint32_t i = 1; i < n && wait < kLongestRto; ++i) wait = wait + wait;
  return std::min(wait, kLongestRto);
}

/// By the mean and the variance of one way, s: the round trip and four standard deviations of it
/// (RFC 6298, whose mean deviation is somewhat less), at least what Linux waits.
Duration default_rto(double mean, double variance);

struct NetworkSpec {
  std::vector<std::string> regions;
  std::vector<Zone> zones;  ///< one nameless zone where the scenario has none
  std::vector<Link> links;
  std::vector<std::vector<std::uint32_t>> ways;  ///< zones in order, both ends included
  std::vector<std::uint32_t> between;  ///< zones x zones, row = from; kNone: no time, no loss
  std::uint32_t link(std::uint32_t from, std::uint32_t to) const {
    return between[from * zones.size() + to];
  }
};

enum class Discipline : std::uint8_t { fifo, lifo, priority, adaptive_lifo, fair };

enum class Balancing : std::uint8_t {
  round_robin,
  random,
  least_requests,
  choices,
  least_latency,   ///< of `choices` drawn the one with the smallest peak EWMA
  consistent_hash  ///< by client or key
};
/// Which instances are asked before others: those in the zone of the caller, then in its region,
/// then elsewhere; or those in its region, then elsewhere.
enum class Locality : std::uint8_t { none, zone, region };
enum class HashOf : std::uint8_t { client, key };

struct BalancerSpec {
  Balancing kind = Balancing::round_robin;
  std::uint32_t choices = 2;
  bool replacement = false;  ///< choices: may pick the same instance twice
  std::uint32_t stream = 0;
  std::vector<double> weights;  ///< by instance; empty: all alike
  Locality prefer = Locality::none;
  double overprovisioning = 1.4;
  double panic = 0;  ///< share in rotation below which all are asked; 0: never
  Duration decay = Duration::seconds(10);  ///< of least_latency
  HashOf hash = HashOf::client;
  policies::SlowStart slow_start;
  std::optional<policies::OutlierDetector::Params> outliers;
  std::uint32_t outlier_stream = 0;  ///< of jitter

  /// Whether requests are spread evenly while all instances are in rotation, whoever asks.
  bool even() const {
    return weights.empty() && prefer == Locality::none && kind != Balancing::least_latency &&
           kind != Balancing::consistent_hash && !outliers;
  }
  /// Knows nothing but how many requests are under way: models/balancer.hpp is all that it takes.
  bool plain() const { return even() && panic <= 0 && slow_start.window <= Duration::zero(); }
};

/// What a query needs: any copy of the data that may be read, the primary's, or to change it.
enum class Access : std::uint8_t { read, primary, write };

struct EndpointSpec {
  std::string name;  ///< "gateway/fraud"; the service's own name where it has but one, unnamed
  std::uint32_t service = 0;
  std::uint32_t start = 0;         ///< first step
  std::uint32_t request = kNone;   ///< law of the bytes of a request; kNone: the client's body
  std::uint32_t response = kNone;  ///< law of the bytes of an answer; kNone: none
  std::uint8_t priority = 0;       ///< 0 is served first
  Access access = Access::read;
  bool commits = true;         ///< a write that is called outside of transactions, too
  std::uint32_t rows = kNone;  ///< row set of the row that a query reads or checks
};

/// Whom a rate limit counts apart.
enum class LimitKey : std::uint8_t { client, endpoint, service };

struct RateLimitSpec {
  policies::AnyLimiter limiter;
  LimitKey key = LimitKey::client;
  bool per_instance = false;    ///< each instance counts for itself
  std::vector<bool> endpoints;  ///< that it holds for, by number within the service; empty: all
  std::vector<bool> exempt;     ///< workloads that it lets through; empty: none
};

/// Keep-alive connections of callers, where their set-up is modelled: models/connections.hpp.
struct ConnectionSpec {
  std::uint32_t round_trips = 0;  ///< of a set-up; 0: connections are there
  Duration keep_alive;
  std::uint32_t max_idle = 0;  ///< in one pool
};

/// Of one instance, in bytes.
struct MemorySpec {
  std::uint64_t limit = 0;  ///< 0: nobody counts
  std::uint64_t base = 0;
  std::uint32_t per_request = kNone;  ///< law; kNone: nothing
};

/// For how long a request that queries a database keeps a connection (PgBouncer's `pool_mode`).
enum class PoolMode : std::uint8_t {
  statement,    ///< for each query
  transaction,  ///< the queries of a `transaction` step, and what is done in between
  session,      ///< from its first query until it ends
  none,         ///< the same, without a pool
};

enum class ServiceKind : std::uint8_t { service, cache, database, broker, shard };

struct ServiceSpec {
  std::string name;
  ServiceKind kind = ServiceKind::service;
  std::uint32_t slots = kUnlimited;  ///< requests in service at once, per instance
  bool servers = false;              ///< slots are servers: utilization counts them
  std::uint32_t millicores = 0;      ///< per instance; 0: no shared cores
  Duration cpu_period;               ///< over which millicores are a quota; zero: a slower speed
  std::uint32_t cpu_burst = 0;       ///< millicores in use at most while the quota lasts
  std::uint32_t cpu_stream = 0;      ///< of the instants at which periods begin
  std::uint32_t queue_limit = kUnlimited;
  Discipline discipline = Discipline::fifo;
  std::uint32_t patience = kNone;                          ///< law
  std::optional<policies::ControlledDelay::Params> codel;  ///< in place of patience
  std::vector<double> weights;  ///< of `fair`, by tenant, and of requests without one at the end
  bool drop_abandoned = false;  ///< queued work whose caller has gone is dropped
  bool cancels = false;         ///< and so is work in service, with its calls
  bool drop_expired = false;    ///< work whose deadline is over is not begun
  BalancerSpec balancer;
  std::vector<std::string> labels;
  std::uint32_t startup = kNone;  ///< law: from the start of a process until it serves
  std::vector<ProbeSpec> probes;
  std::uint32_t probe_stream = 0;
  PaceSpec pace;
  MemorySpec memory;
  policies::RestartBackoff::Params restart;
  std::vector<RateLimitSpec> limits;      ///< in the order in which they are asked
  std::uint32_t body_limit = kUnlimited;  ///< bytes
  AdaptiveLimitSpec adaptive;             ///< monostate: none
  ConnectionSpec connections;
  std::vector<std::uint32_t> placement;  ///< zone of each instance
  Resources requests;                    ///< of each instance, of its node
  /// Of each instance, kNone where it has none yet; empty where there are no nodes.
  std::vector<std::uint32_t> nodes;
  std::vector<bool> pod_zones;   ///< where instances may stand, by zone
  std::uint32_t pending = 0;     ///< instances for which there was no room; not counted
  std::uint32_t policy = kNone;  ///< that scales it: `placement` has room for the most
  std::uint32_t initial = 0;     ///< with one: instances in the beginning
  bool sized = false;            ///< it says how large instances are to be
  /// Of those that there are to be, when policies take some down; the second of all. None: no
  /// limit.
  std::optional<std::int32_t> max_unavailable;
  std::optional<std::int32_t> min_available;
  std::uint32_t first_instance = 0;
  std::uint32_t first_endpoint = 0;
  std::uint32_t endpoint_count = 0;
  PoolMode pool = PoolMode::statement;
  bool holds = false;                 ///< requests keep slots of it between their calls
  std::uint32_t reserve = 0;          ///< slots for those who have waited for the length of
  std::uint32_t reserve_lane = 0;     ///< this lane
  bool locks = false;                 ///< writes wait for each other's rows
  double slowdown_mean = 1;           ///< by phases, on average over time
  double slowdown_worst = 1;          ///< where all of them meet
  std::uint64_t disk = 0;             ///< bytes; 0: no limit
  std::uint64_t disk_used = 0;        ///< of them, in the beginning
  std::uint32_t replication = kNone;  ///< of a database with replicas, which are instances of it

  bool elastic() const { return policy != kNone; }
  /// Whether an instance is there when the trial begins.
  bool begins_up(std::size_t instance) const {
    return !elastic() || (instance < initial && (nodes.empty() || nodes[instance] != kNone));
  }
  /// How long a request is served, or where, depends on more than its own time: there is no
  /// theory of one station for it.
  bool uneven() const { return replication != kNone || holds || locks || slowdown_worst != 1; }
  /// Turns requests away for what they are or how many they are, before they wait or use anything.
  bool gated() const { return !limits.empty() || body_limit != kUnlimited; }
  /// Takes no more at once than it finds that it can do.
  bool sheds() const { return adaptive.index() != 0; }
  /// Instances that neither turn requests away for what they are, nor stop, nor slow down, nor come
  /// and go, unless something happens to them.
  bool steady() const {
    return !gated() && !sheds() && !pace.varies() && memory.limit == 0 && !elastic();
  }
  /// Whoever waits for too long leaves the queue.
  bool limits_waits() const { return patience != kNone || codel.has_value(); }
};

/// `synchronous_commit` of PostgreSQL: what a commit waits for, from the least to the most.
enum class Commit : std::uint8_t { off, local, remote_write, on, remote_apply };
enum class ReplicaReads : std::uint8_t { primary, replica, any };

/// A database whose writes are copied to replicas; see models/replication.hpp.
struct ReplicationSpec {
  std::string name;           ///< "orders/replicas"
  std::uint32_t service = 0;  ///< its first instance is the primary, the others are replicas
  ReplicaReads reads = ReplicaReads::replica;
  Duration max_lag;              ///< beyond which a read from a replica counts as out of date
  std::uint32_t lag = kNone;     ///< law of the time to a replica, beside that of the network
  std::uint32_t replay = kNone;  ///< law of the time that a replica takes to apply a write
  std::uint32_t flush = kNone;   ///< law of the time to make a write durable, on any instance
  Commit commit = Commit::on;
  std::uint32_t synchronous = 0;  ///< replicas that have to confirm a commit
};

/// Rows that writes lock; see models/flow_locks.cpp and models/flow_versions.cpp.
struct RowSetSpec {
  std::string name;  ///< "orders/stock"
  std::uint32_t service = 0;
  sim::Zipf rows;
  std::uint32_t lane = 0;         ///< after which a wait is looked at for the first time; 0: never
  bool lane_ends = false;         ///< and ends
  std::uint32_t second_lane = 0;  ///< after which it ends then; 0: never
  bool versions = false;          ///< there are queries that read them
};

/// A slow phase of a service that comes back; see models/phases.hpp.
struct PhaseSpec {
  std::string name;
  std::uint32_t service = 0;
  Duration every;
  Duration length;
  double slowdown = 1;
  std::uint32_t stream = 0;  ///< of the instant at which the first begins
};

enum class Eviction : std::uint8_t {
  lru,
  fifo,
  lfu,
  tinylfu,
  random,
  per_user,  ///< the oldest session of the user who begins one too many
};

/// How large the values are: all alike, or drawn once per key and the same in every trial.
struct ValueSizes {
  std::uint32_t constant = 1;  ///< bytes
  double mean = 1;             ///< over the keys
  std::shared_ptr<const std::vector<std::uint32_t>> by_key;
  std::uint32_t of(std::uint32_t key) const { return by_key ? (*by_key)[key] : constant; }
};

/// What a look-up does that misses while another fetches the same key.
enum class Coalescing : std::uint8_t {
  none,           ///< fetches as well
  single_flight,  ///< waits, within the instance of the caller, and shares the result
  lock,           ///< waits, across all callers, until the holder has filled the key or has failed
};

struct CacheSpec {
  std::string name;
  std::uint32_t service = kNone;      ///< station that answers look-ups; kNone: no time, no queue
  std::vector<std::uint32_t> shards;  ///< stations in place of that one, by key
  std::vector<double> shares;         ///< of the look-ups, by shard, added up
  std::uint64_t entries = ~std::uint64_t{0};  ///< most keys held
  std::uint64_t bytes = 0;                    ///< most bytes held; 0: no limit
  Duration ttl;                               ///< zero: no expiry
  bool sliding = false;                       ///< a hit renews the TTL
  Duration sweep;    ///< expired entries leave at multiples of this; zero: only when looked up
  Duration timeout;  ///< of callers, where it is a station; zero: none
  Eviction eviction = Eviction::lru;
  sim::Zipf keys;              ///< of sessions: users
  std::uint32_t devices = 1;   ///< of each user, with a session each: so many keys
  std::uint32_t per_user = 0;  ///< most sessions of a user; 0: no sessions
  ValueSizes value;
  std::optional<double> given;  ///< hit ratio of a cache whose keys nobody knows: it holds none
  std::uint32_t stream = 0;     ///< of random eviction, of early expiry
  bool in_process = false;      ///< a store for each instance of the services that look up
  Duration refill_ttl;          ///< of what a layer below had; `ttl` where nothing else was given
  /// Of a cache in layers, nearest first: caches. It has no store itself.
  std::vector<std::uint32_t> layers;
  std::uint32_t whole = kNone;  ///< of a layer: the cache it belongs to
  Coalescing coalescing = Coalescing::none;
  std::uint32_t wait_lane = 0;    ///< longest wait for the fetch of another
  Duration refresh_after;         ///< a hit on an older entry fetches it anew; zero: never
  bool changes = false;           ///< plans write its keys, so that entries may be out of date
  double early = 0;               ///< beta of probabilistic early expiry; 0: none
  std::uint32_t write_batch = 0;  ///< writes that reach the origin together; 0: each at once
  Duration write_delay;           ///< after which they do at the latest

  bool holds_keys() const { return !given && layers.empty(); }
  std::uint64_t key_count() const { return keys.size() * devices; }
  std::uint32_t draw(sim::Stream& random) const {
    const auto key = static_cast<std::uint32_t>(keys.sample(random));
    return devices == 1 ? key : key * devices + static_cast<std::uint32_t>(random.below(devices));
  }
  bool tracks_fetches() const {
    return coalescing != Coalescing::none || refresh_after > Duration::zero() || early > 0 ||
           changes;
  }
  /// Keys that fit, where values are as large as on average.
  std::uint64_t expected_entries() const {
    if (bytes == 0) return entries;
    return std::min(entries, static_cast<std::uint64_t>(static_cast<double>(bytes) / value.mean));
  }
};

/// A step that writes behind; see models/write_behind.hpp.
struct BehindSpec {
  std::uint32_t cache = 0;
  std::uint32_t service = 0;  ///< whose instances keep the writes
  std::uint32_t endpoint = 0;
  std::uint32_t start = 0;  ///< first step of what writes a batch
  std::uint32_t batch = 1;
  Duration delay;
};

/// A name of the DNS and the services that it stands for over time.
struct NameSpec {
  struct Change {
    Instant at;
    std::uint32_t target = 0;
  };
  std::string name;
  std::vector<std::string> targets;  ///< names of services
  std::vector<Change> changes;       ///< in order of time, the first at the start
  std::vector<double> shares;        ///< of the horizon, by target
  Duration ttl;
  double ignoring = 0;           ///< share of clients whose resolver keeps answers longer
  double factor = 1;             ///< so many TTLs
  std::uint32_t lookup = kNone;  ///< law of the time that a resolver needs to ask
  std::uint32_t stream = 0;      ///< of what resolvers know in the beginning
};

/// Where the entries of a cache are: in one place, or in an instance of a service that looks up.
struct StoreSpec {
  std::uint32_t cache = 0;
  std::uint32_t service = kNone;
  std::uint32_t instance = 0;
};

enum class Overflow : std::uint8_t { drop_head, reject_publish, reject_publish_dlx };

struct QueueSpec {
  std::string name;
  std::uint32_t broker = 0;
  std::uint32_t first_endpoint = 0;  ///< of the broker, one per priority: publishes a message
  std::uint32_t priorities = 1;
  std::uint64_t max_length = ~std::uint64_t{0};
  Overflow overflow = Overflow::drop_head;
  Duration ttl;                       ///< zero: messages do not expire
  std::uint32_t dead_letter = kNone;  ///< queue
  std::uint64_t message_bytes = 0;    ///< in the broker's memory, each
  std::uint32_t delivery = kNone;     ///< law of the time to a consumer; kNone: no time
  std::uint32_t consumers = 0;        ///< of the beginning
  std::uint32_t places = 0;           ///< for consumers, where a policy scales them; 0: none does
  std::uint32_t startup = kNone;      ///< law of the time until one consumes; kNone: no time
  std::uint32_t prefetch = 0;         ///< 0: no limit
  bool auto_ack = false;
  Duration ack_timeout;
  std::uint16_t max_deliveries = 1;
  std::uint32_t handler = kNone;  ///< endpoint; kNone where nobody consumes
  std::uint32_t start = 0;        ///< first step of a delivery: the call of the handler
};

struct BrokerSpec {
  std::string name;
  std::uint32_t service = 0;  ///< station that routes and stores
  std::uint64_t watermark =
      ~std::uint64_t{0};  ///< bytes of messages above which nobody may publish
};

/// Users that think, ask, wait for the answer, and think again.
struct UsersSpec {
  std::vector<UserChange> changes;  ///< in order of time
  std::uint32_t think = kNone;      ///< law; kNone: no pause
  std::uint32_t most = 0;           ///< largest number at once
};

/// A page of a session.
struct PageSpec {
  std::string name;
  std::uint32_t start = 0;      ///< first step of the request for it
  std::uint32_t think = kNone;  ///< law of the pause after it; kNone: no pause
  std::vector<std::pair<double, std::uint32_t>> next;  ///< cumulative share, page; the rest leaves
};

/// Requests that follow one another, as people walk from page to page.
struct SessionSpec {
  std::vector<PageSpec> pages;
  std::vector<std::pair<double, std::uint32_t>> enter;  ///< cumulative share, first page
  double again = 0;             ///< share that asks again for a page that did not come
  double leave = 0;             ///< share that leaves because of it
  std::uint32_t pause = kNone;  ///< law, before asking again
  std::uint32_t think = kNone;  ///< law, of pages that have none of their own
  std::uint32_t stream = 0;
  double requests = 0;    ///< of a session, on average, where nothing fails
  double mean_think = 0;  ///< of a request, s
};

struct WorkloadSpec {
  std::string name;
  std::optional<ArrivalSpec> arrivals;  ///< open loop
  std::optional<UsersSpec> users;       ///< closed loop
  std::uint32_t zone = 0;
  std::uint8_t tenant = 0;
  std::optional<SessionSpec> session;  ///< arrivals begin sessions, users go from one to the next
  /// Cumulative share, first step; with a session its requests on average.
  std::vector<std::pair<double, std::uint32_t>> mix;
  std::uint32_t mix_stream = 0;
  std::uint32_t arrival_stream = 0;
  std::uint64_t limit = 0;  ///< requests in all; 0: no limit
  sim::Zipf clients;        ///< who asks, in an open loop; users are one client each
  bool anonymous = true;    ///< an open loop that does not say how many clients it has
  std::uint32_t client_stream = 0;
  std::uint32_t first_client = 0;
  std::uint32_t body = kNone;  ///< law of the size of requests, bytes
  bool stationary = true;
};

struct Blueprint {
  std::string name;
  NetworkSpec network;
  Plans plans;
  std::vector<StreamName> streams;
  std::vector<Duration> lanes = {Duration::zero()};  ///< lengths of timeouts; 0 stands for none
  std::vector<ServiceSpec> services;
  std::vector<EndpointSpec> endpoints;
  std::vector<CacheSpec> caches;
  std::vector<NameSpec> names;
  std::vector<BrokerSpec> brokers;
  std::vector<QueueSpec> queues;
  std::vector<StoreSpec> stores;
  std::vector<NodeSpec> nodes;
  std::vector<NodePoolSpec> node_pools;
  SchedulerSpec scheduler;
  std::vector<ReplicationSpec> replications;
  std::vector<PhaseSpec> phases;
  std::vector<BehindSpec> behinds;
  std::vector<RowSetSpec> row_sets;
  std::vector<WorkloadSpec> workloads;
  std::vector<std::string> tenants;
  std::vector<FaultSpec> faults;
  std::vector<PolicySpec> policies;
  std::uint32_t clients = 0;  ///< of all workloads
  double mean_body = 0;       ///< bytes, of the requests of all workloads
  std::uint32_t instances = 0;
  std::uint64_t stores_of(std::uint32_t cache) const {
    return static_cast<std::uint64_t>(
        std::count_if(stores.begin(), stores.end(),
                      [cache](const StoreSpec& store) { return store.cache == cache; }));
  }
};

}  // namespace rehearse::models
