// Any text as a log of a live run: it replays, differs or is refused, with a reason. As no random
// change of a log keeps its chain, each line is also taken for an entry and linked.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <sstream>
#include <string>

#include "live/chain.hpp"
#include "live/replay.hpp"

namespace {

void replay_text(const std::string& text) {
  using rehearse::live::ReplayResult;
  std::istringstream log(text);
  const ReplayResult result = rehearse::live::replay(log);
  if ((result.end == ReplayResult::End::equal) != result.problem.empty()) std::abort();
}

// The lines, without links that they may have, as a chain of their own.
std::string linked(const std::string& text) {
  std::istringstream lines(text);
  rehearse::live::Chain chain;
  std::string out;
  for (std::string line; std::getline(lines, line);) {
    const std::size_t link = line.rfind(",\"chain\"");
    if (link != std::string::npos) line = line.substr(0, link) + "}";
    if (line.size() > 2 && line.back() == '}') out += chain.link(line) + "\n";
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  replay_text(text);
  replay_text(linked(text));
  return 0;
}
