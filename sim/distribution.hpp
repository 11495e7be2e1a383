#pragma once
/// Distributions of durations and of plain numbers, sampled by inverse transform wherever one draw
/// is enough, so that a common random number gives a monotone answer. Our own, as those of the
/// standard library differ between libraries and would make results depend on them.
/// Value type, immutable after construction, safe to share between threads.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/fields.hpp"
#include "base/spec_node.hpp"
#include "base/time.hpp"
#include "sim/random.hpp"

namespace rehearse::sim {

class Distribution {
 public:
  enum class Kind : std::uint8_t {
    constant,
    uniform,
    exponential,
    normal,  ///< truncated at zero: redrawn by inverse transform on the positive part
    lognormal,
    gamma,
    weibull,
    pareto,            ///< Lomax if shifted: support [scale, inf)
    hyperexponential,  ///< balanced means, by mean and scv >= 1
    empirical,         ///< linear interpolation of the inverse of the sample's distribution function
    mixture,
  };

  Distribution() = default;  ///< constant zero
  static Distribution constant(double seconds);
  static Distribution exponential(double mean);
  static Distribution uniform(double low, double high);
  static Distribution normal(double mean, double deviation);  ///< of the untruncated law
  static Distribution lognormal_median_p99(double median, double p99);
  static Distribution lognormal_mean_cv(double mean, double cv);
  static Distribution gamma(double shape, double mean);
  static Distribution weibull(double shape, double scale);
  static Distribution pareto(double shape, double scale);
  static Distribution hyperexponential(double mean, double scv);
  static Distribution empirical(std::vector<double> samples);
  static Distribution mixture(std::vector<std::pair<double, Distribution>> weighted);

  /// A sample in seconds. Allocates nothing. The two hottest kinds are inline.
  double sample(Stream& stream) const {
    if (kind_ == Kind::constant) return a_;
    if (kind_ == Kind::exponential) return a_ * stream.exponential();
    return sample_other(stream);
  }
  Duration sample_duration(Stream& stream) const { return Duration::from_seconds(sample(stream)); }

  Kind kind() const { return kind_; }
  double mean() const;
  double scv() const;  ///< squared coefficient of variation; infinite where the variance is
  double quantile(double p) const;  ///< p in (0, 1)
  bool is_zero() const { return kind_ == Kind::constant && a_ == 0; }
  bool is_constant() const { return kind_ == Kind::constant; }
  std::string describe() const;  ///< "exponential, mean 100ms"
  size_t memory_bytes() const;

 private:
  double sample_other(Stream& stream) const;
  Kind kind_ = Kind::constant;
  double a_ = 0;
  double b_ = 0;
  struct Table;                        // empirical, mixture
  std::shared_ptr<const Table> table_;  // immutable, shared by copies
};

/// Ranks 0 .. n-1 with probability proportional to 1 / (rank + 1)^alpha; alpha >= 0; n <= 2^32 - 1.
/// O(1) per draw by Walker's alias method up to 2^22 ranks, rejection-inversion beyond (W. Hoermann,
/// G. Derflinger, "Rejection-inversion to generate variates from monotone discrete distributions",
/// 1996), so that memory stays bounded.
class Zipf {
 public:
  Zipf() = default;
  Zipf(std::uint64_t n, double alpha);
  std::uint64_t sample(Stream& stream) const;
  std::uint64_t size() const { return n_; }
  double alpha() const { return alpha_; }
  double probability(std::uint64_t rank) const;
  size_t memory_bytes() const;

 private:
  std::uint64_t n_ = 1;
  double alpha_ = 0;
  struct Alias;
  std::shared_ptr<const Alias> alias_;
  double norm_ = 1;         // sum of 1 / k^alpha
  double h_x1_ = 0, h_n_ = 0, s_ = 0;  // rejection-inversion
};

/// Loads sample files for `empirical: {file: ..., column: ...}`. Injected for tests and fuzzing.
class SampleFiles;

/// Reads a duration or a distribution of durations:
///   250ms · {exponential: 100ms} · {uniform: [1ms, 3ms]} · {normal: {mean: 5ms, deviation: 1ms}}
///   {lognormal: {median: 2ms, p99: 8ms}} · {lognormal: {mean: 2ms, cv: 1.5}}
///   {gamma: {shape: 4, mean: 1s}} · {weibull: {shape: 0.5, scale: 1s}}
///   {pareto: {shape: 2.5, scale: 1ms}} · {hyperexponential: {mean: 1s, scv: 4}}
///   {empirical: [1ms, 2ms, 9ms]} · {empirical: {file: x.csv, column: latency, unit: ms}}
///   {mixture: [{weight: 99.9%, of: {exponential: 0.1ms}}, {weight: 0.1%, of: {exponential: 10ms}}]}
/// Errors go to `out`; the result is then constant zero. Files are relative to `base_folder`.
Distribution read_distribution(const SpecNode& node, const std::string& what, Diagnostics& out,
                               const std::string& base_folder = ".");

extern const FieldTable kDistributionFields;

}  // namespace rehearse::sim
