#include "live/setup.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>

#include "base/quantity.hpp"

namespace rehearse::live {
namespace {

using Scope = policies::MetricNeed::Scope;

constexpr std::size_t kNoTarget = ~std::size_t{0};

using TargetPlaces = std::map<std::string_view, std::size_t>;

// The target of each policy; one that no other has.
void find_live_targets(Setup& setup, Diagnostics& out) {
  TargetPlaces places;
  for (std::size_t i = 0; i < setup.platform.targets.size(); ++i)
    places.insert({setup.platform.targets[i].service, i});
  std::map<std::size_t, std::string_view> scaled_by;
  for (const policies::PolicyBlock& policy : setup.policies) {
    if (!policy.scales) {
      out.error("contradiction", policy.mark,
                fmt::format("policy '{}' sets no count of instances, and 'live' has hands for "
                            "nothing else",
                            policy.name),
                "keep it in an overlay for simulations");
      setup.targets.push_back(kNoTarget);
      continue;
    }
    const auto found = places.find(policy.target);
    if (found == places.end()) {
      std::vector<std::string_view> names;
      for (const auto& [name, place] : places) names.push_back(name);
      out.error("unknown-target", policy.target_mark,
                fmt::format("'live' has no target '{}'", policy.target),
                out.is_full() ? "" : suggestion(policy.target, "targets", names));
      setup.targets.push_back(kNoTarget);
      continue;
    }
    const auto [other, alone] = scaled_by.insert({found->second, policy.name});
    if (!alone)
      out.error("contradiction", policy.target_mark,
                fmt::format("policies '{}' and '{}' both scale '{}'", other->second, policy.name,
                            policy.target),
                "a service has one policy; a controller may look at several metrics");
    setup.targets.push_back(found->second);
  }
}

// Whether the target says how to ask for it, in the way in which the policy wants it.
void check_need(const policies::MetricNeed& need, const policies::PolicyBlock& policy,
                const spec::LiveTarget& target, Diagnostics& out) {
  const bool each = need.scope == Scope::each;
  const auto found =
      std::find_if(target.metrics.begin(), target.metrics.end(),
                   [&](const spec::LiveMetric& metric) { return metric.name == need.name; });
  if (found == target.metrics.end()) {
    out.error(
        "unknown-metric", policy.mark_of(need.name),
        fmt::format("'live' does not say how to ask for '{}' of '{}'", need.name, target.service),
        fmt::format("add '{}: {{{}: ...}}' to the 'metrics' of that target", need.name,
                    each ? "each" : "whole"));
    return;
  }
  if (found->each != each)
    out.error("contradiction", found->mark,
              fmt::format("policy '{}' looks at '{}' of {}", policy.name, need.name,
                          each ? "single instances" : "all instances together"),
              fmt::format("ask by '{}'", each ? "each" : "whole"));
  const bool memory = need.name == "memory";
  const bool reserved = memory ? target.reserved_memory > 0 : target.reserved_cpu > 0;
  if (need.requests && !reserved)
    out.error("missing-field", target.mark,
              fmt::format("policy '{}' looks at shares of what instances reserve", policy.name),
              fmt::format("add 'reserves: {{{}}}' to '{}'", memory ? "memory: 256Mi" : "cpu: 1",
                          target.service));
}

// Rails of its own take the place of the platform's, and may not loosen them.
void check_rails(const policies::PolicyBlock& policy, const ChangeLimits& guards,
                 Diagnostics& out) {
  const std::string_view looser = looser_field(*policy.rails, guards);
  if (looser.empty()) return;
  out.error("contradiction", policy.rails_mark,
            fmt::format("the guard rails of policy '{}' allow more than the guards of 'live': '{}'",
                        policy.name, looser),
            "what holds for the real platform holds for every policy; make one as strict as the "
            "other");
}

void check_scrape(const policies::PolicyBlock& policy, const ChangeLimits& guards,
                  Diagnostics& out) {
  if (policy.scrape <= guards.stale_after) return;
  out.error(
      "contradiction", policy.mark,
      fmt::format("policy '{}' looks every {}, and the guards take nothing that is older "
                  "than {}",
                  policy.name, exact_duration(policy.scrape), exact_duration(guards.stale_after)),
      "let it look more often ('observe.scrape'), or raise 'stale_after'");
}

}  // namespace

policies::GuardRails::Params Setup::guards_of(std::size_t policy) const {
  const spec::LiveProcesses& processes = target_of(policy).processes;
  const std::int32_t ports = processes.last_port - processes.first_port + 1;
  policies::GuardRails::Params guards = policies[policy].rails.value_or(platform.guards);
  guards.ceiling = std::min(guards.ceiling, ports);
  guards.spacing = policies[policy].spacing;
  return guards;
}

std::optional<Setup> read_setup(const SpecNode& root, Diagnostics& out) {
  const int before = out.error_count();
  Setup setup;
  if (const SpecNode* name = root.find("name")) setup.name = name->text;
  if (const SpecNode* entries = root.find("policies"))
    for (const SpecEntry& entry : entries->entries)
      setup.policies.push_back(policies::read_policy(entry, out));
  const SpecNode* live = root.find("live");
  if (live == nullptr || live->is_null())
    out.error("missing-field", root.mark, "the scenario has no block 'live'",
              "it says where the real platform is; see 'rehearse explain live'");
  else if (auto platform = spec::read_live(live, out))
    setup.platform = *std::move(platform);
  if (setup.policies.empty())
    out.error("missing-field", root.mark, "the scenario has no policy",
              "see 'rehearse explain policies'");
  if (out.error_count() != before) return std::nullopt;
  find_live_targets(setup, out);
  for (std::size_t i = 0; i < setup.policies.size(); ++i) {
    if (setup.policies[i].rails)
      check_rails(setup.policies[i], setup.platform.guards, out);
    else
      check_scrape(setup.policies[i], setup.platform.guards, out);
    if (setup.targets[i] == kNoTarget) continue;
    for (const policies::MetricNeed& need : setup.policies[i].controller->needs())
      check_need(need, setup.policies[i], setup.target_of(i), out);
  }
  if (out.error_count() != before) return std::nullopt;
  return setup;
}

}  // namespace rehearse::live
