// M/M/c with unlimited queue, against Erlang C: with A = lambda / mu and rho = A / c,
//   P(wait) = C(c, A),  Wq = C / (c mu - lambda),  W = Wq + 1 / mu,  Lq = lambda Wq,  L = lambda W,
//   P(Wq > t) = C exp(-(c mu - lambda) t).
// That an arrival finds all servers busy with the probability with which they are busy (PASTA) is
// part of it: P(wait) counts arrivals, C is a share of time.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>

#include "study.hpp"

namespace rehearse::theory {
namespace {

struct Load {
  int servers;
  double offered;  // A = arrival rate, as a server serves one a second
  double wait_probability;
  double mean_wait;
  double p99_wait;  // 0: not checked
  double requests;  // over all trials, in millions: what the half-width needs
  bool lengthy = false;
};

// The slowest mode of M/M/c dies away within 1 / (sqrt(c mu) - sqrt(lambda))^2, or within a service
// time where that is longer (P. Morse 1955 for c = 1); fifteen times that leave nothing of the
// empty start.
double warmup(int servers, double offered) {
  const double gap = std::sqrt(servers) - std::sqrt(offered);
  return 15 * (1 + 1 / (gap * gap));
}

Span span(int servers, double offered, double millions) {
  constexpr int kTrials = 400;
  return {kTrials, warmup(servers, offered), millions * 1e6 / offered / kTrials};
}

std::vector<std::string> sets(int servers, double offered) {
  return {fmt::format("system.services.station.servers={}", servers),
          fmt::format("workload.clients.arrivals.poisson={}rps", offered)};
}

std::string title(int servers, double offered) {
  return fmt::format("M/M/{}, A = {}", servers, offered);
}

Study study(const Load& load) {
  const double rho = load.offered / load.servers;
  Study study{"Erlang C",
              title(load.servers, load.offered),
              "mmc.yaml",
              span(load.servers, load.offered, load.requests),
              sets(load.servers, load.offered),
              {{"station", "utilization", rho},
               {"station", "P(wait)", load.wait_probability, kMeans, 0, wait_share},
               {"station", "mean_wait", load.mean_wait},
               {"station", "mean_response", load.mean_wait + 1},
               {"station", "queue_length", load.offered * load.mean_wait},
               {"station", "in_system", load.offered * (load.mean_wait + 1)},
               {"station", "throughput", load.offered}},
              load.lengthy};
  if (load.p99_wait > 0)
    study.figures.push_back({"station", "p99_wait", load.p99_wait, kQuantiles});
  return study;
}

template <class Row>
std::string row_name(const testing::TestParamInfo<Row>& row) {
  return test_name(fmt::format("servers {} load {}", row.param.servers, row.param.offered));
}

class ErlangC : public testing::TestWithParam<Load> {};

TEST_P(ErlangC, Figures) {
  check(study(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(Rows, ErlangC,
                         testing::Values(Load{1, 0.8, 0.8, 4, 21.910133, 16},
                                         Load{1, 0.9, 0.9, 9, 0, 60},
                                         Load{2, 1.6, .7111111111, 1.7777777778, 0, 21},
                                         Load{3, 2, .4444444444, .4444444444, 0, 14},
                                         Load{5, 2.5, .1303712975, .0521485190, 0, 24},
                                         Load{10, 5, .0361053592, .0072210718, 0, 88},
                                         Load{10, 8, .4091801508, .2045900754, 1.855785, 55},
                                         Load{10, 9, .6687315241, .6687315241, 4.202798, 112},
                                         Load{20, 18, .5507690048, .2753845024, 0, 142},
                                         Load{100, 80, .0196464266, .0009823213, 0, 1550, true},
                                         Load{100, 95, .5064568539, .1012913708, 0, 565, true}),
                         row_name<Load>);

// Two more tails of the wait: C exp(-(c mu - lambda) t) = 1 %.
TEST(ErlangCTail, FiveServers) {
  check({"Erlang C",
         title(5, 4),
         "mmc.yaml",
         span(5, 4, 12),
         sets(5, 4),
         {{"station", "p99_wait", 4.014783, kQuantiles}}});
}
TEST(ErlangCTail, HundredServers) {
  check({"Erlang C",
         title(100, 90),
         "mmc.yaml",
         span(100, 90, 65),
         sets(100, 90),
         {{"station", "p99_wait", .307704, kQuantiles}}});
}

// The response of M/M/1 is exponential with mean 1 / (mu - lambda) = 5 s: quantiles 5 ln(1 / (1 -
// p)).
TEST(ErlangCTail, ResponseOfOneServer) {
  check({"Erlang C",
         title(1, 0.8) + ", response",
         "mmc.yaml",
         span(1, 0.8, 40),
         sets(1, 0.8),
         {{"station", "p50", 3.465736, kQuantiles},
          {"station", "p90", 11.512925, kQuantiles},
          {"station", "p99", 23.025851, kQuantiles},
          {"station", "p999", 34.538776, kQuantiles}}});
}

// Without a queue, M/M/c/c: refused are B(c, A) of the requests (Erlang B), the servers are busy
// for A (1 - B) / c of the time.
struct Loss {
  int servers;
  double offered;
  double blocking;
  double requests;  // millions
  bool lengthy = false;
};

class ErlangB : public testing::TestWithParam<Loss> {};

TEST_P(ErlangB, Figures) {
  const Loss& loss = GetParam();
  std::vector<std::string> options = sets(loss.servers, loss.offered);
  options.emplace_back("system.services.station.queue.limit=0");
  check({"Erlang B",
         fmt::format("M/M/{0}/{0}, A = {1}", loss.servers, loss.offered),
         "mmc.yaml",
         {400, 20, loss.requests * 1e6 / loss.offered / 400},
         options,
         {{"station", "error_ratio", loss.blocking},
          {"station", "utilization", loss.offered * (1 - loss.blocking) / loss.servers},
          {"station", "goodput", loss.offered * (1 - loss.blocking)},
          {"station", "mean_response", 1}},
         loss.lengthy});
}

INSTANTIATE_TEST_SUITE_P(Rows, ErlangB,
                         testing::Values(Loss{1, 0.8, .4444444444, 2}, Loss{1, 0.9, .4736842105, 2},
                                         Loss{2, 1.6, .3298969072, 2}, Loss{3, 2, .2105263158, 3},
                                         Loss{5, 2.5, .0697311168, 6}, Loss{10, 5, .0183845703, 20},
                                         Loss{10, 8, .1216610643, 5}, Loss{10, 9, .1679632263, 5},
                                         Loss{20, 18, .1092128459, 16},
                                         Loss{100, 80, .0039920286, 320, true},
                                         Loss{100, 95, .0488042062, 26}),
                         row_name<Loss>);

// The load at which one request in a hundred is refused, to four decimals: an error of 5e-5 in the
// load moves the blocking by that times dB/dA.
INSTANTIATE_TEST_SUITE_P(OnePercent, ErlangB,
                         testing::Values(Loss{5, 1.3608, .01, 30}, Loss{10, 4.4612, .01, 35},
                                         Loss{20, 12.0306, .01, 48}, Loss{50, 37.9014, .01, 90},
                                         Loss{100, 84.0642, .01, 130}),
                         row_name<Loss>);

}  // namespace
}  // namespace rehearse::theory
