#pragma once
/// The units of every kind of quantity, and what people write in their place.

#include <cstdint>
#include <span>
#include <string_view>

namespace rehearse {

struct UnitName {
  std::string_view name;
  std::int64_t factor = 1;  ///< of the base unit (ns, bytes, pieces); seconds per period for rates
};

/// What people write instead, and what to write.
struct UnitAlias {
  std::string_view wrong, right;
};

/// What there is to say about one kind of quantity.
struct QuantityKind {
  std::string_view noun;      ///< "a duration"
  std::string_view examples;  ///< "250ms, 1.5s or 2h30m"
  std::string_view units;     ///< as listed in help
  std::span<const UnitName> names;
  std::span<const UnitAlias> aliases;
};

extern const QuantityKind kDurationKind;
extern const QuantityKind kRateKind;
extern const QuantityKind kRatioKind;
extern const QuantityKind kBytesKind;
extern const QuantityKind kCpuKind;
extern const QuantityKind kCountKind;
extern const QuantityKind kNumberKind;

}  // namespace rehearse
