#pragma once
/// The instances of a target: which processes there are, which come, which go. The live twin of
/// models/instance_set.hpp, which decides alike.
///
/// More: a process is started on a free port; once it answers 200 on its ready path it gets a slot
/// of HAProxy, and requests. Fewer: an instance leaves the rotation, finishes what it works on, and
/// is told to end; after the time to drain it is told all the same, and after as long again killed.
/// Those that do not serve yet go first, then those that HAProxy holds to be down, then the
/// youngest. One that has ended by itself, or does not become ready in time, is replaced: the first
/// at once, further ones later and later (policies/restart_backoff.hpp).
///
/// Every state is in the table of processes, which is on disk before anything is done that could
/// not be found out otherwise. So whoever comes next goes on where this one was stopped, at
/// whatever instant. A slot that HAProxy has forgotten, as after a restart, is set again; one that
/// a person has taken out of rotation is left alone.
///
/// One at a time: it holds a lock of the state folder. Leaves out: instances that do not fit on the
/// machine; readiness that is lost while serving (that is for HAProxy to see).

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "live/actuator.hpp"
#include "live/haproxy_slots.hpp"
#include "live/haproxy_state.hpp"
#include "live/http_client.hpp"
#include "live/process_control.hpp"
#include "policies/restart_backoff.hpp"
#include "scenarios/spec/live.hpp"

namespace rehearse::live {

class ServiceSet final : public Actuator {
 public:
  struct Parts {
    spec::LiveTarget target;
    std::string folder;        ///< where relative paths start
    std::int32_t initial = 1;  ///< instances, where nobody has asked for any yet
    FileHandle lock;           ///< of the target
    ProcessTable table;
  };
  explicit ServiceSet(Parts parts);

  ActOutcome scale_to(Instant now, std::int32_t replicas, Audit& audit) override;
  void tend(Instant now, Audit& audit) override;

 private:
  using Record = ProcessRecord;
  using State = ProcessRecord::State;
  using Servers = std::map<std::string, HaproxyServer, std::less<>>;

  // ---- service_set.cpp: one turn
  bool begin(Audit& audit);
  bool ask_haproxy(Audit& audit);
  bool set_wanted(std::int32_t wanted, Audit& audit);
  void balance(Instant now, Audit& audit);
  Record* victim();
  std::int32_t present() const;
  bool save(Audit& audit);
  void announce(Audit& audit);
  /// Once, until there is something else to complain about.
  void complain(Audit& audit, const std::string& what);

  // ---- service_steps.cpp: one instance. True: it is to be forgotten.
  bool step(Record& record, Instant now, Audit& audit);
  bool ended(Record& record, Instant now, Audit& audit);
  void admit(Record& record, Instant now, Audit& audit);
  void repair(const Record& record, Audit& audit);
  void dismiss(Record& record, Instant now, Audit& audit);
  void stop(Record& record, Instant now, std::string_view why, Audit& audit);
  void kill(Record& record, Instant now, Audit& audit);
  bool start_one(Instant now, Audit& audit);
  bool is_ready(const Record& record);
  const HaproxyServer* server_of(const Record& record) const;
  std::string free_slot() const;
  int free_port() const;
  std::string name_of(const Record& record) const;
  std::string mark_of(const Record& record) const;
  std::string log_of(const Record& record) const;

  const spec::LiveTarget target_;
  const std::string folder_;
  const std::string state_folder_;
  const std::int32_t initial_;
  const FileHandle lock_;
  const HaproxyState haproxy_;
  const HaproxySlots slots_;
  HttpClient http_;
  ProcessTable table_;
  Servers servers_;
  bool servers_known_ = false;  // at this turn
  bool begun_ = false;
  bool changed_ = false;  // since the table was saved
  std::string announced_;
  std::string complaint_;
  policies::RestartBackoff backoff_;
  Instant no_start_before_;
};

/// What Prometheus reads to find the instances (file_sd_configs).
std::string discovery_text(const ProcessTable& table, const std::string& target);

}  // namespace rehearse::live
