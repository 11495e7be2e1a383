#include "models/service.hpp"

#include <algorithm>

#include "models/world.hpp"

namespace rehearse::models {

Service::Service(World& world, const ServiceSpec& spec)
    : world_(world),
      spec_(spec),
      number_(static_cast<std::uint32_t>(&spec - world.blueprint_.services.data())),
      balancer_(spec.balancer, static_cast<std::uint32_t>(spec.placement.size())) {
  if (!spec.balancer.plain())
    backends_ = std::make_unique<Backends>(spec, world.blueprint_.network, balancer_,
                                           world.streams_[spec.balancer.stream].key()[0]);
  if (spec.connections.round_trips > 0)
    connections_ = std::make_unique<Connections>(world.blueprint_, spec);
  if (spec.sheds()) adaptive_.assign(spec.placement.size(), AdaptiveLimit(spec.adaptive));
  plain_ = !spec.gated() && !spec.sheds() && spec.memory.limit == 0 && !spec.elastic() &&
           !spec.holds && spec.discipline != Discipline::fair && world.region_meters_.empty() &&
           world.blueprint_.faults.empty();
  if (spec.gated()) gate_ = std::make_unique<Gate>(spec, world.blueprint_);
  if (spec.disk > 0) fill_disk(spec.disk_used);
  instances_.reserve(spec.placement.size());
  for (std::size_t i = 0; i < spec.placement.size(); ++i) {
    Instance instance{spec.placement[i], 0, WaitingLine(spec.discipline, spec.weights),
                      std::nullopt};
    if (spec.cpu_period > Duration::zero()) {
      // Periods began some time ago, at another instant on each node.
      const double quota = spec.millicores * 1e-3 * spec.cpu_period.to_seconds();
      const double ago = spec.cpu_period.to_seconds() * world.streams_[spec.cpu_stream].uniform();
      const Instant grid = Instant::at_ns(-Duration::from_seconds(ago).ns());
      instance.cores.emplace(spec.cpu_burst * 1e-3, Processor::Quota{quota, spec.cpu_period, grid});
    } else if (spec.millicores > 0) {
      instance.cores.emplace(spec.millicores * 1e-3);
    }
    instances_.push_back(std::move(instance));
  }
  sizes_.assign(instances_.size(), size_of(spec));
  hold_base(static_cast<std::int64_t>(instances_.size()));
  for (std::uint32_t i = 0; i < instances_.size(); ++i) count_present(i, 1);
  if (spec_.elastic()) take_absent_down();
  if (spec.replication == kNone) return;
  const ReplicaReads reads = world.blueprint_.replications[spec.replication].reads;
  for (std::uint32_t i = 0; i < instances_.size(); ++i)
    balancer_.set_in_rotation(
        i, i == 0 ? reads != ReplicaReads::replica : reads != ReplicaReads::primary);
}

std::int64_t Service::capacity() const {
  const auto n = static_cast<std::int64_t>(instances_.size());
  if (spec_.millicores > 0) return n * spec_.millicores;
  return spec_.slots == kUnlimited ? 0 : n * spec_.slots;
}

std::int64_t Service::running_capacity() const {
  if (!spec_.elastic()) return capacity();
  std::int64_t sum = 0;
  for (std::uint32_t i = 0; i < instances_.size(); ++i)
    if (!is_down(i)) sum += capacity_of(i);
  return sum;
}

std::int64_t Service::capacity_of(std::uint32_t instance) const {
  if (spec_.millicores > 0) return sizes_[instance].millicores;
  return spec_.slots == kUnlimited ? 0 : spec_.slots;
}

Meter* Service::region_meter(const Frame& frame) {
  if (world_.region_meters_.empty()) return nullptr;
  return &world_.region_meters_[world_.blueprint_.network.zones[zone(frame.instance)].region];
}

void Service::send(Frame& frame, std::uint32_t zone) {
  if (spec_.replication != kNone) [[unlikely]] {
    if (world_.blueprint_.endpoints[frame.endpoint].access != Access::read)
      return send_to(frame, zone, primary());
  }
  if (backends_ != nullptr) [[unlikely]] {
    const std::uint32_t picked = backends_->pick({world_.engine_.now(), zone, key_of(frame)},
                                                 world_.streams_[spec_.balancer.stream]);
    if (picked == kNone) return turn_away_all(frame);
    if (outliers_ != nullptr) remember(frame, picked);
    return send_to(frame, zone, picked);
  }
  if (balancer_.nobody_in_rotation()) [[unlikely]]
    return turn_away_all(frame);
  frame.instance = balancer_.pick(world_.streams_[spec_.balancer.stream]);
  if (connections_ != nullptr) [[unlikely]]
    return connect(frame, zone, 0);
  travel(frame, zone, 0);
}

void Service::send_to(Frame& frame, std::uint32_t zone, std::uint32_t instance) {
  frame.instance = instance;
  frame.user = 0;
  balancer_.sent(instance);
  if (connections_ != nullptr) return connect(frame, zone, 0);
  travel(frame, zone, 0);
}

void Service::travel(Frame& frame, std::uint32_t zone, std::uint16_t losses) {
  if (world_.instant_) return arrive(frame);
  const Delivery delivery = world_.deliver(frame, Way::request, zone, this->zone(frame.instance));
  if (delivery.at_once) [[likely]]
    return arrive(frame);
  if (delivery.lost) return lose_request(frame, zone, ++losses);
  if (backends_ != nullptr) [[unlikely]]
    take_longer(frame, delivery.at - world_.engine_.now());
  world_.engine_.schedule(*this, delivery.at, pack(Signal::arrival, &frame));
}

void Service::arrive(Frame& frame) {
  const Instant now = world_.engine_.now();
  frame.arrived = now;
  frame.memory = 0;
  if (SpanRecorder* spans = world_.spans_of(frame)) spans->arrived(frame);
  Instance& instance = instances_[frame.instance];
  if (instance.down > 0) [[unlikely]]
    return turn_away(frame, instance);
  world_.endpoint_meters_[frame.endpoint].arrived(now);
  if (!plain_) [[unlikely]]
    return be_received(frame);
  if (instance.busy >= spec_.slots) return queue_up(frame, instance);
  take_slot(instance);
  start(frame);
}

// What there may be before and while a request gets in.
void Service::be_received(Frame& frame) {
  if (usage_ != nullptr) usage_->arrived(frame.instance);
  if (Meter* region = region_meter(frame)) region->arrived(world_.engine_.now());
  if (!error_sources_.empty() && injected_error(frame)) return respond(frame, Outcome::error);
  if (gate_ != nullptr) return pass_gate(frame);
  enter(frame);
}

// What a limit holds back waits here, as far as anybody can see: it counts as queued.
void Service::pass_gate(Frame& frame) {
  const Instant now = world_.engine_.now();
  const Gate::Answer answer = gate_->ask(now, frame);
  if (answer.outcome != Outcome::ok) return respond(frame, answer.outcome);
  if (answer.delay <= Duration::zero()) return enter(frame);
  frame.state = Frame::State::held;
  meter_.queued(now, 1);
  world_.engine_.schedule(*this, saturating_add(now, answer.delay), pack(Signal::admitted, &frame));
}

void Service::on_admitted(Frame& frame) {
  if (frame.state == Frame::State::dead) return world_.flow_.pool().give_back(frame);
  frame.state = Frame::State::travelling;
  meter_.queued(world_.engine_.now(), -1);
  enter(frame);
}

void Service::enter(Frame& frame) {
  Instance& instance = instances_[frame.instance];
  if (!adaptive_.empty() && sheds(frame)) return respond(frame, Outcome::rejected);
  if ((frame.hold & Frame::kHeld) != 0) return start(frame);
  const bool fair = spec_.discipline == Discipline::fair;
  if (fair) frame.priority = tenant_of(frame);
  if (instance.busy >= spec_.slots) return queue_up(frame, instance);
  if (spec_.memory.limit > 0) take_memory(frame, instance);
  if (fair) instance.line.passed(frame);
  take_slot(instance);
  start(frame);
}

void Service::queue_up(Frame& frame, Instance& instance) {
  if (instance.line.size_for(frame) >= spec_.queue_limit) return respond(frame, Outcome::rejected);
  if (spec_.memory.limit > 0) [[unlikely]]
    take_memory(frame, instance);
  frame.state = Frame::State::queued;
  if (spec_.limits_waits()) limit_wait(frame, instance);
  instance.line.join(frame);
  meter_.queued(world_.engine_.now(), 1);
  if (spec_.reserve > 0) world_.flow_.set_timeout(frame, spec_.reserve_lane);
}

bool Service::sheds(Frame& frame) {
  frame.limited = adaptive_[frame.instance].try_start(world_.engine_.now());
  return !frame.limited;
}

// REQUIRES: it has not joined the line yet.
void Service::limit_wait(Frame& frame, Instance& instance) {
  const Instant now = world_.engine_.now();
  Duration most;
  if (spec_.codel) {
    most = instance.delay.joins(now, *spec_.codel, instance.line.size());
  } else {
    const Law& law = world_.blueprint_.plans.laws[spec_.patience];
    most = law.law.sample_duration(world_.streams_[law.stream]);
  }
  frame.patience = world_.engine_.schedule_cancellable(*this, saturating_add(now, most),
                                                       pack(Signal::patience, &frame));
}

std::uint8_t Service::tenant_of(const Frame& frame) const {
  if (frame.origin.client == Origin::kNobody)
    return static_cast<std::uint8_t>(spec_.weights.size() - 1);
  return world_.blueprint_.workloads[frame.workload].tenant;
}

bool Service::newest_first(const Instance& instance) const {
  return spec_.discipline == Discipline::adaptive_lifo && instance.line.size() > 0 &&
         instance.delay.standing(world_.engine_.now(), *spec_.codel);
}

void Service::take_slot(Instance& instance) {
  ++instance.busy;
  if (spec_.millicores == 0) busied(world_.engine_.now(), number_of(instance), 1);
}

void Service::start(Frame& frame) {
  if (spec_.drop_expired && frame.deadline <= world_.engine_.now()) [[unlikely]]
    return complete(frame, Outcome::abandoned);
  frame.state = Frame::State::running;
  world_.endpoint_meters_[frame.endpoint].waited(world_.engine_.now() - frame.arrived);
  if (SpanRecorder* spans = world_.spans_of(frame)) spans->started(frame);
  frame.pc = world_.blueprint_.endpoints[frame.endpoint].start;
  world_.flow_.run(frame);
}

void Service::complete(Frame& frame, Outcome outcome) {
  if (frame.hold == 0 || !world_.flow_.end_query(frame, number_, epoch(frame.instance))) [[likely]]
    pass_slot_on(instances_[frame.instance]);
  respond(frame, outcome);
}

std::uint32_t Service::primary() const {
  return spec_.replication == kNone ? 0 : world_.replications_[spec_.replication]->primary();
}

void Service::use_reserve(Frame& frame) {
  Instance& instance = instances_[frame.instance];
  if (instance.busy >= spec_.slots + spec_.reserve) return;
  leave_queue(frame);
  take_slot(instance);
  start(frame);
  world_.flow_.pump();
}

void Service::pass_slot_on(Instance& instance) {
  if (Frame* next = instance.line.take(newest_first(instance))) {
    // The slot passes on; `next` starts once this event has unwound.
    meter_.queued(world_.engine_.now(), -1);
    if (spec_.limits_waits()) world_.engine_.cancel(next->patience);
    if (spec_.reserve > 0) ++next->token;  // waits no longer for the reserve
    world_.flow_.make_ready(*next);
  } else {
    --instance.busy;
    if (spec_.millicores == 0) busied(world_.engine_.now(), number_of(instance), -1);
  }
}

void Service::free_slot(std::uint32_t instance) {
  pass_slot_on(instances_[instance]);
}

void Service::respond(Frame& frame, Outcome outcome) {
  if (!plain_) [[unlikely]]
    be_left(frame, outcome);
  world_.endpoint_meters_[frame.endpoint].ended(world_.engine_.now(), frame.arrived, outcome);
  if (!Flow::awaited(frame) && outcome != Outcome::abandoned)
    world_.endpoint_meters_[frame.endpoint].finished_for_nobody();
  reply(frame, outcome);
}

// What there may be to do when a request leaves.
void Service::be_left(Frame& frame, Outcome outcome) {
  const Instant now = world_.engine_.now();
  if (spec_.memory.limit > 0) free_memory(frame);
  if (frame.limited) {
    adaptive_[frame.instance].finished(now, now - frame.arrived, outcome);
    frame.limited = false;
  }
  if (usage_ != nullptr) usage_->ended(frame.instance, now - frame.arrived, outcome == Outcome::ok);
  if (Meter* region = region_meter(frame)) region->ended(now, frame.arrived, outcome);
}

void Service::reply(Frame& frame, Outcome outcome) {
  answered(frame.instance);
  if (backends_ != nullptr) [[unlikely]] {
    const Instant now = world_.engine_.now();
    backends_->answered(frame.instance, now,
                        now - frame.arrived + Duration::nanoseconds(frame.user));
    if (outliers_ != nullptr && Flow::awaited(frame)) outliers_->result(frame.instance, outcome);
  }
  if (SpanRecorder* spans = world_.spans_of(frame)) spans->responded(frame, outcome);
  frame.outcome = outcome;
  frame.state = Frame::State::travelling;
  send_answer(frame, 0);
}

void Service::send_answer(Frame& frame, std::uint16_t losses) {
  if (!Flow::awaited(frame)) return world_.flow_.pool().give_back(frame);
  if (world_.instant_) return answer_at_once(frame);
  const std::uint32_t zone = world_.flow_.zone_of(*frame.parent);
  const Delivery delivery = world_.deliver(frame, Way::answer, this->zone(frame.instance), zone);
  if (delivery.at_once) [[likely]]
    return answer_at_once(frame);
  if (delivery.lost) return lose_answer(frame, zone, ++losses);
  world_.engine_.schedule(*this, delivery.at, pack(Signal::answer, &frame));
}

void Service::answer_at_once(Frame& frame) {
  if (connections_ != nullptr) [[unlikely]]
    keep_connection(frame);
  world_.flow_.answer(frame);
}

void Service::leave_line(Frame& frame) {
  leave_queue(frame);
  respond(frame, spec_.codel ? Outcome::rejected : Outcome::abandoned);
}

void Service::leave_queue(Frame& frame) {
  meter_.queued(world_.engine_.now(), -1);
  if (frame.state == Frame::State::held) return;  // its event comes all the same
  if (spec_.limits_waits()) world_.engine_.cancel(frame.patience);
  if (spec_.reserve > 0) ++frame.token;  // waits no longer for the reserve
  instances_[frame.instance].line.leave(frame);
}

void Service::caller_gone(Frame& frame) {
  if (!spec_.drop_abandoned) return;
  leave_queue(frame);
  respond(frame, Outcome::abandoned);
}

void Service::use_cpu(Frame& frame, double demand_seconds) {
  Instance& instance = instances_[frame.instance];
  const Instant now = world_.engine_.now();
  const std::int64_t before = instance.cores->busy_millicores();
  meter_.worked(Duration::from_seconds(demand_seconds));
  instance.cores->add(now, frame, demand_seconds);
  busied(now, frame.instance, instance.cores->busy_millicores() - before);
  plan_cpu(instance, frame.instance);
}

void Service::plan_cpu(Instance& instance, std::uint32_t number) {
  const Instant next = instance.cores->next_done();
  // An event that is already due earlier finds nothing done and plans again: cheaper than to
  // cancel it at each arrival.
  if (next >= instance.cores->planned) return;
  instance.cores->planned = next;
  world_.engine_.schedule(*this, next, pack(Signal::cpu, number));
}

void Service::on_cpu(std::uint32_t number) {
  Instance& instance = instances_[number];
  const Instant now = world_.engine_.now();
  if (instance.cores->planned != now) return;  // overtaken by an earlier plan
  instance.cores->planned = Instant::never();
  const std::int64_t before = instance.cores->busy_millicores();
  done_.clear();
  instance.cores->take_done(now, done_);
  busied(now, number, instance.cores->busy_millicores() - before);
  plan_cpu(instance, number);
  for (Frame* frame : done_) world_.flow_.make_ready(*frame);
}

void Service::on_event(sim::Engine&, std::uint64_t data) {
  switch (signal_of(data)) {
    case Signal::arrival:
      arrive(frame_of(data));
      break;
    case Signal::cpu:
      on_cpu(static_cast<std::uint32_t>(models::number_of(data)));
      break;
    case Signal::answer:
      if (connections_ != nullptr) keep_connection(frame_of(data));
      world_.flow_.on_signal(Signal::answer, frame_of(data));
      break;
    case Signal::connected:
    case Signal::reconnect:
      go_on_connecting(frame_of(data), signal_of(data) == Signal::connected);
      break;
    case Signal::resend_request:
      travel(frame_of(data), frame_of(data).pc, frame_of(data).attempt);
      break;
    case Signal::resend_answer:
      send_answer(frame_of(data), frame_of(data).attempt);
      break;
    case Signal::admitted:
      on_admitted(frame_of(data));
      break;
    case Signal::patience:
      leave_line(frame_of(data));
      break;
    case Signal::up:
      on_up(static_cast<std::uint32_t>(models::number_of(data)));
      break;
    case Signal::out_of_memory:
      on_out_of_memory(static_cast<std::uint32_t>(models::number_of(data)));
      break;
    case Signal::restart:
      bring_up(static_cast<std::uint32_t>(models::number_of(data)));
      break;
    default:
      world_.flow_.on_signal(signal_of(data), frame_of(data));
  }
  world_.flow_.pump();
}

}  // namespace rehearse::models
