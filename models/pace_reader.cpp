#include <fmt/format.h>

#include "models/compiler.hpp"

/// `warmup` and `pauses` of a service.

namespace rehearse::models {

const FieldTable kWarmupFields{
    "warmup",
    "After its process has started, an instance works slower, by a factor that falls in a straight "
    "line to 1: code that is not compiled yet, caches and pools that are empty.",
    {{.name = "duration",
      .type = FieldType::duration,
      .doc = "Until it works at full speed.",
      .required = true,
      .min = 0,
      .above_min = true},
     {.name = "slowdown",
      .type = FieldType::number,
      .doc = "Work takes so many times as long at the beginning.",
      .required = true,
      .min = 1,
      .max = 1000,
      .example = "4"},
     {.name = "from_start",
      .type = FieldType::flag,
      .doc = "Whether the trial begins with instances that have just started (a deployment), "
             "rather than with warm ones.",
      .fallback = "false"}}};

const FieldTable kPausesFields{
    "pauses",
    "An instance stands still from time to time, each for itself: a garbage collector that stops "
    "the world, a host that takes the processor away. Work in progress waits; what arrives waits "
    "as well.",
    {{.name = "every",
      .type = FieldType::distribution,
      .doc = "From the end of a pause to the beginning of the next.",
      .required = true,
      .example = "{exponential: 20s}"},
     {.name = "for",
      .type = FieldType::distribution,
      .doc = "How long it stands still.",
      .required = true,
      .example = "{lognormal: {median: 40ms, p99: 400ms}}"}}};

void Compiler::read_pace(FieldReader& reader, const std::string& what, ServiceSpec& spec) {
  PaceSpec& pace = spec.pace;
  if (const SpecNode* node = reader.node("warmup")) {
    FieldReader warmup(*node, kWarmupFields, out_, "warm-up of " + what);
    pace.warmup = warmup.duration("duration");
    pace.slowdown = warmup.number("slowdown");
    pace.from_start = warmup.flag("from_start");
  }
  const SpecNode* node = reader.node("pauses");
  if (node == nullptr) return;
  FieldReader pauses(*node, kPausesFields, out_, "pauses of " + what);
  const SpecNode* every = pauses.node("every");
  const SpecNode* lasts = pauses.node("for");
  if (every == nullptr || lasts == nullptr) return;
  pace.pause_every = add_law(*every, spec.name, "time between pauses");
  pace.pause_for = add_law(*lasts, spec.name, "length of pauses");
  pace.stream = add_stream(spec.name, "first pauses");
  const double between = blueprint_.plans.laws[pace.pause_every].law.mean();
  const double length = blueprint_.plans.laws[pace.pause_for].law.mean();
  if (between <= 0) {
    pauses.error("out-of-range", "every", fmt::format("{} would never work", what),
                 "give it time between pauses: {exponential: 20s}");
    return;
  }
  pace.running = between / (between + length);
}

}  // namespace rehearse::models
