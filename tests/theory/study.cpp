#include "study.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <map>
#include <ostream>

#include "experiments/run.hpp"
#include "models/compile.hpp"
#include "scenarios/spec/reader.hpp"
#include "sim/output_analysis.hpp"
#include "sim/random.hpp"

namespace rehearse::theory {
namespace {

constexpr const char* kFolder = REHEARSE_SOURCE_DIR "/tests/theory/scenarios/";

bool environment_says(const char* name, const std::string& value) {
  const char* text = std::getenv(name);
  return text != nullptr && text == value;
}

int jobs() {
  const char* text = std::getenv("REHEARSE_JOBS");
  return text != nullptr ? std::max(1, std::atoi(text)) : 1;
}

// A run this many times shorter than what the half-width asks for; intervals are wider by its root.
double shortening(const Study& study) {
  if (environment_says("REHEARSE_THEORY", "full")) return 1;
  return study.lengthy ? 100 : 9;
}

// How much wider than in the whole run an interval may be; a tenth more, as its width is a random
// figure itself.
double allowance(const Study& study) {
  const double shorter = shortening(study);
  return shorter > 1 ? 1.1 * std::sqrt(shorter) : 1;
}

/// A probe's values, trial by trial and over all of them.
class ProbeData {
 public:
  explicit ProbeData(const Figure& figure) : figure_(figure) {}
  void add(const models::TrialRecord& trial, Instant warm) {
    models::WindowRecord sum;
    for (const models::SubjectRecord& subject : trial.subjects) {
      const bool own = subject.name == figure_.subject;
      const bool part = subject.name.starts_with(figure_.subject + "/");
      const bool mine =
          subject.kind == "endpoint" ? own || part : own && subject.kind == "workload";
      if (!mine) continue;
      for (std::size_t w = 0; w < subject.windows.size(); ++w)
        if (trial.boundaries[w] >= warm) sum.merge(subject.windows[w]);
    }
    values_.push_back(figure_.probe(sum));
    pooled_.merge(sum);
  }
  reports::Estimate estimate(double confidence) const {
    if (figure_.by_trial) {
      const sim::MeanEstimate mean = sim::t_interval(values_, confidence);
      return estimated(mean.mean, mean.interval);
    }
    const double pooled = figure_.probe(pooled_);
    return estimated(pooled, sim::section_interval(pooled, values_, confidence));
  }

 private:
  static reports::Estimate estimated(double value, const sim::Interval& interval) {
    reports::Estimate result;
    result.value = value;
    result.low = interval.low;
    result.high = interval.high;
    return result;
  }
  const Figure& figure_;
  models::WindowRecord pooled_;
  std::vector<double> values_;
};

struct Row {
  std::string title, scenario, figure;
  double theory, slack;
  reports::Estimate estimate;
};

double half_width(const reports::Estimate& estimate) {
  return sim::relative_half_width(*estimate.value, {estimate.low, estimate.high});
}

std::string number(double value) {
  return fmt::format("{:.6g}", value);
}

/// All rows of this process; written to docs/validation.md at the end where asked for.
class Table : public testing::Environment {
 public:
  void add(const std::string& chapter, Row row) {
    if (rows_.find(chapter) == rows_.end()) chapters_.push_back(chapter);
    rows_[chapter].push_back(std::move(row));
  }
  void TearDown() override {
    if (!environment_says("REHEARSE_UPDATE_VALIDATION", "1")) return;
    ASSERT_EQ(testing::GTEST_FLAG(filter), "*") << "docs/validation.md needs all studies";
    ASSERT_TRUE(environment_says("REHEARSE_THEORY", "full")) << "and the long ones as well";
    std::ofstream out(REHEARSE_SOURCE_DIR "/docs/validation.md");
    write(out);
    ASSERT_TRUE(out.good());
  }

