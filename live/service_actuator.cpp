#include "live/service_actuator.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <thread>

#include "live/deadline.hpp"
#include "live/service_set.hpp"

namespace rehearse::live {
namespace {

constexpr Duration kToBeKilled = Duration::seconds(5);

// Until all have ended, or time is over.
bool wait_for_end(const std::vector<ProcessRecord>& processes, Duration most) {
  const Deadline deadline(most);
  for (;;) {
    bool alive = false;
    for (const ProcessRecord& record : processes) {
      reap_process(record);
      alive = alive || is_alive(record);
    }
    if (!alive) return true;
    if (deadline.over()) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

std::string end_all(const spec::LiveTarget& target, const std::string& folder,
                    std::vector<ProcessRecord>& processes, std::vector<std::string>& said) {
  const HaproxySlots slots(target.haproxy, folder);
  for (const ProcessRecord& record : processes) {
    const std::string name = instance_name(target.service, record.id);
    if (!record.slot.empty()) {
      const std::string problem = slots.close(record.slot);
      if (!problem.empty()) said.push_back(fmt::format("{}: {}", name, problem));
    }
    const std::string problem = signal_process(record, SIGTERM);
    said.push_back(problem.empty() ? fmt::format("{} (process {}) is to end", name, record.pid)
                                   : fmt::format("{}: {}", name, problem));
  }
  if (wait_for_end(processes, target.processes.drain)) return "";
  for (const ProcessRecord& record : processes) {
    if (!is_alive(record)) continue;
    said.push_back(
        fmt::format("{} does not end and is killed", instance_name(target.service, record.id)));
    const std::string problem = signal_process(record, SIGKILL);
    if (!problem.empty()) said.push_back(problem);
  }
  return wait_for_end(processes, kToBeKilled) ? "" : "some processes cannot be ended";
}

}  // namespace

std::unique_ptr<Actuator> actuate_service(const spec::LiveTarget& target, std::int32_t initial,
                                          const std::string& folder, std::string& problem) {
  const std::string state = path_at(folder, target.processes.state);
  Answer<FileHandle> lock = lock_target(state, target.service);
  if (!lock) {
    problem = lock.problem;
    return nullptr;
  }
  Answer<ProcessTable> table = read_process_table(state, target.service);
  if (!table) {
    problem = table.problem;
    return nullptr;
  }
  return std::make_unique<ServiceSet>(
      ServiceSet::Parts{target, folder, initial, std::move(*lock), std::move(*table)});
}

int stop_service(const spec::LiveTarget& target, const std::string& folder,
                 std::vector<std::string>& said, std::string& problem) {
  const std::string state = path_at(folder, target.processes.state);
  std::error_code error;
  if (!std::filesystem::exists(process_table_path(state, target.service), error)) return 0;
  const Answer<FileHandle> lock = lock_target(state, target.service);
  Answer<ProcessTable> table = lock ? read_process_table(state, target.service) : ProcessTable{};
  problem = lock ? table.problem : lock.problem;
  if (!problem.empty()) return -1;
  std::vector<ProcessRecord>& processes = table->processes;
  for (ProcessRecord& record : processes) {
    if (record.pid != 0) continue;
    const auto found = find_marked_process(process_mark(state, target.service, record.id));
    if (!found) continue;
    record.pid = found->pid;
    record.ticks = found->ticks;
  }
  const auto count = static_cast<int>(std::count_if(
      processes.begin(), processes.end(), [](const ProcessRecord& one) { return is_alive(one); }));
  problem = end_all(target, folder, processes, said);
  if (problem.empty()) {
    processes.clear();
    table->wanted.reset();
    problem = save_file(process_table_path(state, target.service),
                        write_process_table(*table, boot_of_machine()));
  }
  if (problem.empty() && !target.processes.discovery.empty())
    problem = save_file(path_at(folder, target.processes.discovery),
                        discovery_text(*table, target.service));
  return problem.empty() ? count : -1;
}

}  // namespace rehearse::live
