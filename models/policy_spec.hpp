#pragma once
/// A policy of a scenario, ready to be hosted: what it scales, what it is shown of the platform and
/// how late, and how its wishes are carried out.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/change_limits.hpp"
#include "base/time.hpp"
#include "models/plan.hpp"
#include "policies/controller.hpp"

namespace rehearse::models {

/// Where the figures of one of Controller::needs() come from.
struct PolicyMetric {
  enum class What : std::uint8_t {
    cpu,            ///< cores in use; of all together the share of what is reserved
    memory,         ///< bytes; of all together the share of what is reserved
    arrival_rate,   ///< requests per second
    throughput,     ///< answers per second
    error_rate,     ///< share of the answers
    queue_length,   ///< at the instant of the scrape
    in_system,      ///< at the instant of the scrape
    mean_response,  ///< seconds, of successes
    quantile        ///< seconds, of successes
  };
  enum class Of : std::uint8_t { target, workload, queue };
  What what = What::cpu;
  Of of = Of::target;
  std::uint32_t subject = 0;  ///< workload or queue
  double quantile = 0;
  bool each = false;      ///< by instance
  bool reserved = false;  ///< what instances reserve is to be told
};

struct PolicySpec {
  std::string name;
  std::string kind;                                        ///< "hpa"
  std::string target;                                      ///< name of what it scales
  std::uint32_t service = kNone;                           ///< that it scales
  std::uint32_t queue = kNone;                             ///< whose consumers it scales
  std::vector<std::uint32_t> pools;                        ///< that it sizes, by its own order
  std::shared_ptr<const policies::Controller> controller;  ///< each trial begins with a copy
  std::vector<PolicyMetric> metrics;                       ///< by need of the controller
  // What it sees
  Duration scrape = Duration::seconds(15);
  Duration window = Duration::seconds(30);
  std::uint32_t delay = kNone;  ///< law of the time until a scrape is known; kNone: none
  double lost = 0;              ///< share of the scrapes
  // What becomes of its wishes
  std::uint32_t after = kNone;        ///< law of the time until one is carried out; kNone: none
  double fails = 0;                   ///< share that is not
  double unconfirmed = 0;             ///< share of the others that it never hears of
  Duration spacing;                   ///< least time between two; zero: none
  std::optional<ChangeLimits> rails;  ///< that its wishes are held to
  Duration grace = Duration::seconds(30);  ///< that an instance has to finish its work
  std::uint32_t scrape_stream = 0;         ///< of the phase of scrapes, and of losses
  std::uint32_t action_stream = 0;
};

}  // namespace rehearse::models
