#include "experiments/compare.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <deque>
#include <memory>

#include "cli/command.hpp"
#include "cli/diagnostics_json.hpp"
#include "cli/interrupt.hpp"
#include "cli/output_folder.hpp"
#include "cli/run_parts.hpp"
#include "cli/scenario_arguments.hpp"
#include "cli/variants.hpp"
#include "reports/folder.hpp"

/// `rehearse compare`: variants of a platform on the same trials.

namespace rehearse::cli {
namespace {

struct CompareArguments {
  ScenarioArguments scenario;
  std::vector<std::string> variants;
  int jobs = default_jobs();
  std::string out;
  TraceArguments traces;
  bool json = false;
  bool markdown = false;
  bool quiet = false;
  bool no_lint = false;
};

class Compare {
 public:
  Compare(const CompareArguments& arguments, const Interrupts& interrupts, Console& console)
      : arguments_(arguments), interrupts_(interrupts), console_(console) {}

  ExitCode all();

 private:
  ExitCode load();
  ExitCode refuse();
  ExitCode fail(ExitCode code, const std::string& problem);
  std::string plan(experiments::CompareOptions& options) const;
  ExitCode finish(experiments::CompareOutcome& outcome);
  std::string write(experiments::CompareOutcome& outcome,
                    const reports::VariantComparison& found) const;
  void show(const reports::VariantComparison& found) const;
  std::string folder() const;

