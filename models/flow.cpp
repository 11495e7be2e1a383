#include "models/flow.hpp"

#include <algorithm>
#include <cmath>

#include "models/hash_slot.hpp"
#include "models/world.hpp"

namespace rehearse::models {
namespace {

bool is_client(const Frame& frame) {
  return frame.kind == Frame::Kind::root || frame.kind == Frame::Kind::probe;
}

}  // namespace

Flow::Flow(World& world)
    : world_(world),
      engine_(world.engine_),
      plans_(world.blueprint_.plans),
      row_locks_(world.blueprint_.row_sets) {}

void Flow::build_lanes() {
  lanes_.resize(world_.blueprint_.lanes.size());
  for (std::size_t i = 1; i < lanes_.size(); ++i) {
    lanes_[i] = std::make_unique<Lane>(*this, world_.blueprint_.lanes[i]);
    engine_.add(*lanes_[i], "timeouts");
  }
}

std::size_t Flow::memory_bytes() const {
  std::size_t bytes = pool_.memory_bytes();
  for (std::size_t i = 1; i < lanes_.size(); ++i) bytes += lanes_[i]->memory_bytes();
  return bytes;
}

sim::Handler& Flow::handler_of(const Frame& frame) {
  if (frame.kind == Frame::Kind::root) return *world_.workloads_[frame.workload];
  if (frame.kind == Frame::Kind::probe) return *world_.probers_[frame.workload];
  return *world_.services_[world_.blueprint_.endpoints[frame.endpoint].service];
}

std::uint32_t Flow::zone_of(const Frame& frame) const {
  if (frame.kind == Frame::Kind::root) return world_.blueprint_.workloads[frame.workload].zone;
  // A prober stands beside the instance that it asks.
  if (frame.kind == Frame::Kind::probe)
    return world_.services_[frame.workload]->zone(frame.instance);
  return world_.services_[world_.blueprint_.endpoints[frame.endpoint].service]->zone(
      frame.instance);
}

void Flow::run(Frame& frame) {
  if (world_.watchful_ && !may_go_on(frame)) return;
  for (;;) {
    const Step& step = plans_.steps[frame.pc];
    switch (step.kind) {
      case StepKind::work:
        if (work(frame, plans_.laws[step.a])) return;
        continue;
      case StepKind::cpu:
        return use_cpu(frame, plans_.laws[step.a]);
      case StepKind::call:
        return begin_call(frame, plans_.calls[step.a]);
      case StepKind::fork:
        return fork(frame, plans_.forks[step.a]);
      case StepKind::branch:
        choose(frame, plans_.branches[step.a]);
        continue;
      case StepKind::lookup:
        if (!look_up(frame, step)) return;
        continue;
      case StepKind::fill:
        if (!fill(frame, step)) return;
        continue;
      case StepKind::draw:
      case StepKind::change:
      case StepKind::write:
        write(frame, step);
        continue;
      case StepKind::fail:
        if (world_.streams_[step.a].chance(step.p)) return finish(frame, Outcome::error);
        ++frame.pc;
        continue;
      case StepKind::jump:
        frame.pc = step.b;
        continue;
      case StepKind::loop:
        begin_loop(frame, step);
        continue;
      case StepKind::again:
        frame.pc = --frame.turns[plans_.loops[step.a].depth] > 0 ? step.b : frame.pc + 1;
        continue;
      case StepKind::filter:
        if (!passes(frame, plans_.filters[step.a])) return finish(frame, Outcome::refused);
        ++frame.pc;
        continue;
      case StepKind::resolve:
        if (!resolve(frame, plans_.resolves[step.a])) return;
        continue;
      case StepKind::unblocked:
        if (!world_.brokers_[step.a].admit(frame)) return;
        ++frame.pc;
        continue;
      case StepKind::send:
        ++frame.pc;
        send(frame, plans_.calls[step.a]);
        continue;
      case StepKind::enqueue:
        if (!world_.queues_[step.a]->publish(static_cast<std::uint8_t>(step.b)))
          return finish(frame, Outcome::rejected);
        ++frame.pc;
        continue;
      case StepKind::done:
        return finish(frame, Outcome::ok);
      default:
        if (!store_step(frame, step)) return;
        continue;
    }
  }
}

// What databases and caches add; whether the frame goes on at once.
bool Flow::store_step(Frame& frame, const Step& step) {
  switch (step.kind) {
    case StepKind::shard:
      frame.pc = shard_of_key(frame, step);
      return true;
    case StepKind::forget:
      frame.keys[plans_.lookups[step.a].depth] = kNone;
      break;
    case StepKind::defer:
      world_.behinds_[step.a]->defer(frame);
      frame.pc = step.b;
      return true;
    case StepKind::written:
      frame.hold = static_cast<std::uint8_t>(frame.hold & ~Frame::kBatch);
      break;
    case StepKind::snapshot:
      world_.replications_[step.a]->snapshot(frame);
      break;
    case StepKind::lock:
      return lock_row(frame, step);
    case StepKind::see:
      see_row(frame, step);
      break;
    case StepKind::compare:
      if (unchanged(frame, step.a)) break;
      finish(frame, Outcome::error);
      return false;
    case StepKind::changed:
      change_row(frame);
      break;
    case StepKind::store:
      if (!world_.services_[step.a]->store(static_cast<std::uint64_t>(step.p))) {
        finish(frame, Outcome::error);
        return false;
      }
      break;
    case StepKind::autocommit:
      frame.pc = (frame.hold & Frame::kInTransaction) != 0 ? step.b : frame.pc + 1;
      return true;
    case StepKind::commit:
      ++frame.pc;
      return world_.replications_[step.a]->commit(frame);
    case StepKind::committed:
      world_.replications_[step.a]->committed(frame);
      break;
    case StepKind::release:
      release(frame, step.a);
      break;
    default:
      REHEARSE_ASSERT(false);
  }
  ++frame.pc;
  return true;
}

// The sessions of a user lie together (a hash tag).
std::uint32_t Flow::shard_of_key(const Frame& frame, const Step& step) const {
  const LookupSpec& lookup = plans_.lookups[step.b];
  const std::vector<std::uint32_t>& starts = plans_.branches[step.a].starts;
  const std::uint32_t key =
      frame.keys[lookup.depth] / world_.blueprint_.caches[lookup.cache].devices;
  return starts[shard_of(key, static_cast<std::uint32_t>(starts.size()))];
}

// Whether it takes any time.
bool Flow::work(Frame& frame, const Law& law) {
  Duration time = law.law.sample_duration(world_.streams_[law.stream]);
  ++frame.pc;
  if (world_.slow_instances_ > 0) [[unlikely]]
    time = stretched(frame, time);
  if (time <= Duration::zero()) return false;
  if (world_.pauses_) [[unlikely]]
    note_pauses(frame);
  engine_.schedule(handler_of(frame), saturating_add(engine_.now(), time),
                   pack(Signal::work_done, &frame));
  return true;
}

void Flow::use_cpu(Frame& frame, const Law& law) {
  const double demand = law.law.sample(world_.streams_[law.stream]);
  ++frame.pc;
  world_.services_[world_.blueprint_.endpoints[frame.endpoint].service]->use_cpu(frame, demand);
}

void Flow::resume(Frame& frame) {
  if (frame.state == Frame::State::queued) {
    world_.services_[world_.blueprint_.endpoints[frame.endpoint].service]->start(frame);
    return;
  }
  if (frame.state == Frame::State::waiting) {
    if (world_.watchful_) [[unlikely]]
      if (!may_go_on(frame)) return;
    frame.state = Frame::State::running;
    if (plans_.steps[frame.pc].kind == StepKind::call) return after_attempt(frame);
    if (frame.outcome != Outcome::ok) return finish(frame, Outcome::error);
    ++frame.pc;
  }
  run(frame);
}

Duration Flow::stretched(const Frame& frame, Duration time) const {
  const Service& service = *world_.services_[world_.blueprint_.endpoints[frame.endpoint].service];
  return Duration::from_seconds(time.to_seconds() * service.slowness(frame.instance));
}

void Flow::on_signal(Signal signal, Frame& frame) {
  if (frame.state == Frame::State::dead) [[unlikely]]
    return pool_.give_back(frame);
  switch (signal) {
    case Signal::work_done:
      if (world_.pauses_) [[unlikely]]
        if (works_on(frame)) return;
      run(frame);
      break;
    case Signal::answer:
      answer(frame);
      break;
    case Signal::retry:
      if (world_.watchful_) [[unlikely]]
        if (retries_later(frame)) return;
      attempt(frame, plans_.calls[plans_.steps[frame.pc].a]);
      break;
    case Signal::deadline:
      give_up(frame);
      break;
    default:
      REHEARSE_ASSERT(false);
  }
}

void Flow::begin_call(Frame& frame, const CallSpec& call) {
  frame.attempt = 0;
  frame.backoff = Duration::zero();
  frame.call_deadline = frame.deadline;
  if (call.deadline > Duration::zero()) [[unlikely]]
    frame.call_deadline =
        std::min(frame.call_deadline, saturating_add(engine_.now(), call.deadline));
  attempt(frame, call);
}

void Flow::attempt(Frame& frame, const CallSpec& call) {
  ++frame.attempt;
  ++frame.token;
  frame.state = Frame::State::waiting;
  if (frame.call_deadline != Instant::never()) [[unlikely]]
    if (!in_time(frame)) return;
  if (call.guard != kNone) [[unlikely]]
    if (!admitted(frame, call)) return;
  ask(frame, call);
}

Frame& Flow::child_of(Frame& frame, const CallSpec& call) {
  Frame& child = pool_.take();
  child.parent = &frame;
  child.parent_token = frame.token;
  child.endpoint = call.endpoint;
  child.kind = Frame::Kind::visit;
  child.workload = frame.workload;
  child.origin = frame.origin;
  child.state = Frame::State::travelling;
  child.deadline = frame.call_deadline;
  child.priority = world_.blueprint_.endpoints[call.endpoint].priority;
  if (call.compares) [[unlikely]]
    carry_version(frame, child);
  if (SpanRecorder* spans = world_.spans_of(frame)) spans->called(frame, child);
  return child;
}

void Flow::ask(Frame& frame, const CallSpec& call) {
  Service& service = *world_.services_[call.service];
  Frame& child = child_of(frame, call);
  frame.child = &child;
  if (frame.call_deadline != Instant::never()) [[unlikely]] {
    set_limit(frame, call);
  } else if (call.lane != 0) {
    lanes_[call.lane]->set(engine_, &frame, frame.token);
  }
  if (frame.kind == Frame::Kind::probe) [[unlikely]]
    return service.send_to(child, zone_of(frame), frame.instance);
  if (call.keeps) [[unlikely]]
    return ask_on_connection(frame, child, call);
  service.send(child, zone_of(frame));
}

void Flow::send(Frame& frame, const CallSpec& call) {
  Frame& child = pool_.take();
  child.parent = &nobody_;
  child.parent_token = nobody_.token + 1;  // never awaited
  child.endpoint = call.endpoint;
  child.workload = frame.workload;
  child.origin = frame.origin;
  child.kind = Frame::Kind::visit;
  child.state = Frame::State::travelling;
  child.priority = world_.blueprint_.endpoints[call.endpoint].priority;
  if (SpanRecorder* spans = world_.spans_of(frame)) spans->sent(frame, child);
  world_.services_[call.service]->send(child, zone_of(frame));
}

void Flow::answer(Frame& child) {
  Frame* parent = child.parent;
  // What comes with the deadline comes too late: its timer is about to say so.
  if (awaited(child) && engine_.now() < parent->call_deadline) {
    if (SpanRecorder* spans = world_.spans_of(child)) spans->answered(child);
    if (parent->guard != 0) [[unlikely]]
      if (!settled(*parent, child)) return pool_.give_back(child);
    if ((child.hold & Frame::kTells) != 0) [[unlikely]]
      learn_version(child);
    forget_limit(*parent);
    ++parent->token;
    parent->outcome = child.outcome;
    make_ready(*parent);
  }
  pool_.give_back(child);
}

void Flow::on_timeout(Frame* frame, std::uint32_t) {
  if (frame->state == Frame::State::queued)
    return world_.services_[world_.blueprint_.endpoints[frame->endpoint].service]->use_reserve(
        *frame);
  if (plans_.steps[frame->pc].kind == StepKind::lookup) return waited_enough(*frame);
  if (plans_.steps[frame->pc].kind == StepKind::lock) return waited_for_lock(*frame);
  give_up(*frame);
  pump();
}

void Flow::after_attempt(Frame& frame) {
  const CallSpec& call = plans_.calls[plans_.steps[frame.pc].a];
  if (frame.guard != 0) [[unlikely]]
    return go_ahead(frame, call);
  if (frame.outcome == Outcome::ok) {
    ++frame.pc;
    return run(frame);
  }
  bool again = frame.attempt < call.retry.attempts &&
               ((call.retry.on >> static_cast<int>(frame.outcome)) & 1) != 0;
  if (call.guard != kNone) [[unlikely]]
    again = again && may_retry(frame, call);
  if (again) {
    const Duration wait = pause(frame, call);
    if (saturating_add(engine_.now(), wait) < frame.call_deadline) [[likely]]
      return attempt_after(wait, frame, call);
  }
  if (call.continue_on_failure) {
    frame.pc = call.failure_pc;
    return run(frame);
  }
  // A client sees what became of its request; a service that could not do its work answers with an
  // error, whatever the reason was further down.
  finish(frame, is_client(frame) ? frame.outcome : Outcome::error);
}

void Flow::attempt_after(Duration wait, Frame& frame, const CallSpec& call) {
  if (wait <= Duration::zero()) return attempt(frame, call);
  frame.state = Frame::State::pausing;
  if (SpanRecorder* spans = world_.spans_of(frame)) spans->paused(frame, wait);
  engine_.schedule(handler_of(frame), saturating_add(engine_.now(), wait),
                   pack(Signal::retry, &frame));
}

Duration Flow::pause(Frame& frame, const CallSpec& call) {
  const policies::RetryBackoff& backoff = call.retry.backoff;
  if (backoff.initial <= Duration::zero()) return Duration::zero();
  const bool random = backoff.jitter != policies::RetryBackoff::Jitter::none;
  const double uniform = random ? world_.streams_[call.stream].uniform() : 0;
  // Of a decorrelated pause the first is spread over thrice the least as well.
  frame.backoff = backoff.delay(frame.attempt, uniform, std::max(backoff.initial, frame.backoff));
  return frame.backoff;
}

void Flow::fork(Frame& frame, const ForkSpec& fork) {
  ++frame.token;
  frame.state = Frame::State::waiting;
  const std::size_t branches = fork.starts.size() * fork.copies;
  frame.pending = static_cast<std::uint16_t>(branches);
  frame.needed = fork.needed;
  for (std::size_t i = 0; i < branches; ++i) {
    Frame& branch = pool_.take();
    branch.parent = &frame;
    branch.parent_token = frame.token;
    branch.kind = Frame::Kind::branch;
    branch.state = Frame::State::running;
    branch.endpoint = frame.endpoint;
    branch.instance = frame.instance;
    branch.workload = frame.workload;
    branch.origin = frame.origin;
    branch.deadline = frame.deadline;
    branch.priority = frame.priority;
    branch.keys = frame.keys;
    branch.pc = fork.starts[i / fork.copies];
    if (SpanRecorder* spans = world_.spans_of(frame)) spans->branched(frame, branch);
    make_ready(branch);
  }
}

void Flow::join(Frame& branch, Outcome outcome) {
  Frame& parent = *branch.parent;
  if ((branch.hold & Frame::kBatch) != 0) world_.behinds_[branch.keys[kBatchNumber]]->lose(branch);
  if (SpanRecorder* spans = world_.spans_of(branch)) spans->joined(branch, outcome);
  if (awaited(branch)) {
    --parent.pending;
    if (outcome == Outcome::ok) --parent.needed;
    if (parent.needed == 0 || parent.pending < parent.needed) {
      ++parent.token;
      parent.outcome = parent.needed == 0 ? Outcome::ok : Outcome::error;
      make_ready(parent);
    }
  }
  pool_.give_back(branch);
}

void Flow::finish(Frame& frame, Outcome outcome) {
  if (frame.guard != 0) [[unlikely]]
    leave_guard(frame);
  if (frame.fetch != nullptr) [[unlikely]]
    abandon_fetches(frame);
  if (frame.connection != 0) [[unlikely]]
    release_connections(frame);
  switch (frame.kind) {
    case Frame::Kind::visit:
      return world_.services_[world_.blueprint_.endpoints[frame.endpoint].service]->complete(
          frame, outcome);
    case Frame::Kind::branch:
      return join(frame, outcome);
    case Frame::Kind::delivery:
      return world_.queues_[frame.workload]->complete(frame, outcome);
    case Frame::Kind::root:
      return world_.workloads_[frame.workload]->complete(frame, outcome);
    case Frame::Kind::probe:
      return world_.probers_[frame.workload]->complete(frame, outcome);
  }
}

void Flow::choose(Frame& frame, const BranchSpec& branch) {
  const double u = world_.streams_[branch.stream].uniform();
  std::size_t i = 0;
  while (i + 1 < branch.cumulative.size() && u > branch.cumulative[i]) ++i;
  frame.pc = branch.starts[i];
}

void Flow::begin_loop(Frame& frame, const Step& step) {
  const LoopSpec& loop = plans_.loops[step.a];
  const std::uint32_t times = loop.times.sample(world_.streams_[loop.stream]);
  frame.turns[loop.depth] = static_cast<std::uint16_t>(times);
  frame.pc = times > 0 ? frame.pc + 1 : step.b;
}

bool Flow::passes(const Frame& frame, const FilterSpec& filter) {
  const std::uint32_t workload = frame.workload;
  if (frame.origin.client == Origin::kNobody || workload >= filter.blocked.size() ||
      filter.blocked[workload] <= 0)
    return true;
  return !world_.streams_[filter.stream].chance(filter.blocked[workload]);
}

bool Flow::resolve(Frame& frame, const ResolveSpec& resolve) {
  const NameCache::Answer answer =
      world_.names_[resolve.name].ask(engine_.now(), frame.origin.client);
  frame.pc = resolve.starts[answer.target];
  const std::uint32_t lookup = world_.blueprint_.names[resolve.name].lookup;
  if (!answer.asked || lookup == kNone) return true;
  const Law& law = plans_.laws[lookup];
  engine_.schedule(
      handler_of(frame),
      saturating_add(engine_.now(), law.law.sample_duration(world_.streams_[law.stream])),
      pack(Signal::work_done, &frame));
  return false;
}

}  // namespace rehearse::models
