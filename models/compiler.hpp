#pragma once
/// What the readers of the blocks share while a scenario is compiled: the blueprint in the making,
/// the names declared so far, laws and streams. Internal to models/.
///
/// Two passes: all names are declared first, so that steps may call what stands below them.

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "models/blueprint.hpp"
#include "models/compile.hpp"
#include "models/scheduler.hpp"
#include "policies/node_pools.hpp"
#include "policies/policy_block.hpp"

namespace rehearse::models {

extern const FieldTable kNetworkFields;
extern const FieldTable kRegionFields;
extern const FieldTable kServiceFields;
extern const FieldTable kBalancerFields;
extern const FieldTable kConnectionFields;
extern const FieldTable kDatabaseFields;
extern const FieldTable kReplicaFields;
extern const FieldTable kPoolFields;
extern const FieldTable kKeyLawFields;
extern const FieldTable kClusterFields;
extern const FieldTable kStoredSessionFields;
extern const FieldTable kCleanupFields;
extern const FieldTable kCheckpointFields;
extern const FieldTable kVacuumFields;
extern const FieldTable kStorageFields;
extern const FieldTable kCacheFields;
extern const FieldTable kWorkloadFields;
extern const FieldTable kLookupFields;
extern const FieldTable kStepFields;
extern const FieldTable kRateLimitFields;
extern const FieldTable kFilterFields;
extern const FieldTable kClientFields;
extern const FieldTable kBodyFields;
extern const FieldTable kNameFields;
extern const FieldTable kCallFields;
extern const FieldTable kRetryFields;
extern const FieldTable kBudgetFields;
extern const FieldTable kSeasonFields;
extern const FieldTable kSessionFields;
extern const FieldTable kBurstFields;
extern const FieldTable kRepeatFields;
extern const FieldTable kProbesFields;
extern const FieldTable kWarmupFields;
extern const FieldTable kPausesFields;
extern const FieldTable kNodeFields;
extern const FieldTable kSchedulerFields;
extern const FieldTable kRequestFields;
extern const FieldTable kMemoryFields;
extern const FieldTable kDisruptionBudgetFields;
extern const FieldTable kRestartFields;
extern const FieldTable kAdaptiveLimitFields;
extern const FieldTable kBrokerFields;
extern const FieldTable kPublishFields;

/// Fields of the policies around a call, for every block that describes one.
std::vector<Field> with_guards(std::vector<Field> fields);

class Compiler {
 public:
  Compiler(Scenario& scenario, const spec::FileSource& files, Diagnostics& out)
      : scenario_(scenario), blueprint_(scenario.blueprint), files_(files), out_(out) {}

  /// Before the system, whose services have room for what policies may ask for.
  void declare_policies(const std::vector<SpecEntry>& entries);
  void read_system(const SpecNode& node);
  void read_workloads(const SpecNode& node);
  /// What they scale and look at: last of all, as it may stand anywhere.
  void resolve_policies();
  void read_faults(const SpecNode* node);
  void resolve_targets();

 private:
  // models/network_reader.cpp
  void read_regions(const SpecNode* node);
  /// Zones meant by a name: a zone, all zones of a region, or "clients".
  std::vector<std::uint32_t> zones_named(const std::string& name, Mark mark);
  std::vector<std::uint32_t> read_zones(FieldReader& reader);
  std::vector<std::uint32_t> read_placement(FieldReader& reader, std::int64_t instances);

  // models/link_reader.cpp
  using ZonePairs = std::vector<std::pair<std::uint32_t, std::uint32_t>>;
  void read_network(const SpecNode* node);
  void read_link(const SpecNode& node, std::size_t number);
  ZonePairs read_between(FieldReader& reader);
  bool read_transport(FieldReader& reader, Link& link);
  void read_matrix(FieldReader& reader, const Link& link, const std::string& entity, double jitter,
                   bool derive_rto);
  void add_link(Link link, sim::Distribution law, const std::string& entity, bool derive_rto,
                const ZonePairs& pairs);
  void read_routes(FieldReader& system);

