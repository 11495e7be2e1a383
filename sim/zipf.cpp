#include "sim/zipf.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "base/assert.hpp"

namespace rehearse::sim {
namespace {

double power(double x, double exponent) {
  return portable_exp(exponent * portable_log(x));
}

/// (e^t - 1) / t and log(1 + t) / t, by their series near zero.
double relative_expm1(double t) {
  if (std::fabs(t) < 1e-3) return 1 + t / 2 * (1 + t / 3 * (1 + t / 4 * (1 + t / 5)));
  return (portable_exp(t) - 1) / t;
}
double relative_log1p(double t) {
  if (std::fabs(t) < 1e-3) return 1 - t * (1.0 / 2 - t * (1.0 / 3 - t * (1.0 / 4 - t / 5)));
  return portable_log(1 + t) / t;
}

/// Sum of k^-alpha for k = 1 .. n: the first terms one by one, the rest by Euler and Maclaurin.
double harmonic(std::uint64_t n, double alpha) {
  constexpr std::uint64_t kDirect = 1024;
  double sum = 0;
  const std::uint64_t last = std::min(n, kDirect);
  for (std::uint64_t k = last; k >= 1; --k) sum += power(static_cast<double>(k), -alpha);
  if (n <= kDirect) return sum;
  const auto a = static_cast<double>(kDirect);
  const auto b = static_cast<double>(n);
  const double stretch = portable_log(b / a);
  const double integral = power(a, 1 - alpha) * relative_expm1((1 - alpha) * stretch) * stretch;
  const double ends = (power(b, -alpha) - power(a, -alpha)) / 2;
  const double slopes = alpha * (power(a, -alpha - 1) - power(b, -alpha - 1)) / 12;
  return sum + integral + ends + slopes;
}

}  // namespace

struct Zipf::Alias {
  struct Cell {
    std::uint32_t keep = 0;  ///< the cell's own rank is kept below this fraction of 2^32
    std::uint32_t other = 0;
  };
  Alias(std::uint64_t n, double alpha);
  std::vector<Cell> cells;
};

/// M. Vose's construction (1991). Probabilities fall with the rank, so that cells that give are the
/// first and cells that lack are the last ones: two positions take the place of his work lists.
Zipf::Alias::Alias(std::uint64_t n, double alpha) : cells(n) {
  std::vector<double> load(n);
  double total = 0;
  for (std::uint64_t i = n; i-- > 0;) total += load[i] = power(static_cast<double>(i + 1), -alpha);
  for (double& l : load) l *= static_cast<double>(n) / total;
  for (std::uint32_t i = 0; i < n; ++i) cells[i] = {std::numeric_limits<std::uint32_t>::max(), i};
  std::uint32_t giver = 0;
  const auto fill = [&](std::uint32_t cell) {
    const double own = std::max(load[cell], 0.0);
    cells[cell] = {static_cast<std::uint32_t>(own * 0x1.0p32), giver};
    load[giver] -= 1 - own;
  };
  for (auto last = static_cast<std::uint32_t>(n) - 1; last > giver && load[last] < 1; --last) {
    fill(last);
    while (load[giver] < 1 && giver + 1 < last) {  // it gave too much: the next one fills it
      ++giver;
      fill(giver - 1);
    }
  }
}

Zipf::Zipf(std::uint64_t n, double alpha) : n_(n), alpha_(alpha) {
  REHEARSE_ASSERT(n >= 1 && n <= std::numeric_limits<std::uint32_t>::max());
  REHEARSE_ASSERT(alpha >= 0 && std::isfinite(alpha));
  if (alpha == 0) {
    norm_ = static_cast<double>(n);
    return;
  }
  norm_ = harmonic(n, alpha);
  if (n > kAliasLimit) {
    area_low_ = area(1.5) - 1;
    area_high_ = area(static_cast<double>(n) + 0.5);
    squeeze_ = 2 - inverse_area(area(2.5) - height(2));
    return;
  }
  alias_ = std::make_shared<const Alias>(n, alpha);
}

std::uint64_t Zipf::sample(Stream& stream) const {
  if (alpha_ == 0) return stream.below(n_);
  if (!alias_) return sample_by_rejection(stream);
  const UInt128 scaled = static_cast<UInt128>(stream.bits()) * n_;
  const auto index = static_cast<std::uint32_t>(scaled >> 64);
  const auto fraction = static_cast<std::uint32_t>(static_cast<std::uint64_t>(scaled) >> 32);
  const Alias::Cell cell = alias_->cells[index];
  return fraction < cell.keep ? index : cell.other;
}

std::uint64_t Zipf::sample_by_rejection(Stream& stream) const {
  for (;;) {
    const double y = area_high_ + stream.uniform() * (area_low_ - area_high_);
    const double x = inverse_area(y);
    const double k = std::clamp(std::floor(x + 0.5), 1.0, static_cast<double>(n_));
    if (k - x <= squeeze_ || y >= area(k + 0.5) - height(k))
      return static_cast<std::uint64_t>(k) - 1;
  }
}

double Zipf::area(double x) const {
  const double log_x = portable_log(x);
  return relative_expm1((1 - alpha_) * log_x) * log_x;
}

double Zipf::inverse_area(double y) const {
  // Rounding may push the argument of the logarithm to -1 at the far end.
  const double t = std::max(y * (1 - alpha_), -1 + 0x1.0p-53);
  return portable_exp(relative_log1p(t) * y);
}

double Zipf::height(double x) const {
  return power(x, -alpha_);
}

double Zipf::probability(std::uint64_t rank) const {
  if (rank >= n_) return 0;
  return alpha_ == 0 ? 1 / norm_ : power(static_cast<double>(rank + 1), -alpha_) / norm_;
}

std::size_t Zipf::memory_bytes() const {
  return sizeof *this + (alias_ ? alias_->cells.capacity() * sizeof(Alias::Cell) : 0);
}

}  // namespace rehearse::sim
