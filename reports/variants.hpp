#pragma once
/// Variants of a platform that met the same trials, each compared with each: what `rehearse
/// compare` found. Computed by experiments/compare.hpp.

#include <string>
#include <vector>

#include "reports/comparison.hpp"
#include "reports/terminal.hpp"

namespace rehearse::reports {

struct VariantComparison {
  std::vector<ComparedRun> variants;  ///< the baseline first; `source` is the name
  int trials = 0;                     ///< of each
  std::string trials_rule;            ///< as in RunResult
  bool interrupted = false;
  /// Each pair, the earlier variant as "before": those with the baseline come first.
  std::vector<Comparison> comparisons;

  /// An objective fails in a variant that does not fail in the baseline: what makes `rehearse
  /// compare` end with 1.
  bool worsened() const;
  /// That of the baseline with variant `index`, from 1.
  const Comparison& with_baseline(size_t index) const { return comparisons[index - 1]; }
};

/// What the choice between variants rests on: p95 and errors of each workload, and instance hours
/// (of all services, where there are several).
bool is_choice(const FigureChange& figure);
std::vector<const FigureChange*> choice_figures(const Comparison& comparison);

/// Who is better at what, of two: "predictive beats hpa on p95 (-41 ms [-52, -30]) and errors (-0.2
/// pp [-0.3, -0.1]) at 3.2 instance hours more [2.9, 3.5]". REQUIRES: paired.
std::string choice_sentence(const Comparison& comparison);

/// The one that matters: choice_sentence() of two; of more the best by latency, errors and instance
/// hours, with those who are not told from them.
std::string variants_sentence(const VariantComparison& all);

/// How far common random numbers helped with the first of those figures: "clients p95 of both goes
/// together (r = 0.83): independent trials would have to be 5.8 times as many". Empty where nothing
/// varies.
std::string pairing_sentence(const Comparison& comparison);

/// Rows of the table of a pair: objectives, then of workloads and services what no objective has.
struct ComparedRow {
  std::string name;  ///< "p95(clients)", "clients p50"; as in the result
  const Difference* figure = nullptr;
};
std::vector<ComparedRow> compared_rows(const Comparison& comparison);

/// What `rehearse compare` prints, lines as render_terminal() of a result; for a pull request; for
/// machines (#/$defs/variants of reports/schema/result.schema.json).
std::string render_terminal(const VariantComparison& all, const TerminalOptions& options = {});
std::string to_markdown(const VariantComparison& all);
std::string to_json(const VariantComparison& all);

}  // namespace rehearse::reports
