#include "reports/recorded_read.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/quantity.hpp"
#include "reports/instant.hpp"
#include "reports/text.hpp"

namespace rehearse::reports {
namespace {

using Json = nlohmann::json;
constexpr double kRealWorld = 1e8;  // seconds since 1970: in 1973

/// A series as it stands in the file.
struct Raw {
  RecordedName name;
  std::vector<std::pair<double, double>> samples;
};

std::string in_quotes(std::string_view text) {
  return "'" + shorten_middle(visible(text), 60) + "'";
}

/// What values in that unit are multiplied with; nullopt where the metric has no such unit.
std::optional<double> factor_of(const RecordedName& name) {
  const char* own = "";
  for (const SeriesColumn& column : series_columns())
    if (name.metric == column.name) own = column.unit;
  if (name.unit.empty()) return 1;
  struct Unit {
    std::string_view name, of;
    double factor;
  };
  constexpr Unit kUnits[] = {{"s", "s", 1},     {"ms", "s", 1e-3},        {"us", "s", 1e-6},
                             {"min", "s", 60},  {"%", "ratio", 0.01},     {"/s", "1/s", 1},
                             {"rps", "1/s", 1}, {"/min", "1/s", 1.0 / 60}};
  for (const Unit& unit : kUnits)
    if (name.unit == unit.name && unit.of == own) return unit.factor;
  return std::nullopt;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r'))
    text.remove_suffix(1);
  return text;
}

/// The cells of a line; quotes as in RFC 4180, but no line feeds inside.
std::vector<std::string> cells_of(std::string_view line) {
  std::vector<std::string> out(1);
  bool inside = false;
  for (size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (inside && c == '"' && i + 1 < line.size() && line[i + 1] == '"') {
      out.back() += line[++i];
    } else if (c == '"') {
      inside = !inside;
    } else if (c == ',' && !inside) {
      out.emplace_back();
    } else {
      out.back() += c;
    }
  }
  for (std::string& cell : out) cell = trimmed(cell);
  return out;
}

class Csv {
 public:
  explicit Csv(const std::optional<RecordedName>& name) : name_(name) {}
  std::string problem;
  std::vector<Raw> series;

  void read(std::string_view text) {
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    for (size_t number = 1; !text.empty() && problem.empty(); ++number) {
      const size_t end = std::min(text.find('\n'), text.size());
      const std::string_view line = trimmed(text.substr(0, end));
      text.remove_prefix(std::min(end + 1, text.size()));
      if (line.empty() || line.front() == '#') continue;
      const std::vector<std::string> cells = cells_of(line);
      if (series.empty() && !begin(cells)) continue;
      row(cells, number);
    }
  }

 private:
  /// The first line; true where it is no header but the first row.
  bool begin(const std::vector<std::string>& cells) {
    const bool header = !parse_seconds(cells.front());
    if (cells.size() < 2) {
      problem = "line 1: expected a time and a value, with a comma between";
      return false;
    }
    for (size_t i = 1; i < cells.size(); ++i) {
      const bool unnamed = !header || cells[i].find(':') == std::string::npos;
      if (unnamed && (!name_ || cells.size() > 2)) {
        problem = fmt::format(
            "column {} has no name that says what was recorded, such as clients:p95; a file of one "
            "series can be given as NAME=FILE",
            i + 1);
        return false;
      }
      series.push_back({unnamed ? *name_ : recorded_name(cells[i]), {}});
    }
    return !header;
  }

  void row(const std::vector<std::string>& cells, size_t number) {
    const std::optional<double> at = parse_seconds(cells.front());
    if (!at || cells.size() != series.size() + 1) {
      problem = !at ? fmt::format("line {}: {} is no time in seconds or UTC", number,
                                  in_quotes(cells.front()))
                    : fmt::format("line {}: {} cells, expected {}", number, cells.size(),
                                  series.size() + 1);
      return;
    }
    for (size_t i = 1; i < cells.size(); ++i) {
      if (cells[i].empty()) continue;
      const Parsed<double> value = parse_number(cells[i]);
      if (!value.value) {
        problem = fmt::format("line {}: {} is no number", number, in_quotes(cells[i]));
        return;
      }
      series[i - 1].samples.emplace_back(*at, *value.value);
    }
  }

