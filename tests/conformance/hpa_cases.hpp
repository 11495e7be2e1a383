#pragma once
/// How vectors write pods, samples and rules of the Horizontal Pod Autoscaler.

#include <optional>

#include "policies/hpa_behavior.hpp"
#include "policies/hpa_calculator.hpp"
#include "tests/conformance/vectors.hpp"

namespace rehearse::conformance {

/// Far enough from the start that an age of 1,000,000,000 s ("the zero time") fits.
inline constexpr Instant kNow = Instant::at_ns(2'000'000'000'000'000'000);

inline Instant ago(const json& age) {
  return Instant::at_ns(kNow.ns() - seconds(age).ns());
}

policies::hpa::Pod pod_of(const json& given);
/// The request of a pod of which the containers are given; kNoRequest where one is missing.
std::int64_t request_of(const json& given, const json& container);
/// Whether the pod has that container at all.
bool has_container(const json& given, const json& container);
/// Usage of a pod from that of its containers; nothing where `container` is not among them.
std::optional<std::int64_t> usage_of(const json& containers, const json& container);
policies::hpa::Readiness readiness_of(const json& file);
policies::hpa::Tolerance tolerance_of(const json& given);
/// One direction; what is left out is taken from `fallback`.
policies::hpa::Rules rules_of(const json& given, policies::hpa::Rules fallback);
std::vector<policies::hpa::ScaleEvent> events_of(const json& given);
std::vector<policies::hpa::Recommendation> recommendations_of(const json& given);
/// A whole number of thousandths: a number, or a list of numbers that are added.
std::int64_t total_of(const json& given);

}  // namespace rehearse::conformance
