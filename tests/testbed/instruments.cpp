#include "tests/testbed/instruments.hpp"

#include <fmt/format.h>

#include <cmath>
#include <ctime>

namespace rehearse::testbed {
namespace {

double bound_of(std::size_t bucket) {
  return 1e-3 * std::pow(1.4, static_cast<double>(bucket));
}

double process_cpu_seconds() {
  timespec at{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &at);
  return static_cast<double>(at.tv_sec) + 1e-9 * static_cast<double>(at.tv_nsec);
}

}  // namespace

void Instruments::ended(int status, double seconds) {
  in_flight_ -= 1;
  if (status != 200) {
    turned_away_ += 1;
    return;
  }
  ok_ += 1;
  nanoseconds_ += static_cast<std::uint64_t>(seconds * 1e9);
  std::size_t bucket = 0;
  while (bucket < kBuckets && seconds > bound_of(bucket)) ++bucket;
  answered_[bucket] += 1;
}

std::string Instruments::text(std::size_t queued) const {
  std::string out;
  const auto line = [&out](const char* form, const auto&... parts) {
    out += fmt::format(fmt::runtime(form), parts...) + "\n";
  };
  line("# TYPE http_requests_total counter");
  line("http_requests_total{{code=\"200\"}} {}", ok_.load());
  line("http_requests_total{{code=\"503\"}} {}", turned_away_.load());
  line("# TYPE http_requests_in_flight gauge\nhttp_requests_in_flight {}", in_flight_.load());
  line("# TYPE http_requests_queued gauge\nhttp_requests_queued {}", queued);
  line("# TYPE http_request_duration_seconds histogram");
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < kBuckets; ++i) {
    below += answered_[i];
    line("http_request_duration_seconds_bucket{{le=\"{:.6g}\"}} {}", bound_of(i), below);
  }
  below += answered_[kBuckets];
  line("http_request_duration_seconds_bucket{{le=\"+Inf\"}} {}", below);
  line("http_request_duration_seconds_sum {:.9f}", 1e-9 * static_cast<double>(nanoseconds_.load()));
  line("http_request_duration_seconds_count {}", below);
  line("# TYPE process_cpu_seconds_total counter\nprocess_cpu_seconds_total {:.6f}",
       process_cpu_seconds());
  return out;
}

}  // namespace rehearse::testbed
