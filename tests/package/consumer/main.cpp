// Uses a little of several installed libraries, so that headers, symbols and dependencies are
// there.
#include <cstdio>

#include "base/diagnostics.hpp"
#include "base/quantity.hpp"
#include "base/time.hpp"
#include "policies/rate_limiter.hpp"
#include "scenarios/spec/reader.hpp"
#include "sim/random.hpp"

int main() {
  rehearse::Diagnostics problems;
  const rehearse::SpecNode node = rehearse::spec::read_text("inline", "timeout: 250ms\n", problems);
  const rehearse::SpecNode* timeout = node.find("timeout");
  if (problems.has_errors() || timeout == nullptr) return 1;
  const auto duration = rehearse::parse_duration(timeout->text);
  if (duration.value != rehearse::Duration::milliseconds(250)) return 2;
  rehearse::sim::Stream stream({.seed = 7, .trial = 0}, "consumer", "demo");
  const double drawn = stream.uniform();
  if (!(drawn > 0 && drawn <= 1)) return 3;
  const rehearse::policies::TokenBucket limiter({.pace = {}, .burst = 1});
  rehearse::policies::TokenBucket::State key = limiter.fresh();
  if (!limiter.admit(key, rehearse::Instant::start()).allowed) return 4;
  if (limiter.admit(key, rehearse::Instant::start()).allowed) return 5;
  std::printf("%s\n", rehearse::format_duration(duration.value->to_seconds()).c_str());
  return 0;
}
