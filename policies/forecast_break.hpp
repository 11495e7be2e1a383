#pragma once
/// Notices when a load has become another one, so that what was learnt of it is worth little; and
/// what is an outlier, so that it does not teach anything.
///
/// Usual is what lies between the 2nd and the 98th percentile of the last three days, the last hour
/// aside. A level has broken when for an hour every value lay beyond what is usual by twice its
/// range. A pattern has broken when for some two hours errors of one step have been twelve times as
/// large as in the last three days. A single value beyond six ranges is cut off there.
///
/// The figures are chosen on public traces (tests/forecast): with half or twice of them results
/// differ by a percent. Cost: O(1) a step; O(days) an hour.

#include <vector>

#include "policies/forecast.hpp"

namespace rehearse::policies {

class BreakWatch {
 public:
  enum class Break : unsigned char { none, level, pattern };

  explicit BreakWatch(Seasons seasons);

  /// The next value, and the error of the forecast that was made for it a step before. `seen`: all
  /// values before it. After a break what came before it is not usual any more.
  Break check(const History& seen, double value, double error);
  double cut(double value) const;
  /// Number of the first value after the last break; 0: none.
  std::size_t since() const { return since_; }

 private:
  void look_back(const History& seen);
  bool level_broken(double value);
  bool pattern_broken(double error);

  Seasons seasons_;
  std::size_t steps_ = 0;
  std::size_t since_ = 0;
  bool knows_usual_ = false;
  double low_ = 0;
  double high_ = 0;
  int outside_ = 0;  // steps in a row above what is usual; below it where negative
  std::size_t errors_ = 0;
  double lately_ = 0;   // mean error of late
  double usually_ = 0;  // and of days
  std::vector<double> scratch_;
};

}  // namespace rehearse::policies
