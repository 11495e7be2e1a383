#include "models/availability.hpp"

#include <algorithm>
#include <cmath>

namespace rehearse::models {
namespace {

constexpr std::size_t kMostStates = std::size_t{1} << kExactParts;

// Sums of one state after the other.
class Sums {
 public:
  Sums(const Traffic& usual, const std::vector<PartAvailability>& parts)
      : usual_(usual),
        parts_(parts),
        workloads_(usual.scenario().blueprint.workloads.size(), 0),
        endpoints_(usual.scenario().blueprint.endpoints.size(), 0),
        clients_up_(parts.size(), 0) {
    for (std::uint32_t w = 0; w < workloads_.size(); ++w)
      total_rate_ += usual.workload_rate(w, Level::mean);
  }

  void add(const std::vector<std::size_t>& down);
  ComposedAvailability result() const;

 private:
  const Traffic& usual_;
  const std::vector<PartAvailability>& parts_;
  double total_rate_ = 0;
  double seen_ = 0;  // probability
  double clients_ = 0;
  std::vector<double> workloads_, endpoints_;
  std::vector<double> clients_up_;  // by part: of the states in which it is up
};

void Sums::add(const std::vector<std::size_t>& down) {
  double probability = 1;
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    const bool is_down = std::binary_search(down.begin(), down.end(), i);
    probability *= is_down ? 1 - parts_[i].availability : parts_[i].availability;
  }
  if (probability <= 0) return;
  seen_ += probability;
  std::vector<const Part*> outage;
  for (const std::size_t i : down) outage.push_back(&parts_[i].part);
  const Traffic traffic(usual_, while_down(usual_, outage));
  double clients = 0;
  for (std::uint32_t w = 0; w < workloads_.size(); ++w) {
    const double success = 1 - traffic.request(w).failure;
    workloads_[w] += probability * success;
    if (total_rate_ > 0) clients += usual_.workload_rate(w, Level::mean) / total_rate_ * success;
  }
  for (std::uint32_t e = 0; e < endpoints_.size(); ++e)
    endpoints_[e] += probability * (1 - traffic.endpoint(e).failure);
  clients_ += probability * clients;
  for (std::size_t i = 0; i < parts_.size(); ++i)
    if (!std::binary_search(down.begin(), down.end(), i)) clients_up_[i] += probability * clients;
}

ComposedAvailability Sums::result() const {
  const double unseen = std::max(0.0, 1 - seen_ - 1e-15 * static_cast<double>(kMostStates));
  const auto bounds = [&](double sum) {
    sum = std::min(sum, 1.0);
    return Bounds{sum, std::min(1.0, sum + unseen)};
  };
  ComposedAvailability composed;
  for (const double sum : workloads_) composed.workloads.push_back(bounds(sum));
  for (const double sum : endpoints_) composed.endpoints.push_back(bounds(sum));
  composed.clients = bounds(clients_);
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    const double up = parts_[i].availability;
    composed.gains.push_back(up > 0 ? std::max(0.0, clients_up_[i] / up - clients_) : 0);
  }
  return composed;
}

// The next set of that many numbers below n, in lexical order; false after the last.
bool next_set(std::vector<std::size_t>& set, std::size_t n) {
  for (std::size_t i = set.size(); i-- > 0;) {
    if (set[i] + (set.size() - i) >= n) continue;
    ++set[i];
    for (std::size_t j = i + 1; j < set.size(); ++j) set[j] = set[j - 1] + 1;
    return true;
  }
  return false;
}

double sets_of(std::size_t size, std::size_t n) {
  double count = 1;
  for (std::size_t i = 0; i < size; ++i)
    count *= static_cast<double>(n - i) / static_cast<double>(i + 1);
  return std::round(count);
}

}  // namespace

ComposedAvailability compose_availability(const Traffic& usual,
                                          const std::vector<PartAvailability>& parts) {
  Sums sums(usual, parts);
  double states = 0;
  for (std::size_t size = 0; size <= parts.size(); ++size) {
    states += sets_of(size, parts.size());
    if (size > 1 && states > static_cast<double>(kMostStates)) break;
    std::vector<std::size_t> down(size);
    for (std::size_t i = 0; i < size; ++i) down[i] = i;
    do {
      sums.add(down);
    } while (next_set(down, parts.size()));
  }
  return sums.result();
}

}  // namespace rehearse::models
