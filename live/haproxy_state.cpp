#include "live/haproxy_state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>

#include "base/text.hpp"

namespace rehearse::live {
namespace {

std::string_view next_line(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  const std::string_view line = rest.substr(0, end);
  rest = end == rest.npos ? std::string_view() : rest.substr(end + 1);
  return line;
}

std::vector<std::string_view> cells_of(std::string_view line, char between) {
  std::vector<std::string_view> cells;
  for (;;) {
    const std::size_t end = line.find(between);
    cells.push_back(line.substr(0, end));
    if (end == line.npos) return cells;
    line = line.substr(end + 1);
  }
}

/// Cells of a line by the names of a header.
class NamedRow {
 public:
  NamedRow(const std::vector<std::string_view>& names, std::string_view line, char between)
      : names_(names), cells_(cells_of(line, between)) {}
  std::string_view text(std::string_view name) const {
    const auto found = std::find(names_.begin(), names_.end(), name);
    const auto at = static_cast<std::size_t>(found - names_.begin());
    return at < cells_.size() ? cells_[at] : std::string_view();
  }
  /// False where it is none, or out of range.
  template <class T>
  bool number(std::string_view name, T& out) const {
    const std::string_view cell = text(name);
    const auto read = std::from_chars(cell.data(), cell.data() + cell.size(), out);
    return read.ec == std::errc{} && read.ptr == cell.data() + cell.size();
  }

 private:
  const std::vector<std::string_view>& names_;
  std::vector<std::string_view> cells_;
};

std::string not_understood(std::string_view line) {
  return fmt::format("HAProxy says: {}", shortened(line.empty() ? "nothing" : line));
}

}  // namespace

Answer<std::vector<HaproxyServer>> read_servers_state(std::string_view text) {
  using Servers = Answer<std::vector<HaproxyServer>>;
  const std::string_view version = next_line(text);
  if (version != "1") return Servers::failed(not_understood(version));
  std::string_view header = next_line(text);
  if (!header.starts_with("# ")) return Servers::failed(not_understood(header));
  const std::vector<std::string_view> names = cells_of(header.substr(2), ' ');
  std::vector<HaproxyServer> servers;
  while (!text.empty()) {
    const std::string_view line = next_line(text);
    if (line.empty()) continue;
    const NamedRow row(names, line, ' ');
    HaproxyServer server;
    server.name = row.text("srv_name");
    server.address = row.text("srv_addr");
    if (server.name.empty() || !row.number("srv_port", server.port))
      return Servers::failed(not_understood(line));
    servers.push_back(std::move(server));
  }
  return servers;
}

std::string add_server_stat(std::string_view text, std::vector<HaproxyServer>& servers) {
  const std::string_view header = next_line(text);
  if (!header.starts_with("# pxname,")) return not_understood(header);
  const std::vector<std::string_view> names = cells_of(header.substr(2), ',');
  std::map<std::string_view, HaproxyServer*> by_name;
  for (HaproxyServer& server : servers) by_name.emplace(server.name, &server);
  while (!text.empty()) {
    const std::string_view line = next_line(text);
    if (line.empty()) continue;
    const NamedRow row(names, line, ',');
    const auto found = by_name.find(row.text("svname"));
    if (found == by_name.end()) continue;
    std::int64_t working = 0;
    std::int64_t waiting = 0;
    if (!row.number("scur", working) || !row.number("qcur", waiting)) return not_understood(line);
    const std::string_view status = row.text("status");
    found->second->up = status.starts_with("UP") || status == "no check";
    found->second->sessions = working + waiting;
    by_name.erase(found);
  }
  return by_name.empty() ? ""
                         : fmt::format("HAProxy says nothing of server '{}'",
                                       shortened(by_name.begin()->first));
}

std::string haproxy_socket_of(const spec::LiveHaproxy& where, const std::string& folder) {
  const bool address =
      where.socket.find('/') == std::string::npos && where.socket.find(':') != std::string::npos;
  return address ? where.socket : path_at(folder, where.socket);
}

HaproxyState::HaproxyState(const spec::LiveHaproxy& where, const std::string& folder)
    : socket_(haproxy_socket_of(where, folder), where.timeout), backend_(where.backend) {}

Answer<std::vector<HaproxyServer>> HaproxyState::servers() const {
  using Servers = Answer<std::vector<HaproxyServer>>;
  const Answer<std::string> state = socket_.ask("show servers state " + backend_);
  if (!state) return Servers::failed(state.problem);
  Servers servers = read_servers_state(*state);
  if (!servers) return servers;
  const Answer<std::string> stat = socket_.ask(fmt::format("show stat {} 4 -1", backend_));
  if (!stat) return Servers::failed(stat.problem);
  std::string problem = add_server_stat(*stat, *servers);
  if (!problem.empty()) return Servers::failed(std::move(problem));
  return servers;
}

}  // namespace rehearse::live
