#include <fmt/format.h>

#include <algorithm>

#include "models/compiler.hpp"
#include "models/waiting_line.hpp"

/// The `services:` block.

namespace rehearse::models {
namespace {

const FieldTable kCpuFields{
    "cpu",
    "Cores of one instance, shared by the requests in it: n requests on c cores run at speed "
    "min(1, c/n) each (processor sharing). With `period` the limit is a quota, as Linux and "
    "Kubernetes have it: requests run at full speed until the quota is used up, then not at all.",
    {{.name = "limit",
      .type = FieldType::cpu,
      .doc = "Cores of one instance: `2`, `0.5` or `500m`.",
      .required = true,
      .min = 0.001,
      .max = 1e6},
     {.name = "period",
      .type = FieldType::duration,
      .doc = "Of the CFS quota, `limit` times as long; `100ms` in Kubernetes. Without it a limit "
             "below a core is a slower core.",
      .min = 1e-3,
      .example = "100ms"},
     {.name = "cores",
      .type = FieldType::cpu,
      .doc = "With `period`: cores that the instance can use at once while its quota lasts (of the "
             "node, or 1 for a single-threaded process); the limit rounded up by default.",
      .min = 0.001,
      .max = 1e6}}};

const FieldTable kDelayFields{
    "codel",
    "Controlled delay (B. Maurer, \"Fail at Scale\", 2015): a queue that has been empty within the "
    "last `interval` may keep a request for as long as that; in a standing queue nobody waits for "
    "longer than `target`. Whoever does is rejected.",
    {{.name = "target",
      .type = FieldType::duration,
      .doc = "Longest wait in a standing queue.",
      .fallback = "5ms",
      .min = 0,
      .above_min = true},
     {.name = "interval",
      .type = FieldType::duration,
      .doc = "A queue that was not empty for so long is a standing one.",
      .fallback = "100ms",
      .min = 0,
      .above_min = true}}};

const FieldTable kQueueFields{
    "queue",
    "Where requests wait for a free server or slot.",
    {{.name = "limit",
      .type = FieldType::count,
      .doc =
          "Most requests that may wait at one instance (of one tenant, with `discipline: fair`); "
          "more are rejected.",
      .min = 0,
      .max = 4e9},
     {.name = "discipline",
      .type = FieldType::choice,
      .doc = "Who is served next: first come, last come, or by the endpoint's `priority` (first "
             "come within one; a request in service is not interrupted). `adaptive_lifo`, with "
             "`codel`: last come in a standing queue, else first come. `fair`: tenants in turn, by "
             "their `weights` (start-time fair queueing), first come within one.",
      .fallback = "fifo",
      .choices = {"fifo", "lifo", "priority", "adaptive_lifo", "fair"}},
     {.name = "weights",
      .type = FieldType::named,
      .doc =
          "With `discipline: fair`: how many requests of a tenant are served for each of one with "
          "weight 1, which is the default.",
      .item = FieldType::number,
      .example = "{gold: 4, trial: 0.5}"},
     {.name = "codel",
      .type = FieldType::block,
      .doc = "Limits waits by whether the queue ever empties; `{}` for its defaults.",
      .child = &kDelayFields},
     {.name = "patience",
      .type = FieldType::distribution,
      .doc = "A request that has waited this long leaves the queue (outcome `abandoned`)."}}};

const FieldTable kEndpointFields{
    "endpoint",
    "What one kind of request does, step by step. A list of steps may stand for the whole block.",
    {{.name = "steps",
      .type = FieldType::list,
      .doc = "Steps in order; a request that gets through all of them succeeds.",
      .required = true,
      .child = &kStepFields},
     {.name = "request",
      .type = FieldType::block,
      .doc = "Size of a request to it on links with a `bandwidth`; by default the `body` of the "
             "client's request, which is handed on.",
      .child = &kBodyFields,
      .schema = R"({"type": "string"})",
      .example = "2KB"},
     {.name = "response",
      .type = FieldType::block,
      .doc = "Size of its answer there; nothing by default, and of errors.",
      .child = &kBodyFields,
      .schema = R"({"type": "string"})",
      .example = "20KB"},
     {.name = "priority",
      .type = FieldType::count,
      .doc = "In queues with `discipline: priority`; 0 is served first.",
      .fallback = "0",
      .min = 0,
      .max = WaitingLine::kPriorities - 1}}};

const FieldTable kSidecarFields{
    "sidecar",
    "Proxy of a service mesh beside each instance. Each call that comes in or goes out passes it "
    "once, there and back in one; further attempts are made by the proxy itself.",
    {{.name = "latency", .type = FieldType::distribution, .doc = "Time that it adds to a call."},
     {.name = "cpu",
      .type = FieldType::distribution,
      .doc = "Demand on the shared cores of the instance."}}};

}  // namespace

const FieldTable kServiceFields{
    "service",
    "Equal instances behind a balancer. Say how an instance works: `servers` (each serves one "
    "request at full speed), or `cpu` (cores shared by the requests in it), or neither (every "
    "request at full speed, without limit).",
    {{.name = "instances",
      .type = FieldType::count,
      .doc = "Number of instances.",
      .fallback = "1",
      .min = 1,
      .max = 1e6},
     {.name = "servers",
      .type = FieldType::count,
      .doc = "Servers of one instance: requests it serves at once, each at full speed.",
      .min = 1,
      .max = 4e9},
     {.name = "cpu", .type = FieldType::block, .doc = "Shared cores.", .child = &kCpuFields},
     {.name = "concurrency",
      .type = FieldType::count,
      .doc = "Requests in one instance at once (threads, workers); a request holds its place for "
             "all of its steps. Without it there is no limit.",
      .min = 1,
      .max = 4e9},
     {.name = "queue",
      .type = FieldType::block,
      .doc = "Of requests beyond `servers` or `concurrency`; without a limit unless given.",
      .child = &kQueueFields},
     {.name = "balancer",
      .type = FieldType::custom,
      .doc = "How an instance is picked: a word such as `least_requests`, or a block.",
      .fallback = "round_robin",
      .child = &kBalancerFields,
      .schema = R"({"enum": ["round_robin", "random", "least_requests", "choices", )"
                R"("least_latency", "consistent_hash"]})"},
     {.name = "zones",
      .type = FieldType::list,
      .doc = "Zones or regions over which instances are spread in turn; all by default.",
      .example = "[eu-west-1/a, eu-west-1/b]"},
     {.name = "abandoned",
      .type = FieldType::choice,
      .doc = "What becomes of a request whose caller has stopped waiting: it is served all the "
             "same, or dropped while it is queued, or (`cancel`) also ended while it is served, at "
             "its next step, with the calls that it has under way.",
      .fallback = "serve",
      .choices = {"serve", "drop", "cancel"}},
     {.name = "expired",
      .type = FieldType::choice,
      .doc =
          "What becomes of a request whose deadline is over before it is begun: it is served all "
          "the same, or dropped (outcome `abandoned`).",
      .fallback = "serve",
      .choices = {"serve", "drop"}},
     {.name = "labels",
      .type = FieldType::list,
      .doc = "Words by which faults may select the service.",
      .example = "[payments, tier-1]"},
     {.name = "startup",
      .type = FieldType::distribution,
      .doc = "From the start of an instance's process until it serves; 0 by default. At the start "
             "of a trial all instances are running."},
     {.name = "memory",
      .type = FieldType::block,
      .doc = "Memory of one instance.",
      .child = &kMemoryFields},
     {.name = "requests",
      .type = FieldType::block,
      .doc = "Room that an instance needs on a node, where the system has `nodes`.",
      .child = &kRequestFields},
     {.name = "disruption_budget",
      .type = FieldType::block,
      .doc = "How many instances policies may take down at once to drain a node or to replace them "
             "by larger or smaller ones; no limit without it.",
      .child = &kDisruptionBudgetFields},
     {.name = "restart",
      .type = FieldType::block,
      .doc = "When an instance that was killed, for its memory or by a probe, is started again.",
      .child = &kRestartFields},
     {.name = "warmup",
      .type = FieldType::block,
      .doc = "Slowness of instances that have just started.",
      .child = &kWarmupFields},
     {.name = "pauses",
      .type = FieldType::block,
      .doc = "Instances that stand still from time to time.",
      .child = &kPausesFields},
     {.name = "probes",
      .type = FieldType::block,
      .doc = "Health probes: who is in rotation, and who is restarted.",
      .child = &kProbesFields},
     {.name = "rate_limits",
      .type = FieldType::list,
      .doc = "Limits on arriving requests, asked in order.",
      .child = &kRateLimitFields},
     {.name = "adaptive_limit",
      .type = FieldType::block,
      .doc = "Sheds load: requests beyond what an instance can do at once are turned away before "
             "they wait for anything (outcome `rejected`, HTTP 503).",
      .child = &kAdaptiveLimitFields},
     {.name = "body_limit",
      .type = FieldType::bytes,
      .doc = "Largest body; larger ones are turned away at once (outcome `refused`, HTTP 413).",
      .min = 1,
      .max = 4e9},
     {.name = "connections",
      .type = FieldType::block,
      .doc = "What it takes to connect to it; without it connections are always there.",
      .child = &kConnectionFields},
     {.name = "sidecar",
      .type = FieldType::block,
      .doc = "What a service mesh adds to calls.",
      .child = &kSidecarFields},
     {.name = "service_time",
      .type = FieldType::distribution,
      .doc = "Short for a single endpoint that does one thing: work for this time (`cpu` time "
             "where the service has `cpu`)."},
     {.name = "endpoints",
      .type = FieldType::named,
      .doc = "Kinds of requests by name; called as `service/endpoint`.",
      .child = &kEndpointFields,
      .schema = R"({"type": "array", "description": "the steps"})"}}};

std::uint32_t Compiler::add_endpoint(std::uint32_t service, const std::string& name, Mark mark) {
  const auto index = static_cast<std::uint32_t>(blueprint_.endpoints.size());
  EndpointSpec endpoint;
  endpoint.name = name;
  endpoint.service = service;
  blueprint_.endpoints.push_back(endpoint);
  ++blueprint_.services[service].endpoint_count;
  if (name != blueprint_.services[service].name)
    declare(name, {SubjectKind::endpoint, index}, mark);
  return index;
}

void Compiler::read_queue(const SpecNode* node, const std::string& what, ServiceSpec& spec) {
  if (node == nullptr) return;
  FieldReader queue(*node, kQueueFields, out_, "queue of " + what);
  if (spec.slots == kUnlimited)
    out_.error("contradiction", node->mark,
               fmt::format("{} has a queue, but no limit that would make a request wait", what),
               "add 'servers' or 'concurrency'");
  if (const auto limit = queue.optional_count("limit"))
    spec.queue_limit = static_cast<std::uint32_t>(*limit);
  spec.discipline = static_cast<Discipline>(queue.choice("discipline"));
  if (queue.has("weights") && spec.discipline != Discipline::fair)
    queue.error("contradiction", "weights", "'weights' go with 'discipline: fair'");
  read_weights(queue, spec.name);
  if (const SpecNode* patience = queue.node("patience"))
    spec.patience = add_law(*patience, spec.name, "patience");
  if (const SpecNode* codel = queue.node("codel")) {
    FieldReader delay(*codel, kDelayFields, out_, "codel of " + what);
    spec.codel = {delay.duration("target"), delay.duration("interval")};
    if (spec.patience != kNone)
      queue.error("contradiction", "patience", "'codel' says how long requests wait",
                  "leave out 'patience', or 'codel'");
    if (spec.codel->target > spec.codel->interval)
      delay.error("contradiction", "target",
                  "a standing queue would keep requests for longer than "
                  "one that empties",
                  "'target' is at most 'interval': 5ms and 100ms");
  } else if (spec.discipline == Discipline::adaptive_lifo) {
    queue.error("contradiction", "discipline",
                "'adaptive_lifo' asks 'codel' whether the queue is a "
                "standing one",
                "add 'codel: {}'");
  }
}

void Compiler::read_weights(FieldReader& queue, const std::string& service) {
  for (const SpecEntry& entry : queue.entries("weights")) {
    const Parsed<double> weight = parse_number(entry.value.text);
    if (entry.value.is_scalar() && weight.value && *weight.value > 0 && *weight.value <= 1e6) {
      weights_.push_back({service, entry.key, *weight.value, entry.key_mark});
    } else {
      out_.error("bad-quantity", entry.value.mark, "a weight is a number above 0, up to 1000000",
                 fmt::format("write '{}: 4'", entry.key));
    }
  }
}

void Compiler::read_quota(FieldReader& cpu, ServiceSpec& spec) {
  const auto burst = cpu.optional_cpu("cores");
  if (burst && !cpu.has("period"))
    cpu.error("contradiction", "cores", "'cores' goes with 'period'",
              "without a quota, 'limit' says how many cores there are");
  const auto period = cpu.optional_duration("period");
  if (!period) return;
  spec.cpu_period = *period;
  spec.cpu_burst = burst ? static_cast<std::uint32_t>(*burst * 1000 + 0.5)
                         : (spec.millicores + 999) / 1000 * 1000;
  spec.cpu_stream = add_stream(spec.name, "cpu period");
  if (spec.cpu_burst < spec.millicores)
    cpu.error("contradiction", "cores",
              "an instance with fewer cores than its limit never reaches it",
              "'cores' is at least 'limit'");
}

void Compiler::declare_service(const SpecEntry& entry) {
  const std::string what = fmt::format("service '{}'", entry.key);
  const auto index = static_cast<std::uint32_t>(blueprint_.services.size());
  declare(entry.key, {SubjectKind::service, index}, entry.key_mark);
  FieldReader reader(entry.value, kServiceFields, out_, what);
  ServiceSpec spec;
  spec.name = entry.key;
  if (reader.has("servers") && (reader.has("cpu") || reader.has("concurrency")))
    reader.error("contradiction", "servers",
                 fmt::format("{} has both 'servers' and '{}'", what,
                             reader.has("cpu") ? "cpu" : "concurrency"),
                 "servers serve one request each at full speed; use 'cpu' with 'concurrency' for "
                 "requests that share cores");
  if (const auto servers = reader.optional_count("servers")) {
    spec.slots = static_cast<std::uint32_t>(*servers);
    spec.servers = true;
  } else if (const auto concurrency = reader.optional_count("concurrency")) {
    spec.slots = static_cast<std::uint32_t>(*concurrency);
  }
  if (const SpecNode* cpu = reader.node("cpu")) {
    FieldReader cores(*cpu, kCpuFields, out_, "cpu of " + what);
    spec.millicores = static_cast<std::uint32_t>(cores.cpu("limit") * 1000 + 0.5);
    read_quota(cores, spec);
  }
  read_queue(reader.node("queue"), what, spec);
  spec.drop_abandoned = reader.choice("abandoned") >= 1;
  spec.cancels = reader.choice("abandoned") == 2;
  spec.drop_expired = reader.choice("expired") == 1;
  spec.labels = reader.texts("labels");
  if (const SpecNode* startup = reader.node("startup"))
    spec.startup = add_law(*startup, spec.name, "startup");
  read_pace(reader, what, spec);
  read_memory(reader, what, spec);
  read_requests(reader, what, spec);
  read_disruption_budget(reader.node("disruption_budget"), what, spec);
  const std::int64_t instances = reader.count("instances");
  spec.policy = policy_of(entry.key);
  if (spec.elastic()) spec.initial = static_cast<std::uint32_t>(instances);
  std::int64_t places = std::max(instances, room_for(entry.key));
  if (node_policy_ != kNone && on_nodes(reader)) {
    if (!spec.elastic()) spec.policy = node_policy_;
    spec.initial = static_cast<std::uint32_t>(instances);
    places += places / 2 + 1;  // for those that come while others are being drained
  }
  spec.placement = read_placement(reader, places);
  place_pods(reader, what, spec);
  read_balancer(reader.node("balancer"), what, spec);
  spec.first_endpoint = static_cast<std::uint32_t>(blueprint_.endpoints.size());
  blueprint_.services.push_back(spec);
  if (reader.has("service_time") == reader.has("endpoints"))
    reader.error("contradiction", reader.has("endpoints") ? "endpoints" : "service_time",
                 fmt::format("{} needs either 'service_time' or 'endpoints'", what),
                 "service_time: {exponential: 100ms} makes a service with one endpoint");
  if (reader.has("service_time")) add_endpoint(index, entry.key, entry.key_mark);
  for (const SpecEntry& endpoint : reader.entries("endpoints"))
    add_endpoint(index, entry.key + "/" + endpoint.key, endpoint.key_mark);
  if (const SpecNode* limit = reader.node("adaptive_limit"))
    blueprint_.services[index].adaptive = read_adaptive_limit(*limit, what);
  if (const auto limit = reader.optional_bytes("body_limit"))
    blueprint_.services[index].body_limit = static_cast<std::uint32_t>(*limit);
  read_limits(reader, index);
  blueprint_.services[index].connections = read_connections(reader);
  read_sidecar(reader.node("sidecar"), what, index);
}

void Compiler::read_sidecar(const SpecNode* node, const std::string& what, std::uint32_t service) {
  if (node == nullptr) return;
  FieldReader reader(*node, kSidecarFields, out_, "sidecar of " + what);
  const auto law = [&](std::string_view name) -> std::optional<sim::Distribution> {
    const SpecNode* of = reader.node(name);
    if (of == nullptr) return std::nullopt;
    return read_law(*of, fmt::format("{} of the sidecar of {}", name, what));
  };
  Sidecar sidecar{law("cpu"), law("latency")};
  if (sidecar.cpu && blueprint_.services[service].millicores == 0)
    reader.error("no-cpu", "cpu", fmt::format("{} has no cores to share", what),
                 "add 'cpu: {limit: 2}' to it, or give the sidecar only a 'latency'");
  sidecars_[service] = std::move(sidecar);
}

// Second pass: everything that may be called has a name by now. What was wrong with the block
// itself has been reported by the first; this one looks only at the plans.
void Compiler::read_service_plans(const SpecEntry& entry) {
  if (!entry.value.is_map()) return;
  const auto declared = names_.find(entry.key);
  const std::uint32_t service = declared->second.subject.index;
  if (declared->second.subject.kind != SubjectKind::service) return;
  std::uint32_t endpoint = blueprint_.services[service].first_endpoint;
  const SpecNode* time = entry.value.find("service_time");
  if (time != nullptr && !time->is_null()) {
    blueprint_.endpoints[endpoint].start = here();
    const bool shared = blueprint_.services[service].millicores > 0;
    emit_sidecar({.entity = entry.key, .endpoint = endpoint});
    emit_time(shared ? StepKind::cpu : StepKind::work, *time,
              {.entity = entry.key, .endpoint = endpoint++});
    emit({.kind = StepKind::done});
  }
  read_probes(entry.value.find("probes"), service);
  const SpecNode* endpoints = entry.value.find("endpoints");
  if (endpoints == nullptr || !endpoints->is_map()) return;
  for (const SpecEntry& each : endpoints->entries) {
    EndpointSpec& spec = blueprint_.endpoints[endpoint];
    spec.start = here();
    const SpecNode* steps = &each.value;
    if (!steps->is_list()) {
      FieldReader reader(each.value, kEndpointFields, out_,
                         fmt::format("endpoint '{}'", spec.name));
      spec.priority = static_cast<std::uint8_t>(reader.count("priority"));
      spec.request = read_size(reader, "request", spec.name);
      spec.response = read_size(reader, "response", spec.name);
      steps = reader.node("steps");
    }
    emit_sidecar({.entity = spec.name, .endpoint = endpoint});
    if (steps != nullptr) emit_steps(*steps, {.entity = spec.name, .endpoint = endpoint});
    ++endpoint;
    emit({.kind = StepKind::done});
  }
}

}  // namespace rehearse::models
