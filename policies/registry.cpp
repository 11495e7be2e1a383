#include "policies/registry.hpp"

#include <algorithm>
#include <array>

#include "policies/hpa.hpp"
#include "policies/outlier_detector.hpp"

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

}  // namespace

std::span<const ControllerKind> controller_kinds() {
  static const std::array kKinds{
      kind<Hpa>("hpa"),
      kind<OutlierDetector>("outlier_detection"),
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
