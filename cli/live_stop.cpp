#include <fmt/format.h>

#include "cli/live_modes.hpp"
#include "live/service_actuator.hpp"

/// `rehearse live stop`: ends the instances that runs of this file have started, and left.

namespace rehearse::cli {

ExitCode live_stop(const LiveArguments& arguments, Console& console) {
  LiveSession session(arguments, console);
  if (const ExitCode code = session.read(); code != ExitCode::holds) return code;
  ExitCode code = ExitCode::holds;
  for (const spec::LiveTarget& target : session.setup().platform.targets) {
    std::vector<std::string> said;
    std::string problem;
    const int stopped = live::stop_service(target, session.folder(), said, problem);
    for (const std::string& line : said) console.print(line + "\n");
    if (stopped >= 0)
      console.print(fmt::format("{}: {} instances stopped\n", target.service, stopped));
    if (!problem.empty()) code = worse(code, session.fail(problem));
  }
  return code;
}

}  // namespace rehearse::cli
