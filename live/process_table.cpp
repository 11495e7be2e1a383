#include "live/process_table.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "live/file_handle.hpp"

namespace rehearse::live {
namespace {

using TableJson = nlohmann::ordered_json;

constexpr std::size_t kLargestTable = std::size_t{4} << 20;
constexpr std::array<std::string_view, 4> kStates{"starting", "serving", "draining", "stopping"};

// Nothing, and 0 in `error`, where there is no such file.
std::optional<std::string> content_of(const std::string& path, std::size_t most, int& error) {
  const FileHandle file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  error = file ? 0 : errno;
  if (error == ENOENT || error == ESRCH) error = 0;
  if (!file) return std::nullopt;
  std::string text;
  std::array<char, 8192> part;
  for (;;) {
    const ssize_t got = ::read(file.get(), part.data(), part.size());
    if (got == 0) return text;
    if (got < 0 && errno == EINTR) continue;
    error = got < 0 ? errno : EFBIG;
    if (got < 0 || text.size() + static_cast<std::size_t>(got) > most) return std::nullopt;
    text.append(part.data(), static_cast<std::size_t>(got));
  }
}

template <class T>
bool read_field(const TableJson& object, const char* key, T least, T& out) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number_integer()) return false;
  if (found->is_number_unsigned() &&
      found->get<std::uint64_t>() > static_cast<std::uint64_t>(std::numeric_limits<T>::max()))
    return false;
  if (!found->is_number_unsigned() && found->get<std::int64_t>() < 0) return false;
  out = static_cast<T>(found->get<std::uint64_t>());
  return out >= least;
}

bool read_text(const TableJson& object, const char* key, std::string& out) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_string()) return false;
  out = found->get<std::string>();
  return true;
}

bool read_instant(const TableJson& object, const char* key, Instant& out) {
  std::int64_t ns = 0;
  if (!read_field<std::int64_t>(object, key, 0, ns)) return false;
  out = Instant::at_ns(ns);
  return true;
}

bool read_record(const TableJson& json, ProcessRecord& record) {
  std::string state;
  if (!json.is_object() || !read_field<std::uint32_t>(json, "id", 1, record.id) ||
      !read_field<std::int64_t>(json, "pid", 0, record.pid) ||
      !read_field<std::uint64_t>(json, "ticks", 0, record.ticks) ||
      !read_field<int>(json, "port", 1, record.port) || !read_text(json, "slot", record.slot) ||
      !read_text(json, "state", state) || !read_instant(json, "since", record.since) ||
      !read_instant(json, "started", record.started))
    return false;
  const auto known = std::find(kStates.begin(), kStates.end(), state);
  if (known == kStates.end() || record.port > 65535) return false;
  record.state = static_cast<ProcessRecord::State>(known - kStates.begin());
  return true;
}

}  // namespace

std::optional<ProcessIdentity> read_proc_stat(std::string_view text) {
  // The name, in brackets, may itself have brackets and blanks: all fields come after the last one.
  const std::size_t close = text.rfind(')');
  if (close == text.npos || close + 2 >= text.size()) return std::nullopt;
  std::string_view rest = text.substr(close + 2);
  ProcessIdentity identity;
  identity.dead = rest.front() == 'Z' || rest.front() == 'X';
  const auto number = [](std::string_view cell, auto& out) {
    return std::from_chars(cell.data(), cell.data() + cell.size(), out).ec == std::errc{};
  };
  for (int field = 3; field <= 22; ++field) {
    const std::size_t blank = rest.find(' ');
    const std::string_view cell = rest.substr(0, blank);
    if (field == 6 && !number(cell, identity.session)) return std::nullopt;
    if (field == 22) return number(cell, identity.ticks) ? std::optional(identity) : std::nullopt;
    if (blank == rest.npos) return std::nullopt;
    rest = rest.substr(blank + 1);
  }
  return std::nullopt;
}

