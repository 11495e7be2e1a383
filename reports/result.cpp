#include "reports/result.hpp"

#include <algorithm>
#include <array>

namespace rehearse::reports {
namespace {

constexpr std::array<const char*, 4> kVerdictNames = {"holds", "fails", "undecided",
                                                      "inconclusive"};

constexpr std::array<SubjectKind, 11> kSubjectKinds = {{
    {"service", "services"},
    {"endpoint", "endpoints"},
    {"workload", "workloads"},
    {"cache", "caches"},
    {"database", "databases"},
    {"region", "regions"},
    {"broker", "brokers", false},
    {"queue", "queues", false},
    {"replica", "replicas", false},
    {"shard", "shards", false},
    {"pool", "pools", false},
}};

constexpr std::array<StandardMetric, 12> kStandardMetrics = {{
    {"arrival_rate", "1/s"},
    {"throughput", "1/s"},
    {"utilization", "ratio"},
    {"mean_wait", "s"},
    {"mean_response", "s"},
    {"p50", "s"},
    {"p90", "s"},
    {"p95", "s"},
    {"p99", "s"},
    {"p999", "s"},
    {"in_system", "1"},
    {"error_ratio", "ratio"},
}};

constexpr std::array<SeriesColumn, 13> kSeriesColumns = {{
    {"arrival_rate", "1/s", &Series::arrival_rate},
    {"throughput", "1/s", &Series::throughput},
    {"error_ratio", "ratio", &Series::error_ratio},
    {"mean_response", "s", &Series::mean_response},
    {"p50", "s", &Series::p50},
    {"p95", "s", &Series::p95},
    {"p99", "s", &Series::p99},
    {"in_system", "1", &Series::in_system},
    {"utilization", "ratio", &Series::utilization},
    {"queue_length", "1", &Series::queue_length},
    {"instances", "1", &Series::instances, true},
    {"reserved_cores", "1", &Series::reserved_cores, true},
    {"reserved_memory", "1", &Series::reserved_memory, true},
}};

}  // namespace

const char* verdict_name(Verdict verdict) {
  return kVerdictNames[static_cast<size_t>(verdict)];
}

std::optional<Verdict> verdict_of(std::string_view name) {
  for (size_t i = 0; i < kVerdictNames.size(); ++i)
    if (name == kVerdictNames[i]) return static_cast<Verdict>(i);
  return std::nullopt;
}

int exit_code(Verdict verdict) {
  switch (verdict) {
    case Verdict::holds:
      return 0;
    case Verdict::fails:
      return 1;
    case Verdict::undecided:
    case Verdict::inconclusive:
      return 3;
  }
  return 3;
}

std::span<const SubjectKind> subject_kinds() {
  return kSubjectKinds;
}
std::span<const StandardMetric> standard_metrics() {
  return kStandardMetrics;
}
std::span<const SeriesColumn> series_columns() {
  return kSeriesColumns;
}

const Estimate* SubjectResult::find(std::string_view metric) const {
  for (const auto& [key, estimate] : metrics)
    if (key == metric) return estimate.value ? &estimate : nullptr;
  return nullptr;
}

const ClosedForm* SubjectResult::closed_form(std::string_view metric) const {
  for (const auto& [key, form] : closed_forms)
    if (key == metric) return &form;
  return nullptr;
}

const SubjectResult* RunResult::find(std::string_view name, std::string_view kind) const {
  for (const SubjectResult& s : subjects)
    if (s.name == name && (kind.empty() || s.kind == kind)) return &s;
  return nullptr;
}

const Series* RunResult::find_series(std::string_view name, std::string_view kind) const {
  for (const Series& s : series)
    if (s.subject == name && (kind.empty() || s.kind == kind)) return &s;
  return nullptr;
}

int RunResult::count(Verdict which) const {
  return static_cast<int>(std::count_if(objectives.begin(), objectives.end(),
                                        [&](const auto& o) { return o.verdict == which; }));
}

}  // namespace rehearse::reports
