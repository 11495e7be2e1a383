#include "sim/statistics.hpp"

#include <algorithm>
#include <limits>

#include "sim/special_functions.hpp"

namespace rehearse::sim {
namespace {

constexpr double kSecond = 1e-9;  // of a nanosecond

}  // namespace

void Tally::merge(const Tally& other) {
  count_ += other.count_;
  sum_ns_ += other.sum_ns_;
  REHEARSE_ASSERT(!__builtin_add_overflow(squares_, other.squares_, &squares_));
}

double Tally::mean_seconds() const {
  if (count_ == 0) return kNan;
  return static_cast<double>(sum_ns_) / static_cast<double>(count_) * kSecond;
}

double Tally::variance_seconds2() const {
  if (count_ < 2) return kNan;
  const auto n = static_cast<double>(count_);
  // Sum of squared deviations around the whole part of the mean: exact integers where the textbook
  // difference of two huge sums would lose all digits.
  const UInt128 center = sum_ns_ / count_;
  const UInt128 rest = sum_ns_ - center * count_;  // sum of (x - center), in [0, count)
  const UInt128 around =
      squares_ - center * (sum_ns_ + rest);  // wraps back: the true value is >= 0
  const double shift = static_cast<double>(rest) / n;
  return (static_cast<double>(around) - n * shift * shift) / (n - 1) * kSecond * kSecond;
}

std::uint64_t Histogram::lowest(std::uint32_t index) {
  if (index < 2 * kSubBins) return index;
  const std::uint32_t shift = index / kSubBins - 1;
  return std::uint64_t{index - shift * kSubBins} << shift;
}

std::uint64_t Histogram::width(std::uint32_t index) {
  return index < 2 * kSubBins ? 1 : std::uint64_t{1} << (index / kSubBins - 1);
}

/// Widens the range of bins to whole powers of two around `index`; returns its position.
std::uint32_t Histogram::grow(std::uint32_t index) {
  const std::uint32_t low = index / kSubBins * kSubBins;
  if (counts_.empty()) {
    first_ = low;
    counts_.assign(kSubBins, 0);
  } else if (low < first_) {
    counts_.insert(counts_.begin(), first_ - low, 0);
    first_ = low;
  } else {
    counts_.resize(low + kSubBins - first_, 0);
  }
  return index - first_;
}

void Histogram::carry(std::uint32_t index, std::uint32_t times) {
  const auto at = std::lower_bound(carries_.begin(), carries_.end(), std::pair(index, 0U));
  if (at != carries_.end() && at->first == index) {
    at->second += times;
  } else {
    carries_.insert(at, {index, times});
  }
}

std::uint64_t Histogram::count_at(std::uint32_t index) const {
  std::uint64_t count = counts_[index - first_];
  if (carries_.empty()) return count;
  const auto at = std::lower_bound(carries_.begin(), carries_.end(), std::pair(index, 0U));
  if (at != carries_.end() && at->first == index) count += std::uint64_t{at->second} << 32;
  return count;
}

/// Calls visit(index, count) for the bins that are not empty, in order, until it returns false.
template <class Visit>
void Histogram::each_bin(Visit visit) const {
  for (std::uint32_t i = 0; i < counts_.size(); ++i) {
    const std::uint64_t count = count_at(first_ + i);
    if (count > 0 && !visit(first_ + i, count)) return;
  }
}

// Only the bins between the extremes are looked at: a window of a long run has few of them.
void Histogram::merge(const Histogram& other) {
  if (other.count_ == 0) return;
  if (&other == this) return merge(Histogram(other));  // carries must not be read as they are made
  const std::uint32_t from = other.bin_of(other.min_);
  const std::uint32_t to = other.bin_of(other.max_);
  if (counts_.empty() || from < first_) grow(from);
  if (to - first_ >= counts_.size()) grow(to);
  for (std::uint32_t i = from; i <= to; ++i) {
    std::uint32_t& mine = counts_[i - first_];
    if (__builtin_add_overflow(mine, other.counts_[i - other.first_], &mine)) carry(i, 1);
  }
  for (const auto& [index, times] : other.carries_) carry(index, times);
  count_ += other.count_;
  sum_ns_ += other.sum_ns_;
  max_ = std::max(max_, other.max_);
  min_ = std::min(min_, other.min_);
}

Histogram Histogram::compact() const {
  Histogram copy;
  copy.merge(*this);
  return copy;
}

void Histogram::clear() {
  if (count_ > 0)
    std::fill(counts_.begin() + (bin_of(min_) - first_),
              counts_.begin() + (bin_of(max_) - first_ + 1), 0U);
  carries_.clear();
  count_ = 0;
  sum_ns_ = 0;
  max_ = Duration::zero();
  min_ = Duration::max();
}

double Histogram::mean_seconds() const {
  if (count_ == 0) return kNan;
  return static_cast<double>(sum_ns_) / static_cast<double>(count_) * kSecond;
}

double Histogram::quantile_seconds(double p) const {
  if (count_ == 0) return kNan;
  const double rank = std::clamp(p, 0.0, 1.0) * static_cast<double>(count_);
  double ns = static_cast<double>(max_.ns());
  std::uint64_t before = 0;
  each_bin([&](std::uint32_t index, std::uint64_t count) {
    if (static_cast<double>(before + count) < rank) {
      before += count;
      return true;
    }
    const double inside = (rank - static_cast<double>(before)) / static_cast<double>(count);
    ns = static_cast<double>(lowest(index)) + inside * static_cast<double>(width(index) - 1);
    return false;
  });
  return std::clamp(ns, static_cast<double>(min_.ns()), static_cast<double>(max_.ns())) * kSecond;
}

double Histogram::share_above(Duration value) const {
  if (count_ == 0) return kNan;
  if (value >= max_) return 0;
  if (value < min_) return 1;
  const auto ns = static_cast<std::uint64_t>(value.ns());
  const std::uint32_t at = index(ns);
  double above = 0;
  each_bin([&](std::uint32_t index, std::uint64_t count) {
    if (index > at) above += static_cast<double>(count);
    if (index == at) {
      const std::uint64_t greater = lowest(index) + width(index) - 1 - ns;
      above += static_cast<double>(count) * static_cast<double>(greater) /
               static_cast<double>(width(index));
    }
    return true;
  });
  return above / static_cast<double>(count_);
}

std::vector<Histogram::Bin> Histogram::bins(int per_octave) const {
  REHEARSE_ASSERT(per_octave >= 1 && per_octave <= 128 &&
                  std::has_single_bit(static_cast<unsigned>(per_octave)));
  const std::uint32_t group = kSubBins / static_cast<std::uint32_t>(per_octave);
  std::vector<Bin> result;
  std::uint32_t open = std::numeric_limits<std::uint32_t>::max();
  each_bin([&](std::uint32_t index, std::uint64_t count) {
    if (index / group != open) {
      open = index / group;
      const std::uint32_t last = open * group + group - 1;
      result.push_back({static_cast<double>(lowest(last) + width(last) - 1) * kSecond, 0});
    }
    result.back().count += count;
    return true;
  });
  return result;
}

std::size_t Histogram::memory_bytes() const {
  return sizeof *this + counts_.capacity() * sizeof(counts_[0]) +
         carries_.capacity() * sizeof(carries_[0]);
}

bool Histogram::operator==(const Histogram& other) const {
  if (count_ != other.count_ || sum_ns_ != other.sum_ns_ || max_ != other.max_ ||
      min_ != other.min_)
    return false;
  const auto filled = [](const Histogram& h) {
    std::vector<std::pair<std::uint32_t, std::uint64_t>> bins;
    h.each_bin([&](std::uint32_t index, std::uint64_t count) {
      bins.emplace_back(index, count);
      return true;
    });
    return bins;
  };
  return filled(*this) == filled(other);
}

}  // namespace rehearse::sim
