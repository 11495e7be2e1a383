#pragma once
/// Vectors: inputs and expected values from the test suites of the systems whose semantics our
/// policies have (vectors/README.md). A file is a list of cases; a kind of case has a runner.

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <vector>

#include "base/time.hpp"

namespace rehearse::conformance {

using nlohmann::json;

/// Where the vectors are: the environment's REHEARSE_VECTORS, else those that are shipped.
std::string vectors_folder();
/// Names of files that have runners, without ".json", in alphabetical order.
const std::vector<std::string>& vector_files();
/// The file as it is; null where there is none.
json load(const std::string& name);

/// Collects what differs. Only what a case expects is compared.
class Check {
 public:
  explicit Check(const json& expected) : expected_(&expected) {}
  /// Compares under `key`, where the case expects it: whole numbers and words exactly, real numbers
  /// within 1e-6 of their size.
  void operator()(const std::string& key, const json& actual);
  /// Expects other values from here on; `where` names them in messages.
  void against(const json& expected, std::string where);
  void fail(const std::string& what);
  /// Everything expected is accounted for, or reported: a key that nobody compares is a mistake.
  void finish();
  /// Empty: all is as expected.
  const std::string& differences() const { return differences_; }

 private:
  const json* expected_;
  std::string where_;
  std::vector<std::string> compared_;
  std::string differences_;
};

/// A case with the defaults and constants of its file.
struct Case {
  const json& file;
  const json& data;
  /// The value of `key`, else of the file's defaults, else null.
  const json& at(const std::string& key) const;
};

using Runner = void (*)(const Case& given, Check& check);
/// The runner of a kind; null where there is none.
Runner runner_of(const std::string& kind);
/// Runs a case; what differs, or nothing.
std::string differences(const json& file, const json& given);

/// The value under `key`, or null: no exceptions for what is left out.
const json& get(const json& object, const std::string& key);
inline Duration seconds(const json& value) {
  return Duration::from_seconds(value.is_null() ? 0 : value.get<double>());
}
inline Duration milliseconds(const json& value) {
  return Duration::from_seconds(value.is_null() ? 0 : value.get<double>() / 1000);
}
template <class T>
T value_or(const json& value, T fallback) {
  return value.is_null() ? fallback : value.get<T>();
}

/// Runners, a function a file.
using Table = std::vector<std::pair<std::string, Runner>>;
Table hpa_calculator_runners();
Table hpa_behavior_runners();
Table hpa_reconcile_runners();
Table breaker_runners();
Table outlier_runners();
Table health_runners();
Table retry_runners();

}  // namespace rehearse::conformance
