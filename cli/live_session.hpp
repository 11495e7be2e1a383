#pragma once
/// What the modes of `rehearse live` have in common that look at a platform: the scenario, who
/// observes, the log, and what is said at the beginning and the end. Nothing in here can act.

#include <memory>
#include <string>
#include <vector>

#include "cli/console.hpp"
#include "cli/exit_code.hpp"
#include "cli/scenario_arguments.hpp"
#include "live/loop.hpp"
#include "live/narrator.hpp"
#include "live/setup.hpp"

namespace rehearse::cli {

struct LiveArguments {
  std::string mode;  ///< plan, shadow, run, replay, stop
  std::string file;
  ScenarioArguments scenario;  ///< --set and --overlay
  std::string duration;        ///< --for; empty: not given
  std::string log;             ///< --log; empty: not given
  bool json = false;
};

class LiveSession {
 public:
  /// REQUIRES: both outlive the session.
  LiveSession(const LiveArguments& arguments, Console& console)
      : arguments_(arguments), console_(console) {}

  /// Reads the scenario. Where that is not `holds`, what is wrong has been said.
  ExitCode read();
  /// And then makes observers.
  ExitCode open();
  /// Opens the log, and says in it and here what is about to begin.
  ExitCode begin();

  /// REQUIRES: begin().
  std::unique_ptr<live::Host> make_host(std::size_t policy);
  /// Says how it went.
  ExitCode end(const live::Loop& loop, live::Loop::End end);

  const live::Setup& setup() const { return *setup_; }
  live::Clock& clock() { return clock_; }
  live::Journal& journal() { return *journal_; }
  live::Listener& listener() { return *narrator_; }
  live::Loop::Limits limits();
  /// Instances of a policy's target in the beginning, as simulated.
  std::int32_t initial(std::size_t policy) const;
  /// Of the scenario file: what relative paths in it start from.
  std::string folder() const;
  ExitCode fail(const std::string& problem);

 private:
  ExitCode open_log();
  void say(const std::string& line);

  const LiveArguments& arguments_;
  Console& console_;
  LoadedScenario loaded_;
  std::optional<live::Setup> setup_;  // points into loaded_.root
  live::SystemClock clock_;
  std::string log_path_;
  std::optional<live::Journal> journal_;
  std::unique_ptr<live::Narrator> narrator_;
  std::vector<std::unique_ptr<live::Observer>> observers_;  // by policy
};

}  // namespace rehearse::cli
