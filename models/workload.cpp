#include "models/workload.hpp"

#include <algorithm>

#include "models/world.hpp"

namespace rehearse::models {

Workload::Workload(World& world, std::uint32_t number)
    : world_(world), spec_(world.blueprint_.workloads[number]), number_(number) {
  if (spec_.users) active_.assign(spec_.users->most, 0);
  if (spec_.session) sessions_.emplace(*spec_.session);
}

void Workload::begin() {
  if (spec_.arrivals) {
    plan_arrival();
  } else if (!spec_.users->changes.empty()) {
    world_.engine_.schedule(*this, spec_.users->changes.front().at, pack(Signal::client, kChange));
  }
}

Instant Workload::next_arrival() {
  const ArrivalSpec& arrivals = *spec_.arrivals;
  sim::Stream& stream = world_.streams_[spec_.arrival_stream];
  const Instant now = world_.engine_.now();
  switch (arrivals.kind) {
    case ArrivalSpec::Kind::poisson:
      return saturating_add(now, Duration::from_seconds(stream.exponential() * arrivals.mean_gap));
    case ArrivalSpec::Kind::renewal:
      return saturating_add(now,
                            world_.blueprint_.plans.laws[arrivals.law].law.sample_duration(stream));
    case ArrivalSpec::Kind::rates:
      if (!arrivals.states.empty()) return next_modulated();
      return walk_.next(arrivals.segments, stream.exponential());
    case ArrivalSpec::Kind::mmpp:
      return std::max(now, bursts_.next(arrivals.states, now, stream));
    case ArrivalSpec::Kind::instants:
      if (next_instant_ == arrivals.instants.size()) return Instant::never();
      return Instant::at_ns(arrivals.instants[next_instant_++]);
  }
  return Instant::never();
}

Instant Workload::next_modulated() {
  const ArrivalSpec& arrivals = *spec_.arrivals;
  sim::Stream& stream = world_.streams_[spec_.arrival_stream];
  const double most = arrivals.highest_factor();
  for (;;) {
    const Instant candidate = walk_.next(arrivals.segments, stream.exponential() / most);
    if (candidate == Instant::never()) return candidate;
    const double factor = bursts_.rate_at(arrivals.states, candidate, stream);
    if (stream.chance(factor / most)) return candidate;
  }
}

void Workload::plan_arrival() {
  world_.engine_.schedule(*this, next_arrival(), pack(Signal::client, kArrival));
}

void Workload::launch(std::uint32_t user) {
  const Instant now = world_.engine_.now();
  ++begun_;
  Frame& root = world_.flow_.pool().take();
  root.parent = nullptr;
  root.kind = Frame::Kind::root;
  root.state = Frame::State::running;
  root.workload = number_;
  root.user = user;
  root.origin = origin(user);
  root.arrived = now;
  if (sessions_) [[unlikely]] {
    root.pc = sessions_->page(user).start;
  } else if (root.pc = spec_.mix.front().second; spec_.mix.size() > 1) {
    const double u = world_.streams_[spec_.mix_stream].uniform();
    std::size_t i = 0;
    while (i + 1 < spec_.mix.size() && u > spec_.mix[i].first) ++i;
    root.pc = spec_.mix[i].second;
  }
  meter_.arrived(now);
  if (world_.spans_ != nullptr) [[unlikely]]
    world_.spans_->begin(root, begun_);
  world_.flow_.run(root);
}

// Of an open loop.
void Workload::arrive() {
  if (!sessions_) [[likely]]
    return launch(0);
  const std::uint32_t visitor = sessions_->take();
  sessions_->enter(visitor, client(0), world_.streams_[spec_.session->stream]);
  launch(visitor);
}

std::uint32_t Workload::client(std::uint32_t user) {
  // Users that a surge adds share the addresses of those that the scenario describes.
  if (spec_.users && user >= spec_.users->most) [[unlikely]]
    user %= spec_.users->most;
  if (spec_.clients.size() <= 1) return spec_.first_client + user;
  return spec_.first_client + user +
         static_cast<std::uint32_t>(spec_.clients.sample(world_.streams_[spec_.client_stream]));
}

Origin Workload::origin(std::uint32_t user) {
  Origin origin{sessions_ ? sessions_->client(user) : client(user), 0};
  if (spec_.body != kNone) {
    const Law& law = world_.blueprint_.plans.laws[spec_.body];
    constexpr double kMost = 0xffffffff;
    origin.body =
        static_cast<std::uint32_t>(std::min(kMost, law.law.sample(world_.streams_[law.stream])));
  }
  return origin;
}

void Workload::complete(Frame& root, Outcome outcome) {
  meter_.ended(world_.engine_.now(), root.arrived, outcome);
  if (SpanRecorder* spans = world_.spans_of(root)) spans->completed(root, outcome);
  const std::uint32_t user = root.user;
  world_.flow_.pool().give_back(root);
  if (sessions_) [[unlikely]] {
    go_on(user, outcome);
  } else if (spec_.users) {
    think(user, spec_.users->think);
  }
}

// A user of a closed loop who leaves begins another session.
void Workload::go_on(std::uint32_t user, Outcome outcome) {
  sim::Stream& stream = world_.streams_[spec_.session->stream];
  const SessionWalk::Move move = sessions_->go_on(user, outcome != Outcome::ok, stream);
  if (spec_.users) {
    if (move.leaves) sessions_->enter(user, sessions_->client(user), stream);
    think(user, move.pause);
  } else if (move.leaves || exhausted()) {
    sessions_->give_back(user);
  } else {
    wait(user, move.pause);
  }
}

void Workload::think(std::uint32_t user, std::uint32_t law) {
  if (user >= wanted_ || exhausted()) {
    active_[user] = 0;
    return;
  }
  wait(user, law);
}

void Workload::wait(std::uint32_t user, std::uint32_t law) {
  Instant at = world_.engine_.now();
  if (law != kNone) {
    const Law& pause = world_.blueprint_.plans.laws[law];
    at = saturating_add(at, pause.law.sample_duration(world_.streams_[pause.stream]));
  }
  world_.engine_.schedule(*this, at, pack(Signal::client, user));
}

void Workload::change_users() {
  const std::vector<UserChange>& changes = spec_.users->changes;
  described_ = changes[next_change_++].users;
  if (next_change_ < changes.size())
    world_.engine_.schedule(*this, changes[next_change_].at, pack(Signal::client, kChange));
  want_users(surge_ == 1 ? described_ : surged_users());
}

void Workload::want_users(std::uint32_t wanted) {
  // Users below the number wanted so far are all in the loop: only the new ones may be missing.
  std::uint32_t user = wanted_;
  wanted_ = wanted;
  if (active_.size() < wanted) active_.resize(wanted, 0);
  for (; user < wanted_ && !exhausted(); ++user) {
    if (active_[user] != 0) continue;
    active_[user] = 1;
    if (sessions_ && !sessions_->knows(user))
      sessions_->enter(user, client(user), world_.streams_[spec_.session->stream]);
    launch(user);
  }
}

void Workload::on_event(sim::Engine&, std::uint64_t data) {
  if (signal_of(data) != Signal::client) {
    world_.flow_.on_signal(signal_of(data), frame_of(data));
  } else if (const std::uint64_t what = number_of(data); what == kArrival) {
    if (!exhausted()) {
      plan_arrival();
      if (surge_ >= 1 || surge_stream_->chance(surge_)) [[likely]] {
        arrive();
      } else {
        ++*surged_;
      }
    }
  } else if (what == kSurge) {
    on_surge();
  } else if (what == kChange) {
    if (!exhausted()) change_users();
  } else if (const auto user = static_cast<std::uint32_t>(what); spec_.arrivals) {
    exhausted() ? sessions_->give_back(user) : launch(user);
  } else if (user < wanted_ && !exhausted()) {
    launch(user);
  } else {
    active_[user] = 0;
  }
  world_.flow_.pump();
}

}  // namespace rehearse::models
