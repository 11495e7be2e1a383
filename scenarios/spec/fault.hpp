#pragma once
/// A fault plan: what is injected, when, where and for how long. Plain data, without a word on how:
/// the simulated platform and the real one execute the same plan, each in its own way.
///
/// The vocabulary (selectors, share, duration) is that of Chaos Mesh and AWS Fault Injection
/// Service.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/fields.hpp"
#include "base/time.hpp"
#include "scenarios/spec/objective.hpp"

namespace rehearse::spec {

enum class FaultKind {
  instance_kill,
  instance_slow,
  dependency_errors,
  link_delay,
  link_loss,
  network_partition,
  zone_outage,
  node_kill,
  cache_flush,
  traffic_surge,
};

/// What the target of a kind of fault is.
enum class FaultTargetKind { instances, endpoints, links, zones, nodes, caches, workloads };

/// One kind in the catalogue: what may be said of it.
struct FaultKindDoc {
  FaultKind kind;
  std::string_view name;  ///< "zone.outage"
  FaultTargetKind target;
  std::string_view parameter;  ///< the key that says how strong it is; empty: it is there or not
  bool in_flight;              ///< whether `in_flight` applies
  std::string_view doc;
};
std::span<const FaultKindDoc> fault_kinds();
const FaultKindDoc& doc_of(FaultKind kind);

/// What becomes of the requests that a dying instance is working on.
enum class InFlight {
  error,   ///< their callers see the connection close, at once
  lost,    ///< their callers hear nothing and run into their timeouts
  finish,  ///< they are served to the end; nothing new is taken (a graceful stop)
};

/// Names as written; which of them may be given together depends on the kind.
struct FaultTarget {
  std::string name;      ///< service, endpoint, cache, database, workload, node, pool or place
  std::string label;     ///< of services
  std::string zone;      ///< a zone or all zones of a region
  std::string from, to;  ///< links: places; "clients" is one of them
  std::optional<std::int64_t> instance;
  std::optional<std::int64_t> count;
  std::optional<double> share;
  Mark mark;
};

struct FaultPlan {
  std::string id;  ///< in reports and as the name of its random streams
  FaultKind kind = FaultKind::instance_kill;
  std::optional<Duration> at;     ///< since the start of the trial
  std::optional<Objective> when;  ///< or as soon as this comparison is true
  Duration sustained;             ///< ... and has been true for this long
  std::optional<Duration> lasts;  ///< nullopt: to the end of the trial
  Duration ramp;                  ///< from nothing to full strength, and back at the end
  bool both_ways = true;          ///< links: traffic in the other direction is hit as well
  InFlight in_flight = InFlight::error;
  double strength = 1;            ///< error rate, loss, factor; 1 where there is no parameter
  std::optional<SpecNode> delay;  ///< of link.delay: a distribution
  FaultTarget target;
  Mark mark;
};

extern const FieldTable kFaultFields;

/// Reads the `faults:` list; `node` may be nullptr. Whether targets exist is for those who know the
/// platform. Errors: wrong-type, contradiction, missing-field, duplicate-name and those of fields
/// and objectives.
std::vector<FaultPlan> read_faults(const SpecNode* node, Diagnostics& out);

}  // namespace rehearse::spec
