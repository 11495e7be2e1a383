#include "scenarios/spec/experiment.hpp"

#include <fmt/format.h>

#include <string>

namespace rehearse::spec {

const FieldTable kExperimentFields{
    "experiment",
    "How long, how often and how surely the scenario is simulated. Every key has a default.",
    {
        {.name = "horizon",
         .type = FieldType::duration,
         .doc = "Simulated time of one trial.",
         .fallback = "10m",
         .min = 0,
         .above_min = true,
         .example = "30m"},
        {.name = "warmup",
         .type = FieldType::duration,
         .doc =
             "Cut from the start of every trial, so that the empty system does not count. `auto` "
             "finds it by a rule that the result names.",
         .fallback = "auto",
         .min = 0,
         .words = {"auto"},
         .example = "1m"},
        {.name = "trials",
         .type = FieldType::count,
         .doc = "Independent trials. `auto` goes on until every objective is decided.",
         .fallback = "auto",
         .min = 1,
         .max = 1e6,
         .words = {"auto"}},
        {.name = "max_trials",
         .type = FieldType::count,
         .doc = "Where `auto` gives up and says *undecided*.",
         .fallback = "200",
         .min = 2,
         .max = 1e6},
        {.name = "confidence",
         .type = FieldType::ratio,
         .doc = "Of every interval; more than 50% and less than 100%.",
         .fallback = "95%",
         .min = 0.5,
         .max = 0.999999,
         .above_min = true,
         .example = "95%"},
        {.name = "seed",
         .type = FieldType::count,
         .doc = "Of all random streams: the same seed gives the same run.",
         .fallback = "1",
         .min = 0},
        {.name = "precision",
         .type = FieldType::ratio,
         .doc = "For `trials: auto`: go on until the interval of each objective also has this "
                "relative half-width.",
         .min = 0,
         .max = 1,
         .above_min = true,
         .example = "1%"},
        {.name = "window",
         .type = FieldType::duration,
         .doc = "Width of one point of the time series; about 300 points over the horizon unless "
                "given.",
         .min = 0,
         .above_min = true,
         .example = "1s"},
        {.name = "drain",
         .type = FieldType::flag,
         .doc = "At the horizon arrivals stop, and the trial goes on until all work is done.",
         .fallback = "false"},
    }};

namespace {

/// What each key allows but the keys together do not.
void check_together(const Experiment& e, FieldReader& reader) {
  const std::string horizon = exact_duration(e.horizon);
  if (e.warmup && *e.warmup >= e.horizon)
    reader.error("out-of-range", "warmup",
                 fmt::format("the warm-up of {} leaves nothing of the horizon of {}",
                             exact_duration(*e.warmup), horizon),
                 "make the horizon longer than the warm-up");
  if (e.window && *e.window > e.horizon)
    reader.error("out-of-range", "window",
                 fmt::format("the window of {} is longer than the horizon of {}",
                             exact_duration(*e.window), horizon),
                 "make the window shorter");
  const bool many = e.window && *e.window > Duration::zero() && e.horizon / *e.window > 1'000'000;
  if (many)
    reader.error("out-of-range", "window",
                 fmt::format("windows of {} cut the horizon of {} into more than a million points",
                             exact_duration(*e.window), horizon),
                 "make the window longer");
  if (e.trials && reader.has("precision"))
    reader.warning("no-effect", "precision",
                   fmt::format("'precision' has no effect with 'trials: {}'", *e.trials),
                   "write trials: auto, or leave the precision out");
  if (e.trials && reader.has("max_trials"))
    reader.warning("no-effect", "max_trials",
                   fmt::format("'max_trials' has no effect with 'trials: {}'", *e.trials),
                   "write trials: auto, or leave max_trials out");
}

}  // namespace

Experiment read_experiment(const SpecNode* node, Diagnostics& out) {
  static const SpecNode kAbsent;
  FieldReader reader(node != nullptr ? *node : kAbsent, kExperimentFields, out, "experiment");
  Experiment e;
  e.horizon = reader.duration("horizon");
  e.warmup = reader.optional_duration("warmup");
  if (const auto trials = reader.optional_count("trials")) e.trials = static_cast<int>(*trials);
  e.max_trials = static_cast<int>(reader.count("max_trials"));
  e.confidence = reader.ratio("confidence");
  e.seed = static_cast<std::uint64_t>(reader.count("seed"));
  e.precision = reader.optional_ratio("precision");
  e.window = reader.optional_duration("window");
  e.drain = reader.flag("drain");
  check_together(e, reader);
  return e;
}

}  // namespace rehearse::spec
