#include "policies/decaying_histogram.hpp"

#include <algorithm>
#include <cmath>

namespace rehearse::policies {
namespace {

constexpr double kRatio = 1.05;
constexpr double kMostExponent = 100;  // beyond it weights are brought back into range

}  // namespace

DecayingHistogram::DecayingHistogram(const Params& params) : params_(params) {
  REHEARSE_ASSERT(params.first_bucket > 0 && params.most > params.first_bucket);
  weights_.resize(bucket_of(params.most) + 2, 0.0);
}

// Bucket n begins at first × (ratio^n - 1) / (ratio - 1): its size is first × ratio^n.
std::size_t DecayingHistogram::bucket_of(double sample) const {
  if (!(sample >= params_.first_bucket)) return 0;
  const double n = std::log(sample * (kRatio - 1) / params_.first_bucket + 1) / std::log(kRatio);
  const auto bucket = static_cast<std::size_t>(std::min(n, 1e6));
  return weights_.empty() ? bucket : std::min(bucket, weights_.size() - 1);
}

double DecayingHistogram::start_of(std::size_t bucket) const {
  return params_.first_bucket * (std::pow(kRatio, static_cast<double>(bucket)) - 1) / (kRatio - 1);
}

double DecayingHistogram::decayed(Instant at) {
  const auto lives = [&] {
    return (at - reference_).to_seconds() / params_.half_life.to_seconds();
  };
  if (lives() > kMostExponent) {
    const double factor = std::exp2(-lives());
    for (double& weight : weights_) weight *= factor;
    total_ *= factor;
    reference_ = at;
  }
  return std::exp2(lives());
}

void DecayingHistogram::add(double sample, double weight, Instant at) {
  const double added = weight * decayed(at);
  double& bucket = weights_[bucket_of(sample)];
  const double before = bucket;
  bucket = std::max(0.0, bucket + added);
  total_ = std::max(0.0, total_ + bucket - before);
}

double DecayingHistogram::percentile(double q) const {
  if (empty()) return 0;
  double seen = 0;
  std::size_t bucket = 0;
  for (; bucket + 1 < weights_.size(); ++bucket) {
    seen += weights_[bucket];
    if (seen >= q * total_ && weights_[bucket] > 0) break;
  }
  return bucket + 1 < weights_.size() ? start_of(bucket + 1) : start_of(bucket);
}

}  // namespace rehearse::policies
