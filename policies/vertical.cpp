#include "policies/vertical.hpp"

#include <algorithm>
#include <cmath>

#include "policies/field_shapes.hpp"

namespace rehearse::policies {
namespace {

constexpr Duration kDay = Duration::seconds(86400);
constexpr double kSamplesADay = 1440;  // at the recommender's interval of a minute
constexpr double kLeastWeight = 0.1;   // of a CPU sample, in cores
constexpr double kBumpRatio = 1.2;
constexpr double kBumpBytes = 100.0 * 1024 * 1024;
constexpr Duration kEarly = Duration::seconds(600);

DecayingHistogram::Params cpu_buckets(Duration half_life) {
  return {.first_bucket = 0.01, .most = 1000, .half_life = half_life};
}
DecayingHistogram::Params memory_buckets(Duration half_life) {
  return {.first_bucket = 1e7, .most = 1e12, .half_life = half_life};
}

}  // namespace

const FieldTable& Vertical::fields() {
  static const FieldTable kVerticalFields{
      "vertical scaling",
      "How much CPU and memory an instance should reserve, from what its likes have used.",
      {{.name = "mode",
        .type = FieldType::choice,
        .doc = "`advise` only tells; `start` gives it to new instances; `replace` replaces running "
               "ones, never the only one.",
        .fallback = "advise",
        .choices = {"advise", "start", "replace"}},
       {.name = "cpu_min",
        .type = FieldType::cpu,
        .doc = "Least CPU.",
        .fallback = "25m",
        .min = 0.001,
        .max = 1e4},
       {.name = "cpu_max", .type = FieldType::cpu, .doc = "Most CPU.", .min = 0.001, .max = 1e4},
       {.name = "memory_min",
        .type = FieldType::bytes,
        .doc = "Least memory.",
        .fallback = "250Mi",
        .min = 1,
        .max = 1e15},
       {.name = "memory_max",
        .type = FieldType::bytes,
        .doc = "Most memory.",
        .min = 1,
        .max = 1e15},
       ratio_field("target", "Percentile of usage that is aimed at.", "90%"),
       ratio_field("lower", "Percentile below which a request is too small.", "50%"),
       ratio_field("upper", "Percentile above which it is too large.", "95%"),
       ratio_field("margin", "Added to all of them.", "15%"),
       duration_field("half_life", "Time after which usage counts half.", "24h", 1, 30 * 86400.0),
       duration_field("period", "Time between two looks.", "60s", 1, 30 * 86400.0),
       duration_field("stale_after", "Without usage for so long nothing is decided.", "5m", 1,
                      30 * 86400.0)}};
  return kVerticalFields;
}

std::optional<Vertical::Params> Vertical::read(FieldReader& reader) {
  const int before = reader.diagnostics().error_count();
  Params params;
  params.mode = static_cast<Resize::When>(reader.choice("mode"));
  params.cpu = {reader.cpu("cpu_min"), reader.optional_cpu("cpu_max").value_or(1e300)};
  params.memory.least = static_cast<double>(reader.bytes("memory_min"));
  if (const auto most = reader.optional_bytes("memory_max"))
    params.memory.most = static_cast<double>(*most);
  params.target = reader.ratio("target");
  params.lower = reader.ratio("lower");
  params.upper = reader.ratio("upper");
  params.margin = reader.ratio("margin");
  params.half_life = reader.duration("half_life");
  params.period = reader.duration("period");
  params.stale_after = reader.duration("stale_after");
  for (const auto& [range, name] :
       {std::pair{params.cpu, "cpu_max"}, {params.memory, "memory_max"}})
    if (range.least > range.most)
      reader.error("contradiction", name, reader.what() + " allows less at most than at least");
  if (params.lower > params.target || params.target > params.upper)
    reader.error("contradiction", "target",
                 reader.what() + " aims at what it takes for too small or too large",
                 "lower, target and upper must be in this order");
  if (reader.diagnostics().error_count() != before) return std::nullopt;
  return params;
}

Vertical::Vertical(const Params& params)
    : params_(params),
      needs_{{"cpu", MetricNeed::Scope::each, true}, {"memory", MetricNeed::Scope::each, true}},
      beat_(params.period),
      cpu_(cpu_buckets(params.half_life)),
      memory_(memory_buckets(params.half_life)) {}

Vertical::Instance& Vertical::instance(InstanceId id) {
  const auto at = std::lower_bound(instances_.begin(), instances_.end(), id,
                                   [](const Instance& a, InstanceId key) { return a.id < key; });
  if (at != instances_.end() && at->id == id) return *at;
  return *instances_.insert(at, Instance{.id = id});
}

void Vertical::remember_peak(Instance& of, double memory, Instant at) {
  if (at >= of.peak_end) {  // another interval
    of.peak = 0;
    of.peak_end = at + kDay;
  }
  if (memory <= of.peak) return;
  // Dated at the end of its interval: how long it lasts must not depend on when it was reached.
  if (of.peak > 0) memory_.subtract(of.peak, 1, of.peak_end);
  memory_.add(memory, 1, of.peak_end);
  of.peak = memory;
}

void Vertical::take(const MetricSample& sample) {
  if (sample.metric > kMemory || sample.instance == kWhole || !(sample.value >= 0)) return;
  Instance& of = instance(sample.instance);
  Seen& seen = seen_[sample.metric];
  if (!seen.any) seen.first = sample.taken;
  seen.any = true;
  seen.latest = std::max(seen.latest, sample.taken);
  seen.samples += 1;
  if (sample.metric == kCpu) {
    cpu_.add(sample.value, std::max(kLeastWeight, of.cpu_request), sample.taken);
    return;
  }
  of.memory = sample.value;
  remember_peak(of, sample.value, sample.taken);
}

void Vertical::observe(Instant now, const Observation& seen, std::vector<Decision>& /*out*/) {
  if (const auto* sample = std::get_if<MetricSample>(&seen)) take(*sample);
  if (const auto* request = std::get_if<ResourceRequest>(&seen)) {
    Instance& of = instance(request->instance);
    (request->metric == kCpu ? of.cpu_request : of.memory_request) = request->value;
  }
  if (const auto* status = std::get_if<InstanceStatus>(&seen)) {
    Instance& of = instance(status->instance);
    if (status->has_started) of.started = status->started;
  }
  if (const auto* out_of = std::get_if<OutOfMemory>(&seen)) {
    Instance& of = instance(out_of->instance);
    const double used = std::max(of.memory, of.memory_request);
    remember_peak(of, std::max(used * kBumpRatio, used + kBumpBytes), now);
    of.ran_out_early = now - of.started < kEarly;
  }
  if (const auto* gone = std::get_if<InstanceGone>(&seen))
    std::erase_if(instances_, [&](const Instance& each) { return each.id == gone->instance; });
  if (std::holds_alternative<HostRestarted>(seen)) {
    cpu_ = DecayingHistogram(cpu_buckets(params_.half_life));
    memory_ = DecayingHistogram(memory_buckets(params_.half_life));
    seen_[kCpu] = seen_[kMemory] = {};
    told_[kCpu] = told_[kMemory] = 0;
    for (Instance& each : instances_) each.peak = 0;
  }
}

Vertical::Recommendation Vertical::recommendation(std::uint32_t metric, Instant now) const {
  const Seen& seen = seen_[metric];
  const DecayingHistogram& usage = metric == kCpu ? cpu_ : memory_;
  if (!seen.any || usage.empty()) return {};
  const double days = (now - seen.first).to_seconds() / kDay.to_seconds();
  const double confidence = std::max(1e-6, std::min(days, seen.samples / kSamplesADay));
  const double margin = 1 + params_.margin;
  const Range& allowed = metric == kCpu ? params_.cpu : params_.memory;
  const auto within = [&](double amount) {
    return std::clamp(amount, allowed.least, allowed.most);
  };
  return {.lower = within(usage.percentile(params_.lower) * margin *
                          std::pow(1 + 0.001 / confidence, -2)),
          .target = within(usage.percentile(params_.target) * margin),
          .upper = within(usage.percentile(params_.upper) * margin * (1 + 1 / confidence))};
}

void Vertical::wake(Instant now, std::vector<Decision>& out) {
  if (!beat_.due(now)) return;
  for (const std::uint32_t metric : {kCpu, kMemory}) consider(metric, now, out);
}

void Vertical::consider(std::uint32_t metric, Instant now, std::vector<Decision>& out) {
  const Seen& seen = seen_[metric];
  if (!seen.any || now - seen.latest > params_.stale_after) return;
  const Recommendation right = recommendation(metric, now);
  if (right.target <= 0) return;
  const auto off = [&](double amount) {
    return std::abs(right.target - amount) > params_.small_change * amount;
  };
  Resize resize{metric, right.target, params_.mode};
  resize.older_than = params_.settled;  // unless one is out of bounds, whatever its age
  Decision decision{.metric = metric};
  for (Instance& each : instances_) {
    const double request = metric == kCpu ? each.cpu_request : each.memory_request;
    if (request <= 0) continue;
    const bool early = metric == kMemory && each.ran_out_early;
    std::string_view because;
    if (early)
      because = "ran out of memory soon after its start";
    else if (request < right.lower)
      because = "less is reserved than is used";
    else if (request > right.upper)
      because = "more is reserved than is used";
    else if (off(request) && now - each.started > params_.settled)
      because = "reserved is off the target";
    if (because.empty()) continue;
    if (early || request < right.lower || request > right.upper)
      resize.older_than = Duration::zero();
    each.ran_out_early = false;
    decision.because = because;
    decision.measured = request;
    decision.limit = right.target;
  }
  if (decision.because.empty()) return;
  if (told_[metric] > 0 && !off(told_[metric])) return;  // it has been said, and is under way
  told_[metric] = right.target;
  resize.at_once = std::max<std::int32_t>(1, static_cast<std::int32_t>(instances_.size()) / 2);
  if (resize.when == Resize::When::now && instances_.size() < 2) resize.when = Resize::When::start;
  decision.action = resize;
  out.push_back(decision);
}

}  // namespace rehearse::policies