std::optional<ProcessIdentity> look_up_process(std::int64_t pid) {
  int error = 0;
  const auto text = content_of(fmt::format("/proc/{}/stat", pid), 65536, error);
  return text ? read_proc_stat(*text) : std::nullopt;
}

bool is_alive(const ProcessRecord& record) {
  if (record.pid <= 0) return false;
  const auto identity = look_up_process(record.pid);
  return identity && !identity->dead && identity->ticks == record.ticks;
}

std::string instance_name(std::string_view target, std::uint32_t id) {
  return fmt::format("{}-{}", target, id);
}

std::string process_table_path(const std::string& state, const std::string& target) {
  return state + "/" + target + ".json";
}

std::string boot_of_machine() {
  int error = 0;
  std::string boot = content_of("/proc/sys/kernel/random/boot_id", 256, error).value_or("unknown");
  while (!boot.empty() && boot.back() == '\n') boot.pop_back();
  return boot;
}

Answer<ProcessTable> read_process_table(const std::string& state, const std::string& target) {
  const std::string path = process_table_path(state, target);
  int error = 0;
  const auto text = content_of(path, kLargestTable, error);
  if (!text && error != 0)
    return Answer<ProcessTable>::failed(
        fmt::format("cannot read '{}': {}", printable(path), std::strerror(error)));
  if (!text) return ProcessTable{};
  Answer<ProcessTable> table = parse_process_table(*text, boot_of_machine());
  if (!table) table.problem = fmt::format("'{}' {}", printable(path), table.problem);
  return table;
}

std::string write_process_table(const ProcessTable& table, const std::string& boot) {
  TableJson json;
  json["format"] = 1;
  json["boot"] = boot;
  json["wanted"] = table.wanted ? TableJson(*table.wanted) : TableJson();
  json["next_id"] = table.next_id;
  json["last_port"] = table.last_port;
  json["processes"] = TableJson::array();
  for (const ProcessRecord& record : table.processes)
    json["processes"].push_back({{"id", record.id},
                                 {"pid", record.pid},
                                 {"ticks", record.ticks},
                                 {"port", record.port},
                                 {"slot", record.slot},
                                 {"state", kStates[static_cast<std::size_t>(record.state)]},
                                 {"since", record.since.ns()},
                                 {"started", record.started.ns()}});
  return json.dump(1, ' ', false, TableJson::error_handler_t::replace) + "\n";
}

Answer<ProcessTable> parse_process_table(std::string_view text, const std::string& boot) {
  using Table = Answer<ProcessTable>;
  const TableJson json = TableJson::parse(text, nullptr, false);
  ProcessTable table;
  int format = 0;
  std::string written_at;
  if (json.is_discarded() || !json.is_object() || !read_field<int>(json, "format", 1, format))
    return Table::failed("is no table of processes");
  if (format != 1) return Table::failed(fmt::format("has format {}, not 1", format));
  const auto wanted = json.find("wanted");
  std::int32_t count = 0;
  if (wanted != json.end() && !wanted->is_null()) {
    if (!read_field<std::int32_t>(json, "wanted", 0, count))
      return Table::failed("has no count of wanted instances");
    table.wanted = count;
  }
  const auto processes = json.find("processes");
  if (!read_text(json, "boot", written_at) ||
      !read_field<std::uint32_t>(json, "next_id", 1, table.next_id) ||
      !read_field<int>(json, "last_port", 0, table.last_port) || processes == json.end() ||
      !processes->is_array())
    return Table::failed("is a table of processes with something missing");
  for (const TableJson& one : *processes) {
    ProcessRecord record;
    if (!read_record(one, record)) return Table::failed("has a process that is none");
    // After the machine has started anew, its number may be anybody's.
    if (written_at != boot) {
      record.pid = 0;
      record.ticks = 0;
    }
    table.next_id = std::max(table.next_id, record.id + 1);
    table.processes.push_back(std::move(record));
  }
  return table;
}

}  // namespace rehearse::live