  // models/node_reader.cpp
  void read_nodes(FieldReader& system);
  void read_pool(const SpecEntry& entry);
  void read_spot(const SpecNode* node, NodePoolSpec& pool);
  /// What a policy says of the pool of that name; nullptr where none sizes it.
  const policies::NodePools::Pool* sized_pool(const std::string& name) const;
  void forbid_orders(FieldReader& reader, std::int64_t count);
  /// Gives the policy of the pools what it has to know of them.
  void equip_node_policies();
  /// Whether the instances of a service are pods on nodes.
  bool on_nodes(FieldReader& reader);
  bool may_grow_for(const ServiceSpec& spec) const;
  void read_requests(FieldReader& reader, const std::string& what, ServiceSpec& spec);
  void read_disruption_budget(const SpecNode* node, const std::string& what, ServiceSpec& spec);
  void place_pods(FieldReader& reader, const std::string& what, ServiceSpec& spec);

  // models/service_reader.cpp
  void declare_service(const SpecEntry& entry);
  void read_service_plans(const SpecEntry& entry);
  void read_weights(FieldReader& queue, const std::string& service);
  void read_quota(FieldReader& cpu, ServiceSpec& spec);
  void read_queue(const SpecNode* node, const std::string& what, ServiceSpec& spec);
  std::uint32_t add_endpoint(std::uint32_t service, const std::string& name, Mark mark);

  // models/connection_reader.cpp
  ConnectionSpec read_connections(FieldReader& service);

  // models/balancer_reader.cpp
  void read_balancer(const SpecNode* node, const std::string& what, ServiceSpec& spec);
  void read_balancer_policy(FieldReader& reader, BalancerSpec& balancer);
  void read_weights(FieldReader& reader, ServiceSpec& spec);
  void read_slow_start(FieldReader& reader, BalancerSpec& balancer);

  // models/service_reader.cpp
  void read_sidecar(const SpecNode* node, const std::string& what, std::uint32_t service);

  // models/gate_reader.cpp
  void read_limits(FieldReader& reader, std::uint32_t service);
  std::optional<std::uint32_t> workload_named(const std::string& name, Mark mark);
  double rough_rate(const WorkloadSpec& workload) const;
  /// Workloads stand below what names them: last of all.
  void resolve_workload_names();
  void resolve_tenants();

  // models/client_reader.cpp
  void read_clients(FieldReader& reader, WorkloadSpec& spec);
  /// A law of sizes in bytes; kNone where the field is absent.
  std::uint32_t read_size(FieldReader& reader, const std::string& field, const std::string& entity);
  void check_clients();
  std::string client_matters(const WorkloadSpec& workload) const;

  // models/name_reader.cpp
  void read_name(const SpecEntry& entry);
  std::uint32_t name_target(NameSpec& spec, const std::string& service, Mark mark);
  /// The DNS name that "name/endpoint" begins with.
  std::optional<std::uint32_t> name_in(const std::string& to) const;

  // models/storage_reader.cpp
  void declare_database(const SpecEntry& entry);
  void read_database_plans(const SpecEntry& entry);

  // models/row_reader.cpp
  void read_rows(FieldReader& database, const std::string& name, ServiceSpec& spec);
  std::optional<std::uint32_t> rows_named(FieldReader& query, const std::string& field,
                                          std::uint32_t endpoint);

  // models/upkeep_reader.cpp
  void read_upkeep(FieldReader& database, ServiceSpec& spec);
  void add_phase(PhaseSpec phase, ServiceSpec& spec);

  // models/pool_reader.cpp
  void read_pool(FieldReader& database, const std::string& name, ServiceSpec& spec);
  void declare_commit(FieldReader& database, std::uint32_t service);
  void emit_commit_query(std::uint32_t service);
  void find_autocommits();

  // models/replica_reader.cpp
  void read_replicas(const SpecNode& node, const SpecEntry& database, ServiceSpec& spec);

  // models/cache_reader.cpp
  void declare_cache(const SpecEntry& entry);
  void declare_layers(FieldReader& reader, CacheSpec whole);
  void declare_layer(const SpecNode& item, const CacheSpec& whole, std::uint32_t index);
  void add_cache(FieldReader& reader, CacheSpec cache);
  void read_limits(FieldReader& reader, CacheSpec& cache);
  void read_fetches(FieldReader& reader, CacheSpec& cache);
  void forbid(FieldReader& reader, std::string_view field,
              std::initializer_list<std::string_view> others, const std::string& why);
  ValueSizes read_value(FieldReader& cache, const CacheSpec& spec);
  void read_cluster(FieldReader& reader, CacheSpec& cache);
  void read_stored_sessions(FieldReader& reader, CacheSpec& cache);
  void read_behind(FieldReader& reader, CacheSpec& cache);
  void read_cleanup(FieldReader& cache, ServiceSpec& spec);
  std::uint32_t add_shard(FieldReader& reader, ServiceSpec spec, ReplicationSpec replication);
  void read_cache_station(FieldReader& reader, CacheSpec& cache, const std::string& name);
  sim::Zipf read_keys(FieldReader& reader);
  sim::Zipf read_key_law(const SpecNode& node, const std::string& what);

