#include "policies/forecast_break.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace rehearse::policies {
namespace {

constexpr std::size_t kUsualDays = 3;
constexpr double kLevel = 2.0;     // ranges
constexpr double kOutlier = 6.0;   // ranges
constexpr double kPattern = 12.0;  // usual errors

}  // namespace

BreakWatch::BreakWatch(Seasons seasons) : seasons_(seasons) {
  scratch_.reserve(std::max<std::size_t>(kUsualDays * seasons.day, 20));
}

void BreakWatch::look_back(const History& seen) {
  const std::size_t hour = seasons_.hour();
  const std::size_t window = std::max<std::size_t>(kUsualDays * seasons_.day, 20);
  const std::size_t end = std::min(hour + window, steps_ - since_);
  scratch_.clear();
  for (std::size_t back = hour; back < end && seen.knows(back); ++back)
    scratch_.push_back(seen.ago(back));
  if (scratch_.size() < std::max<std::size_t>(20, seasons_.day / 2)) return;
  const auto quantile = [&](double q) {
    const auto at = scratch_.begin() +
                    static_cast<std::ptrdiff_t>(q * static_cast<double>(scratch_.size() - 1));
    std::nth_element(scratch_.begin(), at, scratch_.end());
    return *at;
  };
  low_ = quantile(0.02);
  high_ = quantile(0.98);
  knows_usual_ = true;
}

bool BreakWatch::level_broken(double value) {
  const double margin = kLevel * (high_ - low_);
  const int side = value > high_ + margin ? 1 : (value < low_ - margin ? -1 : 0);
  outside_ = side == 0 || (outside_ > 0) != (side > 0) ? side : outside_ + side;
  const auto steps = static_cast<std::size_t>(std::abs(outside_));
  return steps >= std::max<std::size_t>(3, seasons_.hour());
}

bool BreakWatch::pattern_broken(double error) {
  if (steps_ <= seasons_.day + 1) return false;
  const auto day = static_cast<double>(seasons_.day);
  // Plain means as long as there are few: from nothing the quick one would rise ahead of the slow
  // one, which looks like a break.
  const auto n = static_cast<double>(++errors_);
  lately_ += (error - lately_) / std::min(n, std::max(4.0, day / 12));
  usually_ += (error - usually_) / std::min(n, std::max(40.0, 3 * day));
  if (steps_ <= since_ + seasons_.day) return false;
  return usually_ > 0 && lately_ > kPattern * usually_;
}

BreakWatch::Break BreakWatch::check(const History& seen, double value, double error) {
  if (steps_ % seasons_.hour() == 0) look_back(seen);
  Break found = Break::none;
  if (knows_usual_) {
    if (pattern_broken(error))
      found = Break::pattern;
    else if (level_broken(value))
      found = Break::level;
  }
  if (found != Break::none) {
    if (found == Break::pattern) usually_ = lately_;
    outside_ = 0;
    knows_usual_ = false;
    since_ = steps_;
  }
  ++steps_;
  return found;
}

double BreakWatch::cut(double value) const {
  if (!knows_usual_) return value;
  const double most = kOutlier * (high_ - low_);
  return std::clamp(value, low_ - most, high_ + most);
}

}  // namespace rehearse::policies
