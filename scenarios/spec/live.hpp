#pragma once
/// The `live:` block of a scenario file: the real platform that its policies see and scale. Plain
/// data, without a word on how; live/ has the clients, and simulation ignores the block. It is read
/// here, below both, so that `rehearse check` knows it too.
///
/// Paths are as written: relative ones start at the folder of the scenario file.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/change_limits.hpp"
#include "base/fields.hpp"
#include "base/time.hpp"

namespace rehearse::spec {

struct LivePrometheus {
  std::string url;
  Duration timeout = Duration::seconds(2);
  std::string ca;          ///< file with the certificate authorities to trust; empty: the system's
  std::string token_file;  ///< file with a bearer token; empty: none
  Mark mark;
};

/// What a policy calls a metric, and how Prometheus is asked for it.
struct LiveMetric {
  std::string name;
  std::string query;               ///< PromQL
  bool each = false;               ///< a value for each instance, else one for all together
  std::string label = "instance";  ///< each: whose value names the instance: host:port, or web-17
  Duration window;                 ///< over what time it is averaged
  Mark mark;
};

/// The runtime API. The backend has a slot, `server NAME 127.0.0.1:1 disabled`, for as many
/// instances as there may ever be.
struct LiveHaproxy {
  std::string socket;  ///< path, or host:port on loopback
  std::string backend;
  Duration timeout = Duration::seconds(1);
  Mark mark;
};

struct LiveProcesses {
  std::vector<std::string> command;  ///< "{port}" stands for the port of the instance
  int first_port = 0;
  int last_port = 0;      ///< inclusive
  std::string state;      ///< folder: which processes there are, and what they print
  std::string discovery;  ///< file that tells Prometheus whom to scrape; empty: none
  std::string ready;      ///< path that answers 200 where an instance can serve
  Duration start = Duration::seconds(10);  ///< that one has to become ready
  Duration drain = Duration::seconds(10);  ///< that one has to finish its work
  Mark mark;
};

struct LiveTarget {
  std::string service;
  std::vector<LiveMetric> metrics;
  double reserved_cpu = 0;           ///< cores that an instance reserves; 0: not said
  std::int64_t reserved_memory = 0;  ///< bytes; 0: not said
  LiveHaproxy haproxy;
  LiveProcesses processes;
  Mark mark;
};

struct LivePlatform {
  LivePrometheus prometheus;
  std::vector<LiveTarget> targets;
  ChangeLimits guards;  ///< see policies/guard_rails.hpp
  Mark mark;
  const LiveTarget* find(std::string_view service) const;
};

extern const FieldTable kLiveFields;

/// Reads the `live:` block; nullopt where there is none or where it has errors, which are reported.
std::optional<LivePlatform> read_live(const SpecNode* node, Diagnostics& out);

}  // namespace rehearse::spec
