#pragma once
/// What happens in a live run, a line each, for people: when, which policy, what and why.

#include <functional>
#include <string>
#include <vector>

#include "live/host.hpp"

namespace rehearse::live {

class Narrator final : public Listener {
 public:
  struct Policy {
    std::string name;
    std::string service;
    std::vector<std::string> metrics;  ///< by need of its controller
  };
  /// `acts`: whether what is decided is also done. `print` is given lines without their end.
  Narrator(std::vector<Policy> policies, bool acts, std::function<void(const std::string&)> print)
      : policies_(std::move(policies)), acts_(acts), print_(std::move(print)) {}

  void decided(std::uint32_t policy, Instant at, const Judged& judged) override;
  void acted(std::uint32_t policy, Instant at, const Judged& judged, bool succeeded,
             const std::string& detail) override;
  void noted(std::uint32_t policy, Instant at, const std::string& what) override;

 private:
  void say(std::uint32_t policy, Instant at, const std::string& what);

  std::vector<Policy> policies_;
  bool acts_;
  std::function<void(const std::string&)> print_;
};

}  // namespace rehearse::live
