#include "sim/closed_form.hpp"

#include <algorithm>
#include <cmath>

#include "base/assert.hpp"
#include "sim/special_functions.hpp"

namespace rehearse::sim {
namespace {

/// Figures of a stable or unstable station from its mean wait, by Little's law.
QueueFigures from_wait(double arrival_rate, double mean_service, double utilization,
                       double mean_wait) {
  QueueFigures f;
  f.utilization = utilization;
  f.mean_wait = mean_wait;
  f.mean_response = mean_wait + mean_service;
  f.in_queue = arrival_rate > 0 ? arrival_rate * f.mean_wait : 0;
  f.in_system = arrival_rate > 0 ? arrival_rate * f.mean_response : 0;
  return f;
}

/// P(T > t) of M/M/c. With probability 1 - C the response is a service S, else S plus an
/// exponential wait of rate d = c mu - lambda.
double response_tail(double service_rate, double drain_rate, double wait_probability, double t) {
  const double gap = (drain_rate - service_rate) * t;
  // (1 - e^-gap) / gap, without loss of digits near the double root at gap = 0.
  const double ratio = gap == 0 ? 1 : -std::expm1(-gap) / gap;
  return std::exp(-service_rate * t) * (1 + wait_probability * service_rate * t * ratio);
}

}  // namespace

double erlang_b(double offered_load, int servers) {
  REHEARSE_ASSERT(offered_load >= 0 && servers >= 0);
  double blocking = 1;
  for (int n = 1; n <= servers; ++n)
    blocking = offered_load * blocking / (n + offered_load * blocking);
  return blocking;
}

double erlang_c(double offered_load, int servers) {
  if (offered_load >= servers) return 1;
  const double b = erlang_b(offered_load, servers);
  return servers * b / (servers - offered_load * (1 - b));
}

int servers_for_wait(double offered_load, double wait_probability) {
  REHEARSE_ASSERT(wait_probability > 0 && wait_probability <= 1);
  double b = 1;
  for (int n = 1;; ++n) {
    b = offered_load * b / (n + offered_load * b);
    if (n > offered_load && n * b / (n - offered_load * (1 - b)) <= wait_probability) return n;
  }
}

QueueFigures mm_c(double arrival_rate, double service_rate, int servers) {
  REHEARSE_ASSERT(arrival_rate >= 0 && service_rate > 0 && servers >= 1);
  const double load = arrival_rate / service_rate;
  const double c = erlang_c(load, servers);
  const double drain = servers * service_rate - arrival_rate;
  QueueFigures f = from_wait(arrival_rate, 1 / service_rate, std::min(load / servers, 1.0),
                             drain > 0 ? c / drain : kInfinity);
  f.wait_probability = c;
  return f;
}

QueueFigures mm_c_k(double arrival_rate, double service_rate, int servers, int capacity) {
  REHEARSE_ASSERT(arrival_rate >= 0 && service_rate > 0 && servers >= 1 && capacity >= servers);
  // Weights of the states relative to the greatest so far, so that nothing overflows.
  double weight = 1;
  double total = 1;
  double busy = 0;
  double queue = 0;
  double waiting_arrivals = 0;  // of those let in
  for (int n = 1; n <= capacity; ++n) {
    weight *= arrival_rate / (std::min(n, servers) * service_rate);
    total += weight;
    busy += weight * std::min(n, servers);
    queue += weight * std::max(n - servers, 0);
    if (n >= servers && n < capacity) waiting_arrivals += weight;
    if (weight > 1e100) {
      for (double* figure : {&total, &busy, &queue, &waiting_arrivals}) *figure /= weight;
      weight = 1;
    }
  }
  QueueFigures f;
  f.blocking = weight / total;
  f.utilization = busy / total / servers;
  f.in_queue = queue / total;
  f.in_system = (queue + busy) / total;
  const double admitted = arrival_rate * (total - weight) / total;
  f.mean_wait = admitted > 0 ? f.in_queue / admitted : 0;
  f.mean_response = f.mean_wait + 1 / service_rate;
  f.wait_probability = total > weight ? waiting_arrivals / (total - weight) : 0;
  return f;
}

QueueFigures mg_1(double arrival_rate, double mean_service, double scv) {
  const double load = arrival_rate * mean_service;
  QueueFigures f =
      from_wait(arrival_rate, mean_service, std::min(load, 1.0),
                load < 1 ? load * mean_service * (1 + scv) / (2 * (1 - load)) : kInfinity);
  f.wait_probability = f.utilization;
  return f;
}

QueueFigures mg_1_ps(double arrival_rate, double mean_service) {
  const double load = arrival_rate * mean_service;
  QueueFigures f = from_wait(arrival_rate, mean_service, std::min(load, 1.0),
                             load < 1 ? load * mean_service / (1 - load) : kInfinity);
  f.wait_probability = f.utilization;
  return f;
}

QueueFigures mg_infinity(double arrival_rate, double mean_service) {
  return from_wait(arrival_rate, mean_service, 0, 0);
}

std::vector<double> mg_1_priority(const std::vector<PriorityClass>& classes,
                                  Preemption preemption) {
  // Mean residual work found in service: of all classes, or of those that may not be interrupted.
  const auto residual = [&](std::size_t count) {
    double sum = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const PriorityClass& c = classes[i];
      sum += c.arrival_rate * c.mean_service * c.mean_service * (1 + c.scv) / 2;
    }
    return sum;
  };
  std::vector<double> response;
  double above = 0;  // load of the more urgent classes
  for (std::size_t i = 0; i < classes.size(); ++i) {
    const double service = classes[i].mean_service;
    const double upto = above + classes[i].arrival_rate * service;
    if (upto >= 1) {
      response.push_back(kInfinity);
    } else if (preemption == Preemption::none) {
      response.push_back(service + residual(classes.size()) / ((1 - above) * (1 - upto)));
    } else {
      response.push_back(service / (1 - above) + residual(i + 1) / ((1 - above) * (1 - upto)));
    }
    above = upto;
  }
  return response;
}

