#pragma once
/// The modes of `rehearse live`, a file each. Only live_run.cpp and live_stop.cpp know of anything
/// that can change a platform; a test follows the #include lines.

#include "cli/live_session.hpp"

namespace rehearse::cli {

ExitCode live_watch(const LiveArguments& arguments, Console& console);  ///< plan, shadow
ExitCode live_run(const LiveArguments& arguments, Console& console);
ExitCode live_stop(const LiveArguments& arguments, Console& console);
ExitCode live_replay(const LiveArguments& arguments, Console& console);

}  // namespace rehearse::cli
