#include "experiments/trace_spans.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

namespace rehearse::experiments {
namespace {

using models::Hop;
using models::kNone;
using models::Outcome;
using reports::Span;
using reports::SpanKind;
using reports::SpanRole;
using reports::SpanStatus;

/// Key of the block that derives ids: further digits of pi, apart from those that derive streams.
constexpr std::array<std::uint64_t, 2> kIds = {0xa409'3822'299f'31d0, 0x082e'fa98'ec4e'6c89};

/// What the operation of an endpoint is called within its service.
std::string operation_of(const models::EndpointSpec& endpoint, const models::ServiceSpec& service) {
  if (endpoint.name.size() > service.name.size() + 1 &&
      endpoint.name.starts_with(service.name + "/"))
    return endpoint.name.substr(service.name.size() + 1);
  switch (service.kind) {
    case models::ServiceKind::service:
      break;
    case models::ServiceKind::cache:
    case models::ServiceKind::shard:
      return "get";
    case models::ServiceKind::database:
      return "query";
    case models::ServiceKind::broker:
      return "publish";
  }
  return "request";
}

std::string name_of(Outcome outcome) {
  return std::string(models::kOutcomeNames[static_cast<std::size_t>(outcome)]);
}

}  // namespace

/// The spans of one request.
class SpanMaker::One {
 public:
  One(SpanMaker& maker, const models::RequestTrace& request, Detail detail)
      : maker_(maker),
        blueprint_(maker.blueprint_),
        request_(request),
        full_(detail == Detail::full),
        places_(request.hops.size()) {
    const models::WorkloadSpec& workload = blueprint_.workloads[request.workload];
    const auto block = sim::philox_block(
        {maker.seed_.seed, maker.seed_.trial, sim::name_hash(workload.name), request.number}, kIds);
    trace_.id = {block[0], block[1] | 1};  // an id of zeros only would be none
    salt_ = {block[2], block[3]};
  }

  reports::Trace make(const std::string& kept) {
    root(kept);
    for (std::uint32_t i = 1; i < request_.hops.size(); ++i) {
      switch (request_.hops[i].kind) {
        case Hop::Kind::root:
          break;
        case Hop::Kind::call:
          call(i);
          break;
        case Hop::Kind::branch:
          branch(i);
          break;
        case Hop::Kind::pause:
          pause(i);
          break;
        case Hop::Kind::lookup:
          look_up(i);
          break;
      }
    }
    return std::move(trace_);
  }

 private:
  // Which spans a hop became, for those below it.
  struct Place {
    std::uint32_t outer = kNone;      // of a call: the attempt
    std::uint32_t inner = kNone;      // what its children hang on: of a call, the visit
    std::uint32_t last_call = kNone;  // hop of the last attempt that this one made
    std::uint32_t branches = 0;       // of the last parallel step
    Instant forked = Instant::never();
  };

  // What had not come about when the trace ended lasted until then, as far as is known.
  std::int64_t until(Instant at) const { return std::min(at, request_.ended).ns(); }

  Span& add(std::uint32_t parent, std::string name, SpanKind kind, SpanRole role) {
    Span span;
    const auto ordinal = static_cast<std::uint64_t>(trace_.spans.size());
    span.id = sim::philox_block({salt_[0], salt_[1], ordinal, 0}, kIds)[0];
    if (span.id == 0) span.id = 1;
    if (parent != kNone) {
      span.parent = trace_.spans[parent].id;
      span.resource = trace_.spans[parent].resource;
    }
    span.name = std::move(name);
    span.kind = kind;
    span.role = role;
    trace_.spans.push_back(std::move(span));
    return trace_.spans.back();
  }
  std::uint32_t newest() const { return static_cast<std::uint32_t>(trace_.spans.size() - 1); }
  const std::string& operation_name(std::uint32_t endpoint) const {
    return maker_.operations_[endpoint].full;
  }
  template <class T>
  void note(Span& span, const char* key, const T& value) const {
    if (full_) span.attributes.push_back({key, value});
  }
  void set_outcome(Span& span, Outcome outcome) const {
    span.status = outcome == Outcome::ok ? SpanStatus::ok : SpanStatus::error;
    note(span, "rehearse.outcome", name_of(outcome));
    if (outcome != Outcome::ok) note(span, "error.type", name_of(outcome));
  }

