#include <algorithm>
#include <cmath>

#include "experiments/memory.hpp"

namespace rehearse::experiments {
namespace {

/// A queue without a limit, which nobody leaves before being served; or requests that all run at
/// once on the cores they share.
bool grows_without_limit(const models::ServiceSpec& service) {
  if (service.slots == models::kUnlimited) return service.millicores > 0;
  return service.queue_limit == models::kUnlimited && !service.limits_waits() &&
         !service.drop_abandoned;
}

}  // namespace

Backlog expected_backlog(const models::Scenario& scenario, const models::Traffic& traffic) {
  const models::Blueprint& blueprint = scenario.blueprint;
  // What a rate limit keeps away from those behind it is not in the traffic equations.
  for (const models::ServiceSpec& service : blueprint.services)
    if (!service.limits.empty()) return {};
  double clients = 0;  // requests per second of open loops
  for (std::uint32_t w = 0; w < blueprint.workloads.size(); ++w)
    if (!traffic.closed(w)) clients += traffic.workload_rate(w, models::Level::mean);
  const bool patient =
      std::all_of(blueprint.plans.calls.begin(), blueprint.plans.calls.end(),
                  [](const models::CallSpec& call) { return call.limit() == Duration::zero(); });
  Backlog worst;
  for (std::uint32_t s = 0; s < blueprint.services.size(); ++s) {
    if (!grows_without_limit(blueprint.services[s])) continue;
    const models::ServiceLoad load = traffic.load(s, models::Level::mean, models::Loops::open);
    const double saturation = load.saturation();
    if (!(saturation > 1) || !(clients > 0)) continue;
    // Several visits of one request count once: the others are not even asked for while it waits.
    const double visits = std::max(1.0, load.rate / clients);
    const double stuck =
        load.rate / visits * (1 - 1 / saturation) * scenario.experiment.horizon.to_seconds();
    // Callers that stop waiting leave only the queued visit behind.
    if (stuck > worst.requests) worst = {stuck, blueprint.services[s].name, patient ? 2.0 : 1.0};
  }
  return worst;
}

}  // namespace rehearse::experiments
