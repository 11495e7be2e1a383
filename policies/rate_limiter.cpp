#include "policies/rate_limiter.hpp"

#include <fmt/format.h>

#include <cmath>

namespace rehearse::policies {
namespace {

constexpr std::int64_t kMostRequestsPerPace = 1000;
constexpr double kWholeNanosecond = 1e-6;  // ns; what rounding of a product leaves
constexpr double kMostLimit = 1e9;
constexpr double kMostLog = 1e6;  // 8 MB per key

bool fits(std::int64_t count, Duration unit) {
  std::int64_t product = 0;
  return !__builtin_mul_overflow(count, unit.ns(), &product) && product < kMostUnits;
}

const Field kLimit{.name = "limit",
                   .type = FieldType::count,
                   .doc = "Requests per window.",
                   .required = true,
                   .min = 1,
                   .max = kMostLimit};
const Field kWindow{.name = "window",
                    .type = FieldType::duration,
                    .doc = "Length of a window.",
                    .required = true,
                    .min = 1e-6,
                    .max = 86400.0 * 366};
const Field kRate{.name = "rate",
                  .type = FieldType::rate,
                  .doc = "Requests that pass on average.",
                  .required = true,
                  .min = 1e-6,
                  .max = 1e9};

const FieldTable kFixedWindowFields{
    "fixed window",
    "At most `limit` requests in each window; twice as many may pass around a change of windows.",
    {kLimit,
     kWindow,
     {.name = "anchor",
      .type = FieldType::choice,
      .doc = "When windows begin: with the first request of a key after its last window "
             "(express-rate-limit 7), or for all at multiples of the window's length.",
      .fallback = "first_request",
      .choices = {"first_request", "clock"}}}};

const FieldTable kSlidingWindowFields{
    "sliding window",
    "Two counters: requests of the window before count by the share of it that the last window's "
    "length still covers, as if they had come evenly.",
    {kLimit, kWindow}};

const FieldTable kSlidingLogFields{
    "sliding log",
    "At most `limit` requests in any window of that length, by a log of the last ones.",
    {{.name = "limit",
      .type = FieldType::count,
      .doc = "Requests per window; each takes 8 bytes per key.",
      .required = true,
      .min = 1,
      .max = kMostLog},
     kWindow}};

const FieldTable kTokenBucketFields{
    "token bucket",
    "Tokens come at `rate` up to `burst`; a request takes one or is refused (RFC 2697, GCRA).",
    {kRate,
     {.name = "burst",
      .type = FieldType::count,
      .doc = "Requests that may pass at once after a pause.",
      .required = true,
      .min = 1,
      .max = kMostLimit}}};

const FieldTable kLeakyBucketFields{
    "leaky bucket",
    "Requests pass evenly spaced; those that come faster are held back until their turn, as by "
    "`limit_req` of nginx without `nodelay`.",
    {kRate,
     {.name = "queue",
      .type = FieldType::count,
      .doc = "Requests that may be held back at once; more are refused.",
      .fallback = "0",
      .min = 0,
      .max = kMostLimit}}};

AnyLimiter windowed(std::string_view kind, FieldReader& reader) {
  const std::int64_t limit = std::max<std::int64_t>(1, reader.count("limit"));
  const Duration window = std::max(Duration::nanoseconds(1), reader.duration("window"));
  if (kind == "sliding_log") return SlidingLog({limit, window});
  if (kind == "fixed_window") {
    const auto anchor = static_cast<FixedWindow::Anchor>(reader.choice("anchor"));
    return FixedWindow({limit, window, anchor});
  }
  if (fits(limit, window)) return SlidingWindow({limit, window});
  reader.error("out-of-range", "limit", "so many requests in so long a window cannot be counted",
               "limit times window must stay below 146 years of nanoseconds");
  return SlidingWindow({1, window});
}

AnyLimiter paced(std::string_view kind, FieldReader& reader) {
  const Pace pace = pace_of(std::clamp(reader.rate("rate"), 1e-9, 1e9));
  const bool tokens = kind == "token_bucket";
  const std::string_view name = tokens ? "burst" : "queue";
  std::int64_t most = std::max<std::int64_t>(tokens ? 1 : 0, reader.count(name));
  if (!fits(most + 1, pace.per)) {
    reader.error("out-of-range", name,
                 fmt::format("{} requests at so slow a rate cannot be counted", most),
                 "it would take more than a lifetime to fill: give a smaller number");
    most = 1;
  }
  if (tokens) return TokenBucket({pace, most});
  return LeakyBucket({pace, most});
}

}  // namespace

Pace pace_of(double per_second) {
  REHEARSE_ASSERT(per_second >= 1e-9 && per_second <= 1e9);
  const double gap = 1e9 / per_second;
  for (std::int64_t n = 1; n <= kMostRequestsPerPace; ++n) {
    const double per = gap * static_cast<double>(n);
    if (std::abs(per - std::round(per)) <= kWholeNanosecond * std::max(1.0, per * 1e-9))
      return {n, Duration::nanoseconds(static_cast<std::int64_t>(std::round(per)))};
  }
  const double per = std::round(gap * static_cast<double>(kMostRequestsPerPace));
  return {kMostRequestsPerPace, Duration::nanoseconds(static_cast<std::int64_t>(per))};
}

FixedWindow::FixedWindow(const Params& params) : params_(params) {
  REHEARSE_ASSERT(params.limit >= 1 && params.window > Duration::zero());
}

SlidingWindow::SlidingWindow(const Params& params) : params_(params) {
  REHEARSE_ASSERT(params.limit >= 1 && params.window > Duration::zero());
  REHEARSE_ASSERT(fits(params.limit, params.window));
}

SlidingLog::SlidingLog(const Params& params) : params_(params) {
  REHEARSE_ASSERT(params.limit >= 1 && params.limit <= std::int64_t{1} << 31);
  REHEARSE_ASSERT(params.window > Duration::zero());
}

TokenBucket::TokenBucket(const Params& params)
    : params_(params), full_(params.burst * params.pace.per.ns()) {
  REHEARSE_ASSERT(params.burst >= 1 && params.pace.requests >= 1);
  REHEARSE_ASSERT(params.pace.per > Duration::zero() && fits(params.burst, params.pace.per));
  refill_ = Duration::nanoseconds(detail::divided_up(full_, params.pace.requests));
}

LeakyBucket::LeakyBucket(const Params& params)
    : params_(params), most_(params.queue * params.pace.per.ns()) {
  REHEARSE_ASSERT(params.queue >= 0 && params.pace.requests >= 1);
  REHEARSE_ASSERT(params.pace.per > Duration::zero() && fits(params.queue + 1, params.pace.per));
  drain_ =
      Duration::nanoseconds(detail::divided_up(most_ + params.pace.per.ns(), params.pace.requests));
}

RateLimitHeaders headers_of(const Verdict& verdict) {
  const auto seconds = [](Duration d) { return detail::divided_up(d.ns(), 1'000'000'000); };
  RateLimitHeaders headers{verdict.limit, verdict.remaining, seconds(verdict.reset), std::nullopt};
  if (!verdict.allowed) headers.retry_after = seconds(verdict.retry_after);
  return headers;
}

double most_per_second(const AnyLimiter& limiter) {
  const auto rate = [](const auto& kind) {
    const auto& params = kind.params();
    if constexpr (requires { params.pace; })
      return static_cast<double>(params.pace.requests) / params.pace.per.to_seconds();
    else
      return static_cast<double>(params.limit) / params.window.to_seconds();
  };
  return std::visit(rate, limiter);
}

std::size_t state_bytes(const AnyLimiter& limiter, std::size_t keys) {
  const auto bytes = [](const auto& kind) {
    std::size_t each = sizeof(kind.fresh());
    if constexpr (std::is_same_v<std::decay_t<decltype(kind)>, SlidingLog>)
      each += static_cast<std::size_t>(kind.params().limit) * sizeof(Instant);
    return each;
  };
  return keys * std::visit(bytes, limiter);
}

std::vector<Field> limiter_fields() {
  const auto field = [](std::string_view name, const FieldTable& child, std::string_view doc) {
    return Field{.name = name, .type = FieldType::block, .doc = doc, .child = &child};
  };
  return {
      field("fixed_window", kFixedWindowFields, "Counts requests window by window."),
      field("sliding_window", kSlidingWindowFields,
            "Counts by windows, weighing the one before by its overlap."),
      field("sliding_log", kSlidingLogFields, "Exact, by a log of the last requests."),
      field("token_bucket", kTokenBucketFields, "A steady rate, and bursts up to a size."),
      field("leaky_bucket", kLeakyBucketFields, "A steady rate, holding back what comes faster.")};
}

std::optional<AnyLimiter> read_limiter(FieldReader& reader) {
  const Field* found = nullptr;
  const std::vector<Field> kinds = limiter_fields();
  for (const Field& kind : kinds) {
    if (!reader.has(kind.name)) continue;
    if (found != nullptr) {
      reader.error("contradiction", kind.name,
                   fmt::format("{} is both '{}' and '{}'", reader.what(), found->name, kind.name),
                   "keep one; several limits are several items of the list");
      return std::nullopt;
    }
    found = &kind;
  }
  Diagnostics& out = reader.diagnostics();
  if (found == nullptr) {
    out.error("missing-field", reader.mark(),
              fmt::format("{} does not say how it counts", reader.what()),
              "write 'fixed_window: {limit: 1000, window: 15m}' or 'token_bucket: {rate: 100rps, "
              "burst: 50}'");
    return std::nullopt;
  }
  const int before = out.error_count();
  FieldReader fields(*reader.node(found->name), *found->child, out,
                     fmt::format("{} of {}", found->name, reader.what()));
  const bool bucket = found->name == "token_bucket" || found->name == "leaky_bucket";
  AnyLimiter limiter = bucket ? paced(found->name, fields) : windowed(found->name, fields);
  if (out.error_count() != before) return std::nullopt;
  return limiter;
}

}  // namespace rehearse::policies
