#include <fmt/format.h>

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
/// A cache without layers is one of a single layer: lookup, steps, fill.

namespace rehearse::models {

const FieldTable kLookupFields{
    "cache look-up",
    "Looks up a key; only a miss does the steps of `on_miss`, and then stores the key.",
    {{.name = "get", .type = FieldType::text, .doc = "Name of the cache.", .required = true},
     {.name = "on_miss",
      .type = FieldType::list,
      .doc = "Steps that fetch the value.",
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

// Returns the step of the look-up; its target on a hit is still open.
std::uint32_t Compiler::emit_look_up(std::uint32_t cache, std::uint32_t lookup,
                                     const StepScope& scope, Mark mark) {
  const CacheSpec& spec = blueprint_.caches[cache];
  std::uint32_t ask = kNone;
  if (spec.service != kNone) {
    CallSpec call;
    call.service = spec.service;
    call.endpoint = blueprint_.services[spec.service].first_endpoint;
    call.timeout = spec.timeout;
    call.continue_on_failure = true;
    edges_.push_back({scope.endpoint, call.endpoint, mark});
    emit_sidecar(scope);
    ask = add_call(call, scope);
    emit({.kind = StepKind::call, .a = ask});
  }
  const std::uint32_t look = emit({.kind = StepKind::lookup, .a = lookup});
  if (ask != kNone) {
    const std::uint32_t missed = emit({.kind = StepKind::jump});
    blueprint_.plans.calls[ask].failure_pc = emit({.kind = StepKind::forget, .a = lookup});
    blueprint_.plans.steps[missed].b = here();
  }
  return look;
}

void Compiler::emit_cache(const SpecNode& node, const StepScope& scope) {
  FieldReader reader(node, kLookupFields, out_, fmt::format("cache look-up of '{}'", scope.entity));
  const std::string name = reader.text("get");
  const auto found = names_.find(name);
  if (!reader.has("get")) return;
  if (found == names_.end() || found->second.subject.kind != SubjectKind::cache) {
    reader.error("unknown-callee", "get", fmt::format("there is no cache '{}'", name),
                 suggest(name, names_of({SubjectKind::cache})));
    return;
  }
  const std::uint32_t index = found->second.subject.index;
  std::vector<std::uint32_t> layers = blueprint_.caches[index].layers;
  const std::uint32_t whole = layers.empty() ? kNone : index;
  if (layers.empty()) layers.push_back(index);
  if (scope.lookups + layers.size() > kLookupDepth) {
    reader.error("too-deep", "get",
                 fmt::format("more than {} look-ups inside each other", kLookupDepth),
                 "move the inner ones to an endpoint of their own and call it");
    return;
  }
  StepScope inner = scope;
  std::vector<std::uint32_t> lookups;
  std::vector<std::uint32_t> looks;
  for (std::uint32_t i = 0; i < layers.size(); ++i, ++inner.lookups) {
    lookups.push_back(add_lookup(layers[i], inner, {whole, i, i + 1 == layers.size()}));
    looks.push_back(emit_look_up(layers[i], lookups.back(), inner, node.mark));
  }
  if (const SpecNode* steps = reader.node("on_miss")) emit_steps(*steps, inner);
  for (std::size_t i = layers.size(); i-- > 0;) emit({.kind = StepKind::fill, .a = lookups[i]});
  const std::uint32_t end = layers.size() > 1 ? emit({.kind = StepKind::jump}) : kNone;
  for (std::size_t i = layers.size() - 1; i-- > 0;) {
    blueprint_.plans.steps[looks[i + 1]].b = here();
    emit({.kind = StepKind::fill, .a = lookups[i], .b = 1});
  }
  blueprint_.plans.steps[looks[0]].b = here();
  if (end != kNone) blueprint_.plans.steps[end].b = here();
}

}  // namespace rehearse::models
