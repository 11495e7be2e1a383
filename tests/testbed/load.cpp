#include "tests/testbed/load.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <fstream>
#include <memory>
#include <vector>

#include "scenarios/spec/reader.hpp"
#include "tests/testbed/arrivals.hpp"

namespace rehearse::testbed {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMostInFlight = 4000;

std::atomic<bool> interrupted{false};
extern "C" void interrupt_load(int) {
  interrupted.store(true);
}

struct Second {
  std::uint64_t due = 0;
  std::uint64_t failed = 0;
  std::vector<double> answered;  // s
};

double quantile(std::vector<double> sorted, double share) {
  if (sorted.empty()) return 0;
  std::sort(sorted.begin(), sorted.end());
  const auto at = static_cast<std::size_t>(share * static_cast<double>(sorted.size()));
  return sorted[std::min(at, sorted.size() - 1)];
}

extern "C" std::size_t forget_body(char*, std::size_t size, std::size_t count, void*) {
  return size * count;
}

/// Requests on their way.
class Flights {
 public:
  explicit Flights(const LoadOptions& options)
      : options_(options), multi_(curl_multi_init()), begin_(Clock::now()) {}
  ~Flights() {
    for (CURL* easy : flying_) {
      curl_multi_remove_handle(multi_, easy);
      delete due_of(easy);
      curl_easy_cleanup(easy);
    }
    for (CURL* easy : free_) {
      delete due_of(easy);
      curl_easy_cleanup(easy);
    }
    curl_multi_cleanup(multi_);
  }
  Flights(const Flights&) = delete;
  Flights& operator=(const Flights&) = delete;

  double now() const { return std::chrono::duration<double>(Clock::now() - begin_).count(); }
  bool empty() const { return flying_.empty(); }

  void send(double due) {
    Second& second = second_of(due);
    ++second.due;
    if (flying_.size() >= kMostInFlight) {
      ++second.failed;
      return;
    }
    CURL* easy = nullptr;
    if (free_.empty()) {
      easy = make();
    } else {
      easy = free_.back();
      free_.pop_back();
    }
    *due_of(easy) = due;
    curl_multi_add_handle(multi_, easy);
    flying_.push_back(easy);
  }

  /// Moves on what flies; waits no longer than so many milliseconds.
  void poll(int milliseconds) {
    int running = 0;
    curl_multi_perform(multi_, &running);
    collect();
    if (milliseconds <= 0) return;
    curl_multi_poll(multi_, nullptr, 0, milliseconds, nullptr);
    curl_multi_perform(multi_, &running);
    collect();
  }

  std::vector<Second>& seconds() { return seconds_; }

 private:
  static double* due_of(CURL* easy) {
    double* due = nullptr;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &due);
    return due;
  }
  Second& second_of(double due) {
    const auto at = static_cast<std::size_t>(due);
    if (at >= seconds_.size()) seconds_.resize(at + 1);
    return seconds_[at];
  }
  CURL* make() {
    CURL* easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_URL, options_.url.c_str());
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(options_.timeout * 1e3));
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &forget_body);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, new double(0));
    return easy;
  }
  void collect() {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      CURL* easy = message->easy_handle;
      const CURLcode code = message->data.result;
      long status = 0;
      curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
      const double due = *due_of(easy);
      Second& second = second_of(due);
      if (code == CURLE_OK && status == 200)
        second.answered.push_back(now() - due);
      else
        ++second.failed;
      curl_multi_remove_handle(multi_, easy);
      flying_.erase(std::find(flying_.begin(), flying_.end(), easy));
      free_.push_back(easy);
    }
  }

  const LoadOptions& options_;
  CURLM* multi_;
  const Clock::time_point begin_;
  std::vector<CURL*> flying_;
  std::vector<CURL*> free_;
  std::vector<Second> seconds_;
};

void fly(Flights& flights, Arrivals& arrivals, double duration, double timeout) {
  Instant next = arrivals.next();
  for (;;) {
    const double now = flights.now();
    const bool more = next != Instant::never() && next.to_seconds() < duration && !interrupted;
    if (!more && (flights.empty() || interrupted || now > duration + timeout + 1)) return;
    if (more && next.to_seconds() <= now) {
      flights.send(next.to_seconds());
      next = arrivals.next();
      continue;
    }
    const double wait = more ? next.to_seconds() - now : 0.05;
    flights.poll(static_cast<int>(std::min(wait, 0.05) * 1e3));
  }
}

void write_csv(const std::string& path, const std::vector<Second>& seconds) {
  if (path.empty()) return;
  std::ofstream file(path);
  file << "second,due,answered,failed,p50_s,p95_s,p99_s\n";
  for (std::size_t i = 0; i < seconds.size(); ++i) {
    const Second& s = seconds[i];
    file << fmt::format("{},{},{},{},{:.6f},{:.6f},{:.6f}\n", i, s.due, s.answered.size(), s.failed,
                        quantile(s.answered, 0.5), quantile(s.answered, 0.95),
                        quantile(s.answered, 0.99));
  }
}

int summarize(const std::vector<Second>& seconds) {
  Second all;
  for (const Second& s : seconds) {
    all.due += s.due;
    all.failed += s.failed;
    all.answered.insert(all.answered.end(), s.answered.begin(), s.answered.end());
  }
  fmt::print(
      "{{\"due\": {}, \"answered\": {}, \"failed\": {}, \"p50_s\": {:.6f}, \"p95_s\": {:.6f}}}\n",
      all.due, all.answered.size(), all.failed, quantile(all.answered, 0.5),
      quantile(all.answered, 0.95));
  if (interrupted) return 130;
  return all.answered.empty() ? 4 : 0;
}

}  // namespace

int load(const LoadOptions& options) {
  Diagnostics out;
  const SpecNode root =
      spec::read_scenario(options.scenario, {.sets = options.sets}, spec::disk(), out);
  const auto scenario = models::compile(root, spec::disk(), out);
  if (!scenario) {
    fmt::print(stderr, "{}", out.render());
    return 2;
  }
  std::uint32_t workload = 0;
  const std::string problem = Arrivals::why_not(*scenario, options.workload, workload);
  if (!problem.empty()) {
    fmt::print(stderr, "rehearse-testbed: {}\n", problem);
    return 2;
  }
  std::signal(SIGINT, &interrupt_load);
  std::signal(SIGTERM, &interrupt_load);
  curl_global_init(CURL_GLOBAL_DEFAULT);
  Arrivals arrivals(*scenario, workload);
  const double horizon = scenario->experiment.horizon.to_seconds();
  Flights flights(options);
  fly(flights, arrivals, options.duration > 0 ? options.duration : horizon, options.timeout);
  write_csv(options.csv, flights.seconds());
  return summarize(flights.seconds());
}

}  // namespace rehearse::testbed
