#include <cmath>

#include "tests/unit/models/one_trial.hpp"

namespace rehearse::models {
namespace {

const std::string kSystem = "system: {services: {a: {service_time: 1ms}}}\n";

double arrivals_of(const std::string& arrivals, const std::string& horizon,
                   std::uint64_t seed = 1) {
  const OneTrial trial("experiment: {horizon: " + horizon + "}\n" + kSystem +
                           "workload: {client: {arrivals: {" + arrivals + "}, to: a}}\n",
                       seed);
  return static_cast<double>(trial.at("client", "workload").arrivals);
}

void near(double count, double expected) {
  EXPECT_NEAR(count, expected, 5 * std::sqrt(expected));
}

TEST(Season, HasTheMeanOfADayHoweverItSwings) {
  near(arrivals_of("season: {mean: 1rps, swing: 100%}", "24h"), 86400);
  near(arrivals_of("season: {mean: 1rps, swing: 0%}", "24h"), 86400);
}

TEST(Season, PeaksWhenItSays) {
  // The six hours around the peak: mean of 1 + cos over a quarter of the circle, 1 + 2 sqrt(2) /
  // pi.
  const double share = 1 + 2 * std::sqrt(2.0) / 3.14159265358979;
  near(arrivals_of("season: {mean: 1rps, swing: 100%, peak: 20h, begin: 17h}", "6h"),
       21600 * share);
  near(arrivals_of("season: {mean: 1rps, swing: 100%, peak: 20h, begin: 5h}", "6h"),
       21600 * (2 - share));
}

TEST(Season, IsQuieterOnWeekends) {
  // From Friday noon to Monday noon: two days of three.
  near(arrivals_of("season: {mean: 1rps, swing: 0%, weekend: 25%, begin: 108h}", "72h"),
       86400 * 1.5);
}

TEST(Season, GivesEachHourItsShare) {
  // Two hours of the day have all of the traffic, in proportion 1 to 3.
  const std::string shape =
      "season: {mean: 1rps, hours: [0, 0, 0, 1, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, "
      "0, 0, 0]";
  near(arrivals_of(shape + "}", "24h"), 86400);
  EXPECT_EQ(arrivals_of(shape + "}", "3h"), 0);
  near(arrivals_of(shape + "}", "4h"), 21600);
  // From half past three on a Saturday: half of one hour, all of the other.
  near(arrivals_of(shape + ", weekend: 50%, begin: 123h30m}", "24h"), (10800 + 64800 + 10800) / 2.);
}

/// Mean and variance of the number of arrivals in 200 s, over seeds.
struct Spread {
  double mean = 0;
  double variance = 0;
  Spread(const std::string& arrivals, int trials) {
    double sum = 0;
    double squares = 0;
    for (int seed = 1; seed <= trials; ++seed) {
      const double n = arrivals_of(arrivals, "200s", static_cast<std::uint64_t>(seed));
      sum += n;
      squares += n * n;
    }
    mean = sum / trials;
    variance = (squares - sum * mean) / (trials - 1);
  }
};

TEST(Season, BurstsOnTopOfItAreThoseOfTheTheory) {
  // A flat season of 14rps with factors of 1 to 10 is the MMPP of the test below.
  const double expected = 1 + 2 * 1 * 4 * 45. * 45 / (5 * 5 * 70);
  const Spread spread(
      "season: {mean: 14rps, swing: 0%, bursts: [{factor: 2, stay: 1s}, {factor: 20, stay: "
      "250ms}]}",
      100);
  EXPECT_NEAR(spread.variance / spread.mean, expected, 4 * 0.14 * expected);
  EXPECT_NEAR(spread.mean / 200, 14, 0.5);
}

TEST(Season, EqualFactorsAreNoBursts) {
  near(arrivals_of("season: {mean: 1rps, swing: 100%, bursts: [{factor: 3, stay: 1m}, {factor: 3, "
                   "stay: 1m}]}",
                   "24h"),
       86400);
}

TEST(Bursts, SpendTheirShareOfTimeInEachState) {
  // (10 * 9 + 100 * 1) / 10 = 19 a second.
  const double count =
      arrivals_of("mmpp: [{rate: 10rps, stay: 9s}, {rate: 100rps, stay: 1s}]", "20000s");
  EXPECT_NEAR(count / 20000, 19, 19 * 0.05);
}

TEST(Bursts, AreAsUnevenAsTheoryHasIt) {
  // Two states with rates l1, l2 and rates of leaving s1, s2: the variance of the number of
  // arrivals in a long time is this many times its mean (H. Heffes, D. M. Lucantoni, "A Markov
  // modulated characterization of packetized voice and data traffic", IEEE JSAC 4(6), 1986).
  const double l1 = 5;
  const double l2 = 50;
  const double s1 = 1;
  const double s2 = 4;
  const double expected =
      1 + 2 * s1 * s2 * (l1 - l2) * (l1 - l2) / ((s1 + s2) * (s1 + s2) * (l1 * s2 + l2 * s1));
  const Spread spread("mmpp: [{rate: 5rps, stay: 1s}, {rate: 50rps, stay: 250ms}]", 400);
  // The standard error of a variance over n trials is sqrt(2 / n) of it, 7 %.
  EXPECT_NEAR(spread.variance / spread.mean, expected, 4 * 0.07 * expected);
  EXPECT_NEAR(spread.mean / 200, 14, 0.5);
}

TEST(Bursts, BeginInAStateByChance) {
  int first_rich = 0;
  for (std::uint64_t seed = 1; seed <= 300; ++seed)
    first_rich += arrivals_of("mmpp: [{rate: 0rps, stay: 2000h}, {rate: 100rps, stay: 1000h}]",
                              "10s", seed) > 0
                      ? 1
                      : 0;
  EXPECT_NEAR(first_rich, 100, 5 * std::sqrt(300 * 2.0 / 9));
}

}  // namespace
}  // namespace rehearse::models
