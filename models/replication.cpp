#include "models/replication.hpp"

#include <algorithm>

#include "models/world.hpp"

namespace rehearse::models {
namespace {

constexpr Duration kWriterDelay = Duration::milliseconds(200);  // wal_writer_delay
constexpr Duration kFirstPause = Duration::milliseconds(200);
constexpr Duration kLongestPause = Duration::seconds(5);

}  // namespace

Replication::Replication(World& world, std::uint32_t number)
    : world_(world),
      spec_(world.blueprint_.replications[number]),
      replicas_(world.blueprint_.services[spec_.service].placement.size()) {
  for (Replica& replica : replicas_) replica.pause = kFirstPause;
}

void Replication::snapshot(const Frame& query) {
  Meter& meter = world_.services_[spec_.service]->meter();
  const bool replica = query.instance != primary_;
  meter.looked_up(replica);
  if (replica && lag(query.instance) > spec_.max_lag) meter.served_outdated();
}

// Writes become visible in the order of their commits, so that the oldest missing one is the first.
Duration Replication::lag(std::uint32_t number) const {
  const Ring<Record>& log = replicas_[number].log;
  const Instant now = world_.engine_.now();
  return log.empty() || log.front().visible > now ? Duration::zero() : now - log.front().visible;
}

Duration Replication::draw(std::uint32_t number, double factor) {
  if (number == kNone) return Duration::zero();
  const Law& law = world_.blueprint_.plans.laws[number];
  const Duration time = law.law.sample_duration(world_.streams_[law.stream]);
  return factor == 1 ? time : Duration::from_seconds(time.to_seconds() * factor);
}

Instant Replication::durable_at(Instant now, const Frame& query) {
  if (spec_.commit == Commit::off) {
    const std::int64_t period = kWriterDelay.ns();
    return Instant::at_ns((now.ns() + period - 1) / period * period);
  }
  const Service& service = *world_.services_[spec_.service];
  return saturating_add(now, draw(spec_.flush, service.slowness(query.instance)));
}

bool Replication::commit(Frame& query) {
  const Instant now = world_.engine_.now();
  const Instant durable = durable_at(now, query);
  durable_ = std::max(durable_, durable);
  const std::uint32_t number = next_++;
  query.keys[kCommitNumber] = number;
  for (std::uint32_t i = 0; i < replicas_.size(); ++i) {
    if (i == primary_) continue;
    Record record;
    record.durable = durable_;
    replicas_[i].log.push(record);
    send(i);
  }
  Instant safe = spec_.commit == Commit::off ? now : durable;
  if (spec_.commit > Commit::local && spec_.synchronous > 0)
    safe = std::max(safe, confirmed_at(number));
  if (safe == Instant::never()) {
    query.state = Frame::State::waiting;
    blocked_.push_back({&query, query.token, number});
    return false;
  }
  if (safe <= now) return true;
  wake_at(query, safe);
  return false;
}

void Replication::wake_at(Frame& query, Instant at) {
  world_.engine_.schedule(*world_.services_[spec_.service], at, pack(Signal::work_done, &query));
}

void Replication::committed(const Frame& query) {
  const Instant now = world_.engine_.now();
  for (std::uint32_t i = 0; i < replicas_.size(); ++i) {
    if (i == primary_) continue;
    Replica& replica = replicas_[i];
    meter_.arrived(now);
    const std::uint32_t place = query.keys[kCommitNumber] - replica.first;  // modulo 2^32
    if (place < replica.log.size()) {
      replica.log[place].visible = now;
    } else {
      meter_.ended(now, now, Outcome::ok);
    }
  }
}

void Replication::send(std::uint32_t number) {
  Replica& replica = replicas_[number];
  if (replica.down || replica.stalled) return;
  for (; replica.sent < replica.log.size(); ++replica.sent) {
    if (transmit(number, replica.log[replica.sent])) continue;
    replica.stalled = true;
    world_.engine_.schedule(*this, saturating_add(world_.engine_.now(), replica.pause),
                            pack(Signal::resend, number));
    replica.pause = std::min(2 * replica.pause, kLongestPause);
    return plan(number);
  }
  replica.pause = kFirstPause;
  plan(number);
}

// Whether it gets through. A message whose confirmation is lost is repeated as well.
bool Replication::transmit(std::uint32_t number, Record& record) {
  const Service& service = *world_.services_[spec_.service];
  const std::vector<std::uint32_t>& zones = service.spec().placement;
  if (service.is_down(primary_)) return false;
  const Delivery there = world_.deliver(message_, Way::handshake, zones[primary_], zones[number]);
  const Delivery back = world_.deliver(message_, Way::handshake, zones[number], zones[primary_]);
  if (there.lost || back.lost) return false;
  const Instant now = world_.engine_.now();
  const auto trip = [now](const Delivery& d) { return d.at_once ? Duration::zero() : d.at - now; };
  Replica& replica = replicas_[number];
  const double slowness = service.slowness(number);
  const Instant arrives = saturating_add(saturating_add(std::max(now, record.durable), trip(there)),
                                         draw(spec_.lag, 1));
  replica.received = std::max(replica.received, arrives);
  replica.applied =
      saturating_add(std::max(replica.applied, replica.received), draw(spec_.replay, slowness));
  record.received = replica.received;
  record.applied = replica.applied;
  if (spec_.synchronous == 0) return true;
  Instant safe = spec_.commit == Commit::remote_apply ? record.applied : record.received;
  if (spec_.commit == Commit::on) safe = saturating_add(safe, draw(spec_.flush, slowness));
  replica.confirmed = std::max(replica.confirmed, saturating_add(safe, trip(back)));
  record.confirmed = replica.confirmed;
  return true;
}

void Replication::plan(std::uint32_t number) {
  Replica& replica = replicas_[number];
  if (replica.log.empty() || replica.down) return;
  const Instant next = replica.log.front().applied;
  // An event that is due earlier finds nothing applied and plans again.
  if (next >= replica.planned) return;
  replica.planned = next;
  world_.engine_.schedule(*this, next, pack(Signal::applied, number));
}

void Replication::apply(std::uint32_t number) {
  Replica& replica = replicas_[number];
  const Instant now = world_.engine_.now();
  if (replica.planned != now) return;  // overtaken by an earlier plan
  replica.planned = Instant::never();
  if (replica.down) return;
  while (!replica.log.empty() && replica.log.front().applied <= now) {
    const Record& record = replica.log.front();
    if (record.visible <= now) meter_.ended(now, record.visible, Outcome::ok);
    replica.log.pop();
    ++replica.first;
    --replica.sent;
  }
  plan(number);
}

Instant Replication::confirmed_at(std::uint32_t number) {
  confirmations_.clear();
  for (std::uint32_t i = 0; i < replicas_.size(); ++i) {
    if (i == primary_) continue;
    const Replica& replica = replicas_[i];
    const std::uint32_t place = number - replica.first;  // modulo 2^32
    const bool applied = place >= replica.log.size();
    confirmations_.push_back(replica.down ? Instant::never()
                             : applied    ? Instant::start()
                                          : replica.log[place].confirmed);
  }
  const auto last = confirmations_.begin() + (spec_.synchronous - 1);
  std::nth_element(confirmations_.begin(), last, confirmations_.end());
  return *last;
}

// Those that were waiting for a replica to come back.
void Replication::wake_blocked() {
  std::size_t kept = 0;
  for (const Blocked& blocked : blocked_) {
    if (blocked.query->token != blocked.token) continue;  // has ended with its instance
    const Instant at = confirmed_at(blocked.number);
    if (at == Instant::never()) {
      blocked_[kept++] = blocked;
      continue;
    }
    blocked.query->state = Frame::State::running;
    wake_at(*blocked.query, std::max(world_.engine_.now(), at));
  }
  blocked_.resize(kept);
}

bool Replication::stirring() const {
  return std::any_of(replicas_.begin(), replicas_.end(),
                     [](const Replica& replica) { return !replica.down && !replica.log.empty(); });
}

void Replication::stopped(std::uint32_t instance) {
  replicas_[instance].down = true;
}

// Whatever it has not applied reaches it anew.
void Replication::started(std::uint32_t instance) {
  Replica& replica = replicas_[instance];
  const Instant now = world_.engine_.now();
  replica.down = false;
  replica.received = replica.applied = replica.confirmed = now;
  replica.sent = 0;
  for (std::size_t i = 0; i < replica.log.size(); ++i)
    replica.log[i].applied = replica.log[i].confirmed = Instant::never();
  send(instance);
  wake_blocked();
}

void Replication::on_event(sim::Engine&, std::uint64_t data) {
  const auto replica = static_cast<std::uint32_t>(number_of(data));
  if (signal_of(data) == Signal::applied) return apply(replica);
  replicas_[replica].stalled = false;
  send(replica);
  wake_blocked();
}

}  // namespace rehearse::models
