#include <sys/resource.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <limits>
#include <sstream>

#include "experiments/memory.hpp"

namespace rehearse::experiments {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::infinity();

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return std::move(text).str();
}

/// The whole number at the start of `text`, after blanks; nothing for "max".
std::optional<double> number_at(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  std::uint64_t value = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), value).ec != std::errc()) return {};
  return static_cast<double>(value);
}

/// The number behind `key` at the start of a line.
std::optional<double> value_of(const std::string& text, const std::string& key) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with(key)) return number_at(std::string_view(line).substr(key.size()));
  return {};
}

/// What a control group leaves: its limit, less what is in use, plus the file cache that would give
/// way.
double group_leaves(const std::string& limit, const std::string& usage, const std::string& stat,
                    const std::string& cache_key) {
  const std::optional<double> most = number_at(limit);
  const std::optional<double> used = number_at(usage);
  if (!most || !used) return kUnknown;
  return std::max(0.0, *most - *used + value_of(stat, cache_key).value_or(0));
}

/// The least that a group and those above it leave. `top` is the folder of the hierarchy.
template <class Leaves>
double least_of(const std::string& top, std::string group, Leaves leaves) {
  double least = leaves(top);  // inside a container the group itself is mounted here
  while (group.size() > 1) {
    least = std::min(least, leaves(top + group));
    group.resize(group.rfind('/'));
  }
  return least;
}

double groups_leave(const std::string& root) {
  double least = kUnknown;
  std::istringstream lines(text_of(root + "/proc/self/cgroup"));
  for (std::string line; std::getline(lines, line);) {
    const size_t first = line.find(':');
    const size_t second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
    const std::string group = line.substr(second + 1);
    if (group.empty() || group.front() != '/') continue;
    if (controllers == ",,") {
      least = std::min(least, least_of(root + "/sys/fs/cgroup", group, [](const std::string& at) {
                         return group_leaves(text_of(at + "/memory.max"),
                                             text_of(at + "/memory.current"),
                                             text_of(at + "/memory.stat"), "inactive_file ");
                       }));
    } else if (controllers.find(",memory,") != std::string::npos) {
      least = std::min(least,
                       least_of(root + "/sys/fs/cgroup/memory", group, [](const std::string& at) {
                         return group_leaves(text_of(at + "/memory.limit_in_bytes"),
                                             text_of(at + "/memory.usage_in_bytes"),
                                             text_of(at + "/memory.stat"), "total_inactive_file ");
                       }));
    }
  }
  return least;
}

/// What is left of the address space that `ulimit -v` allows.
double limit_leaves(const std::string& root) {
  rlimit limit{};
  if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return kUnknown;
  const double used = value_of(text_of(root + "/proc/self/status"), "VmSize:").value_or(0) * 1024;
  return std::max(0.0, static_cast<double>(limit.rlim_cur) - used);
}

}  // namespace

MemoryAvailable memory_available(const std::string& root) {
  MemoryAvailable available{kUnknown, ""};
  const auto consider = [&](double bytes, const char* limit) {
    if (bytes < available.bytes) available = {bytes, limit};
  };
  if (const auto kib = value_of(text_of(root + "/proc/meminfo"), "MemAvailable:"))
    consider(*kib * 1024, "the machine");
  consider(groups_leave(root), "the control group");
  consider(limit_leaves(root), "'ulimit -v'");
  return available;
}

}  // namespace rehearse::experiments
