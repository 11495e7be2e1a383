// A cache in shards: keys split a Poisson stream, so that each shard is an M/M/1 of its own.

#include <gtest/gtest.h>

#include "models/hash_slot.hpp"
#include "study.hpp"

namespace rehearse::theory {
namespace {

TEST(Cluster, EachShardIsMM1) {
  constexpr int kKeys = 100;
  double shares[2] = {0, 0};
  double sum = 0;
  for (std::uint32_t key = 0; key < kKeys; ++key) {
    shares[models::shard_of(key, 2)] += 1.0 / (key + 1);
    sum += 1.0 / (key + 1);
  }
  const auto response = [&](int shard) { return 1 / (1 - shares[shard] / sum); };
  check({"Redis Cluster",
         "2 shards, 100 keys, Zipf 1",
         "cluster.yaml",
         {200, 100, 18000},
         {},
         {{"store/shard1", "utilization", shares[0] / sum},
          {"store/shard2", "utilization", shares[1] / sum},
          {"store/shard1", "mean_response", response(0)},
          {"store/shard2", "mean_response", response(1)}}});
}

}  // namespace
}  // namespace rehearse::theory
