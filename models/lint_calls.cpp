#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string>

#include "base/quantity.hpp"
#include "models/lint_context.hpp"
#include "models/trip_figures.hpp"

/// Lints about calls: their timeouts and retries, and what the callee makes of them.

namespace rehearse::models {
namespace {

constexpr double kManyAttempts = 10;  // product of attempts along a path
constexpr double kLateShare = 0.01;   // share of answers that a timeout may cut off

void lint_timeout(LintContext& context, const CallSite& site) {
  const double timeout = site.call->limit().to_seconds();
  if (timeout <= 0) return;
  const PlanFigures& callee = context.usual.endpoint(site.call->endpoint);
  const double trip = context.trip(site);
  const double p99 = trip + unqueued_quantile(context.blueprint(), callee, kLateShare);
  if (timeout >= p99) return;
  context.add("timeout-below-p99", site.caller,
              fmt::format("'{}' gives up on '{}' after {}, but without any queue 1% of the answers "
                          "take longer than {} (mean {})",
                          site.caller, context.callee_name(site), seconds(timeout), seconds(p99),
                          seconds(trip + callee.duration)),
              "work is thrown away that was nearly done; wait longer, or make the callee faster");
}

void lint_loss(LintContext& context, const CallSite& site) {
  if (site.call->limit() > Duration::zero()) return;
  if (site.endpoint != kNone && context.under_deadline[site.endpoint]) return;
  const Places& to = context.usual.plans().places[site.call->service];
  const double loss = std::max(worst_loss(context.blueprint(), site.from, to),
                               worst_loss(context.blueprint(), to, site.from));
  if (loss <= 0) return;
  context.add("loss-without-timeout", site.caller,
              fmt::format("up to {} of the messages between '{}' and '{}' get lost, and the call "
                          "has no timeout",
                          format_ratio(loss, 3), site.caller, context.callee_name(site)),
              "a caller whose message is lost waits for ever and keeps what it holds; add a "
              "'timeout'");
}

void lint_backoff(LintContext& context, const CallSite& site) {
  const RetrySpec& retry = site.call->retry;
  if (retry.attempts < 2 || retry.backoff.initial > Duration::zero()) return;
  context.add("retry-without-backoff", site.caller,
              fmt::format("'{}' calls '{}' up to {} times without a pause between attempts",
                          site.caller, context.callee_name(site), retry.attempts),
              "what failed a moment ago fails again, and all callers ask at once; add 'backoff: "
              "{exponential: 50ms, jitter: full}'");
}

void lint_patience(LintContext& context, const CallSite& site) {
  const ServiceSpec& service = context.callee(site);
  const double timeout = site.call->limit().to_seconds();
  if (timeout <= 0 || service.patience == kNone || service.drop_abandoned) return;
  const double patience = context.blueprint().plans.laws[service.patience].law.mean();
  if (patience <= timeout) return;
  const bool database = service.kind == ServiceKind::database;
  context.add("patience-beyond-timeout", site.caller,
              fmt::format("requests wait up to {} for '{}', but '{}' gives up after {}",
                          seconds(patience), service.name, site.caller, seconds(timeout)),
              fmt::format("what waits longer is served for nobody; make {} shorter than the "
                          "timeout",
                          database ? "'pool.wait'" : "'queue.patience'"));
}

// Requests an instance works off per second.
double drain_rate(const LintContext& context, std::uint32_t s) {
  const ServiceLoad load = context.usual.load(s, Level::mean);
  const double saturation = load.saturation();
  if (load.rate <= 0 || saturation <= 0) return 0;
  const auto instances = static_cast<double>(context.blueprint().services[s].placement.size());
  return load.rate / saturation / instances;
}

// One lint per service, for the caller that gives up first.
void lint_waiting_lines(LintContext& context) {
  std::map<std::uint32_t, const CallSite*> soonest;  // by service
  for (const CallSite& site : context.sites) {
    const ServiceSpec& service = context.callee(site);
    if (site.call->limit() <= Duration::zero() || service.queue_limit == kUnlimited ||
        service.drop_abandoned || service.limits_waits())
      continue;
    const CallSite*& first = soonest[site.call->service];
    if (first == nullptr || site.call->limit() < first->call->limit()) first = &site;
  }
  for (const auto& [s, site] : soonest) {
    const ServiceSpec& service = context.blueprint().services[s];
    const double rate = drain_rate(context, s);
    if (rate <= 0) continue;
    const double wait = service.queue_limit / rate;
    const double timeout = site->call->limit().to_seconds();
    if (wait <= timeout) continue;
    const double room = std::floor(timeout * rate * (1 + 1e-9));
    context.add("queue-outlasts-timeout", service.name,
                fmt::format("a full queue of '{}' ({} requests, {} worked off per instance) takes "
                            "{}, but '{}' gives up after {}",
                            service.name, service.queue_limit, format_rate(rate, 3), seconds(wait),
                            site->caller, seconds(timeout)),
                fmt::format("whoever joins a long queue is served for nobody; limit it to {}, or "
                            "write 'abandoned: drop'",
                            format_number(room, 12)));
  }
}

// The path with the largest product of attempts, from an endpoint downwards.
struct Path {
  double product = 1;
  int levels = 0;                   // calls with more than one attempt
  const CallSite* first = nullptr;  // nullptr: no call below is tried again
};

Path extended(const LintContext& context, const CallSite& site, const std::vector<Path>& below) {
  const double attempts = context.blueprint().plans.most_attempts(*site.call);
  const Path& rest = below[site.call->endpoint];
  return {rest.product * attempts, rest.levels + (attempts > 1 ? 1 : 0), &site};
}

// " -> a/x (x3) -> b/x": only the beginning where it is long.
std::string path_text(const LintContext& context, Path path, const std::vector<Path>& below) {
  constexpr int kMostShown = 10;
  std::string text;
  for (int shown = 0; path.first != nullptr; ++shown) {
    if (shown == kMostShown) return text + " -> ...";
    const double attempts = context.blueprint().plans.most_attempts(*path.first->call);
    text += " -> " + context.callee_name(*path.first);
    if (attempts > 1) text += fmt::format(" (x{:.3g})", attempts);
    path = below[path.first->call->endpoint];
  }
  return text;
}

void lint_depth(LintContext& context) {
  const Blueprint& blueprint = context.blueprint();
  std::vector<std::vector<const CallSite*>> by_endpoint(blueprint.endpoints.size());
  for (const CallSite& site : context.sites)
    if (site.endpoint != kNone) by_endpoint[site.endpoint].push_back(&site);
  std::vector<Path> below(blueprint.endpoints.size());
  for (const std::uint32_t e : context.usual.plans().callees_first) {
    for (const CallSite* site : by_endpoint[e]) {
      const Path path = extended(context, *site, below);
      if (path.product > below[e].product) below[e] = path;
    }
  }
  std::map<std::uint32_t, Path> worst;  // by workload
  for (const CallSite& site : context.sites) {
    if (site.workload == kNone) continue;
    const Path path = extended(context, site, below);
    if (path.product > worst[site.workload].product) worst[site.workload] = path;
  }
  for (const auto& [w, path] : worst) {
    if (path.product < kManyAttempts || path.levels < 2) continue;
    const std::string& name = blueprint.workloads[w].name;
    context.add("retries-multiply", name,
                fmt::format("retries multiply over depth: one request can become {} calls, {}{}",
                            format_number(path.product), name, path_text(context, path, below)),
                "try again at one level only, best the one next to what fails");
  }
}

void lint_think_time(LintContext& context) {
  const Blueprint& blueprint = context.blueprint();
  for (const WorkloadSpec& workload : blueprint.workloads) {
    if (!workload.users) continue;
    const std::uint32_t law = workload.users->think;
    if (law != kNone && blueprint.plans.laws[law].law.mean() > 0) continue;
    if (workload.session && workload.session->mean_think > 0) continue;
    context.add(
        "no-think-time", workload.name,
        fmt::format("the users of '{}' ask again the moment they have their answer", workload.name),
        "they keep the platform as busy as it can be, whatever their number; add 'think: "
        "{exponential: 1s}' if people are meant");
  }
}

}  // namespace

void lint_calls(LintContext& context) {
  lint_think_time(context);
  lint_depth(context);
  // A mix or a plan may hold the same call more than once: what is said of it is said once.
  std::set<std::pair<std::string, std::string>> said;
  for (const CallSite& site : context.sites) {
    const std::size_t before = context.found.size();
    lint_timeout(context, site);
    lint_loss(context, site);
    lint_backoff(context, site);
    lint_patience(context, site);
    const auto repeated = [&](const Lint& found) {
      return !said.insert({found.id, found.message}).second;
    };
    const auto fresh = context.found.begin() + static_cast<std::ptrdiff_t>(before);
    context.found.erase(std::remove_if(fresh, context.found.end(), repeated), context.found.end());
  }
  lint_waiting_lines(context);
}

}  // namespace rehearse::models
