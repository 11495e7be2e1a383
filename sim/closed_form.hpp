#pragma once
/// Closed forms of queueing theory, to stand beside simulated figures and to be tested against.
/// Units: rates per second, times in seconds. Each function names its source. Unstable systems
/// (utilization >= 1 without a bound on the queue) give infinity.

#include <cstdint>
#include <vector>

namespace rehearse::sim {

/// A. K. Erlang 1917, by the stable recursion. `offered_load` in erlang.
double erlang_b(double offered_load, int servers);
double erlang_c(double offered_load, int servers);

struct QueueFigures {
  double utilization = 0;
  double wait_probability = 0;
  double mean_wait = 0;      ///< Wq
  double mean_response = 0;  ///< W
  double in_queue = 0;       ///< Lq
  double in_system = 0;      ///< L
  double blocking = 0;       ///< share of arrivals that are refused
};
QueueFigures mm_c(double arrival_rate, double service_rate, int servers);
/// `capacity`: requests in service and waiting together, >= servers.
QueueFigures mm_c_k(double arrival_rate, double service_rate, int servers, int capacity);
/// Pollaczek-Khinchine. `scv`: squared coefficient of variation of the service time.
QueueFigures mg_1(double arrival_rate, double mean_service, double scv);
/// Processor sharing on one core: insensitive to the law of the service time (Kleinrock 1976).
QueueFigures mg_1_ps(double arrival_rate, double mean_service);
QueueFigures mg_infinity(double arrival_rate, double mean_service);
/// Palm's Erlang-A: M/M/c with exponential patience of rate `abandonment_rate`.
struct ErlangA {
  double wait_probability = 0;
  double abandon_probability = 0;
  double in_queue = 0;
  double mean_wait = 0;  ///< of all arrivals, those that give up included
};
ErlangA erlang_a(double arrival_rate, double service_rate, int servers, double abandonment_rate);

/// Wait of M/M/c exceeded with probability 1 - p.
double mm_c_wait_quantile(double arrival_rate, double service_rate, int servers, double p);
/// Response of M/M/c, quantile p, by the closed distribution function (root found to 1e-12).
double mm_c_response_quantile(double arrival_rate, double service_rate, int servers, double p);

/// Closed network of one-server stations, exact mean value analysis (M. Reiser, S. Lavenberg 1980).
struct ClosedFigures {
  double throughput = 0;
  double response = 0;  ///< sum over stations, think time excluded
  std::vector<double> in_system;
};
ClosedFigures mean_value_analysis(const std::vector<double>& demands, double think, int users);

/// Two parallel M/M/1 queues that a job is split over and joined (R. Nelson, A. Tantawi 1988).
double fork_join_2(double arrival_rate, double service_rate);

/// Mean response of the supermarket model, choices d >= 1, arrivals per server `load` < 1, service
/// rate 1, infinitely many servers (M. Mitzenmacher 1996; N. Vvedenskaya et al. 1996).
double supermarket(double load, int choices);

/// Hit ratio of an LRU cache under independent references: the approximation of H. Che et al. 2002.
/// `probabilities`: of each item; `slots` < their number.
double che_lru(const std::vector<double>& probabilities, double slots);
double che_fifo(const std::vector<double>& probabilities, double slots);

}  // namespace rehearse::sim
