#pragma once
/// Asks a Prometheus for the value of an expression now: POST /api/v1/query.
///
/// What comes back is believed as little as anything from outside: an answer is an error unless it
/// is JSON of the documented shape; series without a number (NaN, infinite) or without the label
/// that is asked for are left out, each with a sentence. The instant of a value is that of the
/// evaluation as the server says it. How far back a bare selector may look for its sample
/// (--query.lookback-delta, 5 minutes by default) cannot be seen here: rates over a window are
/// safer, as they end with their samples.
///
/// Source: Prometheus 2.42 documentation, "HTTP API". Leaves out: native histograms, warnings.

#include <string>
#include <string_view>
#include <vector>

#include "live/answer.hpp"
#include "live/http_client.hpp"
#include "scenarios/spec/live.hpp"

namespace rehearse::live {

struct PrometheusSample {
  std::string label;  ///< value of the label that was asked for; empty where none was
  double value = 0;   ///< finite
  Instant at;         ///< by the server's clock
};

struct PrometheusAnswer {
  std::vector<PrometheusSample> samples;
  std::vector<std::string> left_out;  ///< sentences
};

/// The body of an answer of status 200. `label`: empty where the series needs none.
Answer<PrometheusAnswer> read_prometheus_answer(std::string_view body, const std::string& label);

class Prometheus {
 public:
  /// Relative paths of the block start at `folder`.
  Prometheus(const spec::LivePrometheus& where, const std::string& folder);
  Answer<PrometheusAnswer> query(const std::string& expression, const std::string& label);

 private:
  Answer<std::string> token() const;
  std::string url_;
  std::string token_file_;
  HttpClient http_;
};

}  // namespace rehearse::live
