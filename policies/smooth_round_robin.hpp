#pragma once
/// Smooth weighted round robin: each backend is picked in proportion to its weight, as evenly as
/// possible over time. With weights 5, 1, 1 the order is a a b a c a a, not a a a a a b c. Each
/// pick adds to every backend its weight, takes the largest sum (the first of equals) and takes the
/// total from it. With equal weights this is round robin. O(backends) a pick.
/// Source: nginx 1.24, ngx_http_upstream_get_peer.

#include <algorithm>
#include <cstddef>
#include <vector>

namespace rehearse::policies {

class SmoothRoundRobin {
 public:
  /// So many backends, none of them ahead of the others.
  void reset(std::size_t backends) { current_.assign(backends, 0); }

  /// Place of the next one. REQUIRES: there is one; weight(place) > 0.
  template <class Weight>
  std::size_t next(Weight weight) {
    double total = 0;
    std::size_t best = 0;
    for (std::size_t i = 0; i < current_.size(); ++i) {
      const double own = weight(i);
      current_[i] += own;
      total += own;
      if (current_[i] > current_[best]) best = i;
    }
    current_[best] -= total;
    return best;
  }

 private:
  std::vector<double> current_;
};

}  // namespace rehearse::policies
