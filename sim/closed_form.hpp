#pragma once
/// Closed forms of queueing theory, to stand beside simulated figures and to be tested against.
/// Units: rates per second, times in seconds. Each function names its source. Unstable systems
/// (utilization >= 1 without a bound on the queue) give infinity. REQUIRES: rates and times >= 0,
/// service rates > 0, servers >= 1.

#include <cstdint>
#include <span>
#include <vector>

namespace rehearse::sim {

/// A. K. Erlang 1917, by the stable recursion. `offered_load` in erlang. O(servers).
double erlang_b(double offered_load, int servers);
double erlang_c(double offered_load, int servers);
/// Fewest servers with erlang_c(offered_load, servers) <= wait_probability, which is in (0, 1].
int servers_for_wait(double offered_load, double wait_probability);

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
/// `capacity`: requests in service and waiting together, >= servers. Waits are those of requests
/// that were let in. Stable at any load. O(capacity).
QueueFigures mm_c_k(double arrival_rate, double service_rate, int servers, int capacity);
/// Pollaczek-Khinchine. `scv`: squared coefficient of variation of the service time.
QueueFigures mg_1(double arrival_rate, double mean_service, double scv);
/// Processor sharing on one core: insensitive to the law of the service time (Kleinrock 1976).
/// Nothing waits; mean_wait is the time lost to sharing.
QueueFigures mg_1_ps(double arrival_rate, double mean_service);
QueueFigures mg_infinity(double arrival_rate, double mean_service);

/// One server, classes in order of priority, first the most urgent; FIFO inside a class (A. Cobham
/// 1954; L. Kleinrock, "Queueing Systems" volume 2, 1976, section 3.6). A class that the more
/// urgent ones leave no room for has an infinite wait.
struct PriorityClass {
  double arrival_rate = 0;
  double mean_service = 0;
  double scv = 1;
};
enum class Preemption { none, resume };
/// Mean response per class.
std::vector<double> mg_1_priority(const std::vector<PriorityClass>& classes, Preemption preemption);

/// Palm's Erlang-A: M/M/c with exponential patience of rate `abandonment_rate` > 0. The number of
/// terms grows as 1 / abandonment_rate under overload.
struct ErlangA {
  double wait_probability = 0;
  double abandon_probability = 0;
  double in_queue = 0;
  double mean_wait = 0;  ///< of all arrivals, those that give up included
};
ErlangA erlang_a(double arrival_rate, double service_rate, int servers, double abandonment_rate);

/// Wait of M/M/c exceeded with probability 1 - p; p in (0, 1).
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

/// Mean response of two parallel M/M/1 queues that each job is split over and joined after (R.
/// Nelson, A. Tantawi 1988).
double fork_join_2(double arrival_rate, double service_rate);

/// Mean response of the supermarket model, choices d >= 1, arrivals per server `load` < 1, service
/// rate 1, infinitely many servers (M. Mitzenmacher 1996; N. Vvedenskaya et al. 1996).
double supermarket(double load, int choices);

/// Items of a cache: `weights` says how often each is requested, in any scale; where there are
/// `counts`, as many, each of them stands for so many items of that weight.
struct Items {
  std::span<const double> weights;
  std::span<const double> counts = {};
  double count(std::size_t i) const { return counts.empty() ? 1 : counts[i]; }
};
/// Chance of each item to be in a cache with so many slots, by the same equation as che_lru() and
/// che_fifo().
std::vector<double> che_occupancy(const Items& items, double slots, bool lru);
/// Hit ratio of an LRU cache under independent references: the approximation of H. Che et al. 2002.
/// `slots` >= the number of items gives 1.
double che_lru(const Items& items, double slots);
/// The same for FIFO and for random replacement (V. Martina, M. Garetto, E. Leonardi 2014).
double che_fifo(const Items& items, double slots);
/// Chance of each item to be in a cache that always holds the `slots` most popular ones. O(n log
/// n).
std::vector<double> perfect_occupancy(const Items& items, double slots);
/// The most that any cache can hit under independent references, its hit ratio (perfect LFU). An
/// upper bound for LFU with counts of its own and for TinyLFU, which come near it as their counts
/// become exact.
double perfect_lfu(const Items& items, double slots);
/// Hit ratio of an item that is requested at `rate` and kept for `ttl` after it was fetched, or, if
/// `renewed`, after its last request (N. Choungmo Fofack et al. 2012).
double ttl_hit_ratio(double rate, double ttl, bool renewed);

}  // namespace rehearse::sim