 private:
  void write(std::ostream& out) {
    std::size_t count = 0;
    for (const auto& [chapter, rows] : rows_) count += rows.size();
    out << "# Validation against theory\n\n"
        << fmt::format(
               "{} figures of scenario files in `tests/theory/scenarios/` against closed forms and "
               "published results. Each is inside the 99.9 % interval of the run, whose half-width "
               "is at most 1 % of the estimate for means and shares and 3 % for quantiles. Where "
               "the reference is itself approximate, *theory* says by how much. The columns "
               "*scenario* give the file and what is set in it. The laws that hold on every run "
               "(flow balance, Little's law, utilization law) held on each.\n\n",
               count)
        << "Written by `REHEARSE_THEORY=full REHEARSE_UPDATE_VALIDATION=1 test_theory`, which "
           "`ctest -L theory`\nruns without the long studies and without writing.\n";
    std::sort(chapters_.begin(), chapters_.end());
    for (const std::string& chapter : chapters_) {
      out << "\n## " << chapter << "\n\n"
          << "| model | scenario | figure | theory | estimate | interval | half-width |\n"
          << "|---|---|---|---|---|---|---|\n";
      for (const Row& row : rows_[chapter]) {
        out << fmt::format("| {} | {} | {} | {}{} | {} | {} .. {} | {:.2f} % |\n", row.title,
                           row.scenario, row.figure, number(row.theory),
                           row.slack > 0 ? " ± " + fmt::format("{:.2g}", row.slack) : "",
                           number(*row.estimate.value), number(row.estimate.low),
                           number(row.estimate.high), 100 * half_width(row.estimate));
      }
    }
  }
  std::vector<std::string> chapters_;
  std::map<std::string, std::vector<Row>> rows_;
};

Table& table() {
  static auto* const kTable = static_cast<Table*>(testing::AddGlobalTestEnvironment(new Table));
  return *kTable;
}
// Registered before the tests begin: an environment that is added later is never torn down.
[[maybe_unused]] const Table& kRegistered = table();

const reports::Estimate* estimate_of(const reports::RunResult& result, const Figure& figure) {
  const reports::SubjectResult* subject = result.find(figure.subject);
  const reports::Estimate* found = subject != nullptr ? subject->find(figure.metric) : nullptr;
  if (found != nullptr) return found;
  for (const reports::ObjectiveResult& objective : result.objectives)
    if (objective.metric == figure.metric + "(" + figure.subject + ")") return &objective.estimate;
  return nullptr;
}

void judge(const Study& study, const Figure& figure, const reports::Estimate& estimate) {
  ASSERT_TRUE(estimate.value.has_value()) << figure.metric << " of " << figure.subject;
  const double half = half_width(estimate);
  const bool inside =
      figure.theory + figure.slack >= estimate.low && figure.theory - figure.slack <= estimate.high;
  const std::string name = figure.metric + "(" + figure.subject + ")";
  const double precision = figure.precision * allowance(study);
  std::string scenario = study.file;
  for (const std::string& set : study.sets) scenario += " `" + set + "`";
  fmt::print(
      "  {:<32} {:<28} theory {:<11} estimate {:<11} interval {:<11} .. {:<11} +-{:.2f} %{}\n",
      study.title, name, number(figure.theory), number(*estimate.value), number(estimate.low),
      number(estimate.high), 100 * half,
      !inside            ? "  OUTSIDE"
      : half > precision ? "  TOO WIDE"
                         : "");
  EXPECT_TRUE(inside) << study.title << ", " << name << ": theory " << number(figure.theory)
                      << " is outside " << number(estimate.low) << " .. " << number(estimate.high);
  EXPECT_LE(half, precision) << study.title << ", " << name;
  table().add(study.chapter, {study.title, scenario, name, figure.theory, figure.slack, estimate});
}

std::vector<std::string> options_of(const Study& study) {
  std::vector<std::string> options = study.sets;
  options.push_back(fmt::format("experiment.seed={}", sim::name_hash(study.title) % 1'000'000));
  if (study.span.trials == 0) return options;
  const bool fewer = study.span.fixed || study.span.seconds == 0;
  const double trials = std::max(std::min(4.0, 1.0 * study.span.trials),
                                 study.span.trials / (fewer ? shortening(study) : 1));
  options.push_back(fmt::format("experiment.trials={:.0f}", std::ceil(trials)));
  if (study.span.seconds == 0) return options;
  const double seconds = std::ceil(study.span.seconds / (fewer ? 1 : shortening(study)));
  const double warmup = std::ceil(study.span.warmup);
  options.push_back(fmt::format("experiment.warmup={:.0f}s", warmup));
  options.push_back(fmt::format("experiment.horizon={:.0f}s", warmup + seconds));
  options.push_back(fmt::format("experiment.window={:.0f}s", warmup + seconds));  // no time series
  return options;
}

}  // namespace

void PrintTo(const Study& study, std::ostream* out) {
  *out << study.title;
}

double wait_share(const models::WindowRecord& record) {
  const auto gone =
      static_cast<double>(record.outcomes[static_cast<std::size_t>(models::Outcome::abandoned)]);
  const auto admitted = static_cast<double>(record.wait.count());
  const double waited = admitted > 0 ? record.wait.share_above(Duration::zero()) * admitted : 0;
  return (gone + waited) / (gone + admitted);
}

std::string test_name(const std::string& title) {
  std::string name;
  bool start = true;
  for (const char c : title) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
      name += start ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
      start = false;
    } else {
      start = true;
      if (c == '.') name += '_';
    }
  }
  return name;
}

