#pragma once
/// What comparisons of results and of paired trials have in common. Internal to experiments/.

#include <algorithm>
#include <string>
#include <vector>

#include "experiments/difference.hpp"

namespace rehearse::experiments {

/// Two results, and what their trials gave where they are paired.
struct Sides {
  const reports::RunResult& before;
  const reports::RunResult& after;
  double level = 0.05;  ///< share of errors
  const TrialFigures* old_trials = nullptr;
  const TrialFigures* new_trials = nullptr;
  bool paired() const { return old_trials != nullptr; }
  double confidence() const { return std::min(before.confidence, after.confidence); }
};

/// p of the two estimates in `d`, and the paired difference where both sides have values of trials.
void test_sides(const Sides& sides, const std::vector<double>* old, const std::vector<double>* now,
                reports::Difference& d);

/// nullptr where there are none.
const std::vector<double>* values_of(const TrialFigures* trials,
                                     const reports::SubjectResult& subject,
                                     const std::string& metric);

/// Of what variants are chosen by: what users see, and what it takes.
bool is_headline(const reports::FigureChange& figure);

/// Of the few figures that the choice rests on those that differ by a family of their own: planned
/// before anything was seen, they need not stand up among all others.
void discover_choices(const std::vector<reports::FigureChange>& figures, double level,
                      std::vector<bool>& found);

/// Adds figures that follow from others: availability of workloads, and instance hours of all
/// services where there are several. REQUIRES: paired.
void add_sums(const Sides& sides, std::vector<reports::FigureChange>& figures);

/// Why trials of equal number are less alike than they could be.
std::vector<std::string> cautions_of(const reports::Comparison& comparison);

}  // namespace rehearse::experiments