  // models/step_reader.cpp
  struct StepScope {
    std::string entity;          // owner of the random streams
    std::uint32_t endpoint = 0;  // to which the steps belong; kNone: a client
    std::uint32_t lookups = 0;   // open around this step
    std::uint32_t nesting = 0;
    std::uint32_t loops = 0;   // around this step, within its frame
    bool transaction = false;  // of a database, around this step
  };
  void emit_steps(const SpecNode& list, StepScope scope);
  void emit_step(const SpecEntry& entry, const StepScope& scope);
  void emit_time(StepKind kind, const SpecNode& node, const StepScope& scope);
  void emit_parallel(const SpecNode& node, const StepScope& scope);
  void emit_choose(const SpecNode& node, const StepScope& scope);
  void emit_fail(const SpecNode& node, const StepScope& scope);
  void emit_filter(const SpecNode& node, const StepScope& scope);

  // models/row_reader.cpp
  void emit_see(FieldReader& query, const ServiceSpec& database, const StepScope& scope);
  /// The rows one of which the query locks; kNone where it locks none.
  std::uint32_t emit_lock(FieldReader& query, const StepScope& scope);
  /// Whether a query that checks a row may know what it was.
  void check_read(CallSpec& call, const StepScope& scope, Mark mark);

  // models/pool_reader.cpp
  /// Whether the call keeps its connection, and is part of a transaction.
  void choose_connection(CallSpec& call, const StepScope& scope, Mark mark);
  void emit_transaction(const SpecNode& node, const StepScope& scope);

  // models/replica_reader.cpp
  void emit_snapshot(const ServiceSpec& database);
  void emit_commit(const ServiceSpec& database, const StepScope& scope);
  void emit_durable(const ServiceSpec& database, const StepScope& scope);

  // models/cache_plan.cpp
  struct Layer {
    std::uint32_t whole = kNone;
    std::uint32_t number = 0;
    bool last = true;
  };
  using CachePlaces = std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t>;
  void emit_cache(const SpecNode& node, const StepScope& scope);
  void emit_get(std::uint32_t cache, FieldReader& reader, const StepScope& scope);
  void emit_write(std::uint32_t cache, std::string_view verb, FieldReader& reader,
                  const StepScope& scope);
  std::uint32_t emit_look_up(std::uint32_t cache, std::uint32_t lookup, const StepScope& scope,
                             Mark mark);
  /// Steps that ask the station of a cache, or the shard of the key. Returns the calls, none where
  /// the cache has no station; where they go on without an answer is still open.
  std::vector<std::uint32_t> add_station_calls(std::uint32_t lookup, bool write,
                                               const StepScope& scope, Mark mark);
  std::uint32_t add_station_call(const CacheSpec& spec, std::uint32_t endpoint,
                                 const StepScope& scope);
  void emit_behind(std::uint32_t cache, const SpecNode* steps, StepScope scope);
  void emit_rotation(std::uint32_t lookup, const StepScope& scope, Mark mark);
  std::uint32_t add_lookup(std::uint32_t cache, const StepScope& scope, Layer layer);
  std::uint32_t places_of(CachePlaces& places, std::uint32_t cache, bool per_instance,
                          const StepScope& scope, std::uint32_t next);

  // models/call_reader.cpp
  /// A call before it is known whom it goes to.
  struct CallPattern {
    CallSpec call;
    GuardSpec guard;
  };
  std::uint32_t add_call(CallSpec call, const StepScope& scope, GuardSpec guard = {});
  /// Timeouts of this length; 0 for none.
  std::uint32_t lane_of(Duration length);
  /// `timeout`, `deadline`, `retry` and guards.
  CallPattern read_call(FieldReader& reader);
  void read_retry(const SpecNode* node, const std::string& what, CallPattern& pattern);
  void emit_call(const SpecNode& node, const StepScope& scope, bool query);
  /// What the sidecar does to a call that comes in or goes out.
  void emit_sidecar(const StepScope& scope);
  /// The endpoint that `name` means, or nullopt (reported).
  std::optional<std::uint32_t> endpoint_named(const std::string& name, Mark mark, bool query);

