#include "cli/exit_code.hpp"

#include <algorithm>
#include <array>

namespace rehearse::cli {

ExitCode worse(ExitCode a, ExitCode b) {
  constexpr std::array kByWeight = {ExitCode::holds,       ExitCode::undecided,
                                    ExitCode::fails,       ExitCode::bad_input,
                                    ExitCode::environment, ExitCode::interrupted};
  return *std::max(std::find(kByWeight.begin(), kByWeight.end(), a),
                   std::find(kByWeight.begin(), kByWeight.end(), b));
}

ExitCode exit_code_of(reports::Verdict verdict) {
  return static_cast<ExitCode>(reports::exit_code(verdict));
}

}  // namespace rehearse::cli
