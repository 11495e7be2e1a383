#pragma once
/// What changed between the sample result and one before it: a verdict that got worse, one that got
/// better, an objective that is new, one that is gone, figures, settings.

#include "tests/unit/reports/sample_result.hpp"

namespace rehearse::reports {

inline Difference sample_difference(Estimate before, Estimate after, double p, Trend trend) {
  return {std::move(before), std::move(after), p, trend != Trend::none, trend};
}

inline Comparison sample_comparison() {
  Comparison c;
  c.before = {
      "results/main",    "0.1.0", "soba-dex / evening peak", "11aa", "f00d", 7, 40, 1800, 120, 0.95,
      Verdict::undecided};
  c.after = {"",   "0.1.0",       "soba-dex / evening peak", "9f2c", "beef", 7, 20, 1800, 120,
             0.95, Verdict::fails};
  c.test = "Welch's t-test";
  c.objectives = {{"error_rate(traders)", "< 1%", "", Verdict::holds, Verdict::holds,
                   sample_difference(sample_estimate(0.0031, 0.0004, "ratio"),
                                     sample_estimate(0.0032, 0.0004, "ratio"), 0.72, Trend::none)},
                  {"p95(gateway/fraud)", "< 200ms", "", Verdict::holds, Verdict::fails,
                   sample_difference(sample_estimate(0.184, 0.004, "s"),
                                     sample_estimate(0.2313, 0.0041, "s"), 1e-9, Trend::worse)},
                  {"mean_wait(rules)", "< 5ms", "< 1ms", Verdict::fails, Verdict::holds,
                   sample_difference(sample_estimate(0.0012, 0.0001, "s"),
                                     sample_estimate(0.0012, 0.0001, "s"), 1, Trend::none)},
                  {"hit_ratio(sessions)",
                   ">= 60%",
                   "",
                   std::nullopt,
                   Verdict::inconclusive,
                   {{std::nullopt, 0, 0, "ratio"}, {std::nullopt, 0, 0, "ratio"}}},
                  {"p50(gateway)",
                   "",
                   "< 50ms",
                   Verdict::holds,
                   std::nullopt,
                   {sample_estimate(0.041, 0.001, "s"), {std::nullopt, 0, 0, "s"}}}};
  c.figures = {{"service", "ml", "p99",
                sample_difference(sample_estimate(0.21, 0.01, "s"),
                                  sample_estimate(0.29, 0.01, "s"), 1e-7, Trend::worse)},
               {"service", "ml", "utilization",
                sample_difference(sample_estimate(0.81, 0.01, "ratio"),
                                  sample_estimate(0.938, 0.01, "ratio"), 1e-6, Trend::other)}};
  c.figures_compared = 97;
  c.figures_left_out = 3;
  c.settings_known = true;
  c.settings = {{"system.services.ml.servers", "4", "3"},
                {"system.services.ml.queue", std::nullopt, "100"},
                {"policies.breaker", "on", std::nullopt}};
  return c;
}

/// Names and texts as of hostile_result().
inline Comparison hostile_comparison() {
  Comparison c = sample_comparison();
  const std::string evil = "<script>alert(1)</script>|`x`\n\x1b[31m=cmd\xE2\x80\xAE";
  c.before.source = evil;
  c.after.scenario_name = evil + std::string(10'000, 'n');
  c.objectives[1].name = evil + std::string(10'000, 'n');
  c.figures[0].subject = evil;
  c.settings[0] = {evil, evil, evil + "\xFF"};
  c.test = evil;
  return c;
}

}  // namespace rehearse::reports
