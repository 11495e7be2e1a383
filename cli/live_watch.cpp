#include "cli/interrupt.hpp"
#include "cli/live_modes.hpp"

/// `rehearse live plan` and `shadow`: dry runs. What is built here are observers and a loop that
/// has no hands; there is no object that could change anything.

namespace rehearse::cli {

ExitCode live_watch(const LiveArguments& arguments, Console& console) {
  const Interrupts interrupts;
  LiveSession session(arguments, console);
  if (const ExitCode code = session.open(); code != ExitCode::holds) return code;
  if (const ExitCode code = session.begin(); code != ExitCode::holds) return code;
  live::Loop loop(session.clock(), session.journal());
  for (std::size_t i = 0; i < session.setup().policies.size(); ++i) loop.add(session.make_host(i));
  return session.end(loop, loop.run(session.limits(), interrupts.flag()));
}

}  // namespace rehearse::cli
