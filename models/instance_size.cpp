#include "models/instance_size.hpp"

#include <algorithm>
#include <cmath>

#include "models/blueprint.hpp"

namespace rehearse::models {
namespace {

constexpr double kMostUnits = 1e15;  // millicores, bytes: whole numbers to a double

// Of both `reserved` and `limit` whichever is there becomes as much larger as `amount` says.
void scale(double amount, double before, std::int64_t& reserved, std::int64_t& limit) {
  const auto scaled = [&](std::int64_t whole) {
    const double to = std::round(static_cast<double>(whole) * amount / before);
    return static_cast<std::int64_t>(std::clamp(to, 1.0, kMostUnits));
  };
  if (reserved > 0) reserved = scaled(reserved);
  if (limit > 0) limit = scaled(limit);
}

}  // namespace

InstanceSize size_of(const ServiceSpec& spec) {
  return {spec.requests, spec.millicores, static_cast<std::int64_t>(spec.memory.limit)};
}

InstanceSize with_cores(const ServiceSpec& spec, InstanceSize size, double cores) {
  InstanceSize of = size_of(spec);
  scale(cores, of.cores(), of.requests.millicores, of.millicores);
  size.requests.millicores = of.requests.millicores;
  size.millicores = of.millicores;
  return size;
}

InstanceSize with_bytes(const ServiceSpec& spec, InstanceSize size, double bytes) {
  InstanceSize of = size_of(spec);
  scale(bytes, of.bytes(), of.requests.bytes, of.memory_limit);
  size.requests.bytes = of.requests.bytes;
  size.memory_limit = of.memory_limit;
  return size;
}

}  // namespace rehearse::models
