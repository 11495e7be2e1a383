// Processor sharing in virtual time against bookkeeping of what is left of each request: at every
// arrival and completion, each of the n requests there has got min(1, cores / n) of the time that
// passed.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "models/processor.hpp"
#include "sim/random.hpp"

namespace rehearse::models {
namespace {

struct Job {
  std::int64_t arrival_ns;
  double demand;  // seconds
};

std::vector<Job> jobs_of(sim::Stream& random, double cores) {
  const double load = 0.2 + 1.2 * random.uniform();
  const bool equal = random.chance(0.2);
  std::vector<Job> jobs(1 + random.below(300));
  double at = 0;
  for (Job& job : jobs) {
    if (!random.chance(0.1)) at += random.exponential() * 1e-3 / (load * cores);
    job = {static_cast<std::int64_t>(at * 1e9), equal ? 1e-3 : random.exponential() * 1e-3};
  }
  return jobs;
}

/// Completion of each job in seconds, by the definition. O(jobs^2).
std::vector<double> shared(const std::vector<Job>& jobs, double cores) {
  std::vector<double> done(jobs.size(), -1);
  std::vector<double> left(jobs.size(), 0);
  std::vector<std::size_t> present;
  double now = 0;
  std::size_t next = 0;
  while (next < jobs.size() || !present.empty()) {
    const double speed =
        present.empty() ? 1 : std::min(1.0, cores / static_cast<double>(present.size()));
    double least = INFINITY;
    for (const std::size_t job : present) least = std::min(least, left[job]);
    const double completion = now + least / speed;
    const double arrival =
        next < jobs.size() ? static_cast<double>(jobs[next].arrival_ns) * 1e-9 : INFINITY;
    const double until = std::min(completion, arrival);
    for (const std::size_t job : present) left[job] -= (until - now) * speed;
    now = until;
    if (arrival <= completion) {
      left[next] = jobs[next].demand;
      present.push_back(next++);
      continue;
    }
    std::erase_if(present, [&](std::size_t job) {
      if (left[job] > 1e-15) return false;
      done[job] = now;
      return true;
    });
  }
  return done;
}

/// The same through Processor, driven by events as a service does.
std::vector<double> simulated(const std::vector<Job>& jobs, double cores) {
  Processor processor(cores);
  std::vector<Frame> frames(jobs.size());
  std::vector<double> done(jobs.size(), -1);
  std::size_t next = 0;
  std::vector<Frame*> finished;
  while (next < jobs.size() || processor.jobs() > 0) {
    const Instant completion = processor.next_done();
    const Instant arrival =
        next < jobs.size() ? Instant::at_ns(jobs[next].arrival_ns) : Instant::never();
    if (arrival <= completion) {
      processor.add(arrival, frames[next], jobs[next].demand);
      ++next;
      continue;
    }
    finished.clear();
    processor.take_done(completion, finished);
    EXPECT_FALSE(finished.empty()) << "nothing was done when something should have been";
    if (finished.empty()) break;
    for (const Frame* frame : finished)
      done[static_cast<std::size_t>(frame - frames.data())] = completion.to_seconds();
    EXPECT_EQ(processor.busy_millicores(),
              std::llround(1000 * std::min(cores, static_cast<double>(processor.jobs()))));
  }
  return done;
}

TEST(ProcessorProperty, SharesAsTheDefinitionSays) {
  sim::Stream random({1, 0}, "processor", "jobs");
  for (int round = 0; round < 1000; ++round) {
    const double choices[] = {0.1, 0.5, 1, 2, 3.7, 16};
    const double cores = choices[random.below(std::size(choices))];
    const std::vector<Job> jobs = jobs_of(random, cores);
    const std::vector<double> expected = shared(jobs, cores);
    const std::vector<double> actual = simulated(jobs, cores);
    for (std::size_t i = 0; i < jobs.size(); ++i) {
      // A completion is at a whole nanosecond: up to one late, which delays those after it in the
      // same busy period by their share of it.
      const double slack = 2e-9 + 1e-9 * static_cast<double>(jobs.size()) / std::min(1.0, cores);
      ASSERT_NEAR(actual[i], expected[i], slack) << "round " << round << ", job " << i;
    }
  }
}

TEST(ProcessorProperty, EqualRequestsLeaveInOrderOfArrival) {
  Processor processor(2);
  std::vector<Frame> frames(100);
  for (Frame& frame : frames) processor.add(Instant::start(), frame, 0.25);
  std::vector<Frame*> finished;
  processor.take_done(processor.next_done(), finished);
  ASSERT_EQ(finished.size(), frames.size());
  for (std::size_t i = 0; i < frames.size(); ++i) EXPECT_EQ(finished[i], &frames[i]);
  EXPECT_EQ(processor.next_done(), Instant::never());
}

}  // namespace
}  // namespace rehearse::models
