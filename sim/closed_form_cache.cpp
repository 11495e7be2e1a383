#include <algorithm>
#include <cmath>
#include <functional>
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

struct Root {
  double time = 0;
  double hit_ratio = 0;
};

/// Finds the characteristic time at which the expected number of cached items equals `slots`, and
/// the hit ratio there; infinite and 1 where all fit. The number is a concave function of time that
/// lies below time itself, so Newton's method from time = slots climbs to the root without passing
/// it.
Root che(const std::vector<double>& probabilities, double slots, Occupancy (*occupancy)(double)) {
  REHEARSE_ASSERT(slots >= 0);
  const double total = std::accumulate(probabilities.begin(), probabilities.end(), 0.0);
  const auto requested =
      std::count_if(probabilities.begin(), probabilities.end(), [](double p) { return p > 0; });
  if (total <= 0 || slots <= 0) return {};
  if (slots >= static_cast<double>(requested)) return {std::numeric_limits<double>::infinity(), 1};
  constexpr int kMaxSteps = 200;  // converges quadratically; some ten steps are usual
  double time = slots;
  double hit_ratio = 0;
  for (int step = 0; step < kMaxSteps; ++step) {
    double cached = 0;
    double slope = 0;
    hit_ratio = 0;
    for (const double weight : probabilities) {
      const double p = weight / total;
      const Occupancy o = occupancy(p * time);
      cached += o.value;
      slope += p * o.slope;
      hit_ratio += p * o.value;
    }
    const double move = (slots - cached) / slope;
    time += move;
    if (std::fabs(move) <= 1e-12 * time) break;
  }
  return {time, hit_ratio};
}

}  // namespace

std::vector<double> che_occupancy(const std::vector<double>& probabilities, double slots,
                                  bool lru) {
  const auto occupancy = lru ? lru_occupancy : fifo_occupancy;
  const double total = std::accumulate(probabilities.begin(), probabilities.end(), 0.0);
  const double time = che(probabilities, slots, occupancy).time;
  std::vector<double> held;
  held.reserve(probabilities.size());
  for (const double weight : probabilities) {
    const bool all = std::isinf(time) && weight > 0;
    held.push_back(all ? 1 : weight > 0 ? occupancy(weight / total * time).value : 0);
  }
  return held;
}

double che_lru(const std::vector<double>& probabilities, double slots) {
  return che(probabilities, slots, lru_occupancy).hit_ratio;
}

double che_fifo(const std::vector<double>& probabilities, double slots) {
  return che(probabilities, slots, fifo_occupancy).hit_ratio;
}

double perfect_lfu(const std::vector<double>& probabilities, double slots) {
  REHEARSE_ASSERT(slots >= 0);
  const double total = std::accumulate(probabilities.begin(), probabilities.end(), 0.0);
  if (total <= 0) return 0;
  if (slots >= static_cast<double>(probabilities.size())) return 1;
  std::vector<double> sorted = probabilities;
  const auto whole = static_cast<std::ptrdiff_t>(slots);
  const auto last = sorted.begin() + whole;
  std::nth_element(sorted.begin(), last, sorted.end(), std::greater<>());
  const double held = std::accumulate(sorted.begin(), last, 0.0);
  return (held + (slots - static_cast<double>(whole)) * *last) / total;
}

double ttl_hit_ratio(double rate, double ttl, bool renewed) {
  REHEARSE_ASSERT(rate >= 0 && ttl >= 0);
  const double requests = rate * ttl;
  return renewed ? -std::expm1(-requests) : requests / (1 + requests);
}

}  // namespace rehearse::sim
