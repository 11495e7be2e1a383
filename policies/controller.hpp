#pragma once
/// What a policy of the slow loop is: facts and the time go in, wishes with reasons come out. It
/// owns no clock, thread, socket, global or source of randomness, so that the same object can be
/// rehearsed in a simulation and then trusted with real processes. Whoever hosts it
///
///   1. asks needs() what to observe, and passes on every fact by observe(), as soon as it is
///   known;
///   2. calls wake() at or after next_wake(), with a `now` that never decreases and may repeat;
///   3. carries decisions out, or does not, and reports what came of them as observations again:
///      ReplicaCount says what is, ActionDone what an attempt came to. A policy believes neither
///      its own wishes nor that a silence means success.
///
/// Every policy of registry.hpp keeps, and one test checks, that it
///   - makes no decision without facts, nor on facts older than it accepts;
///   - decides equally under equal calls: replay of a log gives the same decisions, byte for byte;
///   - is not woken twice for one period: a repeated `now` brings no second decision, and a late
///     wake counts from when it was planned (next_ += period), not from when it came;
///   - can be copied in mid-run (clone()) and goes on alike;
///   - allocates nothing per observation once it has seen every instance it will see.
///
/// Units are in the names or types. Not thread-safe. Subject is left out: a controller decides for
/// one thing (a service, a node pool); its host knows which.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/time.hpp"

namespace rehearse::policies {

/// Of an instance, a host or a node. Chosen by who observes; never used again for another one.
using InstanceId = std::uint32_t;
inline constexpr InstanceId kWhole = ~InstanceId{0};  ///< the service as a whole

/// One reading of one metric. Value in the metric's own unit: cores, bytes, requests per second,
/// messages; a share of one where it is a ratio.
struct MetricSample {
  std::uint32_t metric = 0;      ///< index into needs()
  InstanceId instance = kWhole;  ///< whose; kWhole: of all together
  double value = 0;
  Instant taken;    ///< when it was true, at the latest; not when it became known
  Duration window;  ///< over what time it was averaged
};
/// The source of a metric could not be asked, or had no answer.
struct MetricLost {
  std::uint32_t metric = 0;
};

enum class Phase : std::uint8_t { pending, running, succeeded, failed };
/// All that is known of an instance; replaces what was known before.
struct InstanceStatus {
  InstanceId instance = 0;
  Phase phase = Phase::running;
  bool deleting = false;
  bool has_started = true;    ///< `started` is known
  bool has_readiness = true;  ///< `ready` is known
  bool ready = true;
  Instant started;
  Instant ready_changed;  ///< last time that `ready` changed
};
struct InstanceGone {
  InstanceId instance = 0;
};
/// What an instance has reserved of a resource, in the unit of the metric that measures its use.
struct ResourceRequest {
  std::uint32_t metric = 0;  ///< index into needs()
  InstanceId instance = 0;
  double value = 0;
};
/// An instance has been killed because it used more memory than it may.
struct OutOfMemory {
  std::uint32_t metric = 0;  ///< index into needs(): its memory
  InstanceId instance = 0;
};
/// How many instances there are to be, and are.
struct ReplicaCount {
  std::int32_t wanted = 0;   ///< as last set by anyone
  std::int32_t present = 0;  ///< that exist, in whatever state
  Instant taken;
  std::int32_t useful = -1;  ///< that take their share of the load; -1: not known
};
/// How many nodes a pool is to have, as last set by anyone.
struct PoolCount {
  std::uint32_t pool = 0;  ///< in the order of the policy's pools
  std::int32_t wanted = 0;
  Instant taken;
};
/// All that is known of a node; replaces what was known before.
struct NodeStatus {
  InstanceId node = 0;
  std::uint32_t pool = 0;
  bool ready = true;
  double cpu = 0;     ///< that pods may reserve, in cores
  double memory = 0;  ///< in bytes
};
struct NodeGone {
  InstanceId node = 0;
};
/// All that a scheduler knows of a pod.
struct PodPlacement {
  InstanceId pod = 0;
  InstanceId node = kWhole;  ///< kWhole: it is on none, for want of room
  std::uint32_t service = 0;
  double cpu = 0;  ///< reserved
  double memory = 0;
  bool movable = true;  ///< it may be started elsewhere
};
struct PodGone {
  InstanceId pod = 0;
};
/// How many pods of a service may be taken down now.
struct DisruptionBudget {
  std::uint32_t service = 0;
  std::int32_t allowed = 0;
};
/// One answer of one host, or the lack of one.
struct CallResult {
  enum class Kind : std::uint8_t {
    http,  ///< an answer with a status code
    local_connect_failed,
    local_timeout,
    local_connect_success,
    local_connect_success_final,
    external_success,
    external_failed
  };
  InstanceId host = 0;
  Kind kind = Kind::http;
  std::uint16_t code = 0;  ///< HTTP status; 0: none was seen
  std::uint64_t bits = 0;  ///< random bits, for policies that draw lots (jitter, enforcement)
};
/// One answer to an active health check.
struct HealthResult {
  InstanceId host = 0;
  bool passed = true;
};
/// What came of an action, with its number in the order in which this policy asked for them.
struct ActionDone {
  std::uint64_t action = 0;
  bool succeeded = true;
};
/// Another policy claims the same instances, or has ceased to.
struct TargetConflict {
  bool present = true;
};
/// The process that hosts the policy has been restarted: what it kept in memory only is gone.
struct HostRestarted {};

using Observation = std::variant<MetricSample, MetricLost, InstanceStatus, InstanceGone,
                                 ResourceRequest, OutOfMemory, ReplicaCount, PoolCount, NodeStatus,
                                 NodeGone, PodPlacement, PodGone, DisruptionBudget, CallResult,
                                 HealthResult, ActionDone, TargetConflict, HostRestarted>;

struct ScaleTo {
  std::int32_t replicas = 0;
  bool operator==(const ScaleTo&) const = default;
};
struct Eject {
  InstanceId host = 0;
  bool operator==(const Eject&) const = default;
};
struct Readmit {
  InstanceId host = 0;
  bool operator==(const Readmit&) const = default;
};
/// Another amount of a resource for every instance, in the unit of its metric.
struct Resize {
  enum class When : std::uint8_t {
    never,  ///< advice, for people to read
    start,  ///< instances get it that start from now on
    now     ///< running ones are replaced, no more than `at_once` of them at a time
  };
  std::uint32_t metric = 0;
  double amount = 0;
  When when = When::never;
  std::int32_t at_once = 1;
  Duration older_than;  ///< `now`: instances that began later are left as they are
  bool operator==(const Resize&) const = default;
};
/// A pool is to have so many nodes.
struct ScalePool {
  std::uint32_t pool = 0;
  std::int32_t nodes = 0;
  bool operator==(const ScalePool&) const = default;
};
/// A node is to be emptied and given back; its pool is to have one less.
struct RemoveNode {
  InstanceId node = 0;
  bool operator==(const RemoveNode&) const = default;
};
using Action = std::variant<ScaleTo, Eject, Readmit, Resize, ScalePool, RemoveNode>;

/// A wish and its reason. `because` lives as long as the program; where it names a metric, `metric`
/// is its index and `measured` and `limit` are the figures that were compared.
struct Decision {
  static constexpr std::uint32_t kNoMetric = ~std::uint32_t{0};
  Action action;
  std::string_view because;
  std::uint32_t metric = kNoMetric;
  double measured = 0;
  double limit = 0;
  bool operator==(const Decision&) const = default;
};

/// A metric that a policy wants to see.
struct MetricNeed {
  enum class Scope : std::uint8_t { each, whole };
  std::string name;  ///< "cpu", "memory", or as the host knows it
  Scope scope = Scope::each;
  bool requests = false;  ///< ResourceRequest is wanted as well
  bool operator==(const MetricNeed&) const = default;
};

/// Fewest and most instances that a controller asks for.
struct ReplicaBounds {
  std::int32_t min = 0;
  std::int32_t max = 0;
  bool operator==(const ReplicaBounds&) const = default;
};

class Controller {
 public:
  virtual ~Controller() = default;

