// Any text as what the outside world says of a real platform: it is refused with a sentence, or has
// only what may be believed.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "live/haproxy_state.hpp"
#include "live/process_table.hpp"
#include "live/prometheus.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rehearse::live;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const char* label : {"", "instance"}) {
    const auto answer = read_prometheus_answer(text, label);
    if (!answer && answer.problem.empty()) std::abort();
    if (answer)
      for (const PrometheusSample& sample : answer->samples)
        if (!std::isfinite(sample.value)) std::abort();
  }
  auto servers = read_servers_state(text);
  if (!servers && servers.problem.empty()) std::abort();
  if (servers) add_server_stat(text, *servers);
  std::vector<HaproxyServer> known(1);
  known[0].name = "s1";
  add_server_stat(text, known);
  const auto table = parse_process_table(text, "boot");
  if (!table && table.problem.empty()) std::abort();
  if (table) {
    // What has been read once is read again.
    const std::string written = write_process_table(*table, "boot");
    const auto again = parse_process_table(written, "boot");
    if (!again || write_process_table(*again, "boot") != written) std::abort();
  }
  read_proc_stat(text);
  return 0;
}
