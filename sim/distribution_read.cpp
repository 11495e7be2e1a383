/// From scenario text to distributions: the field tables and the reader that goes by them.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/distribution.hpp"
#include "sim/sample_file.hpp"

namespace rehearse::sim {
namespace {

constexpr std::string_view kBad = "bad-distribution";
constexpr double kForever = 9.2e9;  // seconds; the end of 64-bit time
constexpr double kMinShape = 0.01;  // below, samples leave the range of time altogether
constexpr double kMaxShape = 1e6;   // above, the law is a constant but for rounding

Field time_field(std::string_view name, std::string_view doc, bool required = true) {
  return {.name = name, .type = FieldType::duration, .doc = doc, .required = required, .min = 0};
}
Field shape_field(std::string_view doc) {
  return {.name = "shape",
          .type = FieldType::number,
          .doc = doc,
          .required = true,
          .min = kMinShape,
          .max = kMaxShape};
}

const FieldTable kNormal = {
    .name = "normal",
    .doc =
        "Normal distribution above zero: the part of the bell below zero is cut off, and the rest "
        "scaled up. `mean` and `deviation` are those of the whole bell.",
    .fields = {time_field("mean", "Mean of the bell before the cut."),
               time_field("deviation", "Standard deviation of the bell before the cut.")}};

const FieldTable kLognormal = {
    .name = "lognormal",
    .doc = "Log-normal distribution, by median and 99th percentile or by mean and cv.",
    .fields = {time_field("median", "Half of the values lie below; goes with `p99`.", false),
               time_field("p99", "99% of the values lie below; at least the median.", false),
               time_field("mean", "Mean; goes with `cv`.", false),
               {.name = "cv",
                .type = FieldType::number,
                .doc = "Coefficient of variation: standard deviation over mean.",
                .min = 0,
                .max = 1e6}}};

const FieldTable kGamma = {
    .name = "gamma",
    .doc = "Gamma distribution; with a whole shape k the Erlang distribution of k phases.",
    .fields = {shape_field("1 is exponential; larger is more regular, with cv = 1 / sqrt(shape)."),
               time_field("mean", "Mean.")}};

const FieldTable kWeibull = {
    .name = "weibull",
    .doc = "Weibull distribution. Times between real failures have a shape below 1.",
    .fields = {shape_field("1 is exponential; below 1 many short and a few very long times."),
               time_field("scale", "63.2% of the values lie below.")}};

const FieldTable kPareto = {.name = "pareto",
                            .doc =
                                "Pareto distribution: never below `scale`, with a power law above. "
                                "The mean is infinite for "
                                "a shape up to 1, the variance for a shape up to 2.",
                            .fields = {shape_field("Exponent of the tail; smaller is heavier."),
                                       time_field("scale", "Least value.")}};

const FieldTable kHyperexponential = {
    .name = "hyperexponential",
    .doc =
        "Two exponential distributions, of which one is chosen at random; each carries half of the "
        "mean. For times that vary more than exponential ones.",
    .fields = {time_field("mean", "Mean."),
               {.name = "scv",
                .type = FieldType::number,
                .doc = "Squared coefficient of variation; 1 is exponential.",
                .required = true,
                .min = 1,
                .max = 1e6}}};

const FieldTable kSampleFile = {
    .name = "empirical",
    .doc = "Values measured elsewhere, from a CSV file with a header row; at most 10 million rows.",
    .fields = {{.name = "file",
                .type = FieldType::text,
                .doc = "Path, relative to the file that names it.",
                .required = true},
               {.name = "column",
                .type = FieldType::text,
                .doc = "Name of the column in the header row.",
                .required = true},
               {.name = "unit",
                .type = FieldType::choice,
                .doc = "Unit of the numbers in the column.",
                .required = true,
                .choices = {"ns", "us", "ms", "s", "m", "h"}}}};
constexpr double kUnitSeconds[] = {1e-9, 1e-6, 1e-3, 1, 60, 3600};

const FieldTable kMixturePart = {
    .name = "mixture part",
    .doc = "One distribution of a mixture.",
    .fields = {{.name = "weight",
                .type = FieldType::ratio,
                .doc = "Share of the values that come from here; all weights add up to 100%.",
                .required = true,
                .min = 0,
                .max = 1},
               {.name = "of",
                .type = FieldType::distribution,
                .doc = "A duration or a distribution.",
                .required = true}}};

constexpr std::string_view kUniformSchema =
    R"({"type": "array", "items": {"type": "string"}, "minItems": 2, "maxItems": 2})";
constexpr std::string_view kEmpiricalSchema =
    R"({"oneOf": [{"type": "array", "items": {"type": "string"}, "minItems": 1}, )"
    R"({"type": "object", "required": ["file", "column", "unit"], "additionalProperties": false, )"
    R"("properties": {"file": {"type": "string"}, "column": {"type": "string"}, )"
    R"("unit": {"enum": ["ns", "us", "ms", "s", "m", "h"]}}}]})";

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
  std::optional<double> list_item(const SpecNode& node, const std::string& what);
  std::string beside(const std::string& path, Mark place) const;

