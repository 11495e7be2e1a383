#pragma once
/// The policies of the slow loop that a scenario or a live configuration can name.
/// A new one is a file (pair) and a line in registry.cpp: explicit, since a linker drops objects
/// that only register themselves.

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
  bool scales = false;  ///< it says how many instances a service is to have
};

/// In alphabetical order.
std::span<const ControllerKind> controller_kinds();
/// Null where there is none of that name.
const ControllerKind* find_controller(std::string_view name);

}  // namespace rehearse::policies
