// Published and independently recomputed values of the formulas; the digits given are all compared.

#include "sim/closed_form.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "sim/zipf.hpp"

namespace rehearse::sim {
namespace {

struct MmcRow {
  int servers;
  double load, erlang_b, erlang_c, mean_wait, mean_response, in_queue;
};

TEST(MMc, MeetsErlangsTables) {
  const MmcRow rows[] = {
      {1, 0.8, .4444444444, .8000000000, 4.0000000000, 5.0000000000, 3.20000000},
      {1, 0.9, .4736842105, .9000000000, 9.0000000000, 10.0000000000, 8.10000000},
      {2, 1.6, .3298969072, .7111111111, 1.7777777778, 2.7777777778, 2.84444444},
      {3, 2, .2105263158, .4444444444, .4444444444, 1.4444444444, .88888889},
      {5, 2.5, .0697311168, .1303712975, .0521485190, 1.0521485190, .13037130},
      {10, 5, .0183845703, .0361053592, .0072210718, 1.0072210718, .03610536},
      {10, 8, .1216610643, .4091801508, .2045900754, 1.2045900754, 1.63672060},
      {10, 9, .1679632263, .6687315241, .6687315241, 1.6687315241, 6.01858372},
      {20, 18, .1092128459, .5507690048, .2753845024, 1.2753845024, 4.95692104},
      {100, 80, .0039920286, .0196464266, .0009823213, 1.0009823213, .07858571},
      {100, 95, .0488042062, .5064568539, .1012913708, 1.1012913708, 9.62268022},
  };
  for (const MmcRow& row : rows) {
    SCOPED_TRACE(testing::Message() << "c " << row.servers << ", load " << row.load);
    EXPECT_NEAR(erlang_b(row.load, row.servers), row.erlang_b, 6e-11);
    EXPECT_NEAR(erlang_c(row.load, row.servers), row.erlang_c, 6e-11);
    const QueueFigures f = mm_c(row.load, 1, row.servers);
    EXPECT_NEAR(f.mean_wait, row.mean_wait, 6e-11);
    EXPECT_NEAR(f.mean_response, row.mean_response, 6e-11);
    EXPECT_NEAR(f.in_queue, row.in_queue, 6e-9);
    EXPECT_NEAR(f.in_system, row.in_queue + row.load, 6e-9);
    EXPECT_DOUBLE_EQ(f.utilization, row.load / row.servers);
    EXPECT_DOUBLE_EQ(f.wait_probability, erlang_c(row.load, row.servers));
    // In other units of time, rates and times scale.
    EXPECT_NEAR(mm_c(row.load * 50, 50, row.servers).mean_wait * 50, row.mean_wait, 6e-11);
  }
}

TEST(MMc, IsInfiniteFromFullLoadOn) {
  for (const double load : {2.0, 3.0}) {
    const QueueFigures f = mm_c(load, 1, 2);
    EXPECT_TRUE(std::isinf(f.mean_wait));
    EXPECT_TRUE(std::isinf(f.mean_response));
    EXPECT_TRUE(std::isinf(f.in_queue));
    EXPECT_EQ(f.utilization, 1);
    EXPECT_EQ(f.wait_probability, 1);
    EXPECT_TRUE(std::isinf(mm_c_wait_quantile(load, 1, 2, 0.5)));
    EXPECT_TRUE(std::isinf(mm_c_response_quantile(load, 1, 2, 0.5)));
  }
  EXPECT_EQ(mm_c(0, 1, 2).in_system, 0);
}

TEST(MMc, MeetsQuantilesOfTheWait) {
  EXPECT_NEAR(mm_c_wait_quantile(0.8, 1, 1, 0.99), 21.910133, 6e-7);
  EXPECT_NEAR(mm_c_wait_quantile(4, 1, 5, 0.99), 4.014783, 6e-7);
  EXPECT_NEAR(mm_c_wait_quantile(8, 1, 10, 0.99), 1.855785, 6e-7);
  EXPECT_NEAR(mm_c_wait_quantile(9, 1, 10, 0.99), 4.202798, 6e-7);
  EXPECT_NEAR(mm_c_wait_quantile(90, 1, 100, 0.99), .307704, 6e-7);
  EXPECT_EQ(mm_c_wait_quantile(5, 1, 10, 0.5), 0);  // fewer than half wait at all
}

TEST(MMc, MeetsQuantilesOfTheResponse) {
  EXPECT_NEAR(mm_c_response_quantile(0.8, 1, 1, 0.5), 3.465736, 6e-7);
  EXPECT_NEAR(mm_c_response_quantile(0.8, 1, 1, 0.9), 11.512925, 6e-7);
  EXPECT_NEAR(mm_c_response_quantile(0.8, 1, 1, 0.99), 23.025851, 6e-7);
  EXPECT_NEAR(mm_c_response_quantile(0.8, 1, 1, 0.999), 34.538776, 6e-7);
  // c mu - lambda = mu: wait and service have the same rate. Then P(T > t) = (1 + C t) e^-t.
  const double t = mm_c_response_quantile(9, 1, 10, 0.99);
  EXPECT_NEAR((1 + erlang_c(9, 10) * t) * std::exp(-t), 0.01, 1e-12);
  // Continuous across that point.
  EXPECT_NEAR(mm_c_response_quantile(9 + 1e-9, 1, 10, 0.99), t, 1e-6);
  // Idle servers: service alone.
  EXPECT_NEAR(mm_c_response_quantile(0.001, 1, 100, 0.9), std::log(10), 1e-9);
}

TEST(ErlangB, MeetsLoadsForOnePercentBlocking) {
  EXPECT_NEAR(erlang_b(1.3608, 5), 0.01, 1e-5);
  EXPECT_NEAR(erlang_b(4.4612, 10), 0.01, 1e-5);
  EXPECT_NEAR(erlang_b(12.0306, 20), 0.01, 1e-5);
  EXPECT_NEAR(erlang_b(37.9014, 50), 0.01, 1e-5);
  EXPECT_NEAR(erlang_b(84.0642, 100), 0.01, 1e-5);
}

TEST(ServersForWait, MeetsTheStaffingTable) {
  const double targets[] = {.5, .2, .1, .01};
  const struct {
    double load;
    int servers[4];
  } rows[] = {
      {100, {106, 111, 115, 125}}, {500, {512, 525, 533, 555}}, {1000, {1017, 1034, 1046, 1077}}};
  for (const auto& row : rows)
    for (int i = 0; i < 4; ++i) EXPECT_EQ(servers_for_wait(row.load, targets[i]), row.servers[i]);
  EXPECT_EQ(servers_for_wait(0.5, 1), 1);
}

TEST(MG1, MeetsPollaczekKhinchine) {
  const double rows[][2] = {{0, 2.0}, {0.25, 2.5}, {1, 4.0}, {4, 10}, {9, 20}, {25, 52}};
  for (const auto& [scv, wait] : rows) {
    const QueueFigures f = mg_1(0.8, 1, scv);
    EXPECT_NEAR(f.mean_wait, wait, 1e-12);
    EXPECT_NEAR(f.mean_response, wait + 1, 1e-12);
    EXPECT_NEAR(f.in_queue, 0.8 * wait, 1e-12);
    EXPECT_DOUBLE_EQ(f.wait_probability, 0.8);
  }
  EXPECT_TRUE(std::isinf(mg_1(1, 1, 1).mean_wait));
}

TEST(MG1, MeetsTheOpenBimodalExample) {
  // 99.9 % exponential of 0.1 ms, 0.1 % exponential of 10 ms, at 80 % load.
  const double mean = 0.999 * 0.1 + 0.001 * 10;
  const double scv = 2 * (0.999 * 0.1 * 0.1 + 0.001 * 10 * 10) / (mean * mean) - 1;
  EXPECT_NEAR(mg_1(0.8 / mean, mean, scv).mean_response, 4.113176, 6e-7);
}

TEST(MM1K, MeetsTheTable) {
  const struct {
    double load;
    double blocking, in_system, response;
  } rows[] = {{.8, .0234928576, 2.96631427, 3.79709750},
              {1, .0909090909, 5, 5.5},
              {1.2, .1925864951, 6.71070868, 6.92613784},
              {2, .5002442599, 9.00537372, 9.00977517}};
  for (const auto& row : rows) {
    const QueueFigures f = mm_c_k(row.load, 1, 1, 10);
    EXPECT_NEAR(f.blocking, row.blocking, 6e-11);
    EXPECT_NEAR(f.in_system, row.in_system, 6e-9);
    EXPECT_NEAR(f.mean_response, row.response, 6e-9);
    EXPECT_NEAR(f.utilization, row.load * (1 - row.blocking), 1e-9);
    EXPECT_NEAR(f.in_system - f.in_queue, f.utilization, 1e-12);
  }
}

TEST(MMcK, MeetsTheTable) {
  EXPECT_NEAR(mm_c_k(8, 1, 10, 20).blocking, .00910718, 6e-9);
  EXPECT_NEAR(mm_c_k(8, 1, 10, 20).mean_wait, .14506028, 6e-9);
  EXPECT_NEAR(mm_c_k(10, 1, 10, 20).blocking, .06821182, 6e-9);
  EXPECT_NEAR(mm_c_k(10, 1, 10, 20).mean_wait, .40262907, 6e-9);
}

TEST(MMcK, LiesBetweenErlangBAndErlangC) {
  EXPECT_NEAR(mm_c_k(8, 1, 10, 10).blocking, erlang_b(8, 10), 1e-14);
  EXPECT_EQ(mm_c_k(8, 1, 10, 10).mean_wait, 0);
  EXPECT_NEAR(mm_c_k(8, 1, 10, 1000).mean_wait, mm_c(8, 1, 10).mean_wait, 1e-12);
  EXPECT_NEAR(mm_c_k(8, 1, 10, 1000).wait_probability, erlang_c(8, 10), 1e-12);
  // Far above capacity and with many states: weights are scaled on the way.
  EXPECT_NEAR(mm_c_k(1000, 1, 10, 5000).blocking, 0.99, 1e-12);
  EXPECT_NEAR(mm_c_k(1000, 1, 10, 5000).utilization, 1, 1e-12);
}

TEST(ProcessorSharing, IsInsensitive) {
  const QueueFigures f = mg_1_ps(0.8, 1);
  EXPECT_NEAR(f.mean_response, 5, 1e-12);
  EXPECT_NEAR(f.in_system, 4, 1e-12);
  EXPECT_TRUE(std::isinf(mg_1_ps(1.5, 1).mean_response));
}

TEST(MGInfinity, HoldsOfferedLoad) {
  EXPECT_DOUBLE_EQ(mg_infinity(30, 0.5).in_system, 15);
  EXPECT_DOUBLE_EQ(mg_infinity(30, 0.5).mean_response, 0.5);
  EXPECT_EQ(mg_infinity(30, 0.5).mean_wait, 0);
}

TEST(Priority, MeetsCobham) {
  const std::vector<PriorityClass> classes = {{0.2, 1, 1}, {0.6, 1, 1}};
  const std::vector<double> polite = mg_1_priority(classes, Preemption::none);
  EXPECT_NEAR(polite[0], 2.0, 1e-12);
  EXPECT_NEAR(polite[1], 6.0, 1e-12);
  const std::vector<double> rude = mg_1_priority(classes, Preemption::resume);
  EXPECT_NEAR(rude[0], 1.25, 1e-12);
  EXPECT_NEAR(rude[1], 6.25, 1e-12);
  // One class alone is M/G/1.
  EXPECT_NEAR(mg_1_priority({{0.8, 1, 4}}, Preemption::none)[0], mg_1(0.8, 1, 4).mean_response,
              1e-12);
  // Who is left without room waits for ever, others do not.
  const std::vector<double> full = mg_1_priority({{0.5, 1, 1}, {0.6, 1, 1}}, Preemption::none);
  EXPECT_TRUE(std::isfinite(full[0]));
  EXPECT_TRUE(std::isinf(full[1]));
}

TEST(ErlangA, MeetsTheTable) {
  const struct {
    double arrival_rate;
    int servers;
    double abandonment_rate, wait, abandon, in_queue;
  } rows[] = {{100, 100, 1, .51329880, .03986100, 3.98609968},
              {100, 100, .5, .59670314, .03303015, 6.60603051},
              {12, 10, .5, .85038495, .19565594, 4.69574266}};
  for (const auto& row : rows) {
    const ErlangA f = erlang_a(row.arrival_rate, 1, row.servers, row.abandonment_rate);
    EXPECT_NEAR(f.wait_probability, row.wait, 6e-9);
    EXPECT_NEAR(f.abandon_probability, row.abandon, 6e-9);
    EXPECT_NEAR(f.in_queue, row.in_queue, 6e-9);
    EXPECT_NEAR(f.mean_wait, row.in_queue / row.arrival_rate, 6e-9);
  }
}

TEST(ErlangA, TendsToErlangCAndToOverload) {
  const ErlangA patient = erlang_a(8, 1, 10, 1e-7);
  EXPECT_NEAR(patient.wait_probability, erlang_c(8, 10), 1e-5);
  EXPECT_NEAR(patient.mean_wait, mm_c(8, 1, 10).mean_wait, 1e-5);
  // Twenty times the capacity: nineteen in twenty give up. 10^80 and more between the weights.
  EXPECT_NEAR(erlang_a(200, 1, 10, 0.01).abandon_probability, 0.95, 1e-9);
  EXPECT_EQ(erlang_a(0, 1, 10, 1).in_queue, 0);
}

TEST(MeanValueAnalysis, MeetsTheTable) {
  const struct {
    int users;
    double throughput, response;
  } rows[] = {{5, .43604782, 1.46663218}, {10, .78541766, 2.73207944}, {50, 1.0, 40.0}};
  for (const auto& row : rows) {
    const ClosedFigures f = mean_value_analysis({1}, 10, row.users);
    EXPECT_NEAR(f.throughput, row.throughput, 6e-9);
    EXPECT_NEAR(f.response, row.response, 6e-8);
    EXPECT_NEAR(f.in_system[0] + 10 * f.throughput, row.users, 1e-9);
  }
  const ClosedFigures three = mean_value_analysis({.5, 1, .25}, 5, 20);
  EXPECT_NEAR(three.throughput, .999894627, 6e-10);
  EXPECT_NEAR(three.response, 15.002107674, 6e-10);
  EXPECT_EQ(mean_value_analysis({1}, 10, 0).throughput, 0);
}

TEST(ForkJoin, MeetsNelsonAndTantawi) {
  EXPECT_NEAR(fork_join_2(.5, 1), 2.875, 1e-12);
  EXPECT_NEAR(fork_join_2(.9, 1), 13.875, 1e-12);
  EXPECT_NEAR(fork_join_2(1e-12, 1), 1.5, 1e-9);  // the mean of the longer of two services
  EXPECT_TRUE(std::isinf(fork_join_2(1, 1)));
}

TEST(Supermarket, MeetsTheTable) {
  const struct {
    double load;
    double response[4];
  } rows[] = {{.5, {2.0, 1.265686, 1.125244, 1.031250}},
              {.8, {5.0, 1.947363, 1.580886, 1.328918}},
              {.9, {10.0, 2.614057, 2.027856, 1.632881}},
              {.99, {100.0, 5.431997, 3.857847, 2.901683}}};
  const int choices[] = {1, 2, 3, 5};
  for (const auto& row : rows)
    for (int i = 0; i < 4; ++i)
      EXPECT_NEAR(supermarket(row.load, choices[i]), row.response[i], 6e-7)
          << row.load << ", " << choices[i];
  EXPECT_TRUE(std::isinf(supermarket(1, 2)));
}

TEST(Che, MeetsTheTable) {
  const struct {
    std::uint64_t items;
    double alpha, slots, lru, fifo, best;
  } rows[] = {{1000, .8, 100, .377790, .333680, .525827},
              {10000, .8, 1000, .436660, .394179, .570618},
              {10000, 1.0, 100, .390525, .342332, .529995},
              {10000, 1.0, 1000, .675602, .630906, .764791},
              {100000, .8, 10000, .468685, .428371, .595021},
              {100000, 1.0, 10000, .737340, .701020, .809552}};
  for (const auto& row : rows) {
    SCOPED_TRACE(testing::Message() << row.items << " items, alpha " << row.alpha);
    const Zipf zipf(row.items, row.alpha);
    std::vector<double> probabilities(row.items);
    for (std::uint64_t i = 0; i < row.items; ++i) probabilities[i] = zipf.probability(i);
    EXPECT_NEAR(che_lru({probabilities}, row.slots), row.lru, 6e-7);
    EXPECT_NEAR(che_fifo({probabilities}, row.slots), row.fifo, 6e-7);
    EXPECT_NEAR(perfect_lfu({probabilities}, row.slots), row.best, 6e-7);
  }
}

TEST(PerfectLfu, HoldsTheMostPopular) {
  EXPECT_NEAR(perfect_lfu({std::vector<double>{1, 5, 2, 2}}, 1), 0.5, 1e-12);
  EXPECT_NEAR(perfect_lfu({std::vector<double>{1, 5, 2, 2}}, 2.5), 0.8, 1e-12);
  EXPECT_EQ(perfect_lfu({std::vector<double>{1, 5, 2, 2}}, 4), 1);
  EXPECT_EQ(perfect_lfu({std::vector<double>{1, 5, 2, 2}}, 0), 0);
  EXPECT_EQ(perfect_lfu({std::vector<double>{}}, 3), 0);
}

TEST(Che, HandlesTheEdges) {
  EXPECT_EQ(che_lru({std::vector<double>{1, 1, 1}}, 3), 1);
  EXPECT_EQ(che_lru({std::vector<double>{1, 1, 0}}, 2), 1);
  EXPECT_EQ(che_lru({std::vector<double>{1, 1, 1}}, 0), 0);
  EXPECT_EQ(che_lru({std::vector<double>{}}, 5), 0);
  // Equal items: any policy holds slots / items of them. In any scale of weights.
  EXPECT_NEAR(che_lru({std::vector<double>(100, 7.0)}, 30), 0.3, 1e-12);
  EXPECT_NEAR(che_fifo({std::vector<double>(100, 7.0)}, 30), 0.3, 1e-12);
  EXPECT_NEAR(che_lru({std::vector<double>(1000, 1.0)}, 999.5), 0.9995, 1e-9);
}

TEST(TtlCache, MeetsTheTable) {
  EXPECT_NEAR(ttl_hit_ratio(1, 1, false), .5, 1e-12);
  EXPECT_NEAR(ttl_hit_ratio(2, 5, false), .909091, 6e-7);
  EXPECT_NEAR(ttl_hit_ratio(1, 1, true), .632121, 6e-7);
  EXPECT_EQ(ttl_hit_ratio(1, 0, true), 0);
}

}  // namespace
}  // namespace rehearse::sim
