#pragma once
/// What one pass through a plan brings about on average, from the steps alone: no queue, no
/// simulation. The building blocks of the traffic equations, the lints and the closed forms.
///
/// "Without queues" means: each request has its instance and its links to itself, no message is
/// lost for good, no call runs into its timeout; instances are warm, and pauses stretch work as
/// much as on average. Errors of `fail` steps happen all the same, and are tried again where a call
/// says so. Of parallel branches the longest by its mean counts, of a quorum the last one that it
/// needs: a lower bound for the mean of a maximum. Pauses before further attempts take no time
/// here.

#include <cstdint>
#include <map>
#include <vector>

#include "models/blueprint.hpp"
#include "models/call_graph.hpp"

namespace rehearse::models {

/// How often a law is drawn in one pass, callees included.
struct LawUse {
  double times = 0;
  double stretch = 1;  ///< an idle instance with half a core takes twice the demand
  double cap = 0;      ///< seconds; the caller waits no longer (timeout times attempts)
};

/// Where the mean time without queues of one pass goes, s. Of parallel branches only the decisive
/// one counts: the longest by its mean, of a quorum the last one that it needs.
struct TimeSpent {
  double own = 0;                           ///< own steps
  double network = 0;                       ///< messages of own calls
  std::map<std::uint32_t, double> callees;  ///< by endpoint, all below it included
};

struct PlanFigures {
  double duration = 0;    ///< mean time without queues, calls included, s
  double wait = 0;        ///< of it: own `work` steps
  double cpu = 0;         ///< demand of own `cpu` steps, core-seconds
  double network = 0;     ///< of it: messages of own calls, there and back
  double failure = 0;     ///< probability of ending with an error
  double refused = 0;     ///< probability of being blocked by a filter, here or in a call
  bool may_fail = false;  ///< by an error, a timeout or a full queue somewhere below
  bool forks = false;     ///< has parallel steps of its own
  /// Attempts, by endpoint; with those that published messages cause, which take none of the time.
  std::map<std::uint32_t, double> calls;
  std::map<std::uint32_t, double> lookups;  ///< by cache
  /// Time for which a connection to a database is kept, by service, s; and the calls that use it,
  /// by endpoint.
  std::map<std::uint32_t, double> held;
  std::map<std::uint32_t, double> kept;
  std::map<std::uint32_t, double> messages;  ///< stored, by queue, dead letters included
  std::map<std::uint32_t, double> deferred;  ///< writes that are put off, by behind
  /// Own and of callees; of very many the slowest. Empty where the context leaves them out.
  std::map<std::uint32_t, LawUse> laws;
  TimeSpent spent;  ///< adds up to `duration`
};

/// Shares of the instances of a service by zone, in proportion to their weights; of a client all in
/// its own.
using Places = std::map<std::uint32_t, double>;

/// What has to be known to follow plans, and what is found on the way.
struct PlanContext {
  /// `with_laws`: fill PlanFigures::laws, which unqueued_quantile() needs.
  PlanContext(const Blueprint& of, bool all, bool with_laws);
  /// Fills `endpoints`, from those that call nobody upwards. REQUIRES: hit_ratios are set.
  void follow_plans();

  const Blueprint& blueprint;
  std::vector<double> hit_ratios;  ///< by cache; 0 until set
  std::vector<double> batches;  ///< by behind: writes that reach the origin together; 1 until set
  bool all_attempts;            ///< calls that may be tried again use all of their attempts
  bool laws;
  std::vector<bool> down;                 ///< by service: fails every call; empty: none is down
  std::vector<Places> places;             ///< by service
  std::map<std::uint32_t, Places> apart;  ///< by endpoint that only some instances serve
  /// Where requests for this endpoint go.
  const Places& places_of(std::uint32_t endpoint) const;
  std::vector<std::uint32_t> callees_first;  ///< endpoints, each behind all that it calls
  std::vector<PlanFigures> endpoints;
};

/// Figures of the plan of a client of this workload that begins at `start`.
PlanFigures client_figures(const PlanContext& context, std::uint32_t start,
                           const WorkloadSpec& workload);

/// Whether failed attempts of this call are ones that `retry` tries again and that cost the callee
/// work: timeouts and errors, not requests that are turned away.
bool wastes_attempts(const PlanContext& context, const CallSpec& call);

/// What becomes of a message whose handler fails with probability `failure`: how often it is
/// delivered on average, and the chance that it is given up. Without a handler it expires or stays.
/// Deliveries d of at most m: E[d] = (1 - f^m) / (1 - f), given up with f^m.
struct Deliveries {
  double mean = 0;
  double dead = 0;
};
Deliveries deliveries_of(const QueueSpec& queue, double failure);

/// Time that all but the share `tail` of passes need, without queues: the mean, and in it, in place
/// of its own mean, the quantile of the one law that matters most at this depth of the tail (a law
/// that is drawn in one of ten passes only has to be ten times as deep). Laws that are drawn more
/// seldom than `tail` are left out. Exact for a plan with a single law, too low where several laws
/// of like size add up.
double unqueued_quantile(const Blueprint& blueprint, const PlanFigures& figures, double tail);

}  // namespace rehearse::models
