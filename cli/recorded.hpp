#pragma once
/// Recorded series beside simulated ones: arguments in, files of the result folder out.

#include <string>
#include <vector>

#include "cli/console.hpp"
#include "cli/exit_code.hpp"
#include "reports/result.hpp"

namespace CLI {
class App;
}

namespace rehearse::cli {

struct RecordedArguments {
  std::vector<std::string> files;  ///< "[NAME=]FILE"
  std::string start;
};

/// --recorded and --recorded-start.
void add_recorded_arguments(CLI::App& app, RecordedArguments& arguments);

/// The series as the result's reports have them, and holds; nothing where no file was given.
struct Recorded {
  std::vector<reports::RecordedComparison> all;
  ExitCode code = ExitCode::holds;
};
/// Reads the files, and writes recorded.json and recorded.csv to `folder`. What is wrong is said:
/// bad_input for what a file says, environment for what cannot be read or written.
Recorded put_beside(const reports::RunResult& result, const RecordedArguments& arguments,
                    const std::string& folder, Console& console);

}  // namespace rehearse::cli
