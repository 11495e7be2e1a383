#pragma once
/// What does not fit into three numbers. Private to the files of class Distribution.

#include <cstddef>
#include <vector>

#include "sim/distribution.hpp"

namespace rehearse::sim {

/// Inverse of the gamma distribution as a function of a standard normal quantile z: log X(z) is
/// smooth on both tails, so piecewise cubics over equal steps hold it to a relative error of
/// 5e-9 at shape 0.01, 1e-10 at 0.3 and less above.
class GammaInverse {
 public:
  explicit GammaInverse(double shape);
  /// Sample of scale 1 that is exceeded with probability q in (0, 1].
  double at(double q) const;
  std::size_t memory_bytes() const { return nodes_.capacity() * sizeof(Node); }

 private:
  struct Node {
    double value;  ///< log X
    double slope;  ///< its derivative by z, times the step
  };
  std::vector<Node> nodes_;
};

struct Distribution::Table {
  std::vector<double> sorted;  // empirical: ascending
  struct Part {
    double up_to;  ///< sum of the weights of this and all parts before; the last is 1
    double weight;
    Distribution of;
  };
  std::vector<Part> parts;
  std::optional<GammaInverse> gamma;
  double mean = 0;
  double scv = 0;
};

}  // namespace rehearse::sim
