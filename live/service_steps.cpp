#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "live/service_set.hpp"

/// What becomes of a single instance at a turn.

namespace rehearse::live {
namespace {

// Of processes that end by themselves. Shorter than the kubelet's: nothing has to be fetched here.
constexpr policies::RestartBackoff::Params kBackoff{Duration::seconds(1), Duration::seconds(60),
                                                    Duration::seconds(300)};

constexpr Duration kShortestGrace = Duration::seconds(1);

}  // namespace

std::string ServiceSet::name_of(const Record& record) const {
  return instance_name(target_.service, record.id);
}

std::string ServiceSet::mark_of(const Record& record) const {
  return process_mark(state_folder_, target_.service, record.id);
}

std::string ServiceSet::log_of(const Record& record) const {
  return state_folder_ + "/" + name_of(record) + ".log";
}

const HaproxyServer* ServiceSet::server_of(const Record& record) const {
  const auto found = servers_.find(record.slot);
  const bool ours = found != servers_.end() && found->second.port == record.port;
  return ours ? &found->second : nullptr;
}

std::string ServiceSet::free_slot() const {
  for (const auto& [name, server] : servers_) {
    const bool used = std::any_of(table_.processes.begin(), table_.processes.end(),
                                  [&name = name](const Record& one) { return one.slot == name; });
    if (!used) return name;
  }
  return "";
}

// Ports go round: one that has just become free is used again as late as can be.
int ServiceSet::free_port() const {
  const int first = target_.processes.first_port;
  const int count = target_.processes.last_port - first + 1;
  const int begin = table_.last_port >= first ? table_.last_port - first + 1 : 0;
  for (int i = 0; i < count; ++i) {
    const int port = first + (begin + i) % count;
    const bool used = std::any_of(table_.processes.begin(), table_.processes.end(),
                                  [port](const Record& one) { return one.port == port; });
    if (!used && is_port_free(port)) return port;
  }
  return 0;
}

bool ServiceSet::is_ready(const Record& record) {
  const Answer<HttpReply> reply =
      http_.ask(fmt::format("http://127.0.0.1:{}{}", record.port, target_.processes.ready));
  return reply && reply->status == 200;
}

bool ServiceSet::step(Record& record, Instant now, Audit& audit) {
  if (!is_alive(record)) return ended(record, now, audit);
  const Duration stayed = now - record.since;
  const HaproxyServer* server = server_of(record);
  switch (record.state) {
    case State::starting:
      if (servers_known_ && is_ready(record)) {
        admit(record, now, audit);
      } else if (stayed > target_.processes.start) {
        stop(record, now, "it does not become ready", audit);
        no_start_before_ = saturating_add(now, backoff_.ended(now, kBackoff));
      }
      break;
    case State::serving:
      if (servers_known_ && server == nullptr) repair(record, audit);
      break;
    case State::draining: {
      const bool idle = servers_known_ && (server == nullptr || server->sessions == 0);
      if (idle || stayed > target_.processes.drain)
        stop(record, now, idle ? "it has drained" : "its time to drain is over", audit);
      break;
    }
    case State::stopping:
      if (stayed > std::max(target_.processes.drain, kShortestGrace)) kill(record, now, audit);
      break;
  }
  return false;
}

bool ServiceSet::ended(Record& record, Instant now, Audit& audit) {
  const bool expected = record.state == State::stopping;
  if (!record.slot.empty()) {
    if (!audit.about_to(fmt::format("close {}/{}: the process of {} has ended",
                                    target_.haproxy.backend, record.slot, name_of(record))))
      return false;
    const std::string problem = slots_.close(record.slot);
    if (!problem.empty()) {
      complain(audit, problem);
      return false;
    }
  }
  reap_process(record);
  if (expected) {
    audit.happened(fmt::format("{} has ended", name_of(record)));
    ::unlink(log_of(record).c_str());
    return true;
  }
  const Duration wait = backoff_.ended(now, kBackoff);
  no_start_before_ = std::max(no_start_before_, saturating_add(now, wait));
  audit.happened(fmt::format("{} (process {}) has ended by itself; it printed: {}", name_of(record),
                             record.pid, log_of(record)));
  return true;
}

void ServiceSet::admit(Record& record, Instant now, Audit& audit) {
  const std::string slot = free_slot();
  if (slot.empty())
    return complain(audit, fmt::format("backend '{}' has no free slot for {}",
                                       target_.haproxy.backend, name_of(record)));
  if (!audit.about_to(fmt::format("take {} into rotation as {}/{}", name_of(record),
                                  target_.haproxy.backend, slot)))
    return;
  record.slot = slot;  // before it is so: whoever comes next closes it rather than forgets it
  if (!save(audit)) {
    record.slot.clear();
    return;
  }
  const std::string problem = slots_.serve(slot, record.port);
  if (!problem.empty()) {
    complain(audit, problem);
    if (slots_.close(slot).empty()) record.slot.clear();
    changed_ = true;
    return;
  }
  audit.happened(fmt::format("{} is in rotation, {:.2f} s after its start", name_of(record),
                             (now - record.started).to_seconds()));
  record.state = State::serving;
  record.since = now;
  changed_ = true;
}

void ServiceSet::repair(const Record& record, Audit& audit) {
  if (!servers_.contains(record.slot))
    return complain(audit, fmt::format("backend '{}' has no slot '{}' any more",
                                       target_.haproxy.backend, record.slot));
  if (!audit.about_to(fmt::format("set {}/{} again, which HAProxy has forgotten: it is {}",
                                  target_.haproxy.backend, record.slot, name_of(record))))
    return;
  const std::string problem = slots_.serve(record.slot, record.port);
  if (!problem.empty()) complain(audit, problem);
}

void ServiceSet::dismiss(Record& record, Instant now, Audit& audit) {
  if (record.state == State::starting) return stop(record, now, "it is not wanted", audit);
  if (!audit.about_to(
          fmt::format("drain {} ({}/{})", name_of(record), target_.haproxy.backend, record.slot)))
    return;
  const std::string problem = slots_.drain(record.slot);
  if (!problem.empty()) return complain(audit, problem);
  record.state = State::draining;
  record.since = now;
  changed_ = true;
}

void ServiceSet::stop(Record& record, Instant now, std::string_view why, Audit& audit) {
  if (!audit.about_to(
          fmt::format("end {}: {} (SIGTERM to process {})", name_of(record), why, record.pid)))
    return;
  // What HAProxy does not hear now it is told when the process has ended.
  if (!record.slot.empty() && slots_.close(record.slot).empty()) record.slot.clear();
  const std::string problem = signal_process(record, SIGTERM);
  if (!problem.empty()) complain(audit, problem);
  record.state = State::stopping;
  record.since = now;
  changed_ = true;
}

void ServiceSet::kill(Record& record, Instant now, Audit& audit) {
  if (!audit.about_to(
          fmt::format("kill {}, which does not end (process {})", name_of(record), record.pid)))
    return;
  const std::string problem = signal_process(record, SIGKILL);
  if (!problem.empty()) complain(audit, problem);
  record.since = now;
  changed_ = true;
}

// False where it makes no sense to try another one at this turn.
bool ServiceSet::start_one(Instant now, Audit& audit) {
  Record record;
  record.id = table_.next_id;
  record.port = free_port();
  record.since = record.started = now;
  if (record.port == 0) {
    complain(audit, fmt::format("no port of {}-{} is free", target_.processes.first_port,
                                target_.processes.last_port));
    return false;
  }
  if (!audit.about_to(fmt::format("start {} on port {}", name_of(record), record.port)))
    return false;
  std::vector<std::string> command = target_.processes.command;
  if (command.front().find('/') != std::string::npos)
    command.front() = path_at(folder_, command.front());
  for (std::string& word : command) {
    const std::size_t at = word.find("{port}");
    if (at != std::string::npos) word.replace(at, 6, fmt::format("{}", record.port));
  }
  ++table_.next_id;
  table_.last_port = record.port;
  table_.processes.push_back(record);
  if (!save(audit)) {
    table_.processes.pop_back();
    return false;
  }
  const Answer<StartedProcess> started = start_process(command, mark_of(record), log_of(record));
  changed_ = true;
  if (!started) {
    table_.processes.pop_back();
    no_start_before_ =
        saturating_add(now, std::max(backoff_.ended(now, kBackoff), kBackoff.initial));
    complain(audit, started.problem);
    return false;
  }
  table_.processes.back().pid = started->pid;
  table_.processes.back().ticks = started->ticks;
  return save(audit);
}

}  // namespace rehearse::live
