#pragma once
/// What the lints share. Internal to models/.

#include <string>
#include <utility>
#include <vector>

#include "base/quantity.hpp"
#include "models/lints.hpp"
#include "models/traffic.hpp"

namespace rehearse::models {

/// Seconds as a lint says them.
inline std::string seconds(double value) {
  return format_duration(value, 3);
}

/// A call as it stands in a plan.
struct CallSite {
  std::string caller;              ///< name of an endpoint or a workload
  std::uint32_t endpoint = kNone;  ///< of the caller; kNone: a client
  std::uint32_t workload = kNone;  ///< of the caller; kNone: an endpoint
  const CallSpec* call = nullptr;
  Places from;
};

/// Whoever calls: an endpoint, or an open loop.
struct Caller {
  const PlanFigures* figures = nullptr;
  double rate = 0;  ///< passes per second at the peak
  Places from;      ///< an endpoint asks from where its instances stand
  double body = 0;  ///< mean bytes of what its clients send
};

class LintContext {
 public:
  explicit LintContext(const Scenario& scenario);

  void add(std::string id, std::string subject, std::string message, std::string help = {},
           Mark where = {}) {
    found.push_back(
        {std::move(id), std::move(subject), std::move(message), std::move(help), where});
  }
  const Blueprint& blueprint() const { return scenario.blueprint; }
  const ServiceSpec& callee(const CallSite& site) const {
    return scenario.blueprint.services[site.call->service];
  }
  const std::string& callee_name(const CallSite& site) const {
    return scenario.blueprint.endpoints[site.call->endpoint].name;
  }
  /// Mean time of the messages of a call, there and back, s.
  double trip(const CallSite& site) const;

  /// All who call, closed loops left out: they cannot ask for more than they get.
  std::vector<Caller> callers() const;
  /// Fills under_deadline.
  void find_deadlines();

  const Scenario& scenario;
  const Traffic usual;    ///< caches warm, first attempts only
  const Traffic retried;  ///< every attempt used
  const Traffic cold;     ///< caches empty
  std::vector<CallSite> sites;
  std::vector<bool> under_deadline;  ///< by endpoint: all of its callers pass one on
  std::vector<Lint> found;
};

/// "24 of its 10 servers", of what a service has least of.
std::string busy_phrase(const LintContext& context, std::uint32_t service, const ServiceLoad& load);

void lint_loads(LintContext& context);
void lint_zones(LintContext& context);
void lint_balancers(LintContext& context);
void lint_network(LintContext& context);
void lint_calls(LintContext& context);
void lint_queues(LintContext& context);
void lint_databases(LintContext& context);
void lint_memory(LintContext& context);
void lint_nodes(LintContext& context);
void lint_experiment(LintContext& context);

}  // namespace rehearse::models
