#include "models/outlier_host.hpp"

#include <array>

#include "models/world.hpp"

namespace rehearse::models {
namespace {

constexpr std::array<std::uint16_t, kOutcomes> kStatus = {200, 500, 504, 503, 503, 429, 403, 0};

}  // namespace

OutlierHost::OutlierHost(World& world, Service& service,
                         const policies::OutlierDetector::Params& params, std::uint32_t stream)
    : world_(world), service_(service), stream_(stream), detector_(params) {
  for (std::uint32_t i = 0; i < service.instances(); ++i)
    if (service.spec().begins_up(i)) detector_.add_host(i);
}

void OutlierHost::begin() {
  world_.engine().schedule(*this, detector_.next_wake(), 0);
}

void OutlierHost::result(std::uint32_t instance, Outcome outcome) {
  const std::uint16_t code = kStatus[static_cast<std::size_t>(outcome)];
  detector_.result(world_.engine().now(),
                   {.host = instance, .code = code, .bits = world_.stream(stream_).bits()},
                   decisions_);
  if (!decisions_.empty()) carry_out();
}

void OutlierHost::health_check_passed(std::uint32_t instance) {
  detector_.health_check_passed(world_.engine().now(), instance, decisions_);
  if (!decisions_.empty()) carry_out();
}

void OutlierHost::set_member(std::uint32_t instance, bool member) {
  if (member) return detector_.add_host(instance);
  detector_.remove_host(instance);
  service_.set_ejected(instance, false);
}

void OutlierHost::on_event(sim::Engine& engine, std::uint64_t) {
  detector_.wake(engine.now(), decisions_);
  carry_out();
  engine.schedule(*this, detector_.next_wake(), 0);
  world_.flow().pump();
}

void OutlierHost::carry_out() {
  for (const policies::Decision& decision : decisions_) {
    const auto* eject = std::get_if<policies::Eject>(&decision.action);
    const std::uint32_t instance =
        eject != nullptr ? eject->host : std::get<policies::Readmit>(decision.action).host;
    world_.log(eject != nullptr ? "instance.ejected" : "instance.readmitted", service_.spec().name,
               instance, decision.because);
    service_.set_ejected(instance, eject != nullptr);
  }
  decisions_.clear();
}

}  // namespace rehearse::models
