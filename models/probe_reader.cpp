#include <fmt/format.h>

#include "models/compiler.hpp"

/// The probes of a service. Each is compiled to a small plan of its own: one call, with a timeout.

namespace rehearse::models {
namespace {

const FieldTable kProbeFields{
    "probe",
    "A request that is sent to each instance again and again; it fails by an error, a timeout, a "
    "refused connection. Defaults are those of Kubernetes 1.29.",
    {{.name = "endpoint",
      .type = FieldType::text,
      .doc = "Endpoint of the same service that answers; need not be named where there is but one.",
      .example = "health"},
     {.name = "initial_delay",
      .type = FieldType::duration,
      .doc = "From the start of the process to the first probe.",
      .fallback = "0s",
      .min = 0},
     {.name = "period",
      .type = FieldType::duration,
      .doc = "From one probe to the next.",
      .fallback = "10s",
      .min = 0,
      .above_min = true},
     {.name = "timeout",
      .type = FieldType::duration,
      .doc = "A probe that takes longer has failed.",
      .fallback = "1s",
      .min = 0,
      .above_min = true},
     {.name = "failures",
      .type = FieldType::count,
      .doc = "In a row, before it counts as failed.",
      .fallback = "3",
      .min = 1,
      .max = 1000},
     {.name = "successes",
      .type = FieldType::count,
      .doc = "In a row, before it counts as passed.",
      .fallback = "1",
      .min = 1,
      .max = 1000}}};

constexpr std::string_view kKinds[] = {"startup", "liveness", "readiness"};

}  // namespace

const FieldTable kProbesFields{
    "probes",
    "Health probes as in Kubernetes. A Docker health check that restarts is a liveness probe; the "
    "health check of a load balancer is a readiness probe.",
    {{.name = "startup",
      .type = FieldType::block,
      .doc = "Until it has passed once, the other probes wait; its failure restarts the instance.",
      .child = &kProbeFields},
     {.name = "liveness",
      .type = FieldType::block,
      .doc = "Its failure restarts the instance.",
      .child = &kProbeFields},
     {.name = "readiness",
      .type = FieldType::block,
      .doc = "While it fails, balancers send the instance no requests.",
      .child = &kProbeFields}}};

void Compiler::read_probes(const SpecNode* node, std::uint32_t service) {
  if (node == nullptr || node->is_null()) return;
  ServiceSpec& spec = blueprint_.services[service];
  const std::string what = fmt::format("probes of '{}'", spec.name);
  FieldReader reader(*node, kProbesFields, out_, what);
  spec.probe_stream = add_stream(spec.name, "probes");
  for (std::size_t k = 0; k < std::size(kKinds); ++k) {
    const SpecNode* block = reader.node(kKinds[k]);
    if (block == nullptr) continue;
    FieldReader fields(*block, kProbeFields, out_,
                       fmt::format("{} probe of '{}'", kKinds[k], spec.name));
    ProbeSpec probe;
    probe.kind = static_cast<ProbeKind>(k);
    probe.initial_delay = fields.duration("initial_delay");
    probe.period = fields.duration("period");
    probe.failures = static_cast<std::uint32_t>(fields.count("failures"));
    probe.successes = static_cast<std::uint32_t>(fields.count("successes"));
    CallSpec call;
    call.service = service;
    call.timeout = fields.duration("timeout");
    const std::string endpoint = fields.text("endpoint");
    const auto found =
        endpoint_named(endpoint.empty() ? spec.name : spec.name + "/" + endpoint,
                       endpoint.empty() ? block->mark : fields.mark("endpoint"), false);
    if (!found) continue;
    call.endpoint = *found;
    probe.start = emit({.kind = StepKind::call});
    call.failure_pc = here();
    blueprint_.plans.steps[probe.start].a =
        add_call(call, {.entity = fmt::format("{} {}", spec.name, kKinds[k]), .endpoint = kNone});
    emit({.kind = StepKind::done});
    spec.probes.push_back(probe);
  }
}

}  // namespace rehearse::models