  void root(const std::string& kept) {
    const Hop& hop = request_.hops.front();
    std::string name = blueprint_.workloads[request_.workload].name;
    for (const Hop& asked : request_.hops)
      if (asked.kind == Hop::Kind::call) {
        name += "." + blueprint_.endpoints[asked.what].name;
        break;
      }
    Span& span = add(kNone, std::move(name), SpanKind::internal, SpanRole::request);
    span.resource = maker_.resource_of_workload(request_.workload);
    span.start_ns = hop.sent.ns();
    span.end_ns = hop.answered.ns();
    set_outcome(span, hop.seen);
    note(span, "rehearse.request.number", static_cast<std::int64_t>(request_.number));
    if (!kept.empty()) note(span, "rehearse.kept", kept);
    if (request_.dropped > 0)
      note(span, "rehearse.dropped_hops", static_cast<std::int64_t>(request_.dropped));
    if (request_.cut) note(span, "rehearse.cut_by_end_of_run", true);
    places_[0] = {0, 0, kNone, 0, Instant::never()};
  }

  void call(std::uint32_t i) {
    const Hop& hop = request_.hops[i];
    const Operation& operation = maker_.operations_[hop.what];
    const std::string& name = operation.full;
    places_[hop.parent].last_call = i;
    Span& attempt = add(places_[hop.parent].inner, name, SpanKind::client, SpanRole::attempt);
    attempt.start_ns = hop.sent.ns();
    attempt.end_ns = until(hop.answered);
    if (hop.answered != Instant::never()) set_outcome(attempt, hop.seen);
    note(attempt, "service.peer.name", service_of(hop).name);
    note(attempt, "rehearse.attempt", std::int64_t{hop.attempt});
    if (hop.request_lost || hop.answer_lost)
      attempt.attributes.push_back(
          {"rehearse.lost", std::string(hop.request_lost ? "request" : "answer")});
    if (service_of(hop).kind == models::ServiceKind::database) {
      note(attempt, "db.system.name", std::string("other_sql"));
      note(attempt, "db.namespace", service_of(hop).name);
      note(attempt, "db.operation.name", operation.name);
    }
    if (service_of(hop).kind == models::ServiceKind::broker) {
      note(attempt, "messaging.system", std::string("rabbitmq"));
      note(attempt, "messaging.destination.name", operation.name);
      note(attempt, "messaging.operation.type", std::string("send"));
    }
    places_[i].outer = places_[i].inner = newest();
    if (hop.arrived == Instant::never()) return;
    visit(i, name);
  }

  void visit(std::uint32_t i, const std::string& name) {
    const Hop& hop = request_.hops[i];
    Span& visit = add(places_[i].outer, name, SpanKind::server, SpanRole::visit);
    visit.resource =
        maker_.resource_of_instance(blueprint_.endpoints[hop.what].service, hop.instance);
    visit.start_ns = hop.arrived.ns();
    visit.end_ns = until(hop.responded);
    if (hop.responded != Instant::never()) set_outcome(visit, hop.responded_with);
    if (hop.answered < hop.responded) note(visit, "rehearse.caller_gone", true);
    places_[i].inner = newest();
    const Instant left = hop.started != Instant::never() ? hop.started : hop.responded;
    if (until(left) <= hop.arrived.ns()) return;
    Span& queue = add(places_[i].inner, name + " queue", SpanKind::internal, SpanRole::queue);
    queue.start_ns = hop.arrived.ns();
    queue.end_ns = until(left);
  }

  void branch(std::uint32_t i) {
    const Hop& hop = request_.hops[i];
    Place& parent = places_[hop.parent];
    if (parent.forked != hop.sent) parent.branches = 0;
    parent.forked = hop.sent;
    ++parent.branches;
    Span& span =
        add(parent.inner, fmt::format("{} branch {}", branch_name(hop.parent), parent.branches),
            SpanKind::internal, SpanRole::branch);
    span.start_ns = hop.sent.ns();
    span.end_ns = until(hop.answered);
    if (hop.answered != Instant::never()) set_outcome(span, hop.seen);
    places_[i].outer = places_[i].inner = newest();
  }
  // Branches within branches are named after the visit that they are all part of.
  std::string branch_name(std::uint32_t i) const {
    while (request_.hops[i].kind == Hop::Kind::branch) i = request_.hops[i].parent;
    return request_.hops[i].kind == Hop::Kind::call ? operation_name(request_.hops[i].what)
                                                    : trace_.spans.front().name;
  }