  // models/guard_reader.cpp
  void read_guard(FieldReader& reader, GuardSpec& guard);
  AdaptiveLimitSpec read_adaptive_limit(const SpecNode& node, const std::string& what);
  RetryBudget read_budget(const SpecNode& node, const std::string& what);
  /// Not too many of them keep a state.
  void check_units(const GuardSpec& guard, std::size_t units, const char* of, Mark mark);
  /// kNone where the call needs none.
  std::uint32_t add_guard(GuardSpec guard, const CallSpec& call, const StepScope& scope);

  // models/step_reader.cpp
  std::uint32_t place(const StepScope& scope) const;
  std::uint32_t here() const { return static_cast<std::uint32_t>(blueprint_.plans.steps.size()); }
  std::uint32_t emit(Step step);

  // models/broker_reader.cpp
  void declare_broker(const SpecEntry& entry);
  void declare_queue(const SpecEntry& entry, std::uint32_t broker);
  void read_broker_plans(const SpecEntry& entry);
  void read_consumers(const SpecNode& node, QueueSpec& queue);
  void read_queue_plans(const SpecEntry& entry, const SpecNode* publish, const SpecNode* delivery);
  void connect_queues();
  void emit_publish(const SpecNode& node, const StepScope& scope);

  // models/repeat_reader.cpp
  CountLaw read_times(const SpecNode& node, const std::string& what);
  void emit_repeat(const SpecNode& node, const StepScope& scope);

  // models/workload_reader.cpp
  void read_workload(const SpecEntry& entry);
  void read_arrivals(const SpecNode& node, const std::string& name, WorkloadSpec& spec);
  void read_rate_trace(FieldReader& reader, WorkloadSpec& spec);
  void read_replay(FieldReader& reader, WorkloadSpec& spec);
  void read_rate_stages(FieldReader& reader, WorkloadSpec& spec);
  // models/arrival_shapes.cpp
  void read_season(const SpecNode& node, WorkloadSpec& spec);
  std::vector<double> read_hours(FieldReader& season);
  std::vector<BurstState> read_factors(FieldReader& season);
  void read_bursts(FieldReader& arrivals_reader, WorkloadSpec& spec);
  // models/workload_reader.cpp
  void read_users(const SpecNode& node, const std::string& name, WorkloadSpec& spec);
  void read_mix(FieldReader& reader, WorkloadSpec& spec, const CallPattern& pattern);
  /// The plan of a client that calls `to`; where it begins.
  std::uint32_t emit_client(const std::string& to, Mark mark, const WorkloadSpec& spec,
                            const CallPattern& pattern);
  std::optional<std::string> load(FieldReader& reader, std::string_view field);

  // models/session_reader.cpp
  void read_session(const SpecNode& node, WorkloadSpec& spec, const SpecNode* think,
                    const CallPattern& pattern);
  void read_pages(FieldReader& reader, WorkloadSpec& spec, const CallPattern& pattern);
  std::vector<std::pair<double, std::uint32_t>> read_ways(
      FieldReader& reader, std::string_view field, const std::vector<std::string_view>& pages,
      bool rest);

  // models/pace_reader.cpp
  void read_pace(FieldReader& reader, const std::string& what, ServiceSpec& spec);

  // models/memory_reader.cpp
  void read_memory(FieldReader& reader, const std::string& what, ServiceSpec& spec);

  // models/probe_reader.cpp
  void read_probes(const SpecNode* node, std::uint32_t service);

  // models/policy_reader.cpp
  /// Of the service of that name; kNone where it has none.
  std::uint32_t policy_of(const std::string& target) const;
  /// Most instances or consumers that a policy of the target may ask for.
  std::int64_t room_for(const std::string& target) const;
  void declare_policy(const SpecEntry& entry);
  /// Where the figures of a need come from; nothing where nobody knows (reported).
  bool find_scale_target(const policies::PolicyBlock& block, PolicySpec& spec);
  void check_vertical(const policies::PolicyBlock& block, const PolicySpec& spec);
  std::optional<PolicyMetric> metric_of(const policies::MetricNeed& need, const PolicySpec& spec,
                                        Mark mark);
  bool find_metric_subject(const std::string& name, Mark mark, PolicyMetric& metric);
  bool check_metric(const PolicyMetric& metric, const std::string& name, const PolicySpec& spec,
                    Mark mark);

