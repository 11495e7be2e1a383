#include "models/flow.hpp"
#include "models/world.hpp"

/// Steps of plans that ask caches and fill them.

namespace rehearse::models {

/// The layers of one look-up share the key that the first of them drew; one that did not answer has
/// none.
std::uint32_t Flow::key_of(Frame& frame, const LookupSpec& lookup, const CacheSpec& cache,
                           std::uint32_t depth) {
  for (std::uint32_t known = lookup.first_depth; known < depth; ++known)
    if (frame.keys[known] != kNone) return frame.keys[known];
  return cache.draw(world_.streams_[lookup.stream]);
}

bool Flow::look_up(Frame& frame, const Step& step) {
  const LookupSpec& lookup = plans_.lookups[step.a];
  const CacheSpec& cache = world_.blueprint_.caches[lookup.cache];
  bool hit = false;
  if (cache.given) [[unlikely]] {
    hit = world_.streams_[lookup.stream].chance(*cache.given);
    frame.keys[lookup.depth] = kNone;
  } else {
    const std::uint32_t key = key_of(frame, lookup, cache, lookup.known_depth);
    frame.keys[lookup.depth] = key;
    CacheStore& store = world_.stores_[lookup.store_of(frame.instance)];
    hit = store.get(engine_.now(), key);
    if (cache.tracks_fetches()) [[unlikely]]
      return look_up_tracked(frame, step, hit);
  }
  count_look_up(frame, lookup, hit);
  frame.pc = hit ? step.b : frame.pc + 1;
  return true;
}

void Flow::count_look_up(const Frame& frame, const LookupSpec& lookup, bool hit) {
  if (SpanRecorder* spans = world_.spans_of(frame)) spans->looked_up(frame, lookup.cache, hit);
  world_.cache_meters_[lookup.cache].looked_up(hit);
  if (lookup.whole != kNone && (hit || lookup.last_layer)) [[unlikely]]
    world_.cache_meters_[lookup.whole].looked_up(hit);
}

// Whether the frame goes on; else it waits for the fetch of another.
bool Flow::look_up_tracked(Frame& frame, const Step& step, bool hit) {
  const LookupSpec& lookup = plans_.lookups[step.a];
  const CacheSpec& cache = world_.blueprint_.caches[lookup.cache];
  const std::uint32_t key = frame.keys[lookup.depth];
  CacheStore& store = world_.stores_[lookup.store_of(frame.instance)];
  const std::uint32_t scope = lookup.scope_of(frame.instance);
  Fetch* const running = fetches_.find(scope, key);
  // Who would only wait for a fetch under way is better served with what there is.
  if (hit && cache.early > 0 && (running == nullptr || cache.coalescing == Coalescing::none))
    hit = !store.expires_early(engine_.now(), key, cache.early, world_.streams_[cache.stream]);
  count_look_up(frame, lookup, hit);
  if (hit) {
    if (cache.changes && changed(lookup, key) > store.read_at(key)) {
      world_.cache_meters_[lookup.cache].served_outdated();
      if (lookup.whole != kNone) world_.cache_meters_[lookup.whole].served_outdated();
    }
    if (store.stale(engine_.now(), key)) {
      world_.cache_meters_[lookup.cache].served_stale();
      if (running == nullptr) refresh(frame, step);
    }
    frame.pc = step.b;
    return true;
  }
  if (running == nullptr || cache.coalescing == Coalescing::none) {
    begin_fetch(frame, step.a);
    ++frame.pc;
    return true;
  }
  world_.cache_meters_[lookup.cache].waited_for_fetch();
  ++frame.token;
  frame.state = Frame::State::waiting;
  FetchTable::join(*running, frame);
  if (cache.wait_lane != 0) lanes_[cache.wait_lane]->set(engine_, &frame, frame.token);
  return false;
}

Fetch& Flow::begin_fetch(Frame& frame, std::uint32_t number) {
  const LookupSpec& lookup = plans_.lookups[number];
  Fetch& fetch = fetches_.take();
  fetch.scope = lookup.scope_of(frame.instance);
  fetch.key = frame.keys[lookup.depth];
  fetch.lookup = number;
  fetch.begun = engine_.now();
  fetch.outer = frame.fetch;
  frame.fetch = &fetch;
  if (fetches_.find(fetch.scope, fetch.key) == nullptr) fetches_.open(fetch);
  return fetch;
}

Frame& Flow::begin_background(std::uint32_t endpoint, std::uint32_t instance, std::uint32_t pc) {
  Frame& background = pool_.take();
  background.parent = &nobody_;
  background.parent_token = nobody_.token + 1;  // never awaited
  background.kind = Frame::Kind::branch;
  background.state = Frame::State::running;
  background.endpoint = endpoint;
  background.instance = instance;
  background.workload = 0;
  background.deadline = Instant::never();
  background.priority = world_.blueprint_.endpoints[endpoint].priority;
  background.pc = pc;
  make_ready(background);
  return background;
}

// A frame of its own does what a miss would do; nobody waits for it.
void Flow::refresh(Frame& frame, const Step& step) {
  Frame& background = pool_.take();
  background.parent = &nobody_;
  background.parent_token = nobody_.token + 1;  // never awaited
  background.kind = Frame::Kind::branch;
  background.state = Frame::State::running;
  background.endpoint = frame.endpoint;
  background.instance = frame.instance;
  background.priority = frame.priority;
  background.workload = frame.workload;
  background.origin = frame.origin;
  background.keys = frame.keys;
  const std::uint32_t renewal = plans_.lookups[step.a].renewal;
  background.pc = renewal != 0 ? renewal : frame.pc + 1;
  begin_fetch(background, step.a).background = true;
  make_ready(background);
}

// Whether the frame goes on: one that refreshes in the background is done.
bool Flow::fill(Frame& frame, const Step& step) {
  const LookupSpec& lookup = plans_.lookups[step.a];
  const std::uint32_t key = frame.keys[lookup.depth];
  ++frame.pc;
  if (key == kNone) return true;
  const CacheSpec& cache = world_.blueprint_.caches[lookup.cache];
  CacheStore& store = world_.stores_[lookup.store_of(frame.instance)];
  store.put(engine_.now(), key, step.b == 0 ? cache.ttl : cache.refill_ttl);
  if (frame.fetch == nullptr || frame.fetch->lookup != step.a) [[likely]]
    return true;
  if (cache.changes) store.note_read(key, read_at(frame, step));
  Fetch& own = *frame.fetch;
  frame.fetch = own.outer;
  if (cache.early > 0) store.cost(key, engine_.now() - own.begun);
  // All who wait for the key are served, whoever of several has filled it.
  Fetch* const open = own.open ? &own : fetches_.find(own.scope, own.key);
  if (open != nullptr) wake(*open);
  const bool done = own.background;
  if (own.open) fetches_.close(own);
  fetches_.give_back(own);
  if (done) finish(frame, Outcome::ok);
  return !done;
}

// A value is as old as its fetch, not as its arrival: what changes meanwhile is missed. What
// another layer had is as old as it was there.
Instant Flow::read_at(const Frame& frame, const Step& fill) {
  if (fill.b == 1) {
    const LookupSpec& next = plans_.lookups[fill.a + 1];
    if (world_.blueprint_.caches[next.cache].holds_keys())
      return world_.stores_[next.store_of(frame.instance)].read_at(frame.keys[next.depth]);
  }
  return frame.fetch->begun;
}

Instant& Flow::changed(const LookupSpec& lookup, std::uint32_t key) {
  return world_.changed_[lookup.whole != kNone ? lookup.whole : lookup.cache][key];
}

void Flow::write(Frame& frame, const Step& step) {
  const LookupSpec& lookup = plans_.lookups[step.a];
  const CacheSpec& cache = world_.blueprint_.caches[lookup.cache];
  std::uint32_t& key = frame.keys[lookup.depth];
  ++frame.pc;
  if (step.kind == StepKind::draw) {
    key = step.b == 1 ? key_of(frame, lookup, cache, lookup.depth)
                      : cache.draw(world_.streams_[lookup.stream]);
  } else if (step.kind == StepKind::change) {
    changed(lookup, key) = engine_.now();
  } else if (cache.holds_keys()) {
    CacheStore& store = world_.stores_[lookup.store_of(frame.instance)];
    if (step.b == 1) {
      store.erase(key);
    } else {
      store.put(engine_.now(), key);
      store.note_read(key, engine_.now());
    }
  }
}

void Flow::wake(Fetch& fetch) {
  while (Frame* waiter = FetchTable::take_waiter(fetch)) {
    waiter->pc = plans_.steps[waiter->pc].b;
    go_on(*waiter);
  }
}

void Flow::go_on(Frame& waiter) {
  ++waiter.token;
  waiter.state = Frame::State::running;
  make_ready(waiter);
}

bool Flow::shares_failure(const Fetch& fetch) const {
  const CacheSpec& cache = world_.blueprint_.caches[plans_.lookups[fetch.lookup].cache];
  return cache.coalescing == Coalescing::single_flight;
}

// The frame ends before it has filled what it fetched. With single-flight all who wait share its
// failure; a lock goes to the next in line, and the others wait for that one.
void Flow::abandon_fetches(Frame& frame) {
  while (Fetch* const fetch = frame.fetch) {
    frame.fetch = fetch->outer;
    if (fetch->open) fetches_.close(*fetch);
    Frame* const next = FetchTable::take_waiter(*fetch);
    if (next != nullptr && shares_failure(*fetch)) {
      FetchTable::join(*fetch, *next);
      while (Frame* waiter = FetchTable::take_waiter(*fetch)) {
        ++waiter->token;
        waiter->state = Frame::State::running;
        finish(*waiter, Outcome::error);
      }
    } else if (next != nullptr) {
      Fetch& taken = begin_fetch(*next, plans_.steps[next->pc].a);
      while (Frame* waiter = FetchTable::take_waiter(*fetch)) FetchTable::join(taken, *waiter);
      ++next->pc;
      go_on(*next);
    }
    fetches_.give_back(*fetch);
  }
}

void Flow::leave_fetch(Frame& frame) {
  const Step& step = plans_.steps[frame.pc];
  if (frame.state != Frame::State::waiting || step.kind != StepKind::lookup) return;
  const LookupSpec& lookup = plans_.lookups[step.a];
  Fetch* const open = fetches_.find(lookup.scope_of(frame.instance), frame.keys[lookup.depth]);
  REHEARSE_ASSERT(open != nullptr);
  FetchTable::leave(*open, frame);
}

// Who has waited for another for long enough fetches as well.
void Flow::waited_enough(Frame& frame) {
  leave_fetch(frame);
  begin_fetch(frame, plans_.steps[frame.pc].a);
  ++frame.pc;
  go_on(frame);
  pump();
}

}  // namespace rehearse::models
