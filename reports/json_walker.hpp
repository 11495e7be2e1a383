#pragma once
/// Reads JSON of unknown origin member by member. Internal to reports/.

#include <cstdint>
#include <limits>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "reports/estimate.hpp"

namespace rehearse::reports {

/// Walks the document and remembers the first thing that is wrong, with its path. After that every
/// getter returns a default, so that callers read on without a test.
class Walker {
 public:
  using Json = nlohmann::ordered_json;
  explicit Walker(std::string& problem) : problem_(problem) {}
  bool ok() const { return problem_.empty(); }

  void fail(const std::string& path, const std::string& expected, const Json* found);
  /// The value under `key`, or nullptr, which is a failure.
  const Json* member(const Json& object, const std::string& path, const char* key);
  static std::string join(const std::string& path, std::string_view key);

  std::string text(const Json& object, const std::string& path, const char* key);
  bool flag(const Json& object, const std::string& path, const char* key);
  /// A finite number; `missing` for null.
  double real(const Json& value, const std::string& path, double missing);
  double real(const Json& object, const std::string& path, const char* key, double missing);
  std::uint64_t count(const Json& value, const std::string& path, std::uint64_t most);
  std::uint64_t count(const Json& object, const std::string& path, const char* key,
                      std::uint64_t most = std::numeric_limits<std::uint64_t>::max());
  int small_count(const Json& object, const std::string& path, const char* key);
  /// The list or object under `key`; an empty one where it is missing or something else.
  const Json& list(const Json& object, const std::string& path, const char* key);
  const Json& map(const Json& object, const std::string& path, const char* key);
  /// A list of texts.
  std::vector<std::string> texts(const Json& object, const std::string& path, const char* key);
  bool is_object(const Json& value, const std::string& path);
  /// A list of exactly two.
  bool is_pair(const Json& value, const std::string& path);

  Verdict verdict(const Json& object, const std::string& path, const char* key);
  /// {estimate, ci, unit}, among other members.
  Estimate estimate(const Json& object, const std::string& path);

 private:
  using Is = bool (*)(const Json&);
  const Json& container(const Json& object, const std::string& path, const char* key, Is is,
                        const char* expected);
  std::string& problem_;
};

}  // namespace rehearse::reports
