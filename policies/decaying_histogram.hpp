#pragma once
/// Weighted samples in buckets that grow by 5 %, in which a sample loses half of its weight every
/// `half_life`. Percentiles are the upper ends of their buckets.
/// Units: those of the samples. O(1) to add, O(buckets) to ask; no allocation after construction.
/// Source: Kubernetes Vertical Pod Autoscaler, recommender/util (exponential buckets, ratio 1.05;
/// decaying histogram with half-life 24 h).

#include <vector>

#include "base/time.hpp"

namespace rehearse::policies {

class DecayingHistogram {
 public:
  struct Params {
    double first_bucket = 0.01;
    double most = 1000;
    Duration half_life = Duration::seconds(86400);
  };
  explicit DecayingHistogram(const Params& params);

  void add(double sample, double weight, Instant at);
  /// Takes a sample back that was added with the same arguments.
  void subtract(double sample, double weight, Instant at) { add(sample, -weight, at); }
  /// Of `q` from 0 to 1; zero where it is empty.
  double percentile(double q) const;
  bool empty() const { return total_ <= 1e-9; }

 private:
  std::size_t bucket_of(double sample) const;
  double start_of(std::size_t bucket) const;
  double decayed(Instant at);

  Params params_;
  std::vector<double> weights_;
  double total_ = 0;
  Instant reference_;  // a sample then has its plain weight
};

}  // namespace rehearse::policies
