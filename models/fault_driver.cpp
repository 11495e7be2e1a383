#include "models/fault_driver.hpp"

#include "models/world.hpp"

namespace rehearse::models {

FaultDriver::FaultDriver(World& world) : world_(world) {
  for (const FaultSpec& spec : world.blueprint().faults)
    active_.push_back({make_fault(world, spec), {}, Instant::never(), 0});
}

void FaultDriver::begin() {
  for (std::size_t i = 0; i < active_.size(); ++i) {
    const spec::FaultPlan& plan = world_.blueprint().faults[i].plan;
    schedule(plan.at ? What::step : What::look, i, plan.at.value_or(kLook));
  }
}

void FaultDriver::schedule(What what, std::size_t fault, Duration after) {
  world_.engine().schedule(*this, saturating_add(world_.engine().now(), after),
                           (static_cast<std::uint64_t>(what) << 32) | fault);
}

void FaultDriver::on_event(sim::Engine&, std::uint64_t data) {
  const std::size_t fault = data & 0xffffffff;
  switch (static_cast<What>(data >> 32)) {
    case What::look:
      look(fault);
      break;
    case What::step:
      step(fault);
      break;
    case What::end:
      end(fault);
      break;
  }
  world_.flow().pump();
}

bool FaultDriver::condition(const FaultSpec& spec) const {
  const spec::Objective& when = *spec.plan.when;
  double value = 0;
  if (spec.watched_workload != kNone) {
    value = static_cast<double>(world_.workload(spec.watched_workload).meter().in_system_now());
  } else if (spec.watched_endpoint != kNone) {
    value = static_cast<double>(world_.endpoint_meter(spec.watched_endpoint).in_system_now());
  } else {
    Service& service = world_.service(spec.watched_service);
    if (when.metric == spec::Metric::utilization) {
      value = static_cast<double>(service.meter().busy_now()) /
              static_cast<double>(service.running_capacity());
    } else if (when.metric == spec::Metric::queue_length) {
      value = static_cast<double>(service.meter().in_queue_now());
    } else {
      const ServiceSpec& of = service.spec();
      for (std::uint32_t e = 0; e < of.endpoint_count; ++e)
        value += static_cast<double>(world_.endpoint_meter(of.first_endpoint + e).in_system_now());
    }
  }
  return spec::satisfies(value, when.op, when.bound);
}

void FaultDriver::look(std::size_t fault) {
  const FaultSpec& spec = world_.blueprint().faults[fault];
  Active& active = active_[fault];
  const Instant now = world_.engine().now();
  if (!condition(spec)) {
    active.true_since = Instant::never();
  } else {
    if (active.true_since == Instant::never()) active.true_since = now;
    if (now - active.true_since >= spec.plan.sustained) return step(fault);
  }
  schedule(What::look, fault, kLook);
}

void FaultDriver::start(std::size_t fault) {
  const FaultSpec& spec = world_.blueprint().faults[fault];
  Active& active = active_[fault];
  active.record.began = world_.engine().now();
  world_.log("fault.began", spec.plan.id, kNone, spec::doc_of(spec.plan.kind).name);
  if (spec.plan.kind == spec::FaultKind::cache_flush) {
    active.record.ended = active.record.began;
  } else if (spec.plan.lasts) {
    schedule(What::end, fault, *spec.plan.lasts);
    if (spec.plan.ramp > Duration::zero())  // the way down
      schedule(What::step, fault, *spec.plan.lasts - spec.plan.ramp);
  }
}

// The way up takes kRampSteps steps, and so does the way down.
void FaultDriver::step(std::size_t fault) {
  const FaultSpec& spec = world_.blueprint().faults[fault];
  Active& active = active_[fault];
  if (active.record.ended != Instant::never()) return;
  const bool first = active.record.began == Instant::never();
  if (first) start(fault);
  const bool ramps = spec.plan.ramp > Duration::zero();
  const std::int64_t of = ramps ? kRampSteps : 1;
  ++active.step;
  const std::int64_t level = active.step <= of ? active.step : 2 * of - active.step;
  if (level > 0) active.fault->apply(world_, static_cast<double>(level) / static_cast<double>(of));
  // At the top it rests until the event of the way down, which start() has planned.
  if (ramps && active.step != of && active.step < 2 * of - 1)
    schedule(What::step, fault, spec.plan.ramp / of);
}

void FaultDriver::end(std::size_t fault) {
  Active& active = active_[fault];
  active.fault->end(world_);
  active.record.ended = world_.engine().now();
  world_.log("fault.ended", world_.blueprint().faults[fault].plan.id, kNone, "");
}

std::vector<FaultRecord> FaultDriver::take_records() {
  std::vector<FaultRecord> records;
  for (Active& active : active_) {
    active.record.touched = active.fault->touched;
    records.push_back(active.record);
  }
  return records;
}

}  // namespace rehearse::models
