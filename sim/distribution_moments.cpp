/// Mean, variance, tail and description of each kind; none of it is on the hot path.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/quantity.hpp"
#include "sim/distribution_table.hpp"
#include "sim/special_functions.hpp"

namespace rehearse::sim {
namespace {

/// E[N | N > -x] of a standard normal variable: the inverse Mills ratio.
double mills(double x) {
  return normal_density(x) / normal_upper(-x);
}

double polygon_share_above(const std::vector<double>& sorted, double x) {
  const auto above = std::upper_bound(sorted.begin(), sorted.end(), x);
  if (above == sorted.begin()) return 1;
  if (above == sorted.end()) return 0;
  const double inside = (x - above[-1]) / (above[0] - above[-1]);
  const double below = static_cast<double>(above - sorted.begin() - 1) + inside;
  return 1 - below / static_cast<double>(sorted.size() - 1);
}

}  // namespace

double Distribution::mean() const {
  switch (kind_) {
    case Kind::constant:
    case Kind::exponential:
      return a_;
    case Kind::uniform:
      return a_ + (b_ - a_) / 2;
    case Kind::normal:
      return a_ + b_ * mills(a_ / b_);
    case Kind::lognormal:
      return std::exp(a_ + b_ * b_ / 2);
    case Kind::gamma:
      return a_ * b_;
    case Kind::weibull:
      return b_ * std::exp(log_gamma(1 + c_));
    case Kind::pareto:
      return a_ > 1 ? b_ * a_ / (a_ - 1) : kInfinity;
    case Kind::hyperexponential:
      return 2 * a_ * b_;
    case Kind::empirical:
    case Kind::mixture:
      return table_->mean;
  }
  return 0;
}

double Distribution::scv() const {
  switch (kind_) {
    case Kind::constant:
      return 0;
    case Kind::exponential:
      return 1;
    case Kind::uniform: {
      const double ratio = (b_ - a_) / mean();
      return ratio * ratio / 12;
    }
    case Kind::normal: {
      const double x = a_ / b_;
      const double ratio = b_ / mean();
      return (1 - x * mills(x) - mills(x) * mills(x)) * ratio * ratio;
    }
    case Kind::lognormal:
      return std::expm1(b_ * b_);
    case Kind::gamma:
      return 1 / a_;
    case Kind::weibull:
      return std::expm1(log_gamma(1 + 2 * c_) - 2 * log_gamma(1 + c_));
    case Kind::pareto:
      return a_ > 2 ? 1 / (a_ * (a_ - 2)) : kInfinity;
    case Kind::hyperexponential: {
      const double root = 2 * a_ - 1;  // sqrt((scv - 1) / (scv + 1))
      return (1 + root * root) / (1 - root * root);
    }
    case Kind::empirical:
    case Kind::mixture:
      return table_->scv;
  }
  return 0;
}

double Distribution::share_above(double x) const {
  if (x < 0 && kind_ != Kind::constant && kind_ != Kind::uniform) return 1;
  switch (kind_) {
    case Kind::constant:
      return x < a_ ? 1 : 0;
    case Kind::uniform:
      return std::clamp((b_ - x) / (b_ - a_), 0.0, 1.0);
    case Kind::exponential:
      return std::exp(-x / a_);
    case Kind::normal:
      return normal_upper((x - a_) / b_) / c_;
    case Kind::lognormal:
      return x <= 0 ? 1 : normal_upper((std::log(x) - a_) / b_);
    case Kind::gamma:
      return gamma_upper(a_, x / b_);
    case Kind::weibull:
      return std::exp(-std::pow(x / b_, a_));
    case Kind::pareto:
      return x <= b_ ? 1 : std::pow(x / b_, -a_);
    case Kind::hyperexponential:
      return a_ * std::exp(-x / b_) + (1 - a_) * std::exp(-x / c_);
    case Kind::empirical:
      return polygon_share_above(table_->sorted, x);
    case Kind::mixture: {
      double share = 0;
      for (const Table::Part& part : table_->parts) share += part.weight * part.of.share_above(x);
      return share;
    }
  }
  return 0;
}

std::string Distribution::describe() const {
  const auto time = [](double seconds) { return format_duration(seconds); };
  switch (kind_) {
    case Kind::constant:
      return "constant " + time(a_);
    case Kind::uniform:
      return fmt::format("uniform, {} to {}", time(a_), time(b_));
    case Kind::exponential:
      return "exponential, mean " + time(a_);
    case Kind::normal:
      return fmt::format("normal above zero, mean {}, deviation {}", time(a_), time(b_));
    case Kind::lognormal:
      return fmt::format("log-normal, median {}, p99 {}", time(std::exp(a_)), time(quantile(0.99)));
    case Kind::gamma:
      return fmt::format("gamma, shape {:.4g}, mean {}", a_, time(mean()));
    case Kind::weibull:
      return fmt::format("Weibull, shape {:.4g}, scale {}", a_, time(b_));
    case Kind::pareto:
      return fmt::format("Pareto, shape {:.4g}, scale {}", a_, time(b_));
    case Kind::hyperexponential:
      return fmt::format("hyper-exponential, mean {}, scv {:.4g}", time(mean()), scv());
    case Kind::empirical:
      return fmt::format("empirical, {} values, mean {}", table_->sorted.size(), time(mean()));
    case Kind::mixture:
      return fmt::format("mixture of {}, mean {}", table_->parts.size(), time(mean()));
  }
  return {};
}

std::size_t Distribution::memory_bytes() const {
  std::size_t bytes = sizeof *this;
  if (!table_) return bytes;
  bytes += sizeof(Table) + table_->sorted.capacity() * sizeof(double);
  if (table_->gamma) bytes += table_->gamma->memory_bytes();
  for (const Table::Part& part : table_->parts)
    bytes += part.of.memory_bytes() + 2 * sizeof(double);
  return bytes;
}

}  // namespace rehearse::sim
