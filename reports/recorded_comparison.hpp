#pragma once
/// A recorded series beside the simulated one, as plain data: made by reports/recorded.hpp.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rehearse::reports {

struct RecordedError {
  std::uint64_t windows = 0;  ///< compared
  std::optional<double> mape;
  std::optional<double> bias;
  std::optional<double> rmse;
  std::optional<double> correlation;
};

/// One value per window of the result; NaN where there is none.
struct RecordedComparison {
  std::string subject;
  std::string kind;
  std::string metric;
  std::string unit;
  std::vector<double> at;
  std::vector<double> simulated;
  std::vector<double> recorded;
  RecordedError error;
};

}  // namespace rehearse::reports