  Diagnostics& out_;
  const SampleFiles& files_;
};

Distribution Reader::constant(const SpecNode& node, const std::string& what) {
  const auto value = list_item(node, what);
  return Distribution::constant(value.value_or(0));
}

/// A scalar that must be a duration >= 0, in seconds.
std::optional<double> Reader::list_item(const SpecNode& node, const std::string& what) {
  if (!node.is_scalar()) {
    out_.error(kBad, node.mark, what + " must be a duration here", "for example 250ms");
    return std::nullopt;
  }
  const Parsed<Duration> parsed = parse_duration(node.text);
  if (!parsed.value) {
    out_.error(kBad, node.mark, fmt::format("{}: {}", what, parsed.problem), parsed.help);
    return std::nullopt;
  }
  if (*parsed.value < Duration::zero()) {
    out_.error(kBad, node.mark, what + " is negative", "durations start at 0s");
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
  if (found == nullptr) {
    if (node.entries.empty())
      out_.error(kBad, node.mark, what + " names no distribution",
                 "write a duration, or one key such as {exponential: 250ms}");
    return {};  // else an unknown key, which is reported
  }
  return kind(*fields.node(found->name), found->name, fields);
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
  const auto time = [&](std::string_view field) { return seconds(in.duration(field)); };
  const auto made = [&](auto make, double a, double b) {
    return out_.error_count() == before ? make(a, b) : Distribution();
  };
  if (name == "normal") return made(Distribution::normal, time("mean"), time("deviation"));
  if (name == "gamma") return made(Distribution::gamma, in.number("shape"), time("mean"));
  if (name == "weibull") return made(Distribution::weibull, in.number("shape"), time("scale"));
  if (name == "pareto") return made(Distribution::pareto, in.number("shape"), time("scale"));
  return made(Distribution::hyperexponential, time("mean"), in.number("scv"));
}

Distribution Reader::uniform(const SpecNode& node, const std::string& what) {
  if (!node.is_list() || node.items.size() != 2) {
    out_.error(kBad, node.mark, what + " wants the least and the greatest value",
               "for example {uniform: [1ms, 3ms]}");
    return {};
  }
  const auto low = list_item(node.items[0], what);
  const auto high = list_item(node.items[1], what);
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
  FieldReader in(node, kLognormal, out_, what);
  if (out_.error_count() != before) return {};
  const bool by_median = in.has("median") && in.has("p99") && !in.has("mean") && !in.has("cv");
  const bool by_mean = in.has("mean") && in.has("cv") && !in.has("median") && !in.has("p99");
  if (!by_median && !by_mean) {
    out_.error(kBad, node.mark, what + " wants either median and p99, or mean and cv",
               "for example {lognormal: {median: 2ms, p99: 8ms}}");
    return {};
  }
  const std::string_view location = by_median ? "median" : "mean";
  const double center = seconds(in.duration(location));
  const double spread = by_median ? seconds(in.duration("p99")) : in.number("cv");
  if (out_.error_count() != before) return {};
  if (center <= 0) {
    in.error(kBad, location, fmt::format("{}: the {} must be above zero", what, location));
    return {};
  }
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
    const auto value = list_item(item, what);
    good = good && value;
    values.push_back(value.value_or(0));
  }
  return good ? Distribution::empirical(std::move(values)) : Distribution();
}

Distribution Reader::empirical_file(const SpecNode& node, const std::string& what) {
  const int before = out_.error_count();
  FieldReader in(node, kSampleFile, out_, what);
  const std::string path = beside(in.text("file"), in.mark("file"));
  const double unit = kUnitSeconds[in.choice("unit")];
  const std::string column = in.text("column");
  if (out_.error_count() != before) return {};
  const auto bad = [&](std::string_view field, const std::string& problem, std::string help) {
    in.error("bad-sample-file", field, fmt::format("{}: {} {}", what, path, problem),
             std::move(help));
    return Distribution();
  };
  if (!files_) return bad("file", "cannot be read: sample files are not available here", {});
  const SampleText file = files_(path);
  if (!file.text) return bad("file", "cannot be read: " + file.problem, {});
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
    FieldReader in(item, kMixturePart, out_, what);
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

const FieldTable kDistributionFields = {
    .name = "distribution",
    .doc =
        "Wherever a duration is asked for, a distribution of durations may stand: a map with one "
        "of "
        "these keys.",
    .fields = {
        time_field("exponential", "Exponential distribution with this mean.", false),
        {.name = "uniform",
         .type = FieldType::custom,
         .doc = "Evenly between two durations: `[1ms, 3ms]`.",
         .schema = kUniformSchema},
        {.name = "normal", .type = FieldType::block, .doc = kNormal.doc, .child = &kNormal},
        {.name = "lognormal",
         .type = FieldType::block,
         .doc = kLognormal.doc,
         .child = &kLognormal},
        {.name = "gamma", .type = FieldType::block, .doc = kGamma.doc, .child = &kGamma},
        {.name = "weibull", .type = FieldType::block, .doc = kWeibull.doc, .child = &kWeibull},
        {.name = "pareto", .type = FieldType::block, .doc = kPareto.doc, .child = &kPareto},
        {.name = "hyperexponential",
         .type = FieldType::block,
         .doc = kHyperexponential.doc,
         .child = &kHyperexponential},
        {.name = "empirical",
         .type = FieldType::custom,
         .doc = "Measured values: a list `[1ms, 2ms, 9ms]`, or a CSV file `{file: latencies.csv, "
                "column: latency, unit: ms}`; between neighbours in order values are interpolated.",
         .schema = kEmpiricalSchema},
        {.name = "mixture",
         .type = FieldType::list,
         .doc = "Values come from one of several distributions, chosen by weight.",
         .child = &kMixturePart}}};

Distribution read_distribution(const SpecNode& node, const std::string& what, Diagnostics& out,
                               const SampleFiles& files) {
  return Reader(out, files).read(node, what);
}

}  // namespace rehearse::sim
