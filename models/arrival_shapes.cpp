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

}  // namespace

const FieldTable kSeasonFields{
    "season",
    "Poisson arrivals at a rate that follows the day and the week: `mean` times 1 + `swing` times "
    "the cosine of the time since `peak`, on weekends times `weekend`.",
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
      .max = kWeek}}};

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

void Compiler::read_season(const SpecNode& node, WorkloadSpec& spec) {
  FieldReader reader(node, kSeasonFields, out_, "season");
  const double mean = reader.rate("mean");
  const double swing = reader.ratio("swing");
  const double peak = reader.duration("peak").to_seconds();
  const double weekend = reader.ratio("weekend");
  const double begin = reader.duration("begin").to_seconds();
  const double horizon = scenario_.experiment.horizon.to_seconds();
  if (horizon / kPiece > kMostPieces)
    return out_.error("out-of-range", node.mark, "the horizon has too many days for a season",
                      "a season is for horizons of up to 40 years");
  ArrivalSpec arrivals;
  arrivals.kind = ArrivalSpec::Kind::rates;
  // Pieces on a grid of the week, so that none lies across midnight.
  for (double from = begin; from < begin + horizon;) {
    const double to = (std::floor(from / kPiece + 1e-9) + 1) * kPiece;
    const double day = std::fmod(std::floor(from / kDay + 1e-9), 7);
    const double level = mean * (day >= 5 ? weekend : 1);
    const auto rate = [&](double at) {
      return level * (1 + swing * std::cos(2 * std::numbers::pi * (at - peak) / kDay));
    };
    arrivals.segments.push_back(
        {from - begin, to - begin, std::max(0.0, rate(from)), std::max(0.0, rate(to))});
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