  // models/fault_reader.cpp
  void find_targets(FaultSpec& fault);
  void find_instances(FaultSpec& fault);
  void find_endpoints(FaultSpec& fault);
  void find_links(FaultSpec& fault);
  void find_zone(FaultSpec& fault);
  void find_nodes(FaultSpec& fault);
  /// How many of those that match are hit.
  void find_take(FaultSpec& fault, std::size_t all, const char* of);
  void find_watched(FaultSpec& fault);
  /// Whether something of one of these kinds is called so; reported where not.
  std::optional<Subject> target_named(const FaultSpec& fault,
                                      std::initializer_list<SubjectKind> kinds);
  /// A link of its own for messages from one zone to another, as a fault may hit it alone.
  std::uint32_t own_link(std::uint32_t from, std::uint32_t to);

  // models/compile.cpp
  void declare(const std::string& name, Subject subject, Mark mark);
  void find_call_cycles();
  std::uint32_t add_stream(std::string entity, std::string purpose);
  sim::Distribution read_law(const SpecNode& node, const std::string& what);
  std::uint32_t add_law(const SpecNode& node, const std::string& entity,
                        const std::string& purpose);
  std::uint32_t add_law(sim::Distribution law, const std::string& entity,
                        const std::string& purpose);
  /// Path of a file named at `mark`, relative to the file that names it.
  std::string path_at(const std::string& path, Mark mark) const;
  std::vector<std::string_view> names_of(std::initializer_list<SubjectKind> kinds) const;
  /// "did you mean 'x'?" or the names there are.
  std::string suggest(const std::string& name, const std::vector<std::string_view>& names) const;

  Scenario& scenario_;
  Blueprint& blueprint_;
  const spec::FileSource& files_;
  Diagnostics& out_;
  struct Name {
    Subject subject;
    Mark mark;
  };
  std::map<std::string, Name, std::less<>> names_;
  struct Edge {
    std::uint32_t from;  // endpoint; kNone: a client
    std::uint32_t to;
    Mark mark;
  };
  std::vector<Edge> edges_;              // of the call graph
  std::vector<Mark> dead_letter_marks_;  // by queue
  std::map<std::int64_t, std::uint32_t> lanes_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> own_links_;  // by zones
  struct Sidecar {
    std::optional<sim::Distribution> cpu;
    std::optional<sim::Distribution> latency;
  };
  std::map<std::uint32_t, Sidecar> sidecars_;  // by service
  struct Exemption {
    std::uint32_t service, limit;
    std::string name;
    Mark mark;
  };
  std::vector<Exemption> exempt_;
  struct Block {
    std::uint32_t filter;
    std::string name;
    double share;
    Mark mark;
  };
  std::vector<Block> blocked_;
  struct Weight {
    std::string service, tenant;
    double weight;
    Mark mark;
  };
  std::vector<Weight> weights_;
  std::vector<std::string> tenants_;    // by workload
  std::optional<Scheduler> scheduler_;  // of a system with nodes
  struct Database {
    Commit commit = Commit::on;
    const SpecNode* flush = nullptr;
    std::uint32_t commit_query = kNone;  // endpoint that ends transactions
  };
  std::map<std::uint32_t, Database> databases_;  // by service
  std::map<std::string, std::uint32_t, std::less<>> row_sets_;
  std::set<std::pair<std::uint32_t, std::uint32_t>> rows_read_;  // by endpoint: sets of rows
  bool transactions_ = false;                // there is a `transaction` step somewhere
  std::set<std::uint32_t> in_transactions_;  // endpoints that are called so
  std::set<std::uint32_t> autocommits_;      // and those that are called otherwise
  std::set<std::uint32_t> per_client_;       // services with a rate limit per client
  struct Policy {
    PolicySpec spec;
    policies::PolicyBlock block;
  };
  std::vector<Policy> policies_;
  std::uint32_t node_policy_ = kNone;  // of policies_: the one that sizes pools of nodes
  CachePlaces cache_stores_;  // first one by cache, and by service where each instance has its own
  CachePlaces cache_scopes_;
  std::uint32_t next_scope_ = 1;  // 0: no coalescing
};

}  // namespace rehearse::models
