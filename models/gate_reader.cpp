#include <fmt/format.h>

#include <algorithm>

#include "models/compiler.hpp"

/// `rate_limits` and `body_limit` of a service, and filters: what turns requests away.

namespace rehearse::models {
namespace {

constexpr std::size_t kMostTenants = 200;  // a queue looks at all of them for each request

FieldTable rate_limit_fields() {
  FieldTable table{"rate limit",
                   "Turns away what comes too often, before it waits or uses anything (outcome "
                   "`limited`, HTTP 429). One of `fixed_window`, `sliding_window`, `sliding_log`, "
                   "`token_bucket`, `leaky_bucket`.",
                   policies::limiter_fields()};
  const std::vector<Field> more = {
      {.name = "per",
       .type = FieldType::choice,
       .doc = "Whose requests are counted together: those of a client (`clients` of the workload, "
              "or each user), of an endpoint, or all.",
       .fallback = "client",
       .choices = {"client", "endpoint", "service"}},
      {.name = "store",
       .type = FieldType::choice,
       .doc = "Where counts are kept: in one place for all instances (Redis), or in the memory of "
              "each, which lets as many times the limit pass as there are instances.",
       .fallback = "shared",
       .choices = {"shared", "instance"}},
      {.name = "endpoints",
       .type = FieldType::list,
       .doc = "Endpoints of the service that it holds for; all by default.",
       .example = "[login, v1/orders]"},
      {.name = "except",
       .type = FieldType::list,
       .doc = "Workloads that it lets through.",
       .example = "[partners]"}};
  table.fields.insert(table.fields.end(), more.begin(), more.end());
  return table;
}

}  // namespace

const FieldTable kRateLimitFields = rate_limit_fields();

const FieldTable kFilterFields{
    "filter",
    "Blocks a share of the requests of each workload (a web application firewall: attackers by "
    "what is recognised, others by what is taken for an attack). Blocked requests end with "
    "`refused` (HTTP 403). What judging them costs is a step of its own before it.",
    {{.name = "block",
      .type = FieldType::named,
      .doc = "Share of the requests that is blocked, by workload; others pass.",
      .required = true,
      .item = FieldType::ratio},
     {.name = "override",
      .type = FieldType::flag,
      .doc = "Emergency switch: lets everything through.",
      .fallback = "false"}}};

void Compiler::read_limits(FieldReader& reader, std::uint32_t service) {
  for (const SpecNode& item : reader.items("rate_limits")) {
    FieldReader fields(item, kRateLimitFields, out_,
                       fmt::format("a rate limit of {}", reader.what()));
    const auto limiter = policies::read_limiter(fields);
    RateLimitSpec limit{limiter.value_or(policies::FixedWindow(policies::FixedWindow::Params{})),
                        LimitKey::client,
                        false,
                        {},
                        {}};
    limit.key = static_cast<LimitKey>(fields.choice("per"));
    limit.per_instance = fields.choice("store") == 1;
    ServiceSpec& spec = blueprint_.services[service];
    for (const std::string& name : fields.texts("endpoints")) {
      limit.endpoints.resize(spec.endpoint_count);
      std::vector<std::string_view> known;
      for (std::uint32_t e = 0; e < spec.endpoint_count; ++e) {
        const std::string& full = blueprint_.endpoints[spec.first_endpoint + e].name;
        known.push_back(std::string_view(full).substr(std::min(full.size(), spec.name.size() + 1)));
        if (known.back() == name) limit.endpoints[e] = true;
      }
      if (std::find(known.begin(), known.end(), name) == known.end())
        fields.error("unknown-callee", "endpoints",
                     fmt::format("{} has no endpoint '{}'", reader.what(), name),
                     suggest(name, known));
    }
    for (const std::string& name : fields.texts("except"))
      exempt_.push_back(
          {service, static_cast<std::uint32_t>(spec.limits.size()), name, fields.mark("except")});
    if (limit.key == LimitKey::client) per_client_.insert(service);
    spec.limits.push_back(std::move(limit));
  }
}

void Compiler::emit_filter(const SpecNode& node, const StepScope& scope) {
  FieldReader reader(node, kFilterFields, out_, fmt::format("a filter of '{}'", scope.entity));
  const auto filter = static_cast<std::uint32_t>(blueprint_.plans.filters.size());
  const bool everything_passes = reader.flag("override");
  for (const SpecEntry& entry : reader.entries("block")) {
    const Parsed<double> share = parse_ratio(entry.value.text);
    if (!entry.value.is_scalar() || !share.value || *share.value < 0 || *share.value > 1) {
      out_.error("bad-quantity", entry.value.mark,
                 share.problem.empty() ? "not a share from 0% to 100%" : share.problem,
                 fmt::format("write '{}: 40%'", entry.key));
      continue;
    }
    blocked_.push_back({filter, entry.key, everything_passes ? 0 : *share.value, entry.key_mark});
  }
  FilterSpec spec;
  spec.stream = add_stream(scope.entity, fmt::format("filter {}", place(scope)));
  blueprint_.plans.filters.push_back(std::move(spec));
  emit({.kind = StepKind::filter, .a = filter});
}

std::optional<std::uint32_t> Compiler::workload_named(const std::string& name, Mark mark) {
  const auto found = names_.find(name);
  if (found != names_.end() && found->second.subject.kind == SubjectKind::workload)
    return found->second.subject.index;
  out_.error("unknown-workload", mark, fmt::format("there is no workload '{}'", name),
             suggest(name, names_of({SubjectKind::workload})));
  return std::nullopt;
}

// Requests that a workload asks for per second, for the mean of a filter: users at most once per
// pause, and once a second where they make none.
double Compiler::rough_rate(const WorkloadSpec& workload) const {
  const double horizon = scenario_.experiment.horizon.to_seconds();
  if (workload.arrivals)
    return workload.arrivals->mean_rate(horizon) *
           (workload.session ? workload.session->requests : 1);
  if (!workload.users) return 0;
  const std::uint32_t law = workload.users->think;
  const double think = workload.session ? workload.session->mean_think
                       : law == kNone   ? 0
                                        : blueprint_.plans.laws[law].law.mean();
  return workload.users->most / (think > 0 ? think : 1);
}

// Only where somebody is fair to them: their number is limited.
void Compiler::resolve_tenants() {
  std::vector<ServiceSpec*> fair;
  for (ServiceSpec& service : blueprint_.services)
    if (service.discipline == Discipline::fair) fair.push_back(&service);
  if (fair.empty()) return;
  std::vector<std::string>& tenants = blueprint_.tenants;
  for (std::size_t w = 0; w < blueprint_.workloads.size(); ++w) {
    const auto found = std::find(tenants.begin(), tenants.end(), tenants_[w]);
    blueprint_.workloads[w].tenant = static_cast<std::uint8_t>(found - tenants.begin());
    if (found == tenants.end()) tenants.push_back(tenants_[w]);
  }
  if (tenants.size() > kMostTenants)
    out_.error("out-of-range", names_.find(fair.front()->name)->second.mark,
               fmt::format("a queue is fair to {} tenants at most", kMostTenants),
               "let workloads share tenants: 'tenant: NAME'");
  for (ServiceSpec* service : fair) service->weights.assign(tenants.size() + 1, 1);
  for (const Weight& each : weights_) {
    const auto found = std::find(tenants.begin(), tenants.end(), each.tenant);
    if (found == tenants.end()) {
      const std::vector<std::string_view> known(tenants.begin(), tenants.end());
      out_.error("unknown-tenant", each.mark, fmt::format("there is no tenant '{}'", each.tenant),
                 suggest(each.tenant, known));
      continue;
    }
    for (ServiceSpec* service : fair)
      if (service->name == each.service)
        service->weights[static_cast<std::size_t>(found - tenants.begin())] = each.weight;
  }
}

void Compiler::resolve_workload_names() {
  const std::size_t workloads = blueprint_.workloads.size();
  for (const Exemption& each : exempt_) {
    const auto workload = workload_named(each.name, each.mark);
    if (!workload) continue;
    std::vector<bool>& exempt = blueprint_.services[each.service].limits[each.limit].exempt;
    exempt.resize(workloads);
    exempt[*workload] = true;
  }
  for (const Block& each : blocked_) {
    const auto workload = workload_named(each.name, each.mark);
    if (!workload) continue;
    std::vector<double>& blocked = blueprint_.plans.filters[each.filter].blocked;
    blocked.resize(workloads, 0);
    blocked[*workload] = each.share;
  }
  double all = 0;
  for (const WorkloadSpec& workload : blueprint_.workloads) all += rough_rate(workload);
  for (const WorkloadSpec& workload : blueprint_.workloads)
    if (workload.body != kNone && all > 0)
      blueprint_.mean_body +=
          blueprint_.plans.laws[workload.body].law.mean() * rough_rate(workload) / all;
  for (FilterSpec& filter : blueprint_.plans.filters) {
    for (std::size_t w = 0; w < filter.blocked.size() && all > 0; ++w)
      filter.mean += filter.blocked[w] * rough_rate(blueprint_.workloads[w]) / all;
  }
}

}  // namespace rehearse::models
