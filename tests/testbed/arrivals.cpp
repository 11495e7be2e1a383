#include "tests/testbed/arrivals.hpp"

#include <fmt/format.h>

namespace rehearse::testbed {
namespace {

using Kind = models::ArrivalSpec::Kind;

const models::StreamName& stream_of(const models::Scenario& scenario, std::uint32_t workload) {
  return scenario.blueprint.streams[scenario.blueprint.workloads[workload].arrival_stream];
}

}  // namespace

Arrivals::Arrivals(const models::Scenario& scenario, std::uint32_t workload)
    : spec_(*scenario.blueprint.workloads[workload].arrivals),
      stream_({scenario.experiment.seed, 0}, stream_of(scenario, workload).entity,
              stream_of(scenario, workload).purpose) {}

std::string Arrivals::why_not(const models::Scenario& scenario, const std::string& name,
                              std::uint32_t& workload) {
  const auto& all = scenario.blueprint.workloads;
  for (workload = 0; workload < all.size() && all[workload].name != name;) ++workload;
  if (workload == all.size()) return fmt::format("there is no workload '{}'", name);
  const auto& arrivals = all[workload].arrivals;
  if (!arrivals) return fmt::format("'{}' is a closed loop", name);
  const bool plain = arrivals->kind == Kind::poisson || arrivals->kind == Kind::instants ||
                     (arrivals->kind == Kind::rates && arrivals->states.empty());
  return plain
             ? ""
             : fmt::format("'{}' has arrivals of another kind than stages, poisson, replay", name);
}

Instant Arrivals::next() {
  switch (spec_.kind) {
    case Kind::poisson:
      last_ = saturating_add(last_, Duration::from_seconds(stream_.exponential() * spec_.mean_gap));
      return last_;
    case Kind::rates:
      return walk_.next(spec_.segments, stream_.exponential());
    case Kind::instants:
      if (next_instant_ == spec_.instants.size()) return Instant::never();
      return Instant::at_ns(spec_.instants[next_instant_++]);
    default:
      return Instant::never();
  }
}

}  // namespace rehearse::testbed
