#include <fmt/format.h>

#include "models/compiler.hpp"

/// What a database does besides its queries: checkpoints, vacuum, storage that fills.

namespace rehearse::models {
namespace {

FieldTable phase_fields(std::string_view title, std::string_view doc, Field length,
                        std::string_view every) {
  return {title,
          doc,
          {{.name = "every",
            .type = FieldType::duration,
            .doc = "From the beginning of one to that of the next.",
            .fallback = every,
            .min = 0,
            .above_min = true},
           length,
           {.name = "slowdown",
            .type = FieldType::number,
            .doc = "Factor by which queries take longer meanwhile, on all instances.",
            .required = true,
            .min = 1,
            .max = 1e6}}};
}

}  // namespace

const FieldTable kCheckpointFields =
    phase_fields("checkpoints", "Times at which changed pages are written to disk.",
                 {.name = "completion_target",
                  .type = FieldType::number,
                  .doc = "Share of the interval over which the writes are spread.",
                  .fallback = "0.9",
                  .min = 0,
                  .max = 1,
                  .above_min = true},
                 "5m");
const FieldTable kVacuumFields =
    phase_fields("vacuum", "Times at which dead rows are cleared away.",
                 {.name = "for",
                  .type = FieldType::duration,
                  .doc = "How long it takes.",
                  .required = true,
                  .min = 0,
                  .above_min = true},
                 "1h");
const FieldTable kStorageFields{
    "storage",
    "Disk of a database. Above 80% and when it is full, the timeline of the run says so.",
    {{.name = "size",
      .type = FieldType::bytes,
      .doc = "Room for data; writes that do not fit fail.",
      .required = true,
      .min = 1},
     {.name = "used",
      .type = FieldType::bytes,
      .doc = "In the beginning.",
      .fallback = "0B",
      .min = 0}}};

void Compiler::read_upkeep(FieldReader& database, ServiceSpec& spec) {
  const auto add = [&](const char* name, Duration every, Duration length, double slowdown) {
    const auto service = static_cast<std::uint32_t>(blueprint_.services.size());
    add_phase({name, service, every, length, slowdown, 0}, spec);
  };
  if (const SpecNode* node = database.node("checkpoints")) {
    FieldReader reader(*node, kCheckpointFields, out_, "checkpoints of " + database.what());
    const Duration every = reader.duration("every");
    const double share = reader.number("completion_target");
    add("checkpoint", every, Duration::from_seconds(every.to_seconds() * share),
        reader.number("slowdown"));
  }
  if (const SpecNode* node = database.node("vacuum")) {
    FieldReader reader(*node, kVacuumFields, out_, "vacuum of " + database.what());
    const Duration every = reader.duration("every");
    const Duration length = reader.duration("for");
    if (length > every)
      reader.error("out-of-range", "for", "a phase lasts longer than the time to the next",
                   "make 'every' longer");
    add("vacuum", every, length, reader.number("slowdown"));
  }
  if (const SpecNode* node = database.node("storage")) {
    FieldReader reader(*node, kStorageFields, out_, "storage of " + database.what());
    spec.disk = static_cast<std::uint64_t>(reader.bytes("size"));
    spec.disk_used = static_cast<std::uint64_t>(reader.bytes("used"));
    if (spec.disk_used > spec.disk)
      reader.error("out-of-range", "used", "more is used than there is", "make 'size' larger");
  }
}

void Compiler::add_phase(PhaseSpec phase, ServiceSpec& spec) {
  if (phase.every <= Duration::zero()) return;  // has been reported
  phase.stream = add_stream(spec.name, phase.name);
  spec.slowdown_mean *=
      1 + (phase.slowdown - 1) * phase.length.to_seconds() / phase.every.to_seconds();
  spec.slowdown_worst *= phase.slowdown;
  blueprint_.phases.push_back(std::move(phase));
}

}  // namespace rehearse::models
