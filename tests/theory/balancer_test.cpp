// The supermarket model: of n queues, a request looks at d and joins the shortest. With n to
// infinity (N. Vvedenskaya et al. 1996, M. Mitzenmacher 1996)
//   E[T] = sum over i >= 1 of lambda^((d^i - d) / (d - 1)).

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>

#include "study.hpp"

namespace rehearse::theory {
namespace {

struct Choice {
  double load;
  int choices;
  bool replacement;
  int instances;
  double response;
  double slack;
  double requests;  // millions
  bool lengthy = false;
  double precision = kMeans;
};

class Supermarket : public testing::TestWithParam<Choice> {};

TEST_P(Supermarket, MeanResponse) {
  const Choice& row = GetParam();
  const double rate = row.load * row.instances;
  // From empty the queues fill within some 1 / (1 - load) services (with one choice, its square).
  const double warmup =
      row.choices == 1 ? 8 / std::pow(1 - std::sqrt(row.load), 2) : 12 / (1 - row.load) + 30;
  const int trials = warmup * rate > 1e6 ? 20 : 100;  // where the warm-up is most of the work
  Study study{
      "Power of choices",
      fmt::format("n = {}, d = {}{}, load {}", row.instances, row.choices,
                  row.choices == 1  ? ""
                  : row.replacement ? " with replacement"
                                    : " distinct",
                  row.load),
      "balancer.yaml",
      {trials, warmup, row.requests * 1e6 / rate / trials},
      {fmt::format("system.services.station.instances={}", row.instances),
       fmt::format("workload.clients.arrivals.poisson={}rps", rate),
       row.choices == 1
           ? "system.services.station.balancer=random"
           : fmt::format("system.services.station.balancer={{choices: {}, replacement: {}}}",
                         row.choices, row.replacement)},
      {{"station", "mean_response", row.response, row.precision, row.slack},
       {"station", "utilization", row.load}}};
  study.lengthy = row.lengthy;
  check(study);
}

std::string name(const testing::TestParamInfo<Choice>& row) {
  return test_name(fmt::format("n {} d {} {} load {}", row.param.instances, row.param.choices,
                               row.param.replacement ? "again" : "distinct", row.param.load));
}

// d = 1 is n times M/M/1: 1 / (1 - load), with any n. At 99 % load a half-width of 1 % takes 5e9
// requests; 3 % have to do.
INSTANTIATE_TEST_SUITE_P(Random, Supermarket,
                         testing::Values(Choice{.5, 1, false, 10, 2, 0, 3},
                                         Choice{.8, 1, false, 10, 5, 0, 12},
                                         Choice{.9, 1, false, 10, 10, 0, 55},
                                         Choice{.99, 1, false, 4, 100, 0, 700, true, 0.03}),
                         name);

// n = 100, d = 2 against an independent simulation, whose 95 % interval is the slack.
INSTANTIATE_TEST_SUITE_P(Hundred, Supermarket,
                         testing::Values(Choice{.5, 2, false, 100, 1.2669, .0011, 2},
                                         Choice{.8, 2, false, 100, 1.9605, .0028, 4},
                                         Choice{.9, 2, false, 100, 2.6440, .0063, 8},
                                         Choice{.99, 2, false, 100, 5.953, .067, 300, true},
                                         Choice{.5, 2, true, 100, 1.2713, .0009, 2},
                                         Choice{.8, 2, true, 100, 1.9693, .0034, 4},
                                         Choice{.9, 2, true, 100, 2.6576, .0059, 8},
                                         Choice{.99, 2, true, 100, 5.990, .062, 300, true}),
                         name);

// n = 1000 against n to infinity. The difference falls as 1 / n (N. Gast 2017), so the slack is a
// tenth of what separates n = 100 from the limit in runs of the same file.
INSTANTIATE_TEST_SUITE_P(Limit, Supermarket,
                         testing::Values(Choice{.5, 2, false, 1000, 1.265686, .0003, 4},
                                         Choice{.8, 2, false, 1000, 1.947363, .0014, 4},
                                         Choice{.9, 2, false, 1000, 2.614057, .0041, 8},
                                         Choice{.5, 3, false, 1000, 1.125244, .0003, 4},
                                         Choice{.8, 3, false, 1000, 1.580886, .0014, 4},
                                         Choice{.9, 3, false, 1000, 2.027856, .0041, 8},
                                         Choice{.5, 5, false, 1000, 1.031250, .0003, 4},
                                         Choice{.8, 5, false, 1000, 1.328918, .0014, 4},
                                         Choice{.9, 5, false, 1000, 1.632881, .0041, 8},
                                         Choice{.99, 2, false, 1000, 5.431997, .052, 370, true},
                                         Choice{.99, 3, false, 1000, 3.857847, .054, 310, true},
                                         Choice{.99, 5, false, 1000, 2.901683, .058, 270, true}),
                         name);

}  // namespace
}  // namespace rehearse::theory