  void pause(std::uint32_t i) {
    const Hop& hop = request_.hops[i];
    const Place& parent = places_[hop.parent];
    const std::string callee = parent.last_call != kNone
                                   ? operation_name(request_.hops[parent.last_call].what)
                                   : trace_.spans[parent.inner].name;
    Span& span = add(parent.inner, callee + " back-off", SpanKind::internal, SpanRole::back_off);
    span.start_ns = hop.sent.ns();
    span.end_ns = until(hop.answered);
    places_[i].outer = places_[i].inner = newest();
  }

  void look_up(std::uint32_t i) {
    const Hop& hop = request_.hops[i];
    if (!full_) return;
    const Place& parent = places_[hop.parent];
    const models::CacheSpec& cache = blueprint_.caches[hop.what];
    const std::vector<reports::Attribute> attributes = {{"rehearse.cache.name", cache.name},
                                                        {"rehearse.cache.hit", hop.hit}};
    trace_.spans[parent.inner].events.push_back(
        {hop.sent.ns(), hop.hit ? "cache hit" : "cache miss", attributes});
    if (parent.last_call == kNone) return;
    // Where a station answered the look-up, its attempt says what came of it.
    const Hop& asked = request_.hops[parent.last_call];
    const std::uint32_t station = blueprint_.endpoints[asked.what].service;
    const bool shard = std::count(cache.shards.begin(), cache.shards.end(), station) > 0;
    if (station != cache.service && !shard) return;
    Span& attempt = trace_.spans[places_[parent.last_call].outer];
    if (reports::text_of(attempt.attributes, "rehearse.cache.name").empty())
      attempt.attributes.insert(attempt.attributes.end(), attributes.begin(), attributes.end());
  }

  const models::ServiceSpec& service_of(const Hop& hop) const {
    return blueprint_.services[blueprint_.endpoints[hop.what].service];
  }

  SpanMaker& maker_;
  const models::Blueprint& blueprint_;
  const models::RequestTrace& request_;
  const bool full_;
  std::vector<Place> places_;  // by hop
  reports::Trace trace_;
  std::array<std::uint64_t, 2> salt_{};
};

SpanMaker::SpanMaker(const models::Blueprint& blueprint, sim::StreamSeed seed,
                     reports::TraceSet& set)
    : blueprint_(blueprint), seed_(seed), set_(set) {
  operations_.reserve(blueprint.endpoints.size());
  for (const models::EndpointSpec& endpoint : blueprint.endpoints) {
    const models::ServiceSpec& service = blueprint.services[endpoint.service];
    const std::string name = operation_of(endpoint, service);
    operations_.push_back({name, service.name + "." + name});
  }
}

std::uint32_t SpanMaker::resource_of_workload(std::uint32_t workload) {
  const auto [place, fresh] =
      workloads_.emplace(workload, static_cast<std::uint32_t>(set_.resources.size()));
  if (fresh)
    set_.resources.push_back({{{"service.name", blueprint_.workloads[workload].name},
                               {"rehearse.kind", std::string("workload")}}});
  return place->second;
}

std::uint32_t SpanMaker::resource_of_instance(std::uint32_t service, std::uint32_t instance) {
  const auto [place, fresh] = instances_.emplace(std::pair{service, instance},
                                                 static_cast<std::uint32_t>(set_.resources.size()));
  if (!fresh) return place->second;
  constexpr std::array<const char*, 5> kKinds = {"service", "cache", "database", "broker", "shard"};
  const models::ServiceSpec& spec = blueprint_.services[service];
  reports::TraceResource resource;
  resource.attributes = {
      {"service.name", spec.name},
      {"service.instance.id", fmt::format("{}-{}", spec.name, instance)},
      {"rehearse.kind", std::string(kKinds[static_cast<std::size_t>(spec.kind)])}};
  const models::NetworkSpec& network = blueprint_.network;
  if (instance < spec.placement.size() && !network.regions.empty()) {
    const models::Zone& zone = network.zones[spec.placement[instance]];
    resource.attributes.push_back({"cloud.region", network.regions[zone.region]});
    if (zone.name != network.regions[zone.region])
      resource.attributes.push_back({"cloud.availability_zone", zone.name});
  }
  set_.resources.push_back(std::move(resource));
  return place->second;
}

reports::Trace SpanMaker::make(const models::RequestTrace& request, const std::string& kept,
                               Detail detail) {
  return One(*this, request, detail).make(kept);
}

}  // namespace rehearse::experiments
