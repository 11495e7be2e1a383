#include "models/service.hpp"

#include <cmath>

#include "models/instance_set.hpp"
#include "models/world.hpp"

/// How instances stop, start, slow down and are found ready.

namespace rehearse::models {

void Service::take_down(std::uint32_t number, bool mute) {
  Instance& instance = instances_[number];
  ++instance.down;
  ++instance.life;
  instance.mute = mute;
  // The node sees a process end at once; a node that is gone itself is found out by probes alone.
  if (!mute && world_.watches(number_)) set_ready(number, false);
  if (set_ != nullptr) set_->changed(number);
  if (instance.down > 1) return;
  hold_base(-1);
  world_.log("instance.stopped", spec_.name, number, mute ? "silent" : "connections refused");
  world_.instance_stopped(number_, number);
}

void Service::bring_up(std::uint32_t number) {
  Instance& instance = instances_[number];
  REHEARSE_ASSERT(instance.down > 0);
  instance.mute = false;
  if (set_ != nullptr) set_->starts(number);
  if (instance.down > 1 || spec_.startup == kNone) return on_up(number);
  const Law& law = world_.blueprint_.plans.laws[spec_.startup];
  const Duration time = law.law.sample_duration(world_.streams_[law.stream]);
  world_.engine_.schedule(*this, saturating_add(world_.engine_.now(), time),
                          pack(Signal::up, number));
}

void Service::on_up(std::uint32_t number) {
  Instance& instance = instances_[number];
  if (--instance.down > 0) {
    if (set_ != nullptr) set_->changed(number);
    return;
  }
  hold_base(1);
  if (set_ == nullptr || !set_->is_starting(number)) meter_.started();  // again
  world_.log("instance.started", spec_.name, number, "");
  world_.instance_started(number_, number);
  if (set_ != nullptr) set_->changed(number);
}

void Service::set_ready(std::uint32_t number, bool ready) {
  if (set_ != nullptr) {
    ready = ready && set_->takes_work(number);
    set_->rotated(number, ready);
  }
  instances_[number].ready = ready;
  const std::size_t before = balancer_.in_rotation();
  rotate(number);
  if (balancer_.in_rotation() != before)
    world_.log(ready ? "instance.ready" : "instance.unready", spec_.name, number, "");
  if (ready && outliers_ != nullptr) outliers_->health_check_passed(number);
}

void Service::rotate(std::uint32_t number) {
  const bool in = instances_[number].ready && !instances_[number].ejected;
  balancer_.set_in_rotation(number, in);
  if (backends_ != nullptr) backends_->set_in_rotation(number, in, world_.engine_.now());
}

void Service::set_ejected(std::uint32_t number, bool ejected) {
  if (instances_[number].ejected == ejected) return;
  instances_[number].ejected = ejected;
  rotate(number);
}

void Service::set_member(std::uint32_t number, bool member) {
  if (outliers_ != nullptr) outliers_->set_member(number, member);
  if (backends_ != nullptr) backends_->set_member(number, member);
}

// Places that nobody is in yet.
void Service::take_absent_down() {
  usage_ = std::make_unique<InstanceUsage>(instances_.size());
  for (std::uint32_t i = 0; i < instances_.size(); ++i) {
    if (spec_.begins_up(i)) continue;
    instances_[i].down = 1;
    instances_[i].ready = false;
    balancer_.set_in_rotation(i, false);
    if (backends_ != nullptr) {
      backends_->set_in_rotation(i, false, Instant::start());
      backends_->set_member(i, false);
    }
    hold_base(-1);
    count_present(i, -1);
  }
}

void Service::count_present(std::uint32_t number, std::int64_t sign) {
  const Instant now = world_.engine_.now();
  meter_.present(now, sign);
  meter_.allowed(now, sign * capacity_of(number), sign * sizes_[number].memory_limit);
}

void Service::give_size(std::uint32_t number, const InstanceSize& size) {
  REHEARSE_ASSERT(is_down(number));
  sizes_[number] = size;
  if (!instances_[number].cores) return;
  const double cores = static_cast<double>(size.millicores) * 1e-3;
  if (spec_.cpu_period > Duration::zero()) {
    // On a node with cores enough for it.
    instances_[number].cores->resize(std::max(spec_.cpu_burst * 1e-3, std::ceil(cores)),
                                     cores * spec_.cpu_period.to_seconds());
  } else {
    instances_[number].cores->resize(cores, 0);
  }
}

void Service::note_idle(std::uint32_t instance) {
  if (balancer_.outstanding(instance) == 0) set_->idle(instance);
}

void Service::turn_away(Frame& frame, Instance& instance) {
  if (!instance.mute) return reply(frame, Outcome::error);
  answered(frame.instance);
  world_.flow_.pool().give_back(frame);
}

void Service::forget_work(std::uint32_t number) {
  Instance& instance = instances_[number];
  const Instant now = world_.engine_.now();
  REHEARSE_ASSERT(instance.line.size() == 0);
  if (instance.cores) {
    busied(now, number, -instance.cores->busy_millicores());
    instance.cores->clear(now);
    instance.cores->planned = Instant::never();
  } else if (instance.busy > 0) {
    busied(now, number, -static_cast<std::int64_t>(instance.busy));
  }
  instance.busy = 0;
  ++instance.epoch;
  if (!adaptive_.empty()) adaptive_[number] = AdaptiveLimit(spec_.adaptive);
  if (spec_.locks && number == primary()) world_.flow_.forget_locks(number_);
  world_.instance_died(number_, number);
}

bool Service::store(std::uint64_t bytes) {
  if (spec_.disk == 0) return true;
  constexpr double kHigh = 0.8;  // of the disk: what monitoring warns of
  if (stored_ + bytes > spec_.disk) {
    if (!disk_full_) world_.log("storage.full", spec_.name, kNone, "");
    disk_full_ = true;
    return false;
  }
  const double high = kHigh * static_cast<double>(spec_.disk);
  if (static_cast<double>(stored_) <= high && static_cast<double>(stored_ + bytes) > high)
    world_.log("storage.high", spec_.name, kNone, "80%");
  fill_disk(stored_ + bytes);
  return true;
}

void Service::fill_disk(std::uint64_t bytes) {
  stored_ = bytes;
  const double share = static_cast<double>(bytes) / static_cast<double>(spec_.disk);
  meter_.stored(static_cast<std::uint64_t>(share * 1e9));
}

void Service::lose(Frame& frame, bool answer) {
  if (answer) return respond(frame, Outcome::error);
  const Instant now = world_.engine_.now();
  if (spec_.memory.limit > 0) free_memory(frame);
  world_.endpoint_meters_[frame.endpoint].ended(now, frame.arrived, Outcome::error);
  if (usage_ != nullptr) usage_->ended(frame.instance, now - frame.arrived, false);
  if (Meter* region = region_meter(frame)) region->ended(now, frame.arrived, Outcome::error);
  answered(frame.instance);
  world_.flow_.pool().give_back(frame);
}

void Service::slow_down(std::uint32_t number, double before, double after) {
  Instance& instance = instances_[number];
  const bool was = instance.slowness != 1;
  double factor = instance.slowness / before * after;
  if (std::abs(factor - 1) < 1e-9) factor = 1;  // what rounding leaves of it
  instance.slowness = factor;
  if (was != (factor != 1)) world_.slow_instances_ += was ? -1 : 1;
  if (!instance.cores) return;
  instance.cores->set_speed(world_.engine_.now(), 1 / factor);
  plan_cpu(instance, number);
}

void Service::stand(std::uint32_t number, bool still) {
  Instance& instance = instances_[number];
  if (!instance.cores) return;
  const Instant now = world_.engine_.now();
  const std::int64_t before = instance.cores->busy_millicores();
  instance.cores->stand(now, still);
  busied(now, number, instance.cores->busy_millicores() - before);
  plan_cpu(instance, number);
}

bool Service::injected_error(const Frame& frame) {
  for (const ErrorSource* source : error_sources_) {
    if (source->endpoint != frame.endpoint || !source->stream->chance(source->rate)) continue;
    ++*source->touched;
    return true;
  }
  return false;
}

}  // namespace rehearse::models
