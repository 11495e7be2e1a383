#include "live/haproxy_slots.hpp"

#include <fmt/format.h>

#include "base/text.hpp"
#include "live/haproxy_state.hpp"

namespace rehearse::live {

HaproxySlots::HaproxySlots(const spec::LiveHaproxy& where, const std::string& folder)
    : socket_(haproxy_socket_of(where, folder), where.timeout), backend_(where.backend) {}

std::string HaproxySlots::set(const std::string& slot, const std::string& what) const {
  const Answer<std::string> answer =
      socket_.ask(fmt::format("set server {}/{} {}", backend_, slot, what));
  if (!answer) return answer.problem;
  const std::string_view text = *answer;
  if (text.find_first_not_of(" \r\n") == text.npos) return "";
  // An address that changes, or need not, is said to; that is no complaint.
  if (what.starts_with("addr") && text.find("change") != text.npos) return "";
  return fmt::format("HAProxy says: {}", shortened(text));
}

std::string HaproxySlots::serve(const std::string& slot, int port) const {
  // In maintenance meanwhile: nothing is sent to where the slot pointed before.
  std::string problem = set(slot, "state maint");
  if (problem.empty()) problem = set(slot, fmt::format("addr 127.0.0.1 port {}", port));
  if (problem.empty()) problem = set(slot, "state ready");
  return problem;
}

std::string HaproxySlots::drain(const std::string& slot) const {
  return set(slot, "state drain");
}

std::string HaproxySlots::close(const std::string& slot) const {
  return set(slot, "state maint");
}

}  // namespace rehearse::live