ErlangA erlang_a(double arrival_rate, double service_rate, int servers, double abandonment_rate) {
  REHEARSE_ASSERT(arrival_rate >= 0 && service_rate > 0 && servers >= 1 && abandonment_rate > 0);
  if (arrival_rate == 0) return {};
  // Weights of the states relative to that of `servers` requests.
  double idle = 0;
  double weight = 1;
  for (int n = servers; n >= 1 && weight > 0; --n) {
    weight *= n * service_rate / arrival_rate;
    idle += weight;
  }
  double waiting = 1;  // states in which an arrival waits
  double queue = 0;
  weight = 1;
  for (double k = 1;; k += 1) {
    const double ratio = arrival_rate / (servers * service_rate + k * abandonment_rate);
    weight *= ratio;
    waiting += weight;
    queue += weight * k;
    if (ratio < 1 && weight * k < 1e-18 * queue * (1 - ratio)) break;
    if (weight > 1e100) {
      for (double* figure : {&idle, &waiting, &queue}) *figure /= weight;
      weight = 1;
    }
  }
  ErlangA result;
  result.wait_probability = waiting / (idle + waiting);
  result.in_queue = queue / (idle + waiting);
  result.mean_wait = result.in_queue / arrival_rate;
  result.abandon_probability = abandonment_rate * result.mean_wait;
  return result;
}

double mm_c_wait_quantile(double arrival_rate, double service_rate, int servers, double p) {
  REHEARSE_ASSERT(p > 0 && p < 1);
  const double drain = servers * service_rate - arrival_rate;
  if (drain <= 0) return kInfinity;
  return std::max(std::log(erlang_c(arrival_rate / service_rate, servers) / (1 - p)) / drain, 0.0);
}

double mm_c_response_quantile(double arrival_rate, double service_rate, int servers, double p) {
  REHEARSE_ASSERT(p > 0 && p < 1);
  const double drain = servers * service_rate - arrival_rate;
  if (drain <= 0) return kInfinity;
  const double c = erlang_c(arrival_rate / service_rate, servers);
  double low = 0;
  double high = 1 / service_rate;
  while (response_tail(service_rate, drain, c, high) > 1 - p) high *= 2;
  while (high - low > 1e-13 * high) {
    const double middle = low + (high - low) / 2;
    (response_tail(service_rate, drain, c, middle) > 1 - p ? low : high) = middle;
  }
  return high;
}

ClosedFigures mean_value_analysis(const std::vector<double>& demands, double think, int users) {
  REHEARSE_ASSERT(think >= 0 && users >= 0);
  ClosedFigures f;
  f.in_system.assign(demands.size(), 0);
  for (int n = 1; n <= users; ++n) {
    f.response = 0;
    for (std::size_t i = 0; i < demands.size(); ++i)
      f.response += demands[i] * (1 + f.in_system[i]);
    f.throughput = think + f.response > 0 ? n / (think + f.response) : kInfinity;
    for (std::size_t i = 0; i < demands.size(); ++i)
      if (demands[i] > 0) f.in_system[i] = f.throughput * demands[i] * (1 + f.in_system[i]);
  }
  return f;
}

double fork_join_2(double arrival_rate, double service_rate) {
  const double load = arrival_rate / service_rate;
  return load < 1 ? (12 - load) / 8 / (service_rate - arrival_rate) : kInfinity;
}

double supermarket(double load, int choices) {
  REHEARSE_ASSERT(load >= 0 && choices >= 1);
  if (load >= 1) return kInfinity;
  if (choices == 1) return 1 / (1 - load);
  // Sum over i >= 1 of load^((d^i - d) / (d - 1)); exponents run 0, d, d + d^2, ...
  double sum = 0;
  double exponent = 0;
  double step = choices;
  for (;;) {
    const double term = std::pow(load, exponent);
    sum += term;
    if (term < 1e-17 * sum) return sum;
    exponent += step;
    step *= choices;
  }
}

}  // namespace rehearse::sim
