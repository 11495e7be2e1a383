/// No allocation per request: what a trial allocates after its first seconds does not depend on how
/// many requests go through it.

#include <atomic>
#include <cstdlib>
#include <new>

#include "tests/unit/models/one_trial.hpp"

namespace {

std::atomic<std::uint64_t> allocations{0};

void* counted(std::size_t size, std::size_t alignment) {
  ++allocations;
  void* memory = alignment > alignof(std::max_align_t)
                     ? std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment)
                     : std::malloc(size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

void* operator new(std::size_t size) {
  return counted(size, 1);
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  return counted(size, static_cast<std::size_t>(alignment));
}
// The whole family, as sanitizers compare how memory is taken with how it is given back.
void* operator new[](std::size_t size) {
  return counted(size, 1);
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  ++allocations;
  return std::malloc(size);
}
void operator delete(void* memory, const std::nothrow_t&) noexcept {
  std::free(memory);
}
void operator delete[](void* memory) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  std::free(memory);
}

namespace rehearse::models {
namespace {

TEST(Allocation, DoesNotHappenPerRequest) {
  const Scenario scenario = scenario_of(R"(
experiment: {horizon: 100s}
system:
  services:
    web:
      instances: 4
      servers: 16
      queue: {limit: 100}
      balancer: least_requests
      endpoints:
        page:
          - wait: {exponential: 5ms}
          - parallel:
              - call: {to: app, timeout: 200ms, retry: {attempts: 3, backoff: {exponential: 1ms}}}
              - {cache: {get: c, on_miss: [{query: {to: db/q, timeout: 100ms}}]}}
    app:
      instances: 4
      cpu: {limit: 2}
      concurrency: 50
      balancer: {choices: 2}
      service_time: {exponential: 2ms}
  caches: {c: {entries: 100, keys: {zipf: {n: 1000, alpha: 1}}, latency: 0.2ms, ttl: 5s}}
  databases: {db: {pool: {size: 10, wait: 50ms}, queries: {q: {exponential: 3ms}}}}
workload: {users: {arrivals: {poisson: 1000rps}, to: web/page, timeout: 1s}}
)");
  World world(scenario.blueprint, {1, 0},
              {Instant::start(), Instant::start() + Duration::seconds(50),
               Instant::start() + Duration::seconds(100)},
              false);
  ASSERT_TRUE(world.advance());
  const std::uint64_t before = allocations;
  world.advance();
  const std::uint64_t during = allocations - before;
  const TrialRecord record = world.take_record();
  ASSERT_GT(record.requests, 90'000U);
  // Storing the window and rare growth (a new power of two in a histogram, a longer queue than ever
  // before) remain: some dozens, for 50,000 requests.
  EXPECT_LT(during, 400U);
}

}  // namespace
}  // namespace rehearse::models
