#include "models/gate.hpp"

#include <algorithm>

namespace rehearse::models {
namespace {

std::size_t keys_per_instance(const RateLimitSpec& limit, const ServiceSpec& service,
                              const Blueprint& blueprint) {
  switch (limit.key) {
    case LimitKey::client:
      return std::max<std::size_t>(1, blueprint.clients);
    case LimitKey::endpoint:
      return service.endpoint_count;
    case LimitKey::service:
      return 1;
  }
  return 1;
}

bool applies(const std::vector<bool>& to, std::uint32_t number, bool where_empty) {
  return to.empty() ? where_empty : number < to.size() && to[number];
}

}  // namespace

std::size_t keys_of(const RateLimitSpec& limit, const ServiceSpec& service,
                    const Blueprint& blueprint) {
  return keys_per_instance(limit, service, blueprint) *
         (limit.per_instance ? service.placement.size() : 1);
}

Gate::Gate(const ServiceSpec& service, const Blueprint& blueprint) : service_(service) {
  for (const RateLimitSpec& limit : service.limits)
    limits_.push_back({&limit, keys_per_instance(limit, service, blueprint),
                       policies::KeyedLimiter(limit.limiter, keys_of(limit, service, blueprint))});
}

std::size_t Gate::key_of(const Limit& limit, const Frame& frame, std::uint32_t endpoint) {
  std::size_t key = 0;
  if (limit.spec->key == LimitKey::client) key = frame.origin.client;
  if (limit.spec->key == LimitKey::endpoint) key = endpoint;
  return limit.spec->per_instance ? frame.instance * limit.keys_per_instance + key : key;
}

Gate::Answer Gate::ask(Instant now, const Frame& frame) {
  if (frame.origin.client == Origin::kNobody) return {};
  if (frame.origin.body > service_.body_limit) return {Outcome::refused, {}};
  const std::uint32_t endpoint = frame.endpoint - service_.first_endpoint;
  Answer answer;
  for (Limit& limit : limits_) {
    if (!applies(limit.spec->endpoints, endpoint, true) ||
        applies(limit.spec->exempt, frame.workload, false))
      continue;
    const policies::Verdict verdict = limit.limiter.admit(key_of(limit, frame, endpoint), now);
    if (!verdict.allowed) return {Outcome::limited, {}};
    answer.delay = std::max(answer.delay, verdict.delay);
  }
  return answer;
}

}  // namespace rehearse::models
