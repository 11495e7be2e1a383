#include <fmt/format.h>

#include <cmath>
#include <numbers>

#include "models/compiler.hpp"

/// Traffic as it is in the wild: the day and the week of people, and bursts.

namespace rehearse::models {
namespace {

constexpr double kDay = 86400;
constexpr double kWeek = 7 * kDay;
constexpr double kPiece = 300;       // s; a line within 6e-5 of the cosine of a day
constexpr double kMostPieces = 5e6;  // of a horizon; 47 years
constexpr std::size_t kHours = 24;

/// Day and week of a rate, as a factor on the mean of a working day.
struct Shape {
  double swing = 0;
  double peak = 0;            // s
  std::vector<double> hours;  // 24 factors in place of the cosine, 1 on average; or none
  double weekend = 1;
  /// `at` lies in the piece, seconds from Monday 00:00; `from` is where the piece begins.
  double at(double at, double from) const {
    const double day = std::fmod(std::floor(from / kDay + 1e-9), 7);
    const double level = day >= 5 ? weekend : 1;
    if (!hours.empty())
      return level * hours[static_cast<std::size_t>(std::floor(from / 3600 + 1e-9)) % kHours];
    return level * (1 + swing * std::cos(2 * std::numbers::pi * (at - peak) / kDay));
  }
};

}  // namespace

const FieldTable kFactorFields{
    "burst factor",
    "One state of the bursts of a season.",
    {{.name = "factor",
      .type = FieldType::number,
      .doc = "On the rate of the season, relative to the factors of the other states.",
      .required = true,
      .min = 0,
      .max = 1e6},
     {.name = "stay",
      .type = FieldType::duration,
      .doc = "Mean time in the state, exponential; then comes the next in the list, in a ring.",
      .required = true,
      .min = 0,
      .above_min = true}}};

const FieldTable kSeasonFields{
    "season",
    "Poisson arrivals at a rate that follows the day and the week: `mean` times 1 + `swing` times "
    "the cosine of the time since `peak`, on weekends times `weekend`. `hours` in place of the "
    "cosine gives any day, `bursts` make it uneven; `rehearse fit` finds them in a trace.",
    {{.name = "mean",
      .type = FieldType::rate,
      .doc = "Mean rate of a working day.",
      .required = true,
      .min = 0,
      .above_min = true},
     {.name = "swing",
      .type = FieldType::ratio,
      .doc = "How far peak and trough lie from the mean.",
      .fallback = "50%",
      .min = 0,
      .max = 1},
     {.name = "peak",
      .type = FieldType::duration,
      .doc = "Time of day of the peak, from midnight.",
      .fallback = "14h",
      .min = 0,
      .max = kDay},
     {.name = "hours",
      .type = FieldType::list,
      .doc =
          "Traffic of the hours of a day in proportion to each other: 24 numbers, from midnight. "
          "In place of `swing` and `peak`.",
      .item = FieldType::number,
      .example = "[2, 1, 1, 1, 1, 2, 4, 7, 9, 9, 8, 8, 9, 8, 8, 7, 7, 8, 9, 9, 8, 6, 4, 3]"},
     {.name = "weekend",
      .type = FieldType::ratio,
      .doc = "Traffic of Saturday and Sunday, as a share of that of a working day.",
      .fallback = "100%",
      .min = 0,
      .max = 1},
     {.name = "begin",
      .type = FieldType::duration,
      .doc = "Time of the week at which the trial begins, from Monday 00:00.",
      .fallback = "0s",
      .min = 0,
      .max = kWeek},
     {.name = "bursts",
      .type = FieldType::list,
      .doc = "States between which traffic jumps at random. Their factors are scaled such that the "
             "mean stays as it is.",
      .child = &kFactorFields}}};

const FieldTable kBurstFields{
    "burst state",
    "One state of a Markov-modulated Poisson process.",
    {{.name = "rate",
      .type = FieldType::rate,
      .doc = "Poisson arrivals at this rate while the state lasts; may be 0rps.",
      .required = true,
      .min = 0},
     {.name = "stay",
      .type = FieldType::duration,
      .doc = "Mean time in the state, exponential; then comes the next in the list, in a ring.",
      .required = true,
      .min = 0,
      .above_min = true}}};

// 24 factors with a mean of 1; none, and a complaint, where the list is another one.
std::vector<double> Compiler::read_hours(FieldReader& reader) {
  std::vector<double> hours;
  double sum = 0;
  for (const SpecNode& item : reader.items("hours")) {
    const Parsed<double> number = parse_number(item.text);
    if (!item.is_scalar() || !number.value || *number.value < 0) break;
    hours.push_back(*number.value);
    sum += hours.back();
  }
  if (hours.size() != kHours || reader.items("hours").size() != kHours || !(sum > 0)) {
    reader.error("out-of-range", "hours", "a day has 24 hours, each with a number of at least 0",
                 "write 24 numbers, the first for the hour after midnight, not all of them 0");
    return {};
  }
  for (double& hour : hours) hour *= static_cast<double>(kHours) / sum;
  return hours;
}

// Factors on the rate of a season, 1 on average.
std::vector<BurstState> Compiler::read_factors(FieldReader& season) {
  std::vector<BurstState> states;
  double time = 0;
  double sum = 0;
  for (const SpecNode& item : season.items("bursts")) {
    FieldReader state(item, kFactorFields, out_, "a state of " + season.what());
    states.push_back({state.number("factor"), state.duration("stay").to_seconds()});
    time += states.back().stay;
    sum += states.back().rate * states.back().stay;
  }
  if (states.size() < 2 || !(sum > 0)) {
    season.error("missing-field", "bursts",
                 states.size() < 2 ? "bursts need two states or more" : "no state has any arrivals",
                 "write 'bursts: [{factor: 1, stay: 10m}, {factor: 5, stay: 30s}]'");
    return {};
  }
  for (BurstState& state : states) state.rate *= time / sum;
  return states;
}

void Compiler::read_season(const SpecNode& node, WorkloadSpec& spec) {
  FieldReader reader(node, kSeasonFields, out_, "season");
  const double mean = reader.rate("mean");
  Shape shape{
      reader.ratio("swing"), reader.duration("peak").to_seconds(), {}, reader.ratio("weekend")};
  if (reader.has("hours")) {
    shape.hours = read_hours(reader);
    for (const std::string_view cosine : {"swing", "peak"})
      if (reader.has(cosine))
        reader.error("contradiction", cosine, "the hours say how traffic swings",
                     "leave out 'hours', or 'swing' and 'peak'");
  }
  const double begin = reader.duration("begin").to_seconds();
  const double horizon = scenario_.experiment.horizon.to_seconds();
  if (horizon / kPiece > kMostPieces)
    return out_.error("out-of-range", node.mark, "the horizon has too many days for a season",
                      "a season is for horizons of up to 40 years");
  ArrivalSpec arrivals;
  arrivals.kind = ArrivalSpec::Kind::rates;
  if (reader.has("bursts")) arrivals.states = read_factors(reader);
  // Pieces on a grid of the week, so that none lies across midnight or the end of an hour.
  for (double from = begin; from < begin + horizon;) {
    const double to = (std::floor(from / kPiece + 1e-9) + 1) * kPiece;
    arrivals.segments.push_back({from - begin, to - begin,
                                 std::max(0.0, mean * shape.at(from, from)),
                                 std::max(0.0, mean * shape.at(to, from))});
    from = to;
  }
  spec.arrivals = std::move(arrivals);
}

void Compiler::read_bursts(FieldReader& arrivals_reader, WorkloadSpec& spec) {
  ArrivalSpec arrivals;
  arrivals.kind = ArrivalSpec::Kind::mmpp;
  double highest = 0;
  for (const SpecNode& item : arrivals_reader.items("mmpp")) {
    FieldReader state(item, kBurstFields, out_, "a state of " + arrivals_reader.what());
    arrivals.states.push_back({state.rate("rate"), state.duration("stay").to_seconds()});
    highest = std::max(highest, arrivals.states.back().rate);
  }
  if (arrivals.states.size() < 2 || highest <= 0)
    return arrivals_reader.error(
        "missing-field", "mmpp",
        arrivals.states.size() < 2 ? "bursts need two states or more" : "no state has any arrivals",
        "write 'mmpp: [{rate: 10rps, stay: 1m}, {rate: 100rps, stay: 5s}]'");
  spec.arrivals = std::move(arrivals);
}

}  // namespace rehearse::models
