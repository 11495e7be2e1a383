#include "policies/registry.hpp"

#include <algorithm>
#include <array>

#include "policies/hpa.hpp"
#include "policies/keda.hpp"
#include "policies/node_pools.hpp"
#include "policies/outlier_detector.hpp"
#include "policies/predictive.hpp"
#include "policies/scheduled.hpp"
#include "policies/step_rules.hpp"
#include "policies/step_scaling.hpp"
#include "policies/target_tracking.hpp"
#include "policies/vertical.hpp"

namespace rehearse::policies {
namespace {

template <class Policy>
std::unique_ptr<Controller> make(FieldReader& reader) {
  auto params = Policy::read(reader);
  if (!params) return nullptr;
  return std::make_unique<Policy>(*std::move(params));
}

template <class Policy>
ControllerKind kind(std::string_view name) {
  return {name, &Policy::fields(), &make<Policy>};
}

template <class Policy>
ControllerKind sizing(std::string_view name, ControllerKind::Sizes what) {
  ControllerKind made = kind<Policy>(name);
  made.sizes = what;
  return made;
}

template <class Policy>
ControllerKind scaling(std::string_view name) {
  return sizing<Policy>(name, ControllerKind::Sizes::service);
}

}  // namespace

std::span<const ControllerKind> controller_kinds() {
  static const std::array kKinds{
      scaling<Hpa>("hpa"),
      scaling<Keda>("keda"),
      sizing<NodePools>("node_pools", ControllerKind::Sizes::nodes),
      kind<OutlierDetector>("outlier_detection"),
      scaling<Predictive>("predictive"),
      scaling<Scheduled>("scheduled"),
      scaling<StepRules>("step_rules"),
      scaling<StepScaling>("step_scaling"),
      scaling<TargetTracking>("target_tracking"),
      sizing<Vertical>("vertical", ControllerKind::Sizes::instances),
  };
  return kKinds;
}

const ControllerKind* find_controller(std::string_view name) {
  const auto kinds = controller_kinds();
  const auto found = std::find_if(kinds.begin(), kinds.end(),
                                  [&](const ControllerKind& kind) { return kind.name == name; });
  return found == kinds.end() ? nullptr : &*found;
}

}  // namespace rehearse::policies
