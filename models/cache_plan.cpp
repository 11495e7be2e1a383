#include <fmt/format.h>

#include <algorithm>

#include "models/compiler.hpp"

/// Steps that use caches, compiled to plans.
///
///   lookup 1   (hit: to the end)
///   call 2     the station of layer 2, where it has one (no answer: forget 2, on to the next)
///   lookup 2   (hit: to refill 1)
///   ...        the steps of on_miss
///   fill 2
///   fill 1
///   jump       to the end
///   refill 1   what layer 2 had; of three layers, refill 2 stands before it
///
/// A cache without layers is one of a single layer: lookup, steps, fill. Writes have no hits or
/// misses; see emit_write().

namespace rehearse::models {

const FieldTable kLookupFields{
    "cache step",
    "One of `get`, `set`, `invalidate` and `change`, each with the name of a cache. `get` looks up "
    "a "
    "key; only a miss does the steps of `on_miss`, and then stores the key. The others write: they "
    "draw a key as look-ups do and run the steps of `on_write`, after which the origin has a new "
    "value; entries that were fetched before are out of date, and hits on them are counted "
    "(`outdated_ratio`). In a cache in layers a write reaches the shared ones and that in its own "
    "instance: the other instances keep what they have until it expires. A layer that does not "
    "answer "
    "keeps what it has as well.",
    {{.name = "get", .type = FieldType::text, .doc = "Cache to look up a key in."},
     {.name = "set",
      .type = FieldType::text,
      .doc = "Cache to store the new value in, once it is written (write-through)."},
     {.name = "invalidate",
      .type = FieldType::text,
      .doc = "Cache to remove the key from, once the new value is written."},
     {.name = "change",
      .type = FieldType::text,
      .doc = "Cache that is not told: its entry is out of date until it expires (write-around)."},
     {.name = "on_miss",
      .type = FieldType::list,
      .doc = "With `get`: steps that fetch the value.",
      .child = &kStepFields},
     {.name = "on_write",
      .type = FieldType::list,
      .doc = "With the others: steps that write the value to its origin.",
      .child = &kStepFields}}};

// Stores and scopes of coalescing that a cache has once for every instance of the service that
// looks up, or once for all.
std::uint32_t Compiler::places_of(CachePlaces& places, std::uint32_t cache, bool per_instance,
                                  const StepScope& scope, std::uint32_t next) {
  const std::uint32_t service = per_instance ? blueprint_.endpoints[scope.endpoint].service : kNone;
  return places.insert({{cache, service}, next}).first->second;
}

std::uint32_t Compiler::add_lookup(std::uint32_t cache, const StepScope& scope, Layer layer) {
  CacheSpec& spec = blueprint_.caches[cache];
  LookupSpec lookup;
  lookup.cache = cache;
  lookup.depth = scope.lookups;
  lookup.first_depth = scope.lookups - layer.number;
  lookup.known_depth = lookup.depth;
  lookup.whole = layer.whole;
  lookup.last_layer = layer.last;
  lookup.stream = add_stream(scope.entity, fmt::format("keys {}", place(scope)));
  const auto instances = static_cast<std::uint32_t>(
      blueprint_.services[blueprint_.endpoints[scope.endpoint].service].placement.size());
  if (spec.holds_keys()) {
    const auto next = static_cast<std::uint32_t>(blueprint_.stores.size());
    lookup.store = places_of(cache_stores_, cache, spec.in_process, scope, next);
    lookup.own_store = spec.in_process ? ~0U : 0U;
    const std::uint32_t service = blueprint_.endpoints[scope.endpoint].service;
    for (std::uint32_t n = 0; lookup.store == next && n < (spec.in_process ? instances : 1); ++n)
      blueprint_.stores.push_back({cache, spec.in_process ? service : kNone, n});
  }
  if (spec.tracks_fetches()) {
    const bool own = spec.in_process || spec.coalescing == Coalescing::single_flight;
    lookup.scope = places_of(cache_scopes_, cache, own, scope, next_scope_);
    lookup.own_scope = own ? ~0U : 0U;
    if (lookup.scope == next_scope_) next_scope_ += own ? instances : 1;
  }
  blueprint_.plans.lookups.push_back(lookup);
  return static_cast<std::uint32_t>(blueprint_.plans.lookups.size() - 1);
}

std::uint32_t Compiler::add_station_call(const CacheSpec& spec, std::uint32_t endpoint,
                                         const StepScope& scope) {
  CallSpec call;
  call.service = blueprint_.endpoints[endpoint].service;
  call.endpoint = endpoint;
  call.timeout = spec.timeout;
  call.continue_on_failure = true;
  emit_sidecar(scope);
  const std::uint32_t ask = add_call(call, scope);
  emit({.kind = StepKind::call, .a = ask});
  return ask;
}

std::vector<std::uint32_t> Compiler::add_station_calls(std::uint32_t lookup, bool write,
                                                       const StepScope& scope, Mark mark) {
  const CacheSpec& spec = blueprint_.caches[blueprint_.plans.lookups[lookup].cache];
  const auto endpoint_of = [&](std::uint32_t service) {
    // A shard with replicas has an endpoint of its own for writes.
    const ServiceSpec& station = blueprint_.services[service];
    const std::uint32_t endpoint =
        station.first_endpoint + (write ? station.endpoint_count - 1 : 0);
    edges_.push_back({scope.endpoint, endpoint, mark});
    return endpoint;
  };
  if (spec.shards.empty()) {
    if (spec.service == kNone) return {};
    return {add_station_call(spec, endpoint_of(spec.service), scope)};
  }
  const auto branch = static_cast<std::uint32_t>(blueprint_.plans.branches.size());
  emit({.kind = StepKind::shard, .a = branch, .b = lookup});
  BranchSpec shards{spec.shares, {}, 0};
  std::vector<std::uint32_t> asks;
  std::vector<std::uint32_t> ends;
  for (const std::uint32_t service : spec.shards) {
    shards.starts.push_back(here());
    asks.push_back(add_station_call(spec, endpoint_of(service), scope));
    ends.push_back(emit({.kind = StepKind::jump}));
  }
  for (const std::uint32_t end : ends) blueprint_.plans.steps[end].b = here();
  blueprint_.plans.branches.push_back(std::move(shards));
  return asks;
}

// Returns the step of the look-up; its target on a hit is still open.
std::uint32_t Compiler::emit_look_up(std::uint32_t cache, std::uint32_t lookup,
                                     const StepScope& scope, Mark mark) {
  if (!blueprint_.caches[cache].shards.empty()) {
    // The key decides where to ask: it is drawn before.
    LookupSpec& spec = blueprint_.plans.lookups[lookup];
    spec.known_depth = spec.depth + 1;
    emit({.kind = StepKind::draw, .a = lookup, .b = 1});
  }
  const std::vector<std::uint32_t> asks = add_station_calls(lookup, false, scope, mark);
  const std::uint32_t look = emit({.kind = StepKind::lookup, .a = lookup});
  if (!asks.empty()) {
    const std::uint32_t missed = emit({.kind = StepKind::jump});
    const std::uint32_t forget = emit({.kind = StepKind::forget, .a = lookup});
    for (const std::uint32_t ask : asks) blueprint_.plans.calls[ask].failure_pc = forget;
    blueprint_.plans.steps[missed].b = here();
  }
  return look;
}

void Compiler::emit_cache(const SpecNode& node, const StepScope& scope) {
  FieldReader reader(node, kLookupFields, out_, fmt::format("cache step of '{}'", scope.entity));
  std::string_view verb;
  int verbs = 0;
  for (const std::string_view each : {"get", "set", "invalidate", "change"}) {
    if (!reader.has(each)) continue;
    verb = each;
    ++verbs;
  }
  const std::string_view steps = verb == "get" ? "on_write" : "on_miss";
  if (verbs != 1 || reader.has(steps)) {
    if (node.is_map())
      out_.error("contradiction", node.mark,
                 verbs == 1
                     ? fmt::format("{} has '{}', but a '{}' has none", reader.what(), steps, verb)
                     : fmt::format("{} does {} things", reader.what(), verbs),
                 "write 'cache: {get: NAME, on_miss: [...]}', or one of set, invalidate, change "
                 "with 'on_write'");
    return;
  }
  const std::string name = reader.text(verb);
  const auto found = names_.find(name);
  if (found == names_.end() || found->second.subject.kind != SubjectKind::cache) {
    reader.error("unknown-callee", verb, fmt::format("there is no cache '{}'", name),
                 suggest(name, names_of({SubjectKind::cache})));
    return;
  }
  const std::uint32_t index = found->second.subject.index;
  const std::size_t layers = std::max<std::size_t>(1, blueprint_.caches[index].layers.size());
  if (scope.lookups + (verb == "get" ? layers : 1) > kLookupDepth) {
    reader.error("too-deep", verb,
                 fmt::format("more than {} look-ups inside each other", kLookupDepth),
                 "move the inner ones to an endpoint of their own and call it");
    return;
  }
  if (verb == "get") return emit_get(index, reader, scope);
  emit_write(index, verb, reader, scope);
}

void Compiler::emit_get(std::uint32_t index, FieldReader& reader, const StepScope& scope) {
  std::vector<std::uint32_t> layers = blueprint_.caches[index].layers;
  const std::uint32_t whole = layers.empty() ? kNone : index;
  if (layers.empty()) layers.push_back(index);
  StepScope inner = scope;
  std::vector<std::uint32_t> lookups;
  std::vector<std::uint32_t> looks;
  for (std::uint32_t i = 0; i < layers.size(); ++i, ++inner.lookups) {
    lookups.push_back(add_lookup(layers[i], inner, {whole, i, i + 1 == layers.size()}));
    looks.push_back(emit_look_up(layers[i], lookups.back(), inner, reader.mark()));
  }
  if (const SpecNode* steps = reader.node("on_miss")) emit_steps(*steps, inner);
  for (std::size_t i = layers.size(); i-- > 0;) emit({.kind = StepKind::fill, .a = lookups[i]});
  const bool more = layers.size() > 1 || blueprint_.caches[index].per_user > 0;
  const std::uint32_t end = more ? emit({.kind = StepKind::jump}) : kNone;
  if (blueprint_.caches[index].per_user > 0) emit_rotation(lookups[0], inner, reader.mark());
  for (std::size_t i = layers.size() - 1; i-- > 0;) {
    blueprint_.plans.steps[looks[i + 1]].b = here();
    emit({.kind = StepKind::fill, .a = lookups[i], .b = 1});
  }
  blueprint_.plans.steps[looks[0]].b = here();
  if (end != kNone) blueprint_.plans.steps[end].b = here();
}

// draw; the steps of on_write; change; then for each layer its station, if any, and the write.
void Compiler::emit_write(std::uint32_t index, std::string_view verb, FieldReader& reader,
                          const StepScope& scope) {
  CacheSpec& written = blueprint_.caches[index];
  if (written.given) {
    reader.error("contradiction", verb,
                 fmt::format("'{}' has a given hit ratio and holds no keys", written.name),
                 "give it 'keys' in place of 'hit_ratio'");
    return;
  }
  std::vector<std::uint32_t> layers = written.layers;
  const std::uint32_t whole = layers.empty() ? kNone : index;
  if (layers.empty()) layers.push_back(index);
  written.changes = true;
  for (const std::uint32_t layer : layers)
    if (blueprint_.caches[layer].holds_keys()) blueprint_.caches[layer].changes = true;
  std::vector<std::uint32_t> lookups;
  for (const std::uint32_t layer : layers)
    lookups.push_back(add_lookup(layer, scope, {whole, 0, true}));
  emit({.kind = StepKind::draw, .a = lookups[0]});
  StepScope inner = scope;
  ++inner.lookups;
  const bool behind = verb == "set" && written.write_batch > 0;
  if (const SpecNode* steps = reader.node("on_write"); steps != nullptr && !behind)
    emit_steps(*steps, inner);
  emit({.kind = StepKind::change, .a = lookups[0]});
  if (verb == "change") return;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    if (!blueprint_.caches[layers[i]].holds_keys()) continue;
    const std::vector<std::uint32_t> asks =
        add_station_calls(lookups[i], true, inner, reader.mark());
    emit({.kind = StepKind::write, .a = lookups[i], .b = verb == "invalidate" ? 1U : 0U});
    for (const std::uint32_t ask : asks) blueprint_.plans.calls[ask].failure_pc = here();
  }
  if (behind) emit_behind(index, reader.node("on_write"), inner);
}

// defer; the steps of on_write, for a batch; written; done.
void Compiler::emit_behind(std::uint32_t cache, const SpecNode* steps, StepScope scope) {
  const CacheSpec& spec = blueprint_.caches[cache];
  const auto number = static_cast<std::uint32_t>(blueprint_.behinds.size());
  const std::uint32_t defer = emit({.kind = StepKind::defer, .a = number});
  blueprint_.behinds.push_back({cache, blueprint_.endpoints[scope.endpoint].service, scope.endpoint,
                                here(), spec.write_batch, spec.write_delay});
  scope.loops = 0;
  scope.transaction = false;
  if (steps != nullptr) emit_steps(*steps, scope);
  emit({.kind = StepKind::written, .a = number});
  emit({.kind = StepKind::done});
  blueprint_.plans.steps[defer].b = here();
}

}  // namespace rehearse::models
