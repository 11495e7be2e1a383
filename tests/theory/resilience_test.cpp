// Retries, backoff, budgets, throttles, hedges: closed forms and published figures of what policies
// around calls do to success, load and tails. Sources: M. Brooker, "Fixing retries with token
// buckets and circuit breakers", 2022; Google, "Site Reliability Engineering", 2016, chapters 21
// and 22; J. Dean and L. Barroso, "The Tail at Scale", CACM 56(2), 2013; N. Bronson et al.,
// "Metastable Failures in Distributed Systems", HotOS 2021.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>

#include "sim/special_functions.hpp"
#include "study.hpp"

namespace rehearse::theory {
namespace {

constexpr double kOffered = 100;  // of attempts.yaml

void attempts(const std::string& title, double fail, const std::string& retry, double success,
              double load) {
  check({"Retries",
         fmt::format("{}, f = {}", title, fail),
         "attempts.yaml",
         {fail > 0.8 ? 80 : 20, 50, 300},
         {fmt::format("system.services.backend.endpoints.ask=[{{fail: {}%}}]", 100 * fail),
          "workload.clients.retry=" + retry},
         {{"clients", "availability", success, 0.01},
          {"backend/ask", "arrival_rate", kOffered * load, 0.01}}});
}

// Attempts are independent: of N + 1 all fail with f^(N+1), and there are (1 - f^(N+1)) / (1 - f)
// of them on average.
TEST(Retries, MultiplyTheLoadOfWhatFails) {
  for (const double f : {0.1, 0.2, 0.5, 0.75})
    attempts("3 retries", f, "{attempts: 4}", 1 - std::pow(f, 4), (1 - std::pow(f, 4)) / (1 - f));
  check({"Retries",
         "3 retries, f = 1",
         "attempts.yaml",
         {10, 50, 300},
         {"system.services.backend.endpoints.ask=[{fail: 100%}]",
          "workload.clients.retry={attempts: 4}"},
         {{"backend/ask", "arrival_rate", kOffered * 4, 0.01}}});
}

// A bucket that is always empty passes on what it gets: 0.1 retries per request; or per success,
// which makes a = 1 + 0.1 a (1 - f) attempts per request.
TEST(Retries, AreBoundedByATokenBucket) {
  for (const double f : {0.5, 0.9}) {
    attempts("token bucket filled by requests", f,
             "{attempts: 4, budget: {quota: {refill: request}}}", 1.1 * (1 - f), 1.1);
    const double a = 1 / (1 - 0.1 * (1 - f));
    attempts("token bucket filled by successes", f, "{attempts: 4, budget: {quota: {}}}",
             a * (1 - f), a);
  }
}

// Finagle's budget holds a share of the requests of the last ten seconds, which the retries of a
// steady stream use up.
TEST(Retries, AreBoundedByABudgetOfDeposits) {
  attempts("budget of 10 %", 0.5, "{attempts: 4, budget: 10%}", 1.1 * 0.5, 1.1);
}

// A breaker that breaks retries alone, of 100 clients that ask 10 times a second for a minute; from
// a direct simulation of its counts, 3000 clients of which are good for 0.001. The published run
// has .998, .935, .501 and 1.051, 1.039, 1.000.
TEST(Retries, AreBrokenWhereMoreThanAShareFails) {
  struct Row {
    double fail, success, load;
  };
  for (const Row& row : {Row{0.05, 0.9974, 1.0498}, {0.1, 0.9314, 1.0348}, {0.5, 0.5, 1}})
    check({"Retries",
           fmt::format("breaker of retries at 10 %, f = {}", row.fail),
           "attempts.yaml",
           {40, 0, 60, true},
           {fmt::format("system.services.backend.endpoints.ask=[{{fail: {}%}}]", 100 * row.fail),
            "workload.clients.arrivals.poisson=1000rps", "workload.clients.clients=100",
            "workload.clients.retry={attempts: 4, budget: {breaker: {most: 10%}}}"},
           {{"clients", "availability", row.success, 0.01, 0.002},
            {"backend/ask", "arrival_rate", 1000 * row.load, 0.01, 3}}});
}

// A bucket per client, full of five tokens in the beginning, that each request fills by a tenth:
// the same 100 clients, as published, and ten of them that ask no more often.
TEST(Retries, OfAMinuteUseWhatTheBucketBeginsWith) {
  struct Row {
    double fail;
    int clients;
    double success, load;
  };
  for (const Row& row : {Row{0.05, 100, 0.9998, 1.052},
                         {0.1, 100, 0.986, 1.095},
                         {0.5, 100, 0.553, 1.107},
                         {0.2, 10, 0.883, 0}}) {
    const double rate = 10.0 * row.clients;
    Study study{
        "Retries",
        fmt::format("{} clients, token bucket of 5, f = {}", row.clients, row.fail),
        "attempts.yaml",
        {row.clients < 100 ? 100 : 60, 0, 60, true},
        {fmt::format("system.services.backend.endpoints.ask=[{{fail: {}%}}]", 100 * row.fail),
         fmt::format("workload.clients.arrivals.poisson={}rps", rate),
         fmt::format("workload.clients.clients={}", row.clients),
         "workload.clients.retry={attempts: 4, budget: {quota: {refill: request}}}"},
        {{"clients", "availability", row.success, 0.01, 0.002}}};
    if (row.load > 0)
      study.figures.push_back({"backend/ask", "arrival_rate", rate * row.load, 0.01, 0.002 * rate});
    check(study);
  }
}

TEST(Retries, MultiplyOverLayers) {
  check({"Retries",
         "Three layers of three attempts",
         "layers.yaml",
         {100, 100, 1500},
         {},
         {{"c/ask", "arrival_rate", 20 * 27, 0.01}, {"b/ask", "arrival_rate", 20 * 9, 0.01}}});
}

// Of the requests of the last minutes, K times those that were accepted: the backend gets K times
// what it takes, however much is offered.
TEST(Throttling, SendsKTimesWhatIsAccepted) {
  for (const double k : {2.0, 1.1})
    check({"Retries",
           fmt::format("Client-side throttling, K = {}", k),
           "throttled.yaml",
           {20, 400, 1500},
           {fmt::format("workload.clients.throttle.k={}", k)},
           {{"backend/ask", "arrival_rate", 10 * k, 0.01}}});
}

// The answer is later than t where the first is, and the second, which was asked at d.
class Hedged {
 public:
  using Survival = std::function<double(double)>;
  Hedged(Survival survival, double longest) : survival_(std::move(survival)), longest_(longest) {}
  double quantile(double q) const {
    return root([&](double t) { return survival_(t) - (1 - q); });
  }
  double hedged_quantile(double q, double d) const {
    return root([&](double t) { return survival_(t) * (t > d ? survival_(t - d) : 1) - (1 - q); });
  }