  /// Takes a fact in. REQUIRES: `now` not less than in any call before.
  virtual void observe(Instant now, const Observation& seen, std::vector<Decision>& out) = 0;
  /// Appends what is to be done to `out`. Before next_wake() it does nothing.
  virtual void wake(Instant now, std::vector<Decision>& out) = 0;
  /// Instant::never(): nothing planned.
  [[nodiscard]] virtual Instant next_wake() const = 0;

  [[nodiscard]] virtual std::span<const MetricNeed> needs() const = 0;
  /// Of the counts that it asks for (ScaleTo): what whoever carries them out has to be ready for.
  [[nodiscard]] virtual std::optional<ReplicaBounds> bounds() const { return std::nullopt; }
  /// A snapshot: a copy that shares nothing and goes on alike.
  [[nodiscard]] virtual std::unique_ptr<Controller> clone() const = 0;
};

/// Beats at multiples of a period from an anchor, whatever the delay of the wakes.
class Beat {
 public:
  explicit Beat(Duration period, Instant first = Instant::start()) : period_(period), next_(first) {
    REHEARSE_ASSERT(period > Duration::zero());
  }
  Instant next() const { return next_; }
  /// Whether a beat was due. Those that were missed altogether are skipped.
  bool due(Instant now) {
    if (now < next_) return false;
    next_ = next_ + ((now - next_) / period_ + 1) * period_;
    return true;
  }

 private:
  Duration period_;
  Instant next_;
};

}  // namespace rehearse::policies
