#include "base/change_limits.hpp"

namespace rehearse {

const FieldTable kChangeLimitsFields{
    "guard rails",
    "What no policy may exceed, whatever it wishes; `{}` takes the defaults.",
    {{.name = "most_at_once",
      .type = FieldType::count,
      .doc = "Most instances that one change may start or stop.",
      .fallback = "4",
      .min = 1,
      .max = 1000},
     {.name = "changes",
      .type = FieldType::count,
      .doc = "Most changes within any stretch of `within`.",
      .fallback = "6",
      .min = 1,
      .max = 1000},
     {.name = "within",
      .type = FieldType::duration,
      .doc = "See `changes`.",
      .fallback = "60s",
      .min = 1,
      .max = 86400},
     {.name = "stale_after",
      .type = FieldType::duration,
      .doc = "Metrics that are older are not acted upon.",
      .fallback = "60s",
      .min = 0.1,
      .max = 86400},
     {.name = "floor",
      .type = FieldType::count,
      .doc = "Fewest instances that may be asked for.",
      .fallback = "1",
      .min = 0,
      .max = 1000},
     {.name = "ceiling",
      .type = FieldType::count,
      .doc = "Most instances that may be asked for; by default as many as a policy asks for, on "
             "the real platform as many as there are ports for.",
      .min = 1,
      .max = 1000}}};

ChangeLimits read_change_limits(const SpecNode& node, Diagnostics& out, const std::string& what) {
  FieldReader reader(node, kChangeLimitsFields, out, what);
  ChangeLimits limits;
  limits.most_at_once = static_cast<std::int32_t>(reader.count("most_at_once"));
  limits.changes = static_cast<std::int32_t>(reader.count("changes"));
  limits.within = reader.duration("within");
  limits.stale_after = reader.duration("stale_after");
  limits.floor = static_cast<std::int32_t>(reader.count("floor"));
  if (const auto ceiling = reader.optional_count("ceiling"))
    limits.ceiling = static_cast<std::int32_t>(*ceiling);
  if (limits.ceiling < limits.floor)
    reader.error("contradiction", "ceiling", "the most are fewer than the fewest");
  return limits;
}

std::string_view looser_field(const ChangeLimits& limits, const ChangeLimits& outer) {
  if (limits.most_at_once > outer.most_at_once) return "most_at_once";
  if (limits.changes > outer.changes) return "changes";
  if (limits.within < outer.within) return "within";
  if (limits.stale_after > outer.stale_after) return "stale_after";
  if (limits.floor < outer.floor) return "floor";
  if (limits.ceiling > outer.ceiling) return "ceiling";
  return {};
}

}  // namespace rehearse
