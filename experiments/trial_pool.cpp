#include "experiments/trial_pool.hpp"

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace rehearse::experiments {

double wall_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

struct TrialPool::Shared {
  std::mutex mutex;
  std::condition_variable changed;
  // Task t is trial t / arms of arm t % arms.
  std::uint64_t first = 0;
  std::uint64_t next = 0;
  std::uint64_t last = 0;
  std::map<std::uint64_t, models::TrialRecord> finished;
  int working = 0;
  std::optional<PoolEnd> early;
  std::atomic<bool> give_up{false};
  std::atomic<std::uint64_t> events{0};
  std::atomic<std::uint64_t> windows{0};  // closed, of all trials
  std::atomic<std::size_t> memory{0};
};

TrialPool::TrialPool(std::vector<Arm> arms, const std::vector<Instant>& boundaries,
                     PoolOptions options)
    : arms_(std::move(arms)),
      boundaries_(boundaries),
      options_(std::move(options)),
      started_(wall_seconds()) {
  REHEARSE_ASSERT(!arms_.empty());
}

models::TrialRecord TrialPool::simulate(std::uint64_t task, Shared& shared, bool& finished) const {
  const Arm& arm = arms_[task % arms_.size()];
  const std::uint64_t trial = task / arms_.size();
  const models::Scenario& scenario = *arm.scenario;
  models::World world(scenario.blueprint, {scenario.experiment.seed, trial}, boundaries_,
                      scenario.experiment.drain);
  if (trial == 0 && arm.follow.sink != nullptr) world.follow(arm.follow.share, *arm.follow.sink);
  std::uint64_t events = 0;
  std::size_t memory = 0;
  bool more = true;
  while (more) {
    more = world.advance();
    shared.events += world.engine().events() - events;
    events = world.engine().events();
    ++shared.windows;
    const std::size_t used = world.memory_bytes();
    shared.memory += used - memory;  // modular: may shrink
    memory = used;
    const bool interrupted = options_.interrupt != nullptr && options_.interrupt->load();
    const bool full = shared.memory > options_.memory_limit;
    if ((interrupted || full || shared.give_up) && more) {
      const std::lock_guard lock(shared.mutex);
      if (!shared.early) shared.early = interrupted ? PoolEnd::interrupted : PoolEnd::out_of_memory;
      shared.give_up = true;
      break;
    }
  }
  shared.memory -= memory;
  finished = !more;
  return world.take_record();
}

void TrialPool::work(Shared& shared) const {
  for (;;) {
    std::uint64_t task = 0;
    {
      const std::lock_guard lock(shared.mutex);
      if (shared.next == shared.last || shared.early) break;
      task = shared.next++;
    }
    bool finished = false;
    models::TrialRecord record = simulate(task, shared, finished);
    const std::lock_guard lock(shared.mutex);
    if (record.stuck) {
      shared.early = PoolEnd::stuck;
      shared.give_up = true;
    } else if (finished) {
      shared.finished.emplace(task, std::move(record));
    }
    shared.changed.notify_all();
  }
  const std::lock_guard lock(shared.mutex);
  --shared.working;
  shared.changed.notify_all();
}

void TrialPool::report(Shared& shared) const {
  if (!options_.progress) return;
  const double per_trial = static_cast<double>(boundaries_.size() - 1);
  const double done = static_cast<double>(shared.windows.load()) / per_trial;
  const auto whole = static_cast<std::uint64_t>(done);
  options_.progress({.trials_done = shared.first + whole,
                     .trials_planned = shared.last,
                     .running = done - static_cast<double>(whole),
                     .events = events_before_ + shared.events.load(),
                     .seconds = wall_seconds() - started_});
}

PoolEnd TrialPool::run(std::uint64_t first, std::uint64_t last,
                       const std::function<void(std::vector<models::TrialRecord>)>& take) {
  Shared shared;
  shared.first = shared.next = first * arms_.size();
  shared.last = last * arms_.size();
  // Threads count themselves out of `working`: the number to start is settled before.
  const int workers =
      std::max(1, std::min(options_.jobs, static_cast<int>(shared.last - shared.first)));
  shared.working = workers;
  std::vector<std::jthread> threads;
  for (int i = 0; i < workers; ++i) threads.emplace_back([&] { work(shared); });
  std::uint64_t wanted = shared.first;
  std::vector<models::TrialRecord> trial;
  for (;;) {
    std::unique_lock lock(shared.mutex);
    shared.changed.wait_for(lock, std::chrono::milliseconds(200), [&] {
      return shared.finished.contains(wanted) || shared.working == 0;
    });
    const auto found = shared.finished.find(wanted);
    if (found != shared.finished.end()) {
      trial.push_back(std::move(found->second));
      shared.finished.erase(found);
      ++wanted;
      lock.unlock();
      if (trial.size() == arms_.size()) take(std::exchange(trial, {}));
    } else if (shared.working == 0) {
      break;
    } else {
      lock.unlock();
    }
    report(shared);
  }
  events_before_ += shared.events;
  return shared.early.value_or(PoolEnd::done);
}

}  // namespace rehearse::experiments
