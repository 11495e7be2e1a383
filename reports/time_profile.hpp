#pragma once
/// Where the mean response time goes: critical paths of many requests added up. The data of flame
/// charts.
///
/// Each row is a place on the path from a client's request down to a hop, with the time that the
/// answers waited there. The rows of one kind of request add up to its mean response time over the
/// requests that were added.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "reports/result.hpp"
#include "reports/trace.hpp"

namespace rehearse::reports {

class TimeProfile {
 public:
  /// A trace without a root adds nothing.
  void add(const Trace& trace);
  bool empty() const { return requests_.empty(); }
  /// By request, then stack.
  std::vector<TimeSpent> rows() const;

  /// Header: request,stack,hop,phase,requests,mean_s,share. `request` names the kind of request
  /// (the root's name), `stack` what lies above the hop and itself, outermost first, with ';'
  /// between (the folded stacks of flame graph tools); `share` is of the mean of that kind.
  std::string to_csv() const;

 private:
  struct Place {
    std::string hop;
    std::string phase;
    std::int64_t ns = 0;
  };
  struct Request {
    std::uint64_t count = 0;
    std::int64_t ns = 0;
    std::map<std::string, Place> places;  // by stack
  };
  std::map<std::string, Request> requests_;  // by name
};

}  // namespace rehearse::reports
