#include <fmt/format.h>

#include "base/quantity.hpp"
#include "models/database_figures.hpp"
#include "models/lint_context.hpp"

/// Lints about databases and their replicas.

namespace rehearse::models {
namespace {

void lint_replay(LintContext& context, std::uint32_t r) {
  const ReplicationSpec& replication = context.blueprint().replications[r];
  const double load = replay_load(context.usual, r, Level::mean, Loops::open);
  if (load < 1) return;
  const double rate = write_rate(context.usual, r, Level::mean, Loops::open);
  context.add(
      "replay-below-rate", context.blueprint().services[replication.service].name,
      fmt::format("'{}' get writes at {} and apply them at {}", replication.name,
                  format_rate(rate, 3), format_rate(rate / load, 3)),
      "the lag of the replicas grows for as long as this lasts; shorten 'replay', or spread "
      "the writes over several databases");
}

// What is enough on average may be too little while a checkpoint or a vacuum runs.
void lint_phases(LintContext& context, std::uint32_t s) {
  const ServiceSpec& service = context.blueprint().services[s];
  const double usual = context.usual.load(s, Level::peak, Loops::open).saturation();
  const double slow = usual * service.slowdown_worst / service.slowdown_mean;
  if (service.slowdown_worst == 1 || usual >= 1 || slow < 1) return;
  context.add("slow-phase", service.name,
              fmt::format("while it is at its slowest, '{}' is asked for {} of what it can do",
                          service.name, format_ratio(slow, 3)),
              "queries pile up during each phase; lower its 'slowdown', or add capacity");
}

// A row is a server of its own: what is locked for longer than there is time for piles up, however
// many connections there are. Transactions lock for longer than their query takes.
void lint_hot_row(LintContext& context, std::uint32_t r) {
  const Blueprint& blueprint = context.blueprint();
  const RowSetSpec& set = blueprint.row_sets[r];
  const ServiceSpec& service = blueprint.services[set.service];
  double load = 0;
  for (std::uint32_t i = 0; i < service.endpoint_count; ++i) {
    const std::uint32_t e = service.first_endpoint + i;
    for (const std::uint32_t pc : reachable_steps(blueprint.plans, blueprint.endpoints[e].start)) {
      const Step& step = blueprint.plans.steps[pc];
      if (step.kind == StepKind::lock && step.a == r)
        load += context.usual.endpoint_rate(e, Level::peak, Loops::open) *
                context.usual.endpoint(e).duration;
    }
  }
  load *= set.rows.probability(0);
  if (load < 1) return;
  context.add("hot-row", service.name,
              fmt::format("the most popular of the rows '{}' is locked for {} of the time or more",
                          set.name, format_ratio(load, 3)),
              "writes to it queue up and take all connections with them; write it less often, or "
              "spread it over several rows");
}

// Bytes written over the whole run, where nothing fails.
void lint_storage(LintContext& context, std::uint32_t s) {
  const ServiceSpec& service = context.blueprint().services[s];
  if (service.disk == 0) return;
  double growth = 0;  // bytes per second
  const Plans& plans = context.blueprint().plans;
  for (std::uint32_t i = 0; i < service.endpoint_count; ++i) {
    const std::uint32_t e = service.first_endpoint + i;
    for (const std::uint32_t pc : reachable_steps(plans, context.blueprint().endpoints[e].start))
      if (plans.steps[pc].kind == StepKind::store)
        growth += context.usual.endpoint_rate(e, Level::mean, Loops::open) * plans.steps[pc].p;
  }
  const double horizon = context.scenario.experiment.horizon.to_seconds();
  const auto room = static_cast<double>(service.disk - service.disk_used);
  if (growth * horizon <= room) return;
  context.add(
      "storage-fills", service.name,
      fmt::format("the storage of '{}' is full after {}, and the horizon is {}", service.name,
                  format_duration(room / growth, 3), format_duration(horizon, 3)),
      "writes fail from then on; make 'storage.size' larger");
}

}  // namespace

void lint_databases(LintContext& context) {
  for (std::uint32_t s = 0; s < context.blueprint().services.size(); ++s) {
    lint_phases(context, s);
    lint_storage(context, s);
  }
  for (std::uint32_t r = 0; r < context.blueprint().row_sets.size(); ++r) lint_hot_row(context, r);
  for (std::uint32_t r = 0; r < context.blueprint().replications.size(); ++r)
    lint_replay(context, r);
}

}  // namespace rehearse::models
