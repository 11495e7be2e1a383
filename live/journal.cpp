#include "live/journal.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

namespace rehearse::live {
namespace {

constexpr int kNoFile = -1;

// The name of a new file is in its folder, which has to reach the disk as well.
bool sync_folder(const std::string& folder) {
  const int file = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0) return false;
  const bool done = ::fsync(file) == 0;
  ::close(file);
  return done;
}

std::string errno_text(int error) {
  return std::generic_category().message(error);
}

}  // namespace

Journal::Journal(Journal&& other) noexcept
    : listener(std::move(other.listener)),
      file_(std::exchange(other.file_, kNoFile)),
      chain_(std::move(other.chain_)),
      pending_(std::move(other.pending_)),
      problem_(std::move(other.problem_)),
      entries_(other.entries_) {}

Journal::~Journal() {
  if (file_ == kNoFile) return;
  flush();
  ::close(file_);
}

std::optional<Journal> Journal::create(const std::string& path, std::string& problem) {
  const std::string parent = std::filesystem::path(path).parent_path().string();
  const std::string folder = parent.empty() ? "." : parent;
  std::error_code error;
  std::filesystem::create_directories(folder, error);  // what fails here fails below
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0644);
  if (file < 0) {
    problem = fmt::format("cannot create {}: {}", path, errno_text(errno));
    return std::nullopt;
  }
  Journal journal(file);
  if (!sync_folder(folder)) {
    problem = fmt::format("cannot write the folder {}: {}", folder, errno_text(errno));
    return std::nullopt;
  }
  return journal;
}

bool Journal::fail(const char* what, int error) {
  problem_ = fmt::format("cannot {} the log: {}", what, errno_text(error));
  return false;
}

void Journal::append(const std::string& entry) {
  const std::string line = chain_.link(entry);
  ++entries_;
  if (listener) listener(line);
  if (file_ == kNoFile || !problem_.empty()) return;
  pending_ += line;
  pending_ += '\n';
}

bool Journal::flush() {
  if (!problem_.empty()) return false;
  std::size_t done = 0;
  while (done < pending_.size()) {
    const ssize_t wrote = ::write(file_, pending_.data() + done, pending_.size() - done);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return fail("write", wrote < 0 ? errno : ENOSPC);
    done += static_cast<std::size_t>(wrote);
  }
  pending_.clear();
  return true;
}

bool Journal::sync() {
  if (file_ == kNoFile) return false;
  if (!flush()) return false;
  int failed = 0;
  do {
    failed = ::fdatasync(file_);
  } while (failed != 0 && errno == EINTR);
  return failed == 0 || fail("store", errno);
}

}  // namespace rehearse::live
