#include "live/prometheus.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/quantity.hpp"
#include "base/text.hpp"

namespace rehearse::live {
namespace {

using PrometheusJson = nlohmann::json;

constexpr std::size_t kLongestToken = 16 << 10;

const PrometheusJson* member(const PrometheusJson& object, const char* key) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(key);
  return found == object.end() ? nullptr : &*found;
}

std::string text_of(const PrometheusJson* json) {
  return json != nullptr && json->is_string() ? json->get<std::string>() : std::string();
}

Answer<PrometheusAnswer> odd(std::string_view what) {
  return Answer<PrometheusAnswer>::failed(
      fmt::format("the answer is none of Prometheus: {}", what));
}

// [1795157833.836, "0.25"]; false where it is of another shape.
bool read_point(const PrometheusJson* json, PrometheusSample& sample, std::string& text) {
  if (json == nullptr || !json->is_array() || json->size() != 2 || !(*json)[0].is_number() ||
      !(*json)[1].is_string())
    return false;
  const double seconds = (*json)[0].get<double>();
  if (!(seconds >= 0) || seconds > 9e9) return false;
  sample.at = Instant::start() + Duration::from_seconds(seconds);
  text = (*json)[1].get<std::string>();
  return true;
}

bool read_series(const PrometheusJson& json, const std::string& label, PrometheusAnswer& answer) {
  PrometheusSample sample;
  std::string text;
  const PrometheusJson* labels = member(json, "metric");
  if (labels == nullptr || !read_point(member(json, "value"), sample, text)) return false;
  if (!label.empty()) {
    sample.label = text_of(member(*labels, label.c_str()));
    if (sample.label.empty()) {
      answer.left_out.push_back(fmt::format("a series has no label '{}'", printable(label)));
      return true;
    }
  }
  const Parsed<double> value = parse_number(text);
  if (!value.value) {
    answer.left_out.push_back(
        fmt::format("{} is {}", sample.label.empty() ? "the value" : shortened(sample.label),
                    text == "NaN" || text.ends_with("Inf") ? text : "no number"));
    return true;
  }
  sample.value = *value.value;
  answer.samples.push_back(std::move(sample));
  return true;
}

}  // namespace

Answer<PrometheusAnswer> read_prometheus_answer(std::string_view body, const std::string& label) {
  const PrometheusJson json = PrometheusJson::parse(body, nullptr, false);
  if (json.is_discarded()) return odd("no JSON");
  if (text_of(member(json, "status")) != "success") {
    const std::string error = text_of(member(json, "error"));
    if (error.empty()) return odd("no status");
    return Answer<PrometheusAnswer>::failed("Prometheus says: " + shortened(error, 200));
  }
  const PrometheusJson* data = member(json, "data");
  const PrometheusJson* result = data != nullptr ? member(*data, "result") : nullptr;
  const std::string type = data != nullptr ? text_of(member(*data, "resultType")) : "";
  PrometheusAnswer answer;
  if (type == "scalar" && label.empty()) {
    const PrometheusJson alone = {{"metric", PrometheusJson::object()},
                                  {"value", result != nullptr ? *result : PrometheusJson()}};
    if (!read_series(alone, label, answer)) return odd("a scalar of another shape");
    return answer;
  }
  if (type != "vector" || result == nullptr || !result->is_array())
    return odd(type.empty() ? "no result" : fmt::format("a {}", shortened(type, 20)));
  for (const PrometheusJson& series : *result)
    if (!read_series(series, label, answer)) return odd("a series of another shape");
  return answer;
}

Prometheus::Prometheus(const spec::LivePrometheus& where, const std::string& folder)
    : url_(where.url + "/api/v1/query"),
      token_file_(path_at(folder, where.token_file)),
      http_({.timeout = where.timeout, .ca = path_at(folder, where.ca)}) {}

// Read anew each time: whoever rotates tokens need not restart anything.
Answer<std::string> Prometheus::token() const {
  if (token_file_.empty()) return std::string();
  std::ifstream file(token_file_, std::ios::binary);
  std::string token;
  std::getline(file, token);
  while (!token.empty() && (token.back() == '\r' || token.back() == ' ')) token.pop_back();
  const bool visible =
      std::all_of(token.begin(), token.end(), [](char c) { return c > ' ' && c < '\x7f'; });
  if (!file && token.empty())
    return Answer<std::string>::failed(
        fmt::format("the token file '{}' cannot be read or is empty", printable(token_file_)));
  if (token.size() > kLongestToken || !visible || token.empty())
    return Answer<std::string>::failed(
        fmt::format("the first line of '{}' is no bearer token", printable(token_file_)));
  return token;
}

Answer<PrometheusAnswer> Prometheus::query(const std::string& expression,
                                           const std::string& label) {
  const Answer<std::string> bearer = token();
  if (!bearer) return Answer<PrometheusAnswer>::failed(bearer.problem);
  const Answer<HttpReply> reply = http_.ask(url_, *bearer, "query", expression);
  if (!reply)
    return Answer<PrometheusAnswer>::failed("Prometheus: " + shortened(reply.problem, 200));
  Answer<PrometheusAnswer> answer = read_prometheus_answer(reply->body, label);
  if (reply->status == 200) return answer;
  // An error of the query has a body that says so; anything else is of who stands in between.
  if (!answer && answer.problem.starts_with("Prometheus says")) return answer;
  return Answer<PrometheusAnswer>::failed(
      fmt::format("Prometheus answers with status {}", reply->status));
}

}  // namespace rehearse::live
