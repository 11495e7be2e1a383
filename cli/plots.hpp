#pragma once
/// Plots of a result, drawn by matplotlib: the scripts of reports/plots/, found beside the command
/// in the build tree (share/rehearse/plots) and where it is installed (../share/rehearse/plots).
///
/// Python is what REHEARSE_PYTHON names, else /usr/bin/python3, for which the distribution packages
/// matplotlib, else the python3 of the path.

#include <string>

#include "cli/console.hpp"
#include "cli/exit_code.hpp"

namespace rehearse::cli {

/// Files plots/*.FORMAT in `folder`, from the result folder or result.json at `result`. `formats`:
/// png, svg, pdf, with commas between. What goes wrong is said on standard error: environment.
ExitCode draw_plots(const std::string& result, const std::string& folder,
                    const std::string& formats, Console& console);

}  // namespace rehearse::cli
