#include "live/process_control.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <spawn.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <memory>

#include "base/text.hpp"

extern char** environ;

namespace rehearse::live {
namespace {

constexpr std::string_view kMarkName = "REHEARSE_INSTANCE=";
constexpr std::size_t kLargestEnvironment = std::size_t{4} << 20;

std::string because_of(std::string_view what, int error) {
  return fmt::format("{}: {}", what, std::strerror(error));
}

/// How a child is to be started: its own session, default signals, no file but its three.
class SpawnPlan {
 public:
  explicit SpawnPlan(int log) {
    posix_spawnattr_init(&attributes_);
    posix_spawn_file_actions_init(&files_);
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    note(posix_spawnattr_setsigmask(&attributes_, &none));
    note(posix_spawnattr_setsigdefault(&attributes_, &all));
    note(posix_spawnattr_setflags(
        &attributes_, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF));
    note(posix_spawn_file_actions_addopen(&files_, 0, "/dev/null", O_RDONLY, 0));
    note(posix_spawn_file_actions_adddup2(&files_, log, 1));
    note(posix_spawn_file_actions_adddup2(&files_, log, 2));
    note(posix_spawn_file_actions_addclosefrom_np(&files_, 3));
  }
  ~SpawnPlan() {
    posix_spawn_file_actions_destroy(&files_);
    posix_spawnattr_destroy(&attributes_);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;

  int start(char* const* arguments, char* const* environment, pid_t& pid) {
    if (error_ != 0) return error_;
    return posix_spawnp(&pid, arguments[0], &files_, &attributes_, arguments, environment);
  }

 private:
  void note(int error) {
    if (error_ == 0) error_ = error;
  }
  posix_spawnattr_t attributes_;
  posix_spawn_file_actions_t files_;
  int error_ = 0;
};

std::vector<char*> pointers_to(std::vector<std::string>& words) {
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  return pointers;
}

bool has_mark(std::int64_t pid, std::string_view wanted) {
  const FileHandle file(::open(fmt::format("/proc/{}/environ", pid).c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return false;
  std::string text(1, '\0');  // so that every variable stands between two ends
  std::array<char, 16384> part;
  ssize_t got = 0;
  while (text.size() < kLargestEnvironment &&
         (got = ::read(file.get(), part.data(), part.size())) > 0)
    text.append(part.data(), static_cast<std::size_t>(got));
  const std::string variable = '\0' + std::string(kMarkName) + std::string(wanted) + '\0';
  return text.find(variable) != std::string::npos;
}

int pidfd_of(std::int64_t pid) {
  return static_cast<int>(::syscall(SYS_pidfd_open, static_cast<pid_t>(pid), 0));
}

std::string write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t done = ::write(fd, text.data(), text.size());
    if (done < 0 && errno != EINTR) return std::strerror(errno);
    if (done > 0) text.remove_prefix(static_cast<std::size_t>(done));
  }
  return ::fsync(fd) == 0 ? "" : std::strerror(errno);
}

}  // namespace

Answer<StartedProcess> start_process(const std::vector<std::string>& command,
                                     const std::string& mark, const std::string& log) {
  using Started = Answer<StartedProcess>;
  const FileHandle output(::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (!output) return Started::failed(because_of(fmt::format("cannot write '{}'", log), errno));
  std::vector<std::string> words = command;
  std::vector<std::string> variables;
  for (char** one = environ; one != nullptr && *one != nullptr; ++one)
    if (!std::string_view(*one).starts_with(kMarkName)) variables.emplace_back(*one);
  variables.push_back(std::string(kMarkName) + mark);
  const std::vector<char*> arguments = pointers_to(words);
  const std::vector<char*> environment = pointers_to(variables);
  SpawnPlan plan(output.get());
  pid_t pid = 0;
  const int error = plan.start(arguments.data(), environment.data(), pid);
  if (error != 0)
    return Started::failed(
        because_of(fmt::format("cannot start '{}'", shortened(command.front())), error));
  const auto identity = look_up_process(pid);  // ours: it stays there until we reap it
  if (!identity) return Started::failed("cannot read /proc of a process just started");
  return StartedProcess{pid, identity->ticks};
}

std::string process_mark(const std::string& state, const std::string& target, std::uint32_t id) {
  std::error_code ignored;
  const std::filesystem::path folder = std::filesystem::weakly_canonical(state, ignored);
  return instance_name(target, id) + "@" + folder.string();
}

std::optional<StartedProcess> find_marked_process(const std::string& mark) {
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir("/proc"), &::closedir);
  if (folder == nullptr) return std::nullopt;
  while (const dirent* entry = ::readdir(folder.get())) {
    const std::string_view name = entry->d_name;
    std::int64_t pid = 0;
    const auto read = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (read.ec != std::errc{} || read.ptr != name.data() + name.size()) continue;
    const auto before = look_up_process(pid);
    if (!before || before->dead || before->session != pid || !has_mark(pid, mark)) continue;
    const auto after = look_up_process(pid);
    if (after && after->ticks == before->ticks) return StartedProcess{pid, after->ticks};
  }
  return std::nullopt;
}

std::string signal_process(const ProcessRecord& record, int signal) {
  if (record.pid <= 1) return "";
  const FileHandle pinned(pidfd_of(record.pid));
  if (!pinned) return errno == ESRCH ? "" : because_of("cannot pin the process", errno);
  if (!is_alive(record)) return "";  // looked at after pinning: what is pinned is what was seen
  if (signal == SIGKILL) {
    // It lives and leads its group, whose number is therefore nobody else's.
    const auto identity = look_up_process(record.pid);
    if (identity && identity->session == record.pid)
      ::kill(-static_cast<pid_t>(record.pid), signal);
  }
  if (::syscall(SYS_pidfd_send_signal, pinned.get(), signal, nullptr, 0) == 0 || errno == ESRCH)
    return "";
  return because_of("cannot signal the process", errno);
}

void reap_process(const ProcessRecord& record) {
  if (record.pid <= 1) return;
  const auto identity = look_up_process(record.pid);
  if (!identity || identity->ticks != record.ticks) return;
  int status = 0;
  ::waitpid(static_cast<pid_t>(record.pid), &status, WNOHANG);
}

bool is_port_free(int port) {
  const FileHandle socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int yes = 1;
  if (!socket || ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) != 0)
    return false;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
}

Answer<FileHandle> lock_target(const std::string& state, const std::string& target) {
  std::error_code error;
  const bool fresh = std::filesystem::create_directories(state, error);
  if (error)
    return Answer<FileHandle>::failed(
        fmt::format("cannot make the folder '{}': {}", printable(state), error.message()));
  if (fresh) ::chmod(state.c_str(), 0700);
  const std::string path = state + "/" + target + ".lock";
  FileHandle lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!lock)
    return Answer<FileHandle>::failed(
        because_of(fmt::format("cannot open '{}'", printable(path)), errno));
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0)
    return Answer<FileHandle>::failed(fmt::format(
        "another 'rehearse live' acts on '{}' ('{}' is locked)", target, printable(path)));
  return lock;
}

std::string save_file(const std::string& path, const std::string& text) {
  const std::string fresh = path + ".new";
  const auto failed = [&](std::string_view why) {
    return fmt::format("cannot write '{}': {}", printable(path), why);
  };
  {
    const FileHandle file(
        ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644));
    if (!file) return failed(std::strerror(errno));
    const std::string problem = write_all(file.get(), text);
    if (!problem.empty()) return failed(problem);
  }
  if (::rename(fresh.c_str(), path.c_str()) != 0) return failed(std::strerror(errno));
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const FileHandle handle(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!handle || ::fsync(handle.get()) != 0) return failed(std::strerror(errno));
  return "";
}

}  // namespace rehearse::live
