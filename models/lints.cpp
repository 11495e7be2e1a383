#include "models/lints.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/quantity.hpp"
#include "models/capacity.hpp"
#include "models/lint_context.hpp"
#include "models/trip_figures.hpp"

namespace rehearse::models {
namespace {

void add_sites(LintContext& context, CallSite site, std::uint32_t start) {
  const Plans& plans = context.blueprint().plans;
  for (const std::uint32_t pc : reachable_steps(plans, start)) {
    const Step& step = plans.steps[pc];
    if (step.kind != StepKind::call) continue;
    site.call = &plans.calls[step.a];
    context.sites.push_back(site);
  }
}

const SpecEntry* entry_of(const SpecNode* block, std::string_view key) {
  if (block == nullptr) return nullptr;
  for (const SpecEntry& entry : block->entries)
    if (entry.key == key) return &entry;
  return nullptr;
}

// Where the subject with this name is declared; the file as a whole where it is not found.
Mark declared_at(const SpecNode& root, const std::string& subject) {
  if (subject.empty()) {
    const SpecEntry* experiment = entry_of(&root, "experiment");
    return experiment != nullptr ? experiment->key_mark : root.mark;
  }
  if (const SpecEntry* workload = entry_of(root.find("workload"), subject))
    return workload->key_mark;
  const SpecNode* system = root.find("system");
  const std::size_t slash = subject.find('/');
  const std::string owner = subject.substr(0, slash);
  for (const auto& [block, parts] : {std::pair{"services", "endpoints"},
                                     {"databases", "queries"},
                                     {"caches", ""},
                                     {"brokers", "queues"}}) {
    const SpecEntry* entry = entry_of(system != nullptr ? system->find(block) : nullptr, owner);
    if (entry == nullptr) continue;
    if (slash != std::string::npos) {
      if (const SpecEntry* part = entry_of(entry->value.find(parts), subject.substr(slash + 1)))
        return part->key_mark;
    }
    return entry->key_mark;
  }
  const SpecNode* brokers = system != nullptr ? system->find("brokers") : nullptr;
  for (const SpecEntry& broker : brokers != nullptr ? brokers->entries : std::vector<SpecEntry>{})
    if (const SpecEntry* queue = entry_of(broker.value.find("queues"), subject))
      return queue->key_mark;
  return root.mark;
}

}  // namespace

LintContext::LintContext(const Scenario& of)
    : scenario(of),
      usual(of),
      retried(usual, {.all_attempts = true}),
      cold(usual, {.cold_caches = true}) {
  const Blueprint& b = of.blueprint;
  for (std::uint32_t w = 0; w < b.workloads.size(); ++w) {
    const WorkloadSpec& workload = b.workloads[w];
    for (const auto& [share, start] : workload.mix)
      add_sites(*this, {workload.name, kNone, w, nullptr, {{workload.zone, 1.0}}}, start);
  }
  for (std::uint32_t e = 0; e < b.endpoints.size(); ++e)
    add_sites(
        *this,
        {b.endpoints[e].name, e, kNone, nullptr, usual.plans().places[b.endpoints[e].service]},
        b.endpoints[e].start);
  find_deadlines();
}

void LintContext::find_deadlines() {
  under_deadline.assign(blueprint().endpoints.size(), false);
  std::vector<std::vector<const CallSite*>> callers(under_deadline.size());
  for (const CallSite& site : sites) callers[site.call->endpoint].push_back(&site);
  std::vector<std::uint32_t> callers_first = usual.plans().callees_first;
  std::reverse(callers_first.begin(), callers_first.end());
  for (const std::uint32_t e : callers_first) {
    under_deadline[e] =
        !callers[e].empty() &&
        std::all_of(callers[e].begin(), callers[e].end(), [&](const CallSite* site) {
          return site->call->deadline > Duration::zero() ||
                 (site->endpoint != kNone && under_deadline[site->endpoint]);
        });
  }
}

std::vector<Caller> LintContext::callers() const {
  std::vector<Caller> all;
  const Blueprint& b = blueprint();
  for (std::uint32_t w = 0; w < b.workloads.size(); ++w) {
    if (usual.closed(w)) continue;
    all.push_back({&usual.request(w),
                   usual.workload_rate(w, Level::peak),
                   {{b.workloads[w].zone, 1.0}},
                   mean_body(b, b.workloads[w])});
  }
  for (std::uint32_t e = 0; e < b.endpoints.size(); ++e)
    all.push_back({&usual.endpoint(e), usual.endpoint_rate(e, Level::peak, Loops::open),
                   usual.plans().places[b.endpoints[e].service], b.mean_body});
  return all;
}

double LintContext::trip(const CallSite& site) const {
  return mean_trip(usual.plans(), site.from, site.call->endpoint,
                   site.workload == kNone
                       ? blueprint().mean_body
                       : mean_body(blueprint(), blueprint().workloads[site.workload]));
}

std::string busy_phrase(const LintContext& context, std::uint32_t service,
                        const ServiceLoad& load) {
  const Resource scarce = scarcest(context.usual, service, load);
  return fmt::format("{} of {} {} {}", format_number(scarce.busy, 3),
                     scarce.busiest ? "its busiest instance's" : "its",
                     format_number(scarce.capacity), scarce.name);
}

std::vector<Lint> lint(const Scenario& scenario) {
  LintContext context(scenario);
  lint_loads(context);
  lint_zones(context);
  lint_balancers(context);
  lint_network(context);
  lint_calls(context);
  lint_queues(context);
  lint_databases(context);
  lint_memory(context);
  lint_nodes(context);
  lint_experiment(context);
  return std::move(context.found);
}

void report_lints(const Scenario& scenario, const SpecNode& root, Diagnostics& out) {
  for (Lint& found : lint(scenario)) {
    const Mark where = found.where.line > 0 ? found.where : declared_at(root, found.subject);
    out.warning(found.id, where, std::move(found.message), std::move(found.help));
  }
}

}  // namespace rehearse::models
