#include "cli/interrupt.hpp"
#include "cli/live_modes.hpp"
#include "live/acting_loop.hpp"
#include "live/service_actuator.hpp"

/// `rehearse live run`: the same loop with hands. Instances stay as they are when it ends: whoever
/// stops the controller does not mean to stop the service.

namespace rehearse::cli {

ExitCode live_run(const LiveArguments& arguments, Console& console) {
  const Interrupts interrupts;
  LiveSession session(arguments, console);
  if (const ExitCode code = session.open(); code != ExitCode::holds) return code;
  std::vector<std::unique_ptr<live::Actuator>> actuators;
  for (std::size_t i = 0; i < session.setup().policies.size(); ++i) {
    std::string problem;
    actuators.push_back(live::actuate_service(session.setup().target_of(i), session.initial(i),
                                              session.folder(), problem));
    if (actuators.back() == nullptr) return session.fail(problem);
  }
  if (const ExitCode code = session.begin(); code != ExitCode::holds) return code;
  live::ActingLoop loop(session.clock(), session.journal(), session.listener());
  for (std::size_t i = 0; i < actuators.size(); ++i) loop.add(session.make_host(i), *actuators[i]);
  return session.end(loop, loop.run(session.limits(), interrupts.flag()));
}

}  // namespace rehearse::cli
