#include "policies/resilience_blocks.hpp"

#include "policies/field_shapes.hpp"

namespace rehearse::policies {
namespace {

std::uint32_t whole(FieldReader& reader, std::string_view name) {
  return static_cast<std::uint32_t>(reader.count(name));
}

const FieldTable kBackoff{
    "backoff",
    "Pause before the next attempt: of the same length, or exponentially longer; spread at random. "
    "Jitter as in M. Brooker, \"Exponential Backoff and Jitter\", AWS Architecture Blog, 2015.",
    {{.name = "exponential",
      .type = FieldType::duration,
      .doc = "First pause, multiplied by `factor` for each further attempt.",
      .min = 0},
     {.name = "constant",
      .type = FieldType::duration,
      .doc = "The same pause each time.",
      .min = 0},
     number_field("factor", "With `exponential`.", "2", 1, 100),
     {.name = "max",
      .type = FieldType::duration,
      .doc = "Longest pause.",
      .fallback = "20s",
      .min = 0},
     {.name = "jitter",
      .type = FieldType::choice,
      .doc = "none; full: uniform from 0 to the pause; equal: half of it plus uniform half; "
             "decorrelated: uniform from the first pause to three times the one before; spread: "
             "uniform around it.",
      .fallback = "full",
      .choices = {"none", "full", "equal", "decorrelated", "spread"}},
     ratio_field("spread", "To either side, of `jitter: spread`.", "20%")}};
RetryBackoff read_backoff(FieldReader& reader) {
  if (reader.has("exponential") == reader.has("constant"))
    reader.diagnostics().error("contradiction", reader.mark(),
                               "backoff needs either 'exponential' or 'constant'",
                               "write 'backoff: {exponential: 50ms, jitter: full}'");
  const bool exponential = reader.has("exponential");
  return {
      .initial =
          reader.optional_duration(exponential ? "exponential" : "constant").value_or(Duration{}),
      .multiplier = exponential ? std::max(1.0, reader.number("factor")) : 1,
      .most = reader.duration("max"),
      .jitter = static_cast<RetryBackoff::Jitter>(reader.choice("jitter")),
      .spread = reader.ratio("spread")};
}

const FieldTable kRetryQuota{
    "retry quota",
    "A bucket of tokens, full in the beginning: a retry takes one, successes put parts of one back "
    "(SDKs of AWS).",
    {number_field("tokens", "That the bucket holds.", "5", 1, 1e6),
     ratio_field("ratio", "Of a token, that is put back.", "10%", 1000),
     {.name = "refill",
      .type = FieldType::choice,
      .doc = "What puts it back: each success, or each request whatever comes of it.",
      .fallback = "success",
      .choices = {"success", "request"}}}};
RetryQuota::Params read_retry_quota(FieldReader& reader) {
  return {.tokens = std::max(1.0, reader.number("tokens")),
          .ratio = reader.ratio("ratio"),
          .refill = static_cast<RetryQuota::Params::Refill>(reader.choice("refill"))};
}

const FieldTable kDepositBudget{
    "deposit budget",
    "Retries as a share of requests, with a reserve for small rates (Finagle).",
    {duration_field("ttl", "How long a request counts; from 1 s to 60 s.", "10s", 1),
     count_field("min_per_second", "Retries that are always allowed.", "10"),
     ratio_field("share", "Retries per request.", "20%", 1000)}};
DepositBudget::Params read_deposit_budget(FieldReader& reader) {
  return {std::clamp(reader.duration("ttl"), Duration::seconds(1), Duration::seconds(60)),
          reader.count("min_per_second"), reader.ratio("share")};
}

const FieldTable kFailureTokens{
    "retry throttling",
    "Failures take a token, successes bring back part of one; no retries while no more than half "
    "are left (gRPC).",
    {number_field("tokens", "Tokens at most; 1000 or fewer.", "10", 0.001, 1000),
     number_field("ratio", "Of a token, for each success.", "0.1", 0.001, 1000)}};
FailureTokens::Params read_failure_tokens(FieldReader& reader) {
  return {std::max(0.001, reader.number("tokens")), std::max(0.001, reader.number("ratio"))};
}

const FieldTable kRetryBreaker{
    "retry breaker",
    "No retries while too much has failed, of all requests since the beginning; first tries go out "
    "all the same (Brooker).",
    {ratio_field("most", "Failed attempts per request.", "10%", 1000)}};
RetryBreaker::Params read_retry_breaker(FieldReader& reader) {
  return {std::max(0.0, reader.ratio("most"))};
}

const FieldTable kShareBudget{"retry share",
                              "Retries in flight as a share of the requests in flight (Envoy).",
                              {ratio_field("share", "Of requests in flight and waiting.", "20%"),
                               count_field("least", "Retries that are always allowed.", "3")}};
ShareBudget read_share_budget(FieldReader& reader) {
  return {reader.ratio("share") * 100, reader.count("least")};
}

const FieldTable kBulkhead{"bulkhead",
                           "So many calls at once, so many more that may wait.",
                           {count_field("concurrent", "Calls at once.", "25", 1),
                            count_field("waiting", "Calls that may wait.", "0"),
                            duration_field("longest_wait", "How long; 0s: for ever.", "0s")}};
Bulkhead::Params read_bulkhead(FieldReader& reader) {
  return {std::max(1U, whole(reader, "concurrent")), whole(reader, "waiting"),
          reader.duration("longest_wait")};
}

const FieldTable kHedging{
    "hedging",
    "When an answer is late another instance is asked as well, and the first answer counts.",
    {ratio_field("quantile", "Of recent latencies, after which an answer is late.", "95%"),
     duration_field("after", "Or a fixed time; 0s: by the quantile.", "0s"),
     count_field("hedges", "Of one call, at most.", "1", 1),
     ratio_field("extra_load", "Hedges per call, at most.", "5%", 10),
     number_field("burst", "Hedges that can be saved up.", "10", 1, 1e6),
     count_field("known", "Answers before the quantile is trusted.", "100", 1)}};
Hedging::Params read_hedging(FieldReader& reader) {
  return {.quantile = reader.ratio("quantile"),
          .fixed = reader.duration("after"),
          .hedges = whole(reader, "hedges"),
          .extra_load = reader.ratio("extra_load"),
          .burst = reader.number("burst"),
          .known = whole(reader, "known")};
}

const FieldTable kAdaptiveTimeout{
    "adaptive timeout",
    "A timeout that follows recent latencies.",
    {ratio_field("quantile", "Of recent latencies.", "99%"),
     number_field("factor", "Times that.", "2", 1, 1000),
     duration_field("least", "No timeout is shorter.", "10ms", 0.000001),
     duration_field("most", "None is longer, and while little is known.", "30s", 0.000001),
     count_field("known", "Answers before the quantile is trusted.", "100", 1)}};
AdaptiveTimeout::Params read_adaptive_timeout(FieldReader& reader) {
  const Duration least = reader.duration("least");
  return {.quantile = reader.ratio("quantile"),
          .factor = reader.number("factor"),
          .least = least,
          .most = std::max(least, reader.duration("most")),
          .known = whole(reader, "known")};
}

const FieldTable kAdaptiveThrottle{
    "adaptive throttle",
    "A client that is refused too often refuses itself.",
    {number_field("k", "Requests per accepted one that may be made.", "2", 1, 1000),
     duration_field("window", "Over this time.", "2m", 1)}};
AdaptiveThrottle::Params read_adaptive_throttle(FieldReader& reader) {
  return {reader.number("k"), std::max(Duration::seconds(1), reader.duration("window"))};
}

const FieldTable kGradientLimit{
    "gradient limit",
    "Requests in flight by how much longer they take than they must.",
    {duration_field("update", "Time between two updates.", "100ms", 0.001),
     duration_field("measure_every", "Time between two measurements of the least.", "60s", 1),
     count_field("measure_requests", "Requests of such a measurement.", "50", 1),
     ratio_field("buffer", "Above the least, that is still well.", "25%", 10),
     count_field("least", "Least limit, and while measuring.", "3", 1),
     count_field("most", "Greatest limit.", "1000", 1)}};
GradientLimit::Params read_gradient_limit(FieldReader& reader) {
  const std::uint32_t least = std::max(1U, whole(reader, "least"));
  return {.update = std::max(Duration::milliseconds(1), reader.duration("update")),
          .measure_every = reader.duration("measure_every"),
          .measure_requests = std::max(1U, whole(reader, "measure_requests")),
          .buffer = reader.ratio("buffer"),
          .least = least,
          .most = std::max(least, whole(reader, "most"))};
}

const FieldTable kAimdLimit{
    "aimd limit",
    "Requests in flight: slowly more while all is well, at once fewer when it is not.",
    {count_field("initial", "Limit to begin with.", "20", 1),
     count_field("least", "Least limit.", "1", 1),
     count_field("most", "Greatest limit.", "1000", 1),
     ratio_field("back_off", "Of the limit that is left after a bad answer.", "90%"),
     duration_field("slow", "A longer answer is a bad one.", "5s", 0.000001),
     duration_field("window", "Least time between two back-offs.", "100ms")}};
AimdLimit::Params read_aimd_limit(FieldReader& reader) {
  const std::uint32_t least = std::max(1U, whole(reader, "least"));
  return {.initial = std::max(least, whole(reader, "initial")),
          .least = least,
          .most = std::max(least, whole(reader, "most")),
          .back_off = reader.ratio("back_off"),
          .slow = reader.duration("slow"),
          .window = reader.duration("window")};
}

const FieldTable kRiseFall{
    "health check",
    "Active checks as HAProxy counts them, and errors of live traffic.",
    {count_field("rise", "Passes in a row that bring a server up.", "2", 1),
     count_field("fall", "Failures in a row that take it down.", "3", 1),
     duration_field("inter", "Time between two checks.", "2s", 0.001),
     duration_field("fastinter", "While neither fully up nor down; 0s: as `inter`.", "0s"),
     duration_field("downinter", "While down; 0s: as `inter`.", "0s"),
     {.name = "on_error",
      .type = FieldType::choice,
      .doc = "What errors of live traffic do: only check soon, count as a failed check, as all but "
             "the last of them, or take the server down.",
      .fallback = "fail_check",
      .choices = {"fastinter", "fail_check", "sudden_death", "mark_down"}},
     count_field("error_limit", "Errors in a row that do it.", "10", 1)}};
RiseFall::Params read_rise_fall(FieldReader& reader) {
  return {.rise = std::max(1, static_cast<std::int32_t>(reader.count("rise"))),
          .fall = std::max(1, static_cast<std::int32_t>(reader.count("fall"))),
          .inter = reader.duration("inter"),
          .fastinter = reader.duration("fastinter"),
          .downinter = reader.duration("downinter"),
          .on_error = static_cast<RiseFall::OnError>(reader.choice("on_error")),
          .error_limit = std::max(1, static_cast<std::int32_t>(reader.count("error_limit")))};
}

template <const FieldTable& kTable>
const FieldTable& table() {
  return kTable;
}

}  // namespace

const Block<RetryBackoff> kBackoffBlock{&table<kBackoff>, &read_backoff};
const Block<RetryQuota::Params> kRetryQuotaBlock{&table<kRetryQuota>, &read_retry_quota};
const Block<DepositBudget::Params> kDepositBudgetBlock{&table<kDepositBudget>,
                                                       &read_deposit_budget};
const Block<FailureTokens::Params> kFailureTokensBlock{&table<kFailureTokens>,
                                                       &read_failure_tokens};
const Block<RetryBreaker::Params> kRetryBreakerBlock{&table<kRetryBreaker>, &read_retry_breaker};
const Block<ShareBudget> kShareBudgetBlock{&table<kShareBudget>, &read_share_budget};
const Block<Bulkhead::Params> kBulkheadBlock{&table<kBulkhead>, &read_bulkhead};
const Block<Hedging::Params> kHedgingBlock{&table<kHedging>, &read_hedging};
const Block<AdaptiveTimeout::Params> kAdaptiveTimeoutBlock{&table<kAdaptiveTimeout>,
                                                           &read_adaptive_timeout};
const Block<AdaptiveThrottle::Params> kAdaptiveThrottleBlock{&table<kAdaptiveThrottle>,
                                                             &read_adaptive_throttle};
const Block<GradientLimit::Params> kGradientLimitBlock{&table<kGradientLimit>,
                                                       &read_gradient_limit};
const Block<AimdLimit::Params> kAimdLimitBlock{&table<kAimdLimit>, &read_aimd_limit};
const Block<RiseFall::Params> kRiseFallBlock{&table<kRiseFall>, &read_rise_fall};

}  // namespace rehearse::policies
