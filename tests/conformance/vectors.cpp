#include "tests/conformance/vectors.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <map>

namespace rehearse::conformance {

std::string vectors_folder() {
  const char* folder = std::getenv("REHEARSE_VECTORS");
  return folder != nullptr && *folder != '\0'
             ? folder
             : std::string(REHEARSE_SOURCE_DIR) + "/tests/conformance/vectors";
}

const std::vector<std::string>& vector_files() {
  static const std::vector<std::string> kFiles{
      "circuit_breaker", "haproxy_health",    "hpa_behavior", "hpa_replica_calculator",
      "k8s_probes",      "outlier_detection", "retry_budget"};
  return kFiles;
}

json load(const std::string& name) {
  std::ifstream file(vectors_folder() + "/" + name + ".json");
  if (!file) return nullptr;
  return json::parse(file, nullptr, false);
}

const json& get(const json& object, const std::string& key) {
  static const json kNull;
  if (!object.is_object()) return kNull;
  const auto found = object.find(key);
  return found == object.end() ? kNull : *found;
}

const json& Case::at(const std::string& key) const {
  if (data.contains(key)) return data.at(key);
  return get(get(file, "defaults"), key);
}

namespace {

bool same(const json& expected, const json& actual) {
  if (expected.is_number() && actual.is_number()) {
    if (!expected.is_number_float() && !actual.is_number_float()) return expected == actual;
    const double a = expected.get<double>();
    const double b = actual.get<double>();
    return std::abs(a - b) <= 1e-6 * std::max(std::abs(a), std::abs(b)) + 1e-12;
  }
  if (expected.is_array() && actual.is_array() && expected.size() == actual.size()) {
    for (std::size_t i = 0; i < expected.size(); ++i)
      if (!same(expected[i], actual[i])) return false;
    return true;
  }
  return expected == actual;
}

}  // namespace

void Check::operator()(const std::string& key, const json& actual) {
  compared_.push_back(key);
  if (!expected_->contains(key)) return;
  const json& expected = expected_->at(key);
  if (!same(expected, actual)) fail(key + " is " + actual.dump() + ", expected " + expected.dump());
}

void Check::against(const json& expected, std::string where) {
  finish();
  expected_ = &expected;
  where_ = std::move(where);
  compared_.clear();
}

void Check::fail(const std::string& what) {
  differences_ += "  " + where_ + (where_.empty() ? "" : ": ") + what + "\n";
}

void Check::finish() {
  if (!expected_->is_object()) return;
  for (const auto& [key, value] : expected_->items())
    if (std::find(compared_.begin(), compared_.end(), key) == compared_.end())
      fail("nothing compares " + key);
  compared_.clear();
}

Runner runner_of(const std::string& kind) {
  static const std::map<std::string, Runner> kRunners = [] {
    std::map<std::string, Runner> all;
    for (const Table& table :
         {hpa_calculator_runners(), hpa_behavior_runners(), hpa_reconcile_runners(),
          breaker_runners(), outlier_runners(), health_runners(), retry_runners()})
      all.insert(table.begin(), table.end());
    return all;
  }();
  const auto found = kRunners.find(kind);
  return found == kRunners.end() ? nullptr : found->second;
}

std::string differences(const json& file, const json& given) {
  const Runner runner = runner_of(get(given, "kind").get<std::string>());
  if (runner == nullptr) return "  no runner for kind " + get(given, "kind").dump() + "\n";
  Check check(get(given, "expect"));
  runner({file, given}, check);
  check.finish();
  return check.differences();
}

}  // namespace rehearse::conformance