  const std::optional<RecordedName>& name_;
};

std::string label(const Json& labels, const char* key) {
  const auto found = labels.find(key);
  return found != labels.end() && found->is_string() ? found->get<std::string>() : "";
}

std::string subject_of(const Json& labels) {
  const std::string job = label(labels, "job"), handler = label(labels, "handler");
  if (!job.empty()) return handler.empty() ? job : job + "/" + handler;
  for (const char* key : {"name", "queue", "server_address", "deployment"})
    if (std::string found = label(labels, key); !found.empty()) return found;
  return "";
}

/// Samples of one result; what is no number ("NaN") is left out, what is no pair is a problem.
std::string read_values(const Json& values, Raw& out) {
  for (const Json& pair : values) {
    if (!pair.is_array() || pair.size() != 2 || !pair[0].is_number() || !pair[1].is_string())
      return "values: expected [seconds, \"number\"]";
    const Parsed<double> value = parse_number(pair[1].get_ref<const std::string&>());
    if (value.value) out.samples.emplace_back(pair[0].get<double>(), *value.value);
  }
  return "";
}

std::string read_prometheus(std::string_view text, const std::optional<RecordedName>& name,
                            std::vector<Raw>& out) {
  if (!name) return "say what was asked for, as NAME=FILE with a NAME such as p95 or clients:p95";
  const Json root = Json::parse(text, nullptr, false);
  if (root.is_discarded()) return "not valid JSON";
  if (root.value("status", "") != "success")
    return "not a successful answer: " + in_quotes(root.value("error", "no status"));
  const Json* result = root.contains("data") && root["data"].is_object() &&
                               root["data"].value("resultType", "") == "matrix" &&
                               root["data"].contains("result")
                           ? &root["data"]["result"]
                           : nullptr;
  if (!result || !result->is_array()) return "expected data.result of a range query (a matrix)";
  for (const Json& one : *result) {
    if (!one.is_object() || !one.contains("metric") || !one["metric"].is_object() ||
        !one.contains("values") || !one["values"].is_array())
      return "expected metric and values of each result";
    Raw raw{*name, {}};
    if (raw.name.subject.empty()) raw.name.subject = subject_of(one["metric"]);
    if (std::string problem = read_values(one["values"], raw); !problem.empty()) return problem;
    out.push_back(std::move(raw));
  }
  return "";
}

/// Simulated time 0 in the time of the file.
double origin_of(const std::vector<Raw>& all, const std::optional<double>& start) {
  if (start) return *start;
  double first = HUGE_VAL;
  for (const Raw& raw : all)
    for (const auto& [at, value] : raw.samples) first = std::min(first, at);
  return first > kRealWorld && std::isfinite(first) ? first : 0;
}

}  // namespace

std::optional<double> parse_seconds(std::string_view text) {
  if (const std::optional<double> instant = parse_utc(text)) return instant;
  return parse_number(text).value;
}

RecordedName recorded_name(std::string_view text) {
  RecordedName out;
  if (const size_t open = text.rfind('['); open != text.npos && text.ends_with(']')) {
    out.unit = text.substr(open + 1, text.size() - open - 2);
    text = trimmed(text.substr(0, open));
  }
  const size_t colon = text.rfind(':');
  if (colon != text.npos) out.subject = trimmed(text.substr(0, colon));
  out.metric = trimmed(colon == text.npos ? text : text.substr(colon + 1));
  return out;
}

ReadRecorded read_recorded(std::string_view text, const std::optional<RecordedName>& name,
                           const std::optional<double>& start) {
  ReadRecorded out;
  std::vector<Raw> all;
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first != text.npos && text[first] == '{') {
    try {
      out.problem = read_prometheus(text, name, all);
    } catch (const std::exception&) {  // a value of another type than asked for
      out.problem = "not an answer of Prometheus to a range query";
    }
  } else {
    Csv csv(name);
    csv.read(text);
    out.problem = std::move(csv.problem);
    all = std::move(csv.series);
  }
  const double origin = origin_of(all, start);
  for (Raw& raw : all) {
    const std::optional<double> factor = factor_of(raw.name);
    if (!factor && out.problem.empty())
      out.problem = fmt::format("{} is not measured in {}", in_quotes(raw.name.metric),
                                in_quotes(raw.name.unit));
    for (auto& [at, value] : raw.samples) {
      at -= origin;
      value *= factor.value_or(1);
    }
    out.series.push_back({raw.name.subject, raw.name.metric, std::move(raw.samples)});
  }
  if (out.series.empty() && out.problem.empty()) out.problem = "there is nothing in it";
  return out;
}

}  // namespace rehearse::reports
