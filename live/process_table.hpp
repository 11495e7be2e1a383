#pragma once
/// Which processes are the instances of a target, as a file in the state folder remembers: so that
/// a later run takes on what an earlier one has started, and a run that only watches sees what
/// another one does. Only reads; live/process_control.hpp writes.
///
/// A process is known by its number and the time of its start (/proc/PID/stat, field 22), within
/// one boot of the machine: numbers are used again, this pair is not. Source: proc(5).
///
/// The file TARGET.json is replaced as a whole, so that whoever reads it sees one state.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "live/answer.hpp"

namespace rehearse::live {

struct ProcessRecord {
  enum class State : std::uint8_t {
    starting,  ///< its process runs, or is about to; it is not ready yet
    serving,   ///< in rotation
    draining,  ///< out of rotation, and finishes its work
    stopping   ///< told to end
  };
  std::uint32_t id = 0;     ///< never used again
  std::int64_t pid = 0;     ///< 0: about to be started
  std::uint64_t ticks = 0;  ///< start of the process, in clock ticks since boot
  int port = 0;
  std::string slot;  ///< server of HAProxy; empty: none yet
  State state = State::starting;
  Instant since;    ///< in this state
  Instant started;  ///< its process
};

struct ProcessTable {
  std::optional<std::int32_t> wanted;  ///< instances; nothing: nobody has asked for any
  std::uint32_t next_id = 1;
  int last_port = 0;  ///< that was given out; 0: none
  std::vector<ProcessRecord> processes;
};

struct ProcessIdentity {
  std::uint64_t ticks = 0;
  std::int64_t session = 0;
  bool dead = false;  ///< it has ended, and waits for its parent to hear of it
};

/// Of a process that exists, dead ones that nobody has reaped included.
std::optional<ProcessIdentity> look_up_process(std::int64_t pid);
/// What field 3, 6 and 22 of /proc/PID/stat say.
std::optional<ProcessIdentity> read_proc_stat(std::string_view text);

/// The very process that was started runs.
bool is_alive(const ProcessRecord& record);

/// "web-17"
std::string instance_name(std::string_view target, std::uint32_t id);

std::string process_table_path(const std::string& state, const std::string& target);
/// The table of a target; an empty one where nothing has been started yet. Processes of an earlier
/// boot are none.
Answer<ProcessTable> read_process_table(const std::string& state, const std::string& target);

/// The text of the file, and back. `boot`: of the machine, as in /proc.
std::string write_process_table(const ProcessTable& table, const std::string& boot);
Answer<ProcessTable> parse_process_table(std::string_view text, const std::string& boot);
std::string boot_of_machine();

}  // namespace rehearse::live
