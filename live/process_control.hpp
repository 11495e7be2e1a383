#pragma once
/// Starts processes, signals them and keeps the table of them (live/process_table.hpp).
///
/// A process is started in a session of its own, so that neither Ctrl-C nor the end of Rehearse
/// reaches it; it reads nothing, and writes to a file. Its environment has REHEARSE_INSTANCE, a
/// mark that no other process has: should Rehearse be killed between starting it and noting its
/// number, the next one finds it by that.
///
/// No signal goes to anybody else: a process is pinned by a pidfd, and signalled only if its start
/// time is that in the table. Source: pidfd_open(2), proc(5). Leaves out: children of an instance
/// that outlive it; cgroups.

#include <csignal>
#include <cstdint>
#include <string>
#include <vector>

#include "live/file_handle.hpp"
#include "live/process_table.hpp"

namespace rehearse::live {

struct StartedProcess {
  std::int64_t pid = 0;
  std::uint64_t ticks = 0;
};

/// Starts `command`, whose first word is looked for in PATH where it has no slash. `log`: file that
/// its output is added to. Returns when the program is executed, or cannot be.
Answer<StartedProcess> start_process(const std::vector<std::string>& command,
                                     const std::string& mark, const std::string& log);

/// The mark of an instance: its name and the state folder that knows it.
std::string process_mark(const std::string& state, const std::string& target, std::uint32_t id);
/// A process that was started with this mark and leads its own session.
std::optional<StartedProcess> find_marked_process(const std::string& mark);

/// Empty where the process has got the signal or has ended; else why not. SIGKILL goes to all of
/// its process group.
std::string signal_process(const ProcessRecord& record, int signal);

/// Takes note of the end of a child of ours, so that its number is free again. Others are let be.
void reap_process(const ProcessRecord& record);

/// Nobody listens on the port of loopback.
bool is_port_free(int port);

/// Makes the folder (for this user alone) where it is missing, and waits for nobody: the handle
/// holds a lock, or the problem says that somebody else acts on this target.
Answer<FileHandle> lock_target(const std::string& state, const std::string& target);

/// Replaces the file as a whole; it has reached the disk when this returns an empty text.
std::string save_file(const std::string& path, const std::string& text);

}  // namespace rehearse::live
