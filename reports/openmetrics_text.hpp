#pragma once
/// Writes the lines of OpenMetrics: a family at a time, each sample with its instant. Internal to
/// reports/.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rehearse::reports {

/// Names and values; empty values are left out, as an empty label is none.
using Labels = std::vector<std::pair<const char*, std::string>>;

class MetricText {
 public:
  /// Seconds since 1970 at which simulated time is 0.
  explicit MetricText(double start) : start_(start) {}

  /// `name` without _total; `unit` is the last part of the name, or empty. Samples follow.
  void family(const char* name, const char* type, const char* unit, const char* help);
  /// A series of the family; `suffix` such as "_total". The samples that follow are its own.
  void series(const char* suffix, const Labels& labels);
  /// At `at` simulated seconds. Not a number: nothing is written.
  void sample(double at, double value) { sample(series_, at, value); }

  /// For series whose samples take turns: the start of a line of this series, and a line of it.
  std::string line_of(const char* suffix, const Labels& labels) const;
  void sample(const std::string& line, double at, double value);
  /// The whole text; nothing may follow.
  std::string take();

 private:
  double start_;
  std::string out_;
  std::string name_;
  std::string head_;    // of the family, until it has a sample
  std::string series_;  // "name{label="value"} "
};

}  // namespace rehearse::reports
