#include "policies/scheduled.hpp"

#include <algorithm>

namespace rehearse::policies {
namespace {

const FieldTable kWindowFields{
    "scheduled window",
    "A time of the day, week or other period, and how many instances it needs.",
    {{.name = "from",
      .type = FieldType::duration,
      .doc = "Begin, since the start of the period.",
      .required = true,
      .min = 0,
      .example = "8h"},
     {.name = "to",
      .type = FieldType::duration,
      .doc = "End; before the begin where the window lasts over the end of the period.",
      .required = true,
      .min = 0,
      .example = "20h"},
     {.name = "instances",
      .type = FieldType::count,
      .doc = "How many there are to be.",
      .required = true,
      .min = 0,
      .max = 100'000}}};

}  // namespace

const FieldTable& Scheduled::fields() {
  static const FieldTable kScheduledFields{
      "scheduled scaling", "So many instances at certain times of the day or week.", [] {
        std::vector<Field> fields = common_fields("60s", "3m");
        fields.push_back({.name = "every",
                          .type = FieldType::duration,
                          .doc = "Period after which windows repeat.",
                          .fallback = "24h",
                          .min = 1,
                          .max = 366.0 * 86400});
        fields.push_back({.name = "early",
                          .type = FieldType::duration,
                          .doc = "How long before a window its instances are asked for.",
                          .fallback = "0s",
                          .min = 0,
                          .max = 86400});
        fields.push_back({.name = "windows",
                          .type = FieldType::list,
                          .doc = "Windows; the largest of those that overlap wins.",
                          .required = true,
                          .child = &kWindowFields});
        return fields;
      }()};
  return kScheduledFields;
}

std::optional<Scheduled::Params> Scheduled::read(FieldReader& reader) {
  const int before = reader.diagnostics().error_count();
  Params params{.common = read_common(reader),
                .every = reader.duration("every"),
                .early = reader.duration("early")};
  for (const SpecNode& item : reader.items("windows")) {
    FieldReader fields(item, kWindowFields, reader.diagnostics(), "window of " + reader.what());
    const Window window{fields.duration("from"), fields.duration("to"),
                        static_cast<std::int32_t>(fields.count("instances"))};
    if (window.from >= params.every || window.to > params.every)
      reader.diagnostics().error("contradiction", fields.mark(),
                                 fields.what() + " lies outside of its period");
    params.windows.push_back(window);
  }
  if (reader.diagnostics().error_count() != before) return std::nullopt;
  return params;
}

Scheduled::Scheduled(Params params) : Scaler(params.common, {}), params_(std::move(params)) {
  REHEARSE_ASSERT(params_.every > Duration::zero());
}

std::int32_t Scheduled::asked_at(Instant now) const {
  const std::int64_t period = params_.every.ns();
  const auto at = [&](Instant when) { return Duration::nanoseconds(when.ns() % period); };
  std::int32_t most = common().min;
  for (const Window& window : params_.windows) {
    const auto inside = [&](Duration time) {
      if (window.from < window.to) return window.from <= time && time < window.to;
      return time >= window.from || time < window.to;
    };
    if (inside(at(now)) || inside(at(saturating_add(now, params_.early))))
      most = std::max(most, window.replicas);
  }
  return most;
}

std::optional<Scaler::Wish> Scheduled::decide(Instant now, const ReplicaCount& count) {
  const std::int32_t asked = asked_at(now);
  return Wish{asked, asked > count.wanted ? "a window begins" : "a window is over"};
}

}  // namespace rehearse::policies
