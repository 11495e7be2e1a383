#pragma once
/// Distributions of durations and of plain numbers, sampled by inverse transform wherever one draw
/// is enough, so that a common random number gives a monotone answer: every kind falls as the draw
/// rises, as -log(u) does. Our own, as those of the standard library differ between libraries and
/// would make results depend on them.
/// Value type, immutable after construction, safe to share between threads.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/fields.hpp"
#include "base/spec_node.hpp"
#include "base/time.hpp"
#include "sim/random.hpp"
#include "sim/zipf.hpp"

namespace rehearse::sim {

class Distribution {
 public:
  enum class Kind : std::uint8_t {
    constant,
    uniform,
    exponential,
    normal,  ///< truncated at zero: the law of a positive result, not clipped, not redrawn
    lognormal,
    gamma,  ///< by a table of the inverse, relative error below 5e-9
    weibull,
    pareto,            ///< support [scale, inf)
    hyperexponential,  ///< balanced means, by mean and scv >= 1; two draws
    empirical,  ///< linear interpolation of the inverse of the sample's distribution function
    mixture,    ///< one draw to choose, then those of the part
  };

  Distribution() = default;  ///< constant zero
  // Parameters in seconds where they are times. REQUIRES: finite; times, cv and deviation >= 0,
  // shapes > 0, low <= high, median > 0, p99 >= median, scv >= 1. Degenerate cases (deviation 0,
  // p99 = median, shape 1 ...) become the simpler kind that they are.
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
  static Distribution empirical(std::vector<double> samples);  ///< REQUIRES: one or more
  /// Weights are positive and in any scale.
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
  /// Exceeded with probability q, in [2^-53, 1]: what sample() gives for a draw of q.
  double upper_quantile(double q) const;
  double share_above(double x) const;  ///< P(X > x)
  bool is_zero() const { return kind_ == Kind::constant && a_ == 0; }
  bool is_constant() const { return kind_ == Kind::constant; }
  std::string describe() const;  ///< "exponential, mean 100ms"
  std::size_t memory_bytes() const;

 private:
  Distribution(Kind kind, double a, double b = 0, double c = 0)
      : kind_(kind), a_(a), b_(b), c_(c) {}
  double sample_other(Stream& stream) const;
  double invert_share_above(double q) const;
  Kind kind_ = Kind::constant;
  // constant: value · uniform: low, high · exponential: mean · normal: mean, deviation, P(positive)
  // lognormal: mean and deviation of the logarithm · gamma: shape, scale
  // weibull, pareto: shape, scale, 1 / shape · hyperexponential: P(first phase), two means
  double a_ = 0;
  double b_ = 0;
  double c_ = 0;
  struct Table;                         // gamma, empirical, mixture
  std::shared_ptr<const Table> table_;  // immutable, shared by copies
};

/// Text of a sample file, or the reason why it cannot be read.
struct SampleText {
  std::optional<std::string> text;
  std::string problem;
};
/// How `empirical: {file: ...}` gets at files: passed from above, so that this folder, tests and
/// fuzzing touch no disk. Paths are as written, after the folder of the file that names them.
using SampleFiles = std::function<SampleText(const std::string& path)>;

/// Reads a duration or a distribution of durations:
///   250ms · {exponential: 100ms} · {uniform: [1ms, 3ms]} · {normal: {mean: 5ms, deviation: 1ms}}
///   {lognormal: {median: 2ms, p99: 8ms}} · {lognormal: {mean: 2ms, cv: 1.5}}
///   {gamma: {shape: 4, mean: 1s}} · {weibull: {shape: 0.5, scale: 1s}}
///   {pareto: {shape: 2.5, scale: 1ms}} · {hyperexponential: {mean: 1s, scv: 4}}
///   {empirical: [1ms, 2ms, 9ms]} · {empirical: {file: x.csv, column: latency, unit: ms}}
///   {mixture: [{weight: 99.9%, of: {exponential: 0.1ms}}, {weight: 0.1%, of: {exponential:
///   10ms}}]}
/// Errors ("bad-distribution", "bad-sample-file", "unreadable-file", those of FieldReader) go to
/// `out`; the result is then constant zero. Without `files` a sample file is an error.
Distribution read_distribution(const SpecNode& node, const std::string& what, Diagnostics& out,
                               const SampleFiles& files = {});

/// The keys above: child table of fields of type `distribution`, for reference page and schema.
extern const FieldTable kDistributionFields;

}  // namespace rehearse::sim