reports::RunResult check(const Study& study,
                         const std::function<void(const models::TrialRecord&)>& on_trial) {
  Diagnostics problems;
  const std::string path = std::string(kFolder) + study.file;
  const std::vector<std::string> sets = options_of(study);
  fmt::print("\n{}: rehearse run {} --set '{}'\n", study.title, path, fmt::join(sets, "' --set '"));
  const SpecNode root = spec::read_scenario(path, {{}, sets}, spec::disk(), problems);
  const auto scenario = models::compile(root, spec::disk(), problems);
  if (!scenario) {
    ADD_FAILURE() << problems.render();
    return {};
  }
  EXPECT_EQ(scenario->experiment.confidence, 0.999) << "studies are judged at 99.9 %";
  const Instant warm = Instant::start() + scenario->experiment.warmup.value_or(Duration::zero());
  std::map<const Figure*, ProbeData> probes;
  for (const Figure& figure : study.figures)
    if (figure.probe) probes.emplace(&figure, ProbeData(figure));
  experiments::RunOptions options;
  options.jobs = jobs();
  options.on_trial = [&](const models::TrialRecord& trial) {
    for (auto& [figure, data] : probes) data.add(trial, warm);
    if (on_trial) on_trial(trial);
  };
  auto outcome = experiments::run(*scenario, options, problems);
  if (!outcome || outcome->end != experiments::PoolEnd::done) {
    ADD_FAILURE() << "not run to its end\n" << problems.render();
    return {};
  }
  reports::RunResult& result = outcome->result;
  fmt::print("{} requests, {} events, {:.1f} s\n", result.requests, result.events,
             result.timing.wall_seconds);
  for (const Figure& figure : study.figures) {
    const auto probe = probes.find(&figure);
    if (probe != probes.end()) {
      judge(study, figure, probe->second.estimate(result.confidence));
      continue;
    }
    const reports::Estimate* estimate = estimate_of(result, figure);
    EXPECT_NE(estimate, nullptr) << figure.metric << "(" << figure.subject << ") is not reported";
    if (estimate != nullptr) judge(study, figure, *estimate);
  }
  EXPECT_FALSE(result.checks.empty());
  for (const reports::SelfCheck& law : result.checks)
    EXPECT_TRUE(law.holds) << law.law << " at " << law.subject << ": " << law.left << " against "
                           << law.right;
  return std::move(result);
}

}  // namespace rehearse::theory
