// Hit ratios under independent references.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <tuple>

#include "study.hpp"

namespace rehearse::theory {
namespace {

// LRU by the approximation of H. Che et al. 2002, FIFO by that of V. Martina et al. 2014: both are
// within a few parts in a thousand at these sizes, so 0.5 % of slack.
constexpr double kApproximation = 0.005;

struct Zipf {
  int items;
  double alpha;
  int slots;
  double lru, fifo, perfect;
  double requests;  // millions
};

class Eviction : public testing::TestWithParam<Zipf> {};

void hit_ratio(const Zipf& row, const char* eviction, double theory) {
  // From empty: until every slot was filled many times over.
  const double warmup = 100.0 * row.slots / 1000 + 100;
  check({"Cache eviction",
         fmt::format("{} of {} items, Zipf {}, {}", row.slots, row.items, row.alpha, eviction),
         "cache.yaml",
         {20, warmup, row.requests * 1e6 / 1000 / 20},
         {fmt::format("system.caches.store.entries={}", row.slots),
          fmt::format("system.caches.store.eviction={}", eviction),
          fmt::format("system.caches.store.keys.zipf={{n: {}, alpha: {}}}", row.items, row.alpha)},
         {{"store", "hit_ratio", theory, kMeans, kApproximation * theory}}});
}

TEST_P(Eviction, Lru) {
  hit_ratio(GetParam(), "lru", GetParam().lru);
}
TEST_P(Eviction, Fifo) {
  hit_ratio(GetParam(), "fifo", GetParam().fifo);
}
// Which of the others goes makes no difference under independent references (E. Gelenbe 1973).
TEST_P(Eviction, Random) {
  hit_ratio(GetParam(), "random", GetParam().fifo);
}
INSTANTIATE_TEST_SUITE_P(Sizes, Eviction,
                         testing::Values(Zipf{1000, .8, 100, .377790, .333680, .525827, 4},
                                         Zipf{10000, .8, 1000, .436660, .394179, .570618, 6},
                                         Zipf{10000, 1.0, 100, .390525, .342332, .529995, 4},
                                         Zipf{10000, 1.0, 1000, .675602, .630906, .764791, 6},
                                         Zipf{100000, .8, 10000, .468685, .428371, .595021, 20},
                                         Zipf{100000, 1.0, 10000, .737340, .701020, .809552, 20}),
                         [](const auto& row) {
                           return test_name(fmt::format("{} of {} alpha {}", row.param.slots,
                                                        row.param.items, row.param.alpha));
                         });

// A cache of exactly the most popular keys hits more than any that has to find out which these are.
// LFU and TinyLFU come within a tenth of it, and far above LRU. Counts that never age make trials
// of LFU differ: what was popular by chance at the start stays for long.
class Bound : public testing::TestWithParam<std::tuple<Zipf, const char*>> {};

TEST_P(Bound, IsNeared) {
  const auto& [row, eviction] = GetParam();
  const double bound = row.perfect;
  const double precision = eviction[0] == 'l' ? kQuantiles : kMeans;
  const auto result = check(
      {"Cache eviction",
       fmt::format("{} of {} items, Zipf {}, {}, at most", row.slots, row.items, row.alpha,
                   eviction),
       "cache.yaml",
       {20, 400.0 * row.slots / 1000 + 400, row.requests * 1e6 / 1000 / 20},
       {fmt::format("system.caches.store.entries={}", row.slots),
        fmt::format("system.caches.store.eviction={}", eviction),
        fmt::format("system.caches.store.keys.zipf={{n: {}, alpha: {}}}", row.items, row.alpha)},
       {{"store", "hit_ratio", 0.95 * bound, precision, 0.05 * bound}}});
  const reports::SubjectResult* store = result.find("store");
  ASSERT_NE(store, nullptr);
  const reports::Estimate* ratio = store->find("hit_ratio");
  ASSERT_NE(ratio, nullptr);
  EXPECT_LE(ratio->low, bound);
  EXPECT_GT(ratio->low, row.lru + 0.4 * (bound - row.lru));
}

INSTANTIATE_TEST_SUITE_P(
    Sizes, Bound,
    testing::Combine(testing::Values(Zipf{1000, .8, 100, .377790, .333680, .525827, 4},
                                     Zipf{10000, .8, 1000, .436660, .394179, .570618, 6},
                                     Zipf{10000, 1.0, 100, .390525, .342332, .529995, 4},
                                     Zipf{10000, 1.0, 1000, .675602, .630906, .764791, 6}),
                     testing::Values("lfu", "tinylfu")),
    [](const auto& row) {
      const Zipf& zipf = std::get<0>(row.param);
      return test_name(fmt::format("{} of {} alpha {} {}", zipf.slots, zipf.items, zipf.alpha,
                                   std::get<1>(row.param)));
    });

// A key that is asked for at rate 1 and lives for T hits T / (1 + T) of the time where its life
// counts from the write, 1 - exp(-T) where each hit renews it.
struct Life {
  const char* ttl;
  const char* expiry;
  double hit_ratio;
};

class TimeToLive : public testing::TestWithParam<Life> {};

TEST_P(TimeToLive, HitRatio) {
  const Life& row = GetParam();
  check({"Cache time to live",
         fmt::format("lambda T = {}, {}", row.ttl[1] == '0' ? 10 : 1, row.expiry),
         "ttl.yaml",
         {20, 100, 1000},
         {fmt::format("system.caches.store.ttl={}", row.ttl),
          fmt::format("system.caches.store.expiry={}", row.expiry)},
         {{"store", "hit_ratio", row.hit_ratio}}});
}

INSTANTIATE_TEST_SUITE_P(Rows, TimeToLive,
                         testing::Values(Life{"1s", "fixed", .5}, Life{"10s", "fixed", .909091},
                                         Life{"1s", "sliding", .632121},
                                         Life{"10s", "sliding", .999955}),
                         [](const auto& row) {
                           return test_name(fmt::format("{} {}", row.param.expiry, row.param.ttl));
                         });

// Fetched anew in the background by the first look-up after S, before the end at T: of the look-ups
// of a cycle, lambda S + 1 on average, the last one misses with probability exp(-lambda (T - S)),
// and is a stale hit otherwise.
TEST(StaleWhileRevalidate, HitRatio) {
  check({"Cache refresh",
         "lambda S = 1, lambda T = 2",
         "ttl.yaml",
         {20, 100, 1000},
         {"system.caches.store.ttl=2s", "system.caches.store.refresh_after=1s"},
         {{"store", "hit_ratio", .816060}, {"store", "stale_ratio", .316060}}});
}

// A fetch takes D, and those who miss meanwhile wait for it: a cycle has a miss, lambda D that wait
// and lambda T that hit.
TEST(SingleFlight, HitRatio) {
  check({"Cache coalescing",
         "lambda T = 2, lambda D = 0.5",
         "ttl.yaml",
         {20, 100, 1000},
         {"system.caches.store.ttl=2s", "system.caches.store.coalesce=single_flight",
          "system.services.front.endpoints.item=[{cache: {get: store, on_miss: [{wait: 500ms}]}}]"},
         {{"store", "hit_ratio", 2 / 3.5}, {"store", "coalesced_ratio", .5 / 3.5}}});
}

// The origin changes at rate omega and the cache is not told: an entry of age a is out of date with
// probability 1 - exp(-omega a). Of the lambda T + 1 look-ups of a cycle, lambda (T - (1 -
// exp(-omega T)) / omega) get a value that is.
TEST(WriteAround, OutdatedRatio) {
  check({"Cache staleness",
         "lambda T = 2, omega T = 1",
         "ttl.yaml",
         {20, 100, 1000},
         {"system.caches.store.ttl=2s",
          "system.services.front.endpoints.update=[{cache: {change: store}}]",
          "workload.writers={arrivals: {poisson: 50rps}, to: front/update}"},
         {{"store", "outdated_ratio", .245253}, {"store", "hit_ratio", 2.0 / 3}}});
}

// A batch has 1 + lambda d writes on average: the origin is asked lambda / (1 + lambda d) times a
// second.
TEST(WriteBehind, Batches) {
  check({"Write-behind",
         "lambda = 1, delay 3 s",
         "write-behind.yaml",
         {20, 100, 10000},
         {},
         {{"origin", "throughput", .25}, {"origin", "utilization", .00025}}});
}

// Of 8 devices that are alike 5 have a session: the one that asks is any of them (FIFO under
// uniform references).
TEST(StoredSessions, HitRatioIsThatOfThePlaces) {
  check({"Sessions",
         "8 devices, 5 sessions",
         "stored-sessions.yaml",
         {20, 400, 200},
         {},
         {{"store", "hit_ratio", .625, kMeans, .002}}});
}

// However requests are spread over instances, each sees independent references.
TEST(InProcess, IsALruInEachInstance) {
  check({"Cache layers",
         "4 instances, 100 of 1000 items, Zipf 0.8",
         "cache.yaml",
         {20, 400, 4000},
         {"system.services.front.instances=4", "system.caches.store.entries=null",
          "system.caches.store.eviction=null",
          "system.caches.store.layers=[{in_process: {entries: 100}}, {shared: {entries: 1k}}]"},
         {{"store/in_process", "hit_ratio", .377790, kMeans, kApproximation * .377790}}});
}

}  // namespace
}  // namespace rehearse::theory
