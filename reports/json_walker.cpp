#include "reports/json_walker.hpp"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "reports/text.hpp"

namespace rehearse::reports {
namespace {

using Json = Walker::Json;

std::string describe(const Json& value) {
  if (value.is_object()) return "an object";
  if (value.is_array()) return "a list";
  return shorten_middle(visible(value.dump(-1, ' ', false, Json::error_handler_t::replace)), 40);
}

}  // namespace

void Walker::fail(const std::string& path, const std::string& expected, const Json* found) {
  if (!ok()) return;
  problem_ = fmt::format("{}: expected {}, found {}", shorten_middle(visible(path), 80), expected,
                         found ? describe(*found) : "nothing");
}

const Json* Walker::member(const Json& object, const std::string& path, const char* key) {
  const auto it = object.find(key);
  if (it != object.end()) return &*it;
  fail(join(path, key), "a value", nullptr);
  return nullptr;
}

std::string Walker::join(const std::string& path, std::string_view key) {
  return path.empty() ? std::string(key) : fmt::format("{}.{}", path, key);
}

std::string Walker::text(const Json& object, const std::string& path, const char* key) {
  const Json* value = member(object, path, key);
  if (!value) return "";
  if (!value->is_string()) {
    fail(join(path, key), "text", value);
    return "";
  }
  return value->get<std::string>();
}

std::vector<std::string> Walker::texts(const Json& object, const std::string& path,
                                       const char* key) {
  std::vector<std::string> out;
  for (const Json& item : list(object, path, key)) {
    if (!item.is_string()) {
      fail(join(path, key), "a list of texts", &item);
      break;
    }
    out.push_back(item.get<std::string>());
  }
  return out;
}

bool Walker::flag(const Json& object, const std::string& path, const char* key) {
  const Json* value = member(object, path, key);
  if (value && value->is_boolean()) return value->get<bool>();
  if (value) fail(join(path, key), "true or false", value);
  return false;
}

double Walker::real(const Json& value, const std::string& path, double missing) {
  if (value.is_null()) return missing;
  if (value.is_number()) return value.get<double>();
  fail(path, "a number or null", &value);
  return missing;
}

double Walker::real(const Json& object, const std::string& path, const char* key, double missing) {
  const Json* value = member(object, path, key);
  return value ? real(*value, join(path, key), missing) : missing;
}

std::uint64_t Walker::count(const Json& value, const std::string& path, std::uint64_t most) {
  if (value.is_number_unsigned() && value.get<std::uint64_t>() <= most)
    return value.get<std::uint64_t>();
  fail(path, fmt::format("a whole number from 0 to {}", most), &value);
  return 0;
}

std::uint64_t Walker::count(const Json& object, const std::string& path, const char* key,
                            std::uint64_t most) {
  const Json* value = member(object, path, key);
  return value ? count(*value, join(path, key), most) : 0;
}

int Walker::small_count(const Json& object, const std::string& path, const char* key) {
  return static_cast<int>(count(object, path, key, std::numeric_limits<int>::max()));
}

const Json& Walker::list(const Json& object, const std::string& path, const char* key) {
  return container(
      object, path, key, [](const Json& j) { return j.is_array(); }, "a list");
}

const Json& Walker::map(const Json& object, const std::string& path, const char* key) {
  return container(
      object, path, key, [](const Json& j) { return j.is_object(); }, "an object");
}

bool Walker::is_object(const Json& value, const std::string& path) {
  if (!value.is_object()) fail(path, "an object", &value);
  return value.is_object();
}

bool Walker::is_pair(const Json& value, const std::string& path) {
  const bool pair = value.is_array() && value.size() == 2;
  if (!pair) fail(path, "a list of two", &value);
  return pair;
}

const Json& Walker::container(const Json& object, const std::string& path, const char* key, Is is,
                              const char* expected) {
  static const Json kNone = Json::array();
  const Json* value = member(object, path, key);
  if (value && is(*value)) return *value;
  if (value) fail(join(path, key), expected, value);
  return kNone;
}

Verdict Walker::verdict(const Json& object, const std::string& path, const char* key) {
  const std::string name = text(object, path, key);
  const std::optional<Verdict> verdict = verdict_of(name);
  if (!verdict && ok())
    fail(join(path, key), "holds, fails, undecided or inconclusive", &object[key]);
  return verdict.value_or(Verdict::undecided);
}

Estimate Walker::estimate(const Json& object, const std::string& path) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
  Estimate e;
  e.unit = text(object, path, "unit");
  const double value = real(object, path, "estimate", kMissing);
  if (std::isfinite(value)) e.value = value;
  const Json* ci = member(object, path, "ci");
  const std::string at = join(path, "ci");
  if (!ci || !is_pair(*ci, at)) return e;
  if (!e.value) return e;  // both null
  e.low = real((*ci)[0], at, -kInfinity);
  e.high = real((*ci)[1], at, kInfinity);
  if (!(e.low <= e.high)) fail(at, "low <= high", ci);
  return e;
}

}  // namespace rehearse::reports
