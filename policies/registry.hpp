#pragma once
/// The policies of the slow loop that a scenario or a live configuration can name.
/// A new one is a file (pair) and a line in registry.cpp: explicit, since a linker drops objects
/// that only register themselves.

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "base/fields.hpp"
#include "policies/controller.hpp"

namespace rehearse::policies {

struct ControllerKind {
  std::string_view name;     ///< key of its block
  const FieldTable* fields;  ///< what the block has; its doc says what the policy does
  /// Null where there were errors, which are then reported.
  std::unique_ptr<Controller> (*make)(FieldReader& reader);
  /// What it decides on: how many instances a service has, how large these are, how many nodes the
  /// pools of a system have, or something that no entry of `policies:` stands for.
  enum class Sizes : std::uint8_t { nothing, service, instances, nodes } sizes = Sizes::nothing;

  bool scales() const { return sizes == Sizes::service; }
  bool is_hosted() const { return sizes != Sizes::nothing; }
};

/// In alphabetical order.
std::span<const ControllerKind> controller_kinds();
/// Null where there is none of that name.
const ControllerKind* find_controller(std::string_view name);

}  // namespace rehearse::policies
