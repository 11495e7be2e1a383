/// From scenario text to distributions, by the field tables of distribution_fields.cpp.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/distribution.hpp"
#include "sim/sample_file.hpp"

namespace rehearse::sim {
namespace {

constexpr std::string_view kBad = "bad-distribution";
constexpr double kForever = 9.2e9;  // seconds; the end of 64-bit time
constexpr double kUnitSeconds[] = {1e-9, 1e-6, 1e-3, 1, 60, 3600};  // choices of `unit`

double seconds(Duration d) {
  return static_cast<double>(d.ns()) / 1e9;
}

/// Reads one distribution; what it cannot read it reports and takes as constant zero.
class Reader {
 public:
  Reader(Diagnostics& out, const SampleFiles& files) : out_(out), files_(files) {}
  Distribution read(const SpecNode& node, const std::string& what);

 private:
  Distribution constant(const SpecNode& node, const std::string& what);
  Distribution kind(const SpecNode& node, std::string_view name, FieldReader& fields);
  Distribution uniform(const SpecNode& node, const std::string& what);
  Distribution lognormal(const SpecNode& node, const std::string& what);
  Distribution empirical(const SpecNode& node, const std::string& what);
  Distribution empirical_file(const SpecNode& node, const std::string& what);
  Distribution mixture(const SpecNode& node, const std::string& what);
  std::optional<double> time(const SpecNode& node, const std::string& what);
  std::string beside(const std::string& path, Mark place) const;

