/// Keys of every distribution: what the reader accepts, and the reference page and the schema show.

#include "sim/distribution.hpp"

namespace rehearse::sim {
namespace {

constexpr double kMinShape = 0.01;  // below, samples leave the range of time altogether
constexpr double kMaxShape = 1e6;   // above, the law is a constant but for rounding

Field time_field(std::string_view name, std::string_view doc) {
  return {.name = name, .type = FieldType::duration, .doc = doc, .required = true, .min = 0};
}
Field optional_time_field(std::string_view name, std::string_view doc) {
  return {.name = name, .type = FieldType::duration, .doc = doc, .min = 0, .above_min = true};
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
    .fields = {optional_time_field("median", "Half of the values lie below; goes with `p99`."),
               optional_time_field("p99", "99% of the values lie below; at least the median."),
               optional_time_field("mean", "Mean; goes with `cv`."),
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
constexpr std::string_view kListSchema =
    R"({"type": "array", "items": {"type": "string"}, "minItems": 1})";

}  // namespace

const FieldTable kDistributionFields = {
    .name = "distribution",
    .doc =
        "Wherever a duration is asked for, a distribution of durations may stand: a map with one "
        "of "
        "these keys.",
    .fields = {
        {.name = "exponential",
         .type = FieldType::duration,
         .doc = "Exponential distribution with this mean.",
         .min = 0},
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
         .child = &kSampleFile,
         .schema = kListSchema},
        {.name = "mixture",
         .type = FieldType::list,
         .doc = "Values come from one of several distributions, chosen by weight.",
         .child = &kMixturePart}}};

}  // namespace rehearse::sim