 private:
  double root(const std::function<double(double)>& falling) const {
    double low = 0;
    double high = longest_;
    for (int i = 0; i < 200; ++i) {
      const double middle = (low + high) / 2;
      (falling(middle) > 0 ? low : high) = middle;
    }
    return low;
  }
  Survival survival_;
  double longest_;
};

double normal_survival(double z) {
  return 0.5 * std::erfc(z / std::sqrt(2.0));
}

void hedge(const std::string& title, const std::string& law, const Hedged& hedged, double p99,
           double precision = kQuantiles) {
  const double d = hedged.quantile(0.95);
  const double figure = hedged.hedged_quantile(0.99, d);
  EXPECT_NEAR(figure, p99, p99 * 1e-3) << title;  // as published
  check({"Tail latency",
         "Hedge at p95, " + title,
         "hedged.yaml",
         {20, 100, 500},
         {"system.services.replica.endpoints.ask=[{wait: " + law + "}]",
          fmt::format("workload.clients.hedge.after={:.9g}s", d)},
         {{"clients", "p99", figure, precision},
          {"replica/ask", "arrival_rate", kOffered * 1.05, 0.01}}});
}

TEST(Hedging, CutsTheTailOfAnExponential) {
  hedge("exp(1)", "{exponential: 1s}", {[](double t) { return std::exp(-t); }, 100}, 3.800451);
}

TEST(Hedging, CutsTheTailOfALogNormal) {
  const double sigma = std::log(10.0) / sim::normal_quantile(0.99);
  hedge("log-normal", "{lognormal: {median: 10s, p99: 100s}}",
        {[=](double t) { return t <= 0 ? 1 : normal_survival(std::log(t / 10) / sigma); }, 1e5},
        65.6265);
}

TEST(Hedging, CutsTheTailOfTwoModes) {
  hedge("99 % N(10, 2), 1 % N(100, 10)",
        "{mixture: [{weight: 99%, of: {normal: {mean: 10s, deviation: 2s}}}, "
        "{weight: 1%, of: {normal: {mean: 100s, deviation: 10s}}}]}",
        {[](double t) {
           return 0.99 * normal_survival((t - 10) / 2) + 0.01 * normal_survival((t - 100) / 10);
         },
         200},
        18.01, 0.1);  // hardly any answers come between the two modes
}

// Whatever the surge: once every attempt waits for longer than its timeout, the server is asked for
// lambda (1 + r), and stays busy for nobody where that is more than it can do.
TEST(Metastability, EndsBelowTheEdge) {
  check({"Retries",
         "Metastable edge, lambda (1 + r) = 9.2 of 10",
         "metastable.yaml",
         {16, 3500, 500, true},
         {"workload.clients.arrivals.poisson=2.3rps"},
         {{"clients", "availability", 1, 0.01, 0.002}}});
}

TEST(Metastability, GoesOnAboveTheEdge) {
  check({"Retries",
         "Metastable edge, lambda (1 + r) = 10.6 of 10",
         "metastable.yaml",
         {16, 3500, 500, true},
         {"workload.clients.arrivals.poisson=2.65rps"},
         {{"clients", "error_ratio", 1, 0.01, 0.002}, {"server", "utilization", 1, 0.01, 0.001}}});
}

// With a budget of b the edge is mu / (1 + b).
TEST(Metastability, ABudgetMovesTheEdge) {
  check({"Retries",
         "Metastable edge with a budget of 10 %, lambda = 6 of 10",
         "metastable.yaml",
         {16, 3500, 500, true},
         {"workload.clients.arrivals.poisson=6rps",
          "workload.clients.retry={attempts: 4, budget: 10%}",
          "workload.surge.retry={attempts: 4, budget: 10%}"},
         {{"clients", "availability", 1, 0.02, 0.02}}});
}

// The newest first: it has not waited yet. Means of ten trials of a direct simulation; sd: the
// deviation between trials.
TEST(Metastability, LastInFirstOutRecoversAtOnce) {
  struct Row {
    int rate;
    double success, sd;
  };
  for (const Row& row : {Row{7, 0.998, 0.003}, {9, 0.970, 0.009}})
    check({"Retries",
           fmt::format("Metastable edge, last in first out, lambda = {} of 10", row.rate),
           "metastable.yaml",
           {16, 2000, 2000, true},
           {fmt::format("workload.clients.arrivals.poisson={}rps", row.rate),
            "system.services.server.queue={discipline: lifo}"},
           {{"clients", "availability", row.success, 0.01, 3 * row.sd / std::sqrt(10)}}});
}

// Whoever has given up costs nothing then; but the server falls behind time and again, by chance.
TEST(Metastability, RelapsesWhereWhatHasExpiredIsDropped) {
  struct Row {
    int rate;
    double success, sd;
  };
  for (const Row& row : {Row{7, 0.954, 0.027}, {8, 0.753, 0.099}, {9, 0.465, 0.069}})
    check({"Retries",
           fmt::format("Metastable edge, expired work is dropped, lambda = {} of 10", row.rate),
           "metastable.yaml",
           {48, 2000, 2000, true},
           {fmt::format("workload.clients.arrivals.poisson={}rps", row.rate),
            "system.services.server.abandoned=drop"},
           {{"clients", "availability", row.success, 0.1, 3 * row.sd / std::sqrt(10)}}});
}

// M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015: clients that all begin
// at once read a row and write it where nobody has written it since, until each has succeeded; the
// time until the last one has, and how many writes that takes. Base 5 ms, cap 2 s; the n-th pause
// is up to 2^n times the base. The figures are means of 100 trials of the published simulator; the
// deviations between its trials, which say how far these may be off, are from 400 of a direct
// simulation of the same.
struct Backoff {
  const char* name;
  const char* policy;
};
constexpr Backoff kNoBackoff{"none", ""};
constexpr Backoff kExponential{"exponential",
                               ", backoff: {exponential: 10ms, max: 2s, jitter: none}"};
constexpr Backoff kEqual{"equal jitter", ", backoff: {exponential: 10ms, max: 2s, jitter: equal}"};
constexpr Backoff kFull{"full jitter", ", backoff: {exponential: 10ms, max: 2s, jitter: full}"};
constexpr Backoff kDecorrelated{"decorrelated jitter",
                                ", backoff: {exponential: 5ms, max: 2s, jitter: decorrelated}"};

struct Published {
  Backoff backoff;
  int clients;
  double seconds, seconds_sd, writes, writes_sd;
};

struct Contention {
  double seconds = 0;
  double writes = 0;
};

double last_done(const models::WindowRecord& record) {
  return record.response.max().to_seconds();
}
double arrivals(const models::WindowRecord& record) {
  return static_cast<double>(record.arrivals);
}

Contention contend(const Published& row, int trials) {
  std::vector<Figure> figures;
  const auto add = [&](const char* subject, const char* metric, double mean, double sd,
                       Probe probe) {
    const double spread = 5 * sd / std::sqrt(trials) / mean;
    figures.push_back({subject, metric, mean, spread, 3 * sd / std::sqrt(100), probe, true});
  };
  if (row.writes > 0) {
    add("clients", "last_done", row.seconds, row.seconds_sd, last_done);
    add("store/write", "arrivals", row.writes, row.writes_sd, arrivals);
  }
  Contention sum;
  int n = 0;
  check({"Retries",
         fmt::format("{} clients after one row, {}", row.clients, row.backoff.name),
         "optimistic.yaml",
         {.trials = trials},
         {fmt::format("workload.clients.users={}", row.clients),
          fmt::format("workload.clients.requests={}", row.clients),
          fmt::format("workload.clients.retry={{attempts: 1000{}}}", row.backoff.policy)},
         figures},
        [&](const models::TrialRecord& trial) {
          ++n;
          for (const models::SubjectRecord& subject : trial.subjects) {
            if (subject.kind == "workload") sum.seconds += last_done(subject.windows.front());
            if (subject.name == "store/write") sum.writes += arrivals(subject.windows.front());
          }
        });
  return {sum.seconds / n, sum.writes / n};
}

TEST(Backoff, IsSpreadByJitterAmongTenClients) {
  contend({kNoBackoff, 10, 0.378, 0.0336, 50.6, 3.91}, 540);
  contend({kExponential, 10, 3.400, 1.328, 50.4, 4.23}, 540);
  contend({kEqual, 10, 0.750, 0.1664, 42.8, 2.64}, 540);
  contend({kFull, 10, 0.463, 0.0978, 39.3, 2.15}, 540);
  contend({kDecorrelated, 10, 0.450, 0.0911, 37.9, 2.37}, 540);
}

// Without jitter those that have met meet again: backing off saves little and takes for ever. With
// it most of what was in vain is saved, by full jitter the most.
TEST(Backoff, IsSpreadByJitterAmongAHundredClients) {
  const Contention none = contend({kNoBackoff, 100, 2.029, 0.0445, 2421, 31.9}, 540);
  const Contention exponential = contend({kExponential, 100, 63.268, 3.873, 1853, 59.1}, 540);
  const Contention equal = contend({kEqual, 100, 6.630, 0.656, 813, 7.92}, 540);
  const Contention full = contend({kFull, 100, 4.946, 0.543, 796, 7.03}, 540);
  const Contention decorrelated = contend({kDecorrelated, 100, 4.612, 0.702, 999, 27.3}, 540);
  for (const Contention& jittered : {equal, full, decorrelated}) {
    EXPECT_GE(exponential.seconds, 8 * jittered.seconds);
    EXPECT_LT(jittered.writes, 0.45 * none.writes);
    EXPECT_LE(full.writes, jittered.writes);
  }
}

TEST(Backoff, WithoutJitterIsMuchSlowerFromFiftyClientsOn) {
  const Contention exponential = contend({kExponential, 50, 0, 0, 0, 0}, 900);
  const Contention equal = contend({kEqual, 50, 0, 0, 0, 0}, 900);
  const Contention full = contend({kFull, 50, 0, 0, 0, 0}, 900);
  const Contention decorrelated = contend({kDecorrelated, 50, 0, 0, 0, 0}, 900);
  for (const Contention& jittered : {equal, full, decorrelated})
    EXPECT_GE(exponential.seconds, 8 * jittered.seconds);
}

}  // namespace
}  // namespace rehearse::theory
