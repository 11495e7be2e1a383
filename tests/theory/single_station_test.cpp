// Stations other than M/M/c. Service takes 1 s on average unless said otherwise.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "study.hpp"

namespace rehearse::theory {
namespace {

std::string service(const std::string& law) {
  return "system.services.station.service_time=" + law;
}
std::string arrivals(double rate) {
  return fmt::format("workload.clients.arrivals.poisson={}rps", rate);
}
// Pollaczek and Khinchine: Wq = rho (1 + scv) / (2 (1 - rho)) E[S]. The time scale of an M/G/1
// queue grows like (1 + scv) / 2, hence the longer warm-ups.
struct General {
  const char* name;
  const char* law;
  double mean_wait;
  double scv;
  double requests;  // millions
};

class PollaczekKhinchine : public testing::TestWithParam<General> {};

TEST_P(PollaczekKhinchine, Figures) {
  const General& row = GetParam();
  const double warmup = 1400 * (1 + row.scv) / 2 + 100;
  check({"M/G/1",
         fmt::format("M/G/1, {}, rho = 0.8", row.name),
         "mg1.yaml",
         {400, warmup, row.requests * 1e6 / 0.8 / 400},
         {service(row.law)},
         {{"station", "mean_wait", row.mean_wait},
          {"station", "mean_response", row.mean_wait + 1},
          {"station", "queue_length", 0.8 * row.mean_wait},
          {"station", "utilization", 0.8},
          {"station", "P(wait)", 0.8, kMeans, 0, wait_share}},
         row.scv > 20});
}

INSTANTIATE_TEST_SUITE_P(
    Rows, PollaczekKhinchine,
    testing::Values(General{"constant", "1s", 2, 0, 8},
                    General{"Erlang-4", "{gamma: {shape: 4, mean: 1s}}", 2.5, 0.25, 10},
                    General{"exponential", "{exponential: 1s}", 4, 1, 16},
                    General{"scv 4", "{hyperexponential: {mean: 1s, scv: 4}}", 10, 4, 52},
                    General{"scv 9", "{hyperexponential: {mean: 1s, scv: 9}}", 20, 9, 90},
                    General{"scv 25", "{hyperexponential: {mean: 1s, scv: 25}}", 52, 25, 290}),
    [](const auto& row) { return test_name(row.param.name); });

// Evenly spaced arrivals do not see time averages: of D/M/1 a request waits with the probability s
// that solves s = exp(-(1 - s) / rho), here 0.6286, while the server is busy for 0.8 of the time.
// Wq = s / (1 - s).
TEST(EvenArrivals, SeeLessThanTheTimeAverage) {
  check({"G/M/1",
         "D/M/1, rho = 0.8",
         "mg1.yaml",
         {400, 1000, 38000},
         {service("{exponential: 1s}"), "workload.clients.arrivals={constant: 0.8rps}"},
         {{"station", "mean_wait", 1.69273084},
          {"station", "P(wait)", .62862980, kMeans, 0, wait_share},
          {"station", "utilization", 0.8}}});
}

// The Laplace transform of the response of M/H2/1 has two poles; its distribution function follows
// by partial fractions.
TEST(Bimodal, Quantiles) {
  check({"M/G/1",
         "M/H2/1, 0.1 % slow, rho = 0.8",
         "bimodal.yaml",
         {400, 3, 250},
         {},
         {{"station", "p50", .4182e-3, kQuantiles},
          {"station", "p90", 14.1615e-3, kQuantiles},
          {"station", "p95", 23.6849e-3, kQuantiles},
          {"station", "p99", 45.7975e-3, kQuantiles},
          {"station", "p999", 77.4335e-3, kQuantiles}},
         true});
}

TEST(Bimodal, MeanAndLateShare) {
  const auto late = [](const models::WindowRecord& record) {
    return record.response.share_above(Duration::milliseconds(15));
  };
  Study study{"M/G/1",
              "M/H2/1, 0.1 % slow, rho = 0.8, mean",
              "bimodal.yaml",
              {400, 3, 430},
              {},
              {{"station", "mean_response", 4.113176e-3},
               {"station", "P(T > 15 ms)", .094079, kMeans, 0, late}}};
  study.lengthy = true;
  check(study);
}

// M/M/c/K, birth and death: p(n) falls as A^n / n! up to c and as rho^n from there to K; refused is
// who finds K. Responses are those of requests that were let in.
struct Finite {
  int servers, capacity;
  double rate;
  double requests;  // millions
  double blocking;
  double in_system, response, wait;  // 0: not checked
};

class FiniteQueue : public testing::TestWithParam<Finite> {};

TEST_P(FiniteQueue, Figures) {
  const Finite& row = GetParam();
  Study study{"M/M/c/K",
              fmt::format("M/M/{}/{}, lambda = {}", row.servers, row.capacity, row.rate),
              "mmck.yaml",
              {200, 500, row.requests * 1e6 / row.rate / 200},
              {fmt::format("system.services.station.servers={}", row.servers),
               fmt::format("system.services.station.queue.limit={}", row.capacity - row.servers),
               arrivals(row.rate)},
              {{"station", "error_ratio", row.blocking}}};
  if (row.in_system > 0) study.figures.push_back({"station", "in_system", row.in_system});
  if (row.response > 0) study.figures.push_back({"station", "mean_response", row.response});
  if (row.wait > 0) study.figures.push_back({"station", "mean_wait", row.wait});
  check(study);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, FiniteQueue,
    testing::Values(Finite{1, 10, 0.8, 32, .0234928576, 2.96631427, 3.79709750, 0},
                    Finite{1, 10, 1, 12, .0909090909, 5, 5.5, 0},
                    Finite{1, 10, 1.2, 12, .1925864951, 6.71070868, 6.92613784, 0},
                    Finite{1, 10, 2, 12, .5002442599, 9.00537372, 9.00977517, 0},
                    Finite{10, 20, 8, 110, .00910718, 0, 0, .14506028},
                    Finite{10, 20, 10, 16, .06821182, 0, 0, .40262907}),
    [](const auto& row) {
      return test_name(fmt::format("servers {} capacity {} rate {}", row.param.servers,
                                   row.param.capacity, row.param.rate));
    });

// Erlang-A: birth and death with deaths at rate min(n, c) mu + (n - c)+ theta.
struct Impatient {
  int servers;
  double rate;
  const char* patience;
  double requests;  // millions
  double wait_probability, abandoned, in_queue;
};

class ErlangA : public testing::TestWithParam<Impatient> {};

TEST_P(ErlangA, Figures) {
  const Impatient& row = GetParam();
  check({"Erlang-A",
         fmt::format("M/M/{} + M, lambda = {}, patience {}", row.servers, row.rate, row.patience),
         "erlang-a.yaml",
         {200, 100, row.requests * 1e6 / row.rate / 200},
         {fmt::format("system.services.station.servers={}", row.servers),
          fmt::format("system.services.station.queue.patience={{exponential: {}}}", row.patience),
          arrivals(row.rate)},
         {{"station", "P(wait)", row.wait_probability, kMeans, 0, wait_share},
          {"station", "error_ratio", row.abandoned},
          {"station", "queue_length", row.in_queue}}});
}

INSTANTIATE_TEST_SUITE_P(
    Rows, ErlangA,
    testing::Values(Impatient{100, 100, "1s", 44, .51329880, .03986100, 3.98609968},
                    Impatient{100, 100, "2s", 62, .59670314, .03303015, 6.60603051},
                    Impatient{10, 12, "2s", 10, .85038495, .19565594, 4.69574266}),
    [](const auto& row) {
      return test_name(
          fmt::format("servers {} patience {}", row.param.servers, row.param.patience));
    });

// Cobham: with W0 = sum of lambda E[S^2] / 2 = 0.8, Wq of the urgent class is W0 / (1 - 0.2) = 1,
// of the other W0 / ((1 - 0.2) (1 - 0.8)) = 5.
TEST(Priority, OvertakesWithoutInterrupting) {
  check({"Priority",
         "two classes, 0.2/s before 0.6/s",
         "priority.yaml",
         {400, 2000, 60000},
         {},
         {{"station/urgent", "mean_response", 2},
          {"station/normal", "mean_response", 6},
          {"station/urgent", "mean_wait", 1},
          {"station/normal", "mean_wait", 5}}});
}

// Processor sharing: the response is 1 / (mu - lambda) whatever the law of the demand, and the
// number there geometric with mean rho / (1 - rho).
struct Demand {
  const char* name;
  const char* law;
  double seconds;  // of a trial
};

class Sharing : public testing::TestWithParam<Demand> {};

TEST_P(Sharing, DoesNotCareForTheLaw) {
  const auto& [name, law, seconds] = GetParam();
  check({"Processor sharing",
         fmt::format("M/G/1-PS, {}, rho = 0.8", name),
         "sharing.yaml",
         {400, 3000, seconds},
         {service(law)},
         {{"station", "mean_response", 5},
          {"station", "in_system", 4},
          {"station", "utilization", 0.8}}});
}

INSTANTIATE_TEST_SUITE_P(Laws, Sharing,
                         testing::Values(Demand{"exponential", "{exponential: 1s}", 40000},
                                         Demand{"constant", "1s", 25000},
                                         Demand{"scv 9", "{hyperexponential: {mean: 1s, scv: 9}}",
                                                165000}),
                         [](const auto& row) { return test_name(row.param.name); });

// The same slowdown 1 / (1 - rho) = 5 for every size.
TEST(SharingSizes, SlowDownAllAlike) {
  check({"Processor sharing",
         "three sizes, rho = 0.8",
         "sharing-sizes.yaml",
         {400, 5000, 60000},
         {},
         {{"station/small", "mean_response", 0.25 * 5},
          {"station/medium", "mean_response", 1 * 5},
          {"station/large", "mean_response", 5.5 * 5}}});
}

// M/G/infinity: the number there is Poisson with mean lambda E[S], whatever the law.
class Infinite : public testing::TestWithParam<std::pair<const char*, const char*>> {};

TEST_P(Infinite, OccupancyIsPoisson) {
  const auto& [name, law] = GetParam();
  constexpr int kTrials = 4000;
  // Ends of trials are independent samples. Cells: up to 13, 14, 15 ... 26, from 27.
  constexpr int kLowest = 13;
  constexpr int kHighest = 27;
  std::vector<int> seen(kHighest - kLowest + 1, 0);
  check({"M/G/infinity",
         fmt::format("M/G/infinity, {}, lambda E[S] = 20", name),
         "infinite.yaml",
         {kTrials, 30, 30},
         {service(law)},
         {{"station", "in_system", 20}, {"station", "mean_response", 1}}},
        [&](const models::TrialRecord& trial) {
          for (const models::SubjectRecord& subject : trial.subjects) {
            if (subject.kind != "endpoint") continue;
            const auto n = std::clamp<std::int64_t>(subject.in_system_at_end, kLowest, kHighest);
            ++seen[static_cast<std::size_t>(n - kLowest)];
          }
        });
  double chi_square = 0;
  double below = 0;
  double mass = std::exp(-20.0);
  for (int n = 0; n < kHighest; mass *= 20.0 / ++n) {
    below += mass;
    if (n < kLowest) continue;
    const double expected = kTrials * (n == kLowest ? below : mass);
    chi_square += std::pow(seen[static_cast<std::size_t>(n - kLowest)] - expected, 2) / expected;
  }
  const double expected = kTrials * (1 - below);
  chi_square += std::pow(seen.back() - expected, 2) / expected;
  fmt::print("  occupancy against Poisson(20): chi-square {:.1f}, 99.9 % below 36.1\n", chi_square);
  EXPECT_LT(chi_square, 36.12) << "0.1 % point of chi-square with 14 degrees of freedom";
}

INSTANTIATE_TEST_SUITE_P(Laws, Infinite,
                         testing::Values(std::pair{"constant", "1s"},
                                         std::pair{"scv 4",
                                                   "{hyperexponential: {mean: 1s, scv: 4}}"}),
                         [](const auto& row) { return test_name(row.param.first); });

}  // namespace
}  // namespace rehearse::theory
