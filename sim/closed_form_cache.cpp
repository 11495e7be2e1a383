#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/assert.hpp"
#include "sim/closed_form.hpp"

namespace rehearse::sim {
namespace {

/// Chance that an item is in the cache, and its derivative by the product of probability and time.
struct Occupancy {
  double value;
  double slope;
};
Occupancy lru_occupancy(double x) {
  return {-std::expm1(-x), std::exp(-x)};
}
Occupancy fifo_occupancy(double x) {
  return {x / (1 + x), 1 / ((1 + x) * (1 + x))};
}

double total_weight(const Items& items) {
  double sum = 0;
  for (std::size_t i = 0; i < items.weights.size(); ++i) sum += items.weights[i] * items.count(i);
  return sum;
}

struct Root {
  double time = 0;
  double hit_ratio = 0;
};

/// Finds the characteristic time at which the expected number of cached items equals `slots`, and
/// the hit ratio there; infinite and 1 where all fit. The number is a concave function of time that
/// lies below time itself, so Newton's method from time = slots climbs to the root without passing
/// it.
Root che(const Items& items, double slots, Occupancy (*occupancy)(double)) {
  REHEARSE_ASSERT(slots >= 0);
  const double total = total_weight(items);
  double requested = 0;
  for (std::size_t i = 0; i < items.weights.size(); ++i)
    if (items.weights[i] > 0) requested += items.count(i);
  if (total <= 0 || slots <= 0) return {};
  if (slots >= requested) return {std::numeric_limits<double>::infinity(), 1};
  constexpr int kMaxSteps = 200;  // converges quadratically; some ten steps are usual
  double time = slots;
  double hit_ratio = 0;
  for (int step = 0; step < kMaxSteps; ++step) {
    double cached = 0;
    double slope = 0;
    hit_ratio = 0;
    for (std::size_t i = 0; i < items.weights.size(); ++i) {
      const double p = items.weights[i] / total;
      const double n = items.count(i);
      const Occupancy o = occupancy(p * time);
      cached += n * o.value;
      slope += n * p * o.slope;
      hit_ratio += n * p * o.value;
    }
    const double move = (slots - cached) / slope;
    time += move;
    if (std::fabs(move) <= 1e-12 * time) break;
  }
  return {time, hit_ratio};
}

}  // namespace

std::vector<double> che_occupancy(const Items& items, double slots, bool lru) {
  const auto occupancy = lru ? lru_occupancy : fifo_occupancy;
  const double total = total_weight(items);
  const double time = che(items, slots, occupancy).time;
  std::vector<double> held;
  held.reserve(items.weights.size());
  for (const double weight : items.weights) {
    const bool all = std::isinf(time) && weight > 0;
    held.push_back(all ? 1 : weight > 0 ? occupancy(weight / total * time).value : 0);
  }
  return held;
}

double che_lru(const Items& items, double slots) {
  return che(items, slots, lru_occupancy).hit_ratio;
}

double che_fifo(const Items& items, double slots) {
  return che(items, slots, fifo_occupancy).hit_ratio;
}

std::vector<double> perfect_occupancy(const Items& items, double slots) {
  REHEARSE_ASSERT(slots >= 0);
  std::vector<std::size_t> order(items.weights.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return items.weights[a] > items.weights[b];
  });
  std::vector<double> held(order.size(), 0);
  for (const std::size_t i : order) {
    held[i] = std::clamp(slots / items.count(i), 0.0, 1.0);
    slots -= items.count(i);
  }
  return held;
}

double perfect_lfu(const Items& items, double slots) {
  const double total = total_weight(items);
  if (total <= 0) return 0;
  const std::vector<double> held = perfect_occupancy(items, slots);
  double hits = 0;
  for (std::size_t i = 0; i < held.size(); ++i) hits += items.weights[i] * items.count(i) * held[i];
  return hits / total;
}

double ttl_hit_ratio(double rate, double ttl, bool renewed) {
  REHEARSE_ASSERT(rate >= 0 && ttl >= 0);
  const double requests = rate * ttl;
  return renewed ? -std::expm1(-requests) : requests / (1 + requests);
}

}  // namespace rehearse::sim