  Diagnostics& out_;
  const SampleFiles& files_;
};

Distribution Reader::constant(const SpecNode& node, const std::string& what) {
  const auto value = time(node, what);
  return Distribution::constant(value.value_or(0));
}

/// The seconds of a scalar that must be a duration.
std::optional<double> Reader::time(const SpecNode& node, const std::string& what) {
  if (!node.is_scalar()) {
    out_.error(kBad, node.mark, what + " must be a duration here", "for example 250ms");
    return std::nullopt;
  }
  const Parsed<Duration> parsed = parse_duration(node.text);
  if (!parsed.value) {
    out_.error("bad-quantity", node.mark, fmt::format("{}: {}", what, parsed.problem), parsed.help);
    return std::nullopt;
  }
  return seconds(*parsed.value);
}

Distribution Reader::read(const SpecNode& node, const std::string& what) {
  if (node.is_scalar()) return constant(node, what);
  if (!node.is_map()) {
    out_.error(kBad, node.mark, what + " is neither a duration nor a distribution",
               "write 250ms, or {exponential: 250ms}, or another distribution");
    return {};
  }
  const int before = out_.error_count();
  FieldReader fields(node, kDistributionFields, out_, what);
  const Field* found = nullptr;
  for (const Field& field : kDistributionFields.fields) {
    if (!fields.has(field.name)) continue;
    if (found != nullptr) {
      fields.error(kBad, field.name,
                   fmt::format("{} is given as '{}' and as '{}'", what, found->name, field.name),
                   "keep one of them; {mixture: [...]} combines several");
      return {};
    }
    found = &field;
  }
  if (found != nullptr) return kind(*fields.node(found->name), found->name, fields);
  if (out_.error_count() == before)  // else an unknown key, which is reported
    out_.error(kBad, node.mark, what + " names no distribution",
               "write a duration, or one key such as {exponential: 250ms}");
  return {};
}

Distribution Reader::kind(const SpecNode& node, std::string_view name, FieldReader& fields) {
  const std::string what = fmt::format("{}: {}", fields.what(), name);
  if (name == "exponential") return Distribution::exponential(seconds(fields.duration(name)));
  if (name == "uniform") return uniform(node, what);
  if (name == "lognormal") return lognormal(node, what);
  if (name == "empirical") return empirical(node, what);
  if (name == "mixture") return mixture(node, what);
  const int before = out_.error_count();
  FieldReader in(node, *kDistributionFields.find(name)->child, out_, what);
  const auto duration = [&](std::string_view field) { return seconds(in.duration(field)); };
  const auto made = [&](auto make, double a, double b) {
    return out_.error_count() == before ? make(a, b) : Distribution();
  };
  if (name == "normal") return made(Distribution::normal, duration("mean"), duration("deviation"));
  if (name == "gamma") return made(Distribution::gamma, in.number("shape"), duration("mean"));
  if (name == "weibull") return made(Distribution::weibull, in.number("shape"), duration("scale"));
  if (name == "pareto") return made(Distribution::pareto, in.number("shape"), duration("scale"));
  return made(Distribution::hyperexponential, duration("mean"), in.number("scv"));
}

Distribution Reader::uniform(const SpecNode& node, const std::string& what) {
  if (!node.is_list() || node.items.size() != 2) {
    out_.error(kBad, node.mark, what + " wants the least and the greatest value",
               "for example {uniform: [1ms, 3ms]}");
    return {};
  }
  const auto low = time(node.items[0], what);
  const auto high = time(node.items[1], what);
  if (!low || !high) return {};
  if (*low <= *high) return Distribution::uniform(*low, *high);
  out_.error(
      kBad, node.mark,
      fmt::format("{} runs from {} down to {}", what, node.items[0].text, node.items[1].text),
      "the smaller value comes first");
  return {};
}

Distribution Reader::lognormal(const SpecNode& node, const std::string& what) {
  const int before = out_.error_count();
  FieldReader in(node, *kDistributionFields.find("lognormal")->child, out_, what);
  if (out_.error_count() != before) return {};
  const bool by_median = in.has("median") && in.has("p99") && !in.has("mean") && !in.has("cv");
  const bool by_mean = in.has("mean") && in.has("cv") && !in.has("median") && !in.has("p99");
  if (!by_median && !by_mean) {
    out_.error(kBad, node.mark, what + " wants either median and p99, or mean and cv",
               "for example {lognormal: {median: 2ms, p99: 8ms}}");
    return {};
  }
  const double center = seconds(in.duration(by_median ? "median" : "mean"));
  const double spread = by_median ? seconds(in.duration("p99")) : in.number("cv");
  if (out_.error_count() != before) return {};
  if (by_mean) return Distribution::lognormal_mean_cv(center, spread);
  if (spread >= center) return Distribution::lognormal_median_p99(center, spread);
  in.error(kBad, "p99", what + ": the p99 lies below the median", "swap them?");
  return {};
}

Distribution Reader::empirical(const SpecNode& node, const std::string& what) {
  if (node.is_map()) return empirical_file(node, what);
  if (!node.is_list() || node.items.empty()) {
    out_.error(kBad, node.mark, what + " wants a list of values or a file of them",
               "for example [1ms, 2ms, 9ms] or {file: x.csv, column: latency, unit: ms}");
    return {};
  }
  std::vector<double> values;
  bool good = true;
  for (const SpecNode& item : node.items) {
    const auto value = time(item, what);
    good = good && value;
    values.push_back(value.value_or(0));
  }
  return good ? Distribution::empirical(std::move(values)) : Distribution();
}

Distribution Reader::empirical_file(const SpecNode& node, const std::string& what) {
  const int before = out_.error_count();
  FieldReader in(node, *kDistributionFields.find("empirical")->child, out_, what);
  const std::string path = beside(in.text("file"), in.mark("file"));
  const double unit = kUnitSeconds[in.choice("unit")];
  const std::string column = in.text("column");
  if (out_.error_count() != before) return {};
  const auto bad = [&](std::string_view field, const std::string& problem, std::string help,
                       std::string_view id = "bad-sample-file") {
    in.error(id, field, fmt::format("{}: {} {}", what, path, problem), std::move(help));
    return Distribution();
  };
  if (!files_)
    return bad("file", "cannot be read: sample files are not available here", {},
               "unreadable-file");
  const SampleText file = files_(path);
  if (!file.text) return bad("file", "cannot be read: " + file.problem, {}, "unreadable-file");
  SampleColumn samples = read_sample_column(*file.text, column);
  if (!samples.problem.empty())
    return bad(
        samples.values.empty() && samples.problem.starts_with("has no column") ? "column" : "file",
        samples.problem, samples.help);
  for (double& value : samples.values) {
    value *= unit;
    if (value > kForever) return bad("unit", "holds times beyond 292 years", "is the unit right?");
  }
  return Distribution::empirical(std::move(samples.values));
}

Distribution Reader::mixture(const SpecNode& node, const std::string& what) {
  if (!node.is_list() || node.items.empty()) {
    out_.error(kBad, node.mark, what + " wants a list of parts",
               "for example [{weight: 90%, of: {exponential: 1ms}}, {weight: 10%, of: 20ms}]");
    return {};
  }
  const int before = out_.error_count();
  std::vector<std::pair<double, Distribution>> parts;
  double total = 0;
  for (const SpecNode& item : node.items) {
    FieldReader in(item, *kDistributionFields.find("mixture")->child, out_, what);
    const double weight = in.ratio("weight");
    total += weight;
    const SpecNode* of = in.node("of");
    Distribution part = of == nullptr ? Distribution() : read(*of, what);
    if (weight > 0) parts.emplace_back(weight, std::move(part));
  }
  if (out_.error_count() != before) return {};
  // A millionth: people write 33.3333%.
  if (std::fabs(total - 1) > 1e-6) {
    out_.error(kBad, node.mark,
               fmt::format("{}: the weights add up to {}", what, format_ratio(total)),
               "they must add up to 100%");
    return {};
  }
  return Distribution::mixture(std::move(parts));
}

/// The path after the folder of the file in which it was written.
std::string Reader::beside(const std::string& path, Mark place) const {
  if (path.empty() || path.front() == '/' || place.file < 0) return path;
  const std::string& from = out_.file_name(place.file);
  const std::size_t slash = from.rfind('/');
  return slash == std::string::npos ? path : from.substr(0, slash + 1) + path;
}

}  // namespace

Distribution read_distribution(const SpecNode& node, const std::string& what, Diagnostics& out,
                               const SampleFiles& files) {
  return Reader(out, files).read(node, what);
}

}  // namespace rehearse::sim