  const CompareArguments& arguments_;
  const Interrupts& interrupts_;
  Console& console_;
  std::vector<VariantPlan> plans_;
  std::deque<LoadedScenario> loaded_;             // by variant
  std::deque<experiments::TraceKeeper> keepers_;  // likewise
  std::vector<experiments::Variant> variants_;    // likewise
};

ExitCode Compare::fail(ExitCode code, const std::string& problem) {
  console_.complain(problem);
  return code;
}

/// A scenario cannot be run: what is wrong with each, once.
ExitCode Compare::refuse() {
  ExitCode code = ExitCode::holds;
  std::vector<std::pair<std::string, const Diagnostics*>> files;
  for (size_t i = 0; i < loaded_.size(); ++i) {
    const Diagnostics& diagnostics = loaded_[i].diagnostics;
    if (!diagnostics.has_errors()) continue;
    console_.print_error(diagnostics.render(console_.error_style().color));
    console_.print_error(
        fmt::format("{} ({}): {}\n", plans_[i].file, plans_[i].name, diagnostics.summary()));
    files.emplace_back(plans_[i].file, &diagnostics);
    code = worse(code, exit_code_of(diagnostics));
  }
  if (arguments_.json) console_.print(diagnostics_json(files));
  return code;
}

ExitCode Compare::load() {
  bool good = true;
  for (const VariantPlan& plan : plans_) {
    LoadedScenario& loaded =
        loaded_.emplace_back(load_scenario(plan.file, plan.options, !arguments_.no_lint));
    good = good && loaded.scenario.has_value();
  }
  if (!good) return refuse();
  for (size_t i = 0; i < plans_.size(); ++i) {
    const models::Scenario& scenario = *loaded_[i].scenario;
    keepers_.emplace_back(sim::StreamSeed{scenario.experiment.seed, 0});
    variants_.push_back(
        {plans_[i].name, &scenario, arguments_.traces.most > 0 ? &keepers_.back() : nullptr});
  }
  return ExitCode::holds;
}

std::string Compare::folder() const {
  return arguments_.out.empty() ? "results/compare-" + plans_.front().name : arguments_.out;
}

/// Fills options.memory_limit; what is wrong where they cannot fit.
std::string Compare::plan(experiments::CompareOptions& options) const {
  for (const LoadedScenario& loaded : loaded_) {
    const experiments::MemoryPlan plan = plan_memory_of(*loaded.scenario, arguments_.jobs);
    if (!plan.problem.empty()) return plan.problem;
    options.memory_limit = std::min(options.memory_limit, plan.in_flight_limit);
  }
  return "";
}

std::string Compare::write(experiments::CompareOutcome& outcome,
                           const reports::VariantComparison& found) const {
  for (size_t i = 0; i < variants_.size(); ++i) {
    reports::RunResult& result = outcome.results[i];
    if (i > 0) result.baseline = found.with_baseline(i);
    std::string problem = write_result(result, loaded_[i], keepers_[i], arguments_.traces,
                                       folder() + "/" + variants_[i].name);
    if (!problem.empty()) return problem;
  }
  return reports::write_file(folder() + "/compare.json", reports::to_json(found));
}

void Compare::show(const reports::VariantComparison& found) const {
  if (arguments_.json) return console_.print(reports::to_json(found));
  if (arguments_.markdown) return console_.print(reports::to_markdown(found));
  if (arguments_.quiet) return;
  console_.print(reports::render_terminal(found, console_.style()));
  std::vector<std::string> names;
  for (const experiments::Variant& one : variants_) names.push_back(one.name);
  console_.print(
      fmt::format("\nreports: {}/{{{}}}/report.html\n", folder(), fmt::join(names, ",")));
}

ExitCode Compare::finish(experiments::CompareOutcome& outcome) {
  const bool done = outcome.end == experiments::PoolEnd::done;
  if (outcome.results.front().trials < 2) {
    if (outcome.end == experiments::PoolEnd::interrupted)
      return fail(ExitCode::interrupted,
                  "interrupted before two trials of each variant were finished; nothing to show");
    const EarlyEnd early = early_end(outcome.end, false);
    return fail(early.code, early.problem);
  }
  for (size_t i = 0; i < variants_.size(); ++i)
    complete_result(outcome.results[i], plans_[i].file, loaded_[i], !arguments_.no_lint);
  const reports::VariantComparison found = experiments::compare_all(variants_, outcome);
  if (std::string problem = write(outcome, found); !problem.empty())
    return fail(ExitCode::environment, problem);
  show(found);
  if (done) return found.worsened() ? ExitCode::fails : ExitCode::holds;
  const EarlyEnd early = early_end(outcome.end, true);
  return fail(early.code, early.problem);
}

ExitCode Compare::all() {
  VariantPlans planned = plan_variants(arguments_.scenario, arguments_.variants);
  if (planned.plans.empty()) return fail(ExitCode::bad_input, planned.problem);
  plans_ = std::move(planned.plans);
  if (const ExitCode code = load(); code != ExitCode::holds) return code;
  if (std::string problem = experiments::why_not_comparable(variants_); !problem.empty())
    return fail(ExitCode::bad_input, problem);
  if (std::string problem = folder_problem(folder()); !problem.empty())
    return fail(ExitCode::environment, problem);
  experiments::CompareOptions options;
  options.jobs = arguments_.jobs;
  options.interrupt = &interrupts_.flag();
  options.trace_share = arguments_.traces.share;
  if (std::string problem = plan(options); !problem.empty())
    return fail(ExitCode::environment, problem);
  if (!arguments_.quiet)
    options.progress = [&](const experiments::Progress& now) {
      console_.show_progress(progress_of(now));
    };
  const std::string started = utc_now();
  std::optional<experiments::CompareOutcome> outcome =
      experiments::compare(variants_, options, loaded_.front().diagnostics);
  console_.end_progress();
  if (!outcome) return refuse();
  for (reports::RunResult& result : outcome->results) result.timing.started = started;
  return finish(*outcome);
}

ExitCode compare_variants(const CompareArguments& arguments, Console& console) {
  const Interrupts interrupts;
  return Compare(arguments, interrupts, console).all();
}

}  // namespace

Command add_compare(CLI::App& root) {
  const auto arguments = std::make_shared<CompareArguments>();
  CLI::App* app = root.add_subcommand(
      "compare",
      "say which of several variants is better, and by how much\n\n"
      "Trial i of every variant has the same random numbers: the same requests arrive, with the "
      "same work. What the pairs of trials differ by is told more sharply than from trials of "
      "their "
      "own: latency, errors, availability, use and instance hours, each with an interval. The "
      "first "
      "file is the baseline; its experiment says how many trials there are, and with trials: auto "
      "they end when every difference is decided. Writes a result folder for each variant, with "
      "what changed since the baseline, and compare.json.\n\n"
      "Exit codes: 0 compared, 1 an objective fails in a variant that does not fail in the "
      "baseline, 2 the input is wrong, 4 the environment failed, 130 interrupted.");
  add_file_arguments(*app, arguments->scenario);
  add_repeated(*app, "--variant", arguments->variants, "NAME=FILE|NAME:PATH=VALUE",
               "A variant of the only scenario file: with this overlay, or this value as of --set; "
               "repeatable, also for one name.");
  add_experiment_arguments(*app, arguments->scenario);
  add_jobs(*app, arguments->jobs);
  app->add_option("--out", arguments->out,
                  "Folder for the results, one in it for each variant; results/compare-BASELINE "
                  "unless given.")
      ->type_name("DIR");
  CLI::Option* json = app->add_flag(
      "--json", arguments->json,
      "Print one JSON document, and nothing else: $defs/variants of result.schema.json.");
  app->add_flag("--markdown", arguments->markdown, "Print Markdown, for a pull request.")
      ->excludes(json);
  app->add_flag("--quiet,-q", arguments->quiet,
                "Print nothing but errors, and what --json prints.");
  app->add_flag("--no-lint", arguments->no_lint, "Leave out warnings.");
  add_trace_arguments(*app, arguments->traces);
  app->footer(
      "rehearse compare step-rules.yaml hpa.yaml predictive.yaml\n"
      "rehearse compare shop.yaml --variant wide:system.services.web.servers=8\n"
      "rehearse compare shop.yaml --variant peak=peak.yaml --variant peak:experiment.seed=2\n"
      "rehearse compare shop.yaml --variant fewer:system.services.web.instances=2 --markdown");
  return {app, [arguments](Console& console) { return compare_variants(*arguments, console); }};
}

}  // namespace rehearse::cli
