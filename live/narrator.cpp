#include "live/narrator.hpp"

#include <fmt/format.h>

#include "base/quantity.hpp"
#include "base/text.hpp"

namespace rehearse::live {
namespace {

using namespace policies;

// "metric above target: cpu is 0.93, to be 0.7".
std::string reason_of(const Decision& wish, const std::vector<std::string>& metrics) {
  std::string reason(wish.because);
  if (wish.metric < metrics.size())
    reason += fmt::format(": {} is {}, to be {}", metrics[wish.metric],
                          format_number(wish.measured), format_number(wish.limit));
  return reason;
}

}  // namespace

void Narrator::say(std::uint32_t policy, Instant at, const std::string& what) {
  print_(printable(fmt::format("{}  {}  {}", utc_time_of_day(at), policies_[policy].name, what)));
}

void Narrator::decided(std::uint32_t policy, Instant at, const Judged& judged) {
  const Policy& of = policies_[policy];
  const auto* scale = std::get_if<ScaleTo>(&judged.wish.action);
  std::string line = scale == nullptr
                         ? fmt::format("{}: a wish that is no count of instances", of.service)
                         : fmt::format("{}: {} -> {} ({})", of.service, judged.from,
                                       scale->replicas, reason_of(judged.wish, of.metrics));
  switch (judged.ruling.verdict) {
    case GuardRails::Verdict::allowed:
      break;
    case GuardRails::Verdict::limited:
      line += fmt::format("; only to {}: {}", judged.ruling.replicas, judged.ruling.because);
      break;
    case GuardRails::Verdict::vetoed:
      line += "; vetoed: " + judged.ruling.because;
      break;
  }
  const bool through = judged.ruling.verdict != GuardRails::Verdict::vetoed;
  say(policy, at, through && !acts_ ? line + "; not done: dry run" : line);
}

void Narrator::acted(std::uint32_t policy, Instant at, const Judged& judged, bool succeeded,
                     const std::string& detail) {
  say(policy, at,
      fmt::format("{}: {} {}{}{}", policies_[policy].service,
                  succeeded ? "set to" : "could not be set to", judged.ruling.replicas,
                  succeeded || detail.empty() ? "" : ": ", succeeded ? "" : detail));
}

void Narrator::noted(std::uint32_t policy, Instant at, const std::string& what) {
  say(policy, at, what);
}

}  // namespace rehearse::live
