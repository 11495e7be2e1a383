#pragma once
/// The exit codes of the contract; docs/errors.md and `rehearse explain exit-codes` say the same.

#include "reports/result.hpp"

namespace rehearse::cli {

enum class ExitCode : int {
  holds = 0,          ///< all objectives hold; of other commands: done
  fails = 1,          ///< an objective fails; of `analyze`: something is asked for too
                      ///< much; of `diverge` and `live replay`: the runs differ
  bad_input = 2,      ///< a scenario or an argument is wrong
  undecided = 3,      ///< undecided or inconclusive
  environment = 4,    ///< a file, the memory or a terminal failed
  interrupted = 130,  ///< Ctrl-C, after what was finished was written
};

/// The one that matters more where several files were run: interrupted, environment, bad input,
/// fails, undecided, holds.
ExitCode worse(ExitCode a, ExitCode b);
ExitCode exit_code_of(reports::Verdict verdict);

}  // namespace rehearse::cli
