#pragma once
/// Scenario files against closed forms. A study is one run of a file, varied by --set options, and
/// the figures that theory gives for it. Each figure has to pass two tests: theory lies inside the
/// 99.9 % interval of the run, and the interval is narrow enough to say something (half-width at
/// most 1 % of the estimate for means and shares, 3 % for quantiles). The laws that hold on every
/// run (flow balance, Little, utilization) are checked on each.
///
/// Each study has a seed of its own, a hash of its title, so that misses are independent and a run
/// is reproducible: the log has the command. Of some 200 figures at 99.9 % one misses in every
/// fifth version of the random streams. What to do then is to lengthen the run: a miss by chance
/// goes away, one by a bug gets worse. Another seed proves nothing.
///
/// Unless REHEARSE_THEORY=full, studies run for a ninth of their time and are held to three times
/// the half-width; those that need minutes, for a hundredth and to ten times. With it
/// REHEARSE_UPDATE_VALIDATION=1 writes docs/validation.md. REHEARSE_JOBS=N: trials at once (1).

#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

#include "models/world.hpp"
#include "reports/result.hpp"

namespace rehearse::theory {

inline constexpr double kMeans = 0.01;
inline constexpr double kQuantiles = 0.03;

/// Of what a workload, or the endpoints of another subject, counted after the warm-up, the figure;
/// for those that no report has.
using Probe = std::function<double(const models::WindowRecord&)>;

struct Figure {
  std::string subject;  ///< "station"
  std::string metric;   ///< as results name it, or objectives, or the probe's name
  double theory = 0;
  double precision = kMeans;  ///< largest relative half-width
  double slack = 0;           ///< how far `theory` itself may be off, absolute
  Probe probe = nullptr;
  bool by_trial = false;  ///< the probe looks at single trials: their mean, not what all have had
};

/// How long to simulate: `trials` of `seconds` each, after a warm-up that is cut; as long as the
/// file says where `seconds` is 0.
struct Span {
  int trials = 0;
  double warmup = 0;
  double seconds = 0;
  bool fixed = false;  ///< something happens within these seconds: shorten by having fewer trials
};

struct Study {
  std::string chapter;  ///< heading of the table
  std::string title;    ///< "M/M/10, A = 8"; no two studies share one
  std::string file;     ///< in tests/theory/scenarios
  Span span;
  std::vector<std::string> sets;
  std::vector<Figure> figures;
  bool lengthy = false;  ///< needs minutes
};
void PrintTo(const Study& study, std::ostream* out);

/// Runs the study, prints a line per figure and fails the current test where one does not pass.
/// `on_trial` sees each trial. The result is empty where the scenario could not be run.
reports::RunResult check(const Study& study,
                         const std::function<void(const models::TrialRecord&)>& on_trial = {});

/// Share of the requests that had to wait, or would have, had they stayed.
double wait_share(const models::WindowRecord& record);

/// Test name of a title: letters and digits only.
std::string test_name(const std::string& title);

}  // namespace rehearse::theory
