#include <algorithm>
#include <deque>

#include "models/faults/fault.hpp"
#include "models/world.hpp"

/// dependency.errors: a share of the requests to some endpoints is answered with an error on
/// arrival, without queueing and without work.

namespace rehearse::models {
namespace {

class DependencyErrors final : public Fault {
 public:
  DependencyErrors(World& world, const FaultSpec& spec) : spec_(spec) {
    for (const std::uint32_t endpoint : spec.endpoints)
      sources_.push_back({endpoint, 0, &world.stream(spec.stream), &touched});
  }

  void apply(World& world, double intensity) override {
    for (Service::ErrorSource& source : sources_) {
      if (source.rate == 0) sources_at(world, source).push_back(&source);
      source.rate = spec_.plan.strength * intensity;
    }
  }
  void end(World& world) override {
    for (Service::ErrorSource& source : sources_) {
      std::erase(sources_at(world, source), &source);
      source.rate = 0;
    }
  }

 private:
  static std::vector<Service::ErrorSource*>& sources_at(World& world,
                                                        const Service::ErrorSource& source) {
    return world.service(world.blueprint().endpoints[source.endpoint].service).error_sources();
  }
  const FaultSpec& spec_;
  std::deque<Service::ErrorSource> sources_;  // addresses stay
};

}  // namespace

std::unique_ptr<Fault> make_dependency_errors(World& world, const FaultSpec& spec) {
  return std::make_unique<DependencyErrors>(world, spec);
}

}  // namespace rehearse::models
