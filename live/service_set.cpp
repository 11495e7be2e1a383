#include "live/service_set.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <tuple>

#include "base/text.hpp"

/// What is done at each turn; what is done with a single instance: service_steps.cpp.

namespace rehearse::live {
namespace {

constexpr Duration kReadyTimeout = Duration::milliseconds(250);
constexpr std::size_t kReadyBytes = 64 << 10;

}  // namespace

std::string discovery_text(const ProcessTable& table, const std::string& target) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const ProcessRecord& record : table.processes) {
    nlohmann::ordered_json one;
    one["targets"] = {fmt::format("127.0.0.1:{}", record.port)};
    // A name of its own: the series of the next process on this port is another one.
    one["labels"] = {{"instance", instance_name(target, record.id)}};
    list.push_back(std::move(one));
  }
  return list.dump(1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

ServiceSet::ServiceSet(Parts parts)
    : target_(std::move(parts.target)),
      folder_(std::move(parts.folder)),
      state_folder_(path_at(folder_, target_.processes.state)),
      initial_(parts.initial),
      lock_(std::move(parts.lock)),
      haproxy_(target_.haproxy, folder_),
      slots_(target_.haproxy, folder_),
      http_({.timeout = kReadyTimeout, .ca = {}, .most_bytes = kReadyBytes}),
      table_(std::move(parts.table)) {}

void ServiceSet::complain(Audit& audit, const std::string& what) {
  if (what == complaint_) return;
  complaint_ = what;
  audit.happened(what);
}

bool ServiceSet::save(Audit& audit) {
  const std::string problem = save_file(process_table_path(state_folder_, target_.service),
                                        write_process_table(table_, boot_of_machine()));
  changed_ = !problem.empty();
  if (changed_) complain(audit, problem);
  return !changed_;
}

void ServiceSet::announce(Audit& audit) {
  if (target_.processes.discovery.empty()) return;
  std::string text = discovery_text(table_, target_.service);
  if (text == announced_) return;
  const std::string problem = save_file(path_at(folder_, target_.processes.discovery), text);
  if (!problem.empty()) return complain(audit, problem);
  announced_ = std::move(text);
}

// Processes that were being started when an earlier run was killed are found by their mark.
bool ServiceSet::begin(Audit& audit) {
  if (begun_) return true;
  auto& all = table_.processes;
  for (Record& record : all) {
    if (record.pid != 0) continue;
    if (const auto found = find_marked_process(mark_of(record))) {
      record.pid = found->pid;
      record.ticks = found->ticks;
    }
    changed_ = true;
  }
  for (const Record& record : all)
    if (record.pid != 0 && is_alive(record))
      audit.happened(fmt::format("takes on {} (process {}, port {})", name_of(record), record.pid,
                                 record.port));
  begun_ = table_.wanted || set_wanted(initial_, audit);
  return begun_;
}

bool ServiceSet::set_wanted(std::int32_t wanted, Audit& audit) {
  if (!audit.about_to(fmt::format("set '{}' to {} instances (from {})", target_.service, wanted,
                                  table_.wanted ? fmt::format("{}", *table_.wanted) : "none")))
    return false;
  const auto before = table_.wanted;
  table_.wanted = wanted;
  if (save(audit)) return true;
  table_.wanted = before;
  return false;
}

bool ServiceSet::ask_haproxy(Audit& audit) {
  const Answer<std::vector<HaproxyServer>> answer = haproxy_.servers();
  servers_known_ = static_cast<bool>(answer);
  servers_.clear();
  if (!answer) complain(audit, answer.problem);
  if (answer)
    for (const HaproxyServer& server : *answer) servers_.emplace(server.name, server);
  return servers_known_;
}

ActOutcome ServiceSet::scale_to(Instant now, std::int32_t replicas, Audit& audit) {
  const int ports = target_.processes.last_port - target_.processes.first_port + 1;
  if (replicas < 0 || replicas > ports)
    return {false, fmt::format("{} instances asked for, with {} ports", replicas, ports)};
  if (!ask_haproxy(audit)) return {false, complaint_};
  if (static_cast<std::size_t>(replicas) > servers_.size())
    return {false, fmt::format("{} instances asked for, and backend '{}' has {} slots", replicas,
                               target_.haproxy.backend, servers_.size())};
  if (table_.wanted != replicas && !set_wanted(replicas, audit))
    return {false, "it could not be written down"};
  tend(now, audit);
  return {true, fmt::format("'{}' is to have {} instances", target_.service, replicas)};
}

void ServiceSet::tend(Instant now, Audit& audit) {
  if (!begin(audit)) return;
  ask_haproxy(audit);
  auto& all = table_.processes;
  for (std::size_t i = 0; i < all.size();) {
    if (step(all[i], now, audit)) {
      all.erase(all.begin() + static_cast<std::ptrdiff_t>(i));
      changed_ = true;
    } else {
      ++i;
    }
  }
  balance(now, audit);
  if (changed_) save(audit);
  announce(audit);
}

std::int32_t ServiceSet::present() const {
  return static_cast<std::int32_t>(
      std::count_if(table_.processes.begin(), table_.processes.end(), [](const Record& record) {
        return (record.state == State::starting || record.state == State::serving) &&
               is_alive(record);
      }));
}

void ServiceSet::balance(Instant now, Audit& audit) {
  for (std::int32_t surplus = present() - *table_.wanted; surplus > 0; --surplus) {
    Record* last = victim();
    if (last == nullptr) return;
    dismiss(*last, now, audit);
  }
  if (now < no_start_before_) return;
  for (std::int32_t missing = *table_.wanted - present(); missing > 0; --missing)
    if (!start_one(now, audit)) return;
}

// The one to go first.
ServiceSet::Record* ServiceSet::victim() {
  const auto order = [this](const Record& record) {
    const HaproxyServer* server = server_of(record);
    const int rank = record.state == State::starting ? 0 : server == nullptr || !server->up ? 1 : 2;
    return std::tuple(-rank, record.started, record.id);  // the last one goes
  };
  Record* last = nullptr;
  for (Record& record : table_.processes) {
    if (record.state != State::starting && record.state != State::serving) continue;
    if (!is_alive(record)) continue;
    if (last == nullptr || order(record) > order(*last)) last = &record;
  }
  return last;
}

}  // namespace rehearse::live
