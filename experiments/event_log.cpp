#include <fmt/format.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <limits>
#include <system_error>

#include "experiments/divergence.hpp"

/// Event logs on disk; see divergence.hpp for their layout.

namespace rehearse::experiments {
namespace {

static_assert(std::endian::native == std::endian::little, "event logs are written as they lie");

constexpr std::string_view kBegin = "RHEVLOG1";
constexpr std::string_view kEnd = "RHEVEND1";
constexpr std::uint64_t kMagicBytes = 8;
constexpr std::uint64_t kFooterBytes = 3 * 8 + kMagicBytes;
constexpr std::uint64_t kMostSources = std::uint64_t{1} << 24;
constexpr std::uint64_t kMostName = 4096;
constexpr std::uint64_t kStampBytes = 16;
constexpr std::size_t kAtOnce = 4096;  // events
static_assert(sizeof(EventStamp) == kStampBytes);

std::string cannot(const char* what, const std::string& path, int error) {
  return fmt::format("cannot {} '{}': {}", what, path, std::generic_category().message(error));
}

/// A file that is closed when it goes. The first failure sticks.
class File {
 public:
  File(const std::string& path, const char* mode) : file_(std::fopen(path.c_str(), mode)) {
    if (file_ == nullptr) error_ = errno;
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() { close(); }

  int error() const { return error_; }
  void write(const void* data, std::size_t bytes) {
    if (error_ == 0 && std::fwrite(data, 1, bytes, file_) != bytes) error_ = errno;
    written_ += bytes;
  }
  void number(std::uint64_t value) { write(&value, sizeof value); }
  void text(const std::string& value) {
    number(value.size());
    write(value.data(), value.size());
  }
  std::uint64_t written() const { return written_; }
  void close() {
    if (file_ != nullptr && std::fclose(file_) != 0 && error_ == 0) error_ = errno;
    file_ = nullptr;
  }

  /// False where there is less to read.
  bool read(void* data, std::size_t bytes) {
    return file_ != nullptr && std::fread(data, 1, bytes, file_) == bytes;
  }
  bool read_number(std::uint64_t& value) { return read(&value, sizeof value); }
  bool read_text(std::string& value) {
    std::uint64_t length = 0;
    if (!read_number(length) || length > kMostName) return false;
    value.resize(static_cast<std::size_t>(length));
    return read(value.data(), value.size());
  }
  bool read_magic(std::string_view wanted) {
    char found[kMagicBytes];
    return read(found, sizeof found) && std::string_view(found, sizeof found) == wanted;
  }
  bool seek(std::uint64_t offset) {
    return file_ != nullptr && offset <= std::numeric_limits<long>::max() &&
           std::fseek(file_, static_cast<long>(offset), SEEK_SET) == 0;
  }
  std::uint64_t size() {
    if (file_ == nullptr || std::fseek(file_, 0, SEEK_END) != 0) return 0;
    const long end = std::ftell(file_);
    return end < 0 ? 0 : static_cast<std::uint64_t>(end);
  }
  std::uint64_t position() {
    const long at = file_ != nullptr ? std::ftell(file_) : -1;
    return at < 0 ? 0 : static_cast<std::uint64_t>(at);
  }

 private:
  std::FILE* file_;
  int error_ = 0;
  std::uint64_t written_ = 0;
};

class LogReader final : public EventTrace {
 public:
  explicit LogReader(const std::string& path) : path_(path), file_(path, "rb") {}

  /// Reads all but the events; what is wrong with the file, or an empty string.
  std::string open(EventLogInfo& info) {
    if (file_.error() != 0) return cannot("read", path_, file_.error());
    const std::uint64_t size = file_.size();
    if (!file_.seek(0) || !file_.read_magic(kBegin))
      return fmt::format("'{}' is no event log", path_);
    if (!file_.read_text(info.version) || !file_.read_number(info.seed) ||
        !file_.read_number(info.trial) || !file_.read_number(info.scenario_hash))
      return damaged();
    const std::uint64_t begin = file_.position();
    std::uint64_t events = 0, sources = 0, names = 0;
    if (size < begin + kFooterBytes || !file_.seek(size - kFooterBytes) ||
        !file_.read_number(events) || !file_.read_number(sources) || !file_.read_number(names) ||
        !file_.read_magic(kEnd))
      return damaged();
    if (sources > kMostSources || names < begin || names > size - kFooterBytes ||
        (names - begin) % kStampBytes != 0 || events != (names - begin) / kStampBytes ||
        !file_.seek(names))
      return damaged();
    for (std::uint64_t i = 0; i < sources; ++i)
      if (!file_.read_text(sources_.emplace_back())) return damaged();
    left_ = events;
    return file_.seek(begin) ? "" : damaged();
  }

  std::optional<EventStamp> next() override {
    if (at_ == buffer_.size()) {
      at_ = 0;
      buffer_.resize(static_cast<std::size_t>(std::min<std::uint64_t>(left_, kAtOnce)));
      if (buffer_.empty()) return std::nullopt;
      if (!file_.read(buffer_.data(), buffer_.size() * sizeof(EventStamp))) {
        problem_ = damaged();
        buffer_.clear();
        left_ = 0;
        return std::nullopt;
      }
      left_ -= buffer_.size();
    }
    return buffer_[at_++];
  }
  const std::vector<std::string>& sources() const override { return sources_; }
  std::string problem() const override { return problem_; }

 private:
  std::string damaged() const {
    return fmt::format("cannot read '{}': the event log is cut off or damaged", path_);
  }
  std::string path_;
  File file_;
  std::vector<std::string> sources_;
  std::vector<EventStamp> buffer_;
  std::size_t at_ = 0;
  std::uint64_t left_ = 0;
  std::string problem_;
};

}  // namespace

std::string write_event_log(EventTrace& trace, const EventLogInfo& info, const std::string& path,
                            const std::atomic<bool>* interrupt) {
  const std::string temporary = fmt::format("{}.tmp-{}", path, ::getpid());
  File file(temporary, "wbx");
  if (file.error() != 0) return cannot("write", path, file.error());
  file.write(kBegin.data(), kBegin.size());
  file.text(info.version);
  file.number(info.seed);
  file.number(info.trial);
  file.number(info.scenario_hash);
  std::uint64_t events = 0;
  std::string failed;
  while (const std::optional<EventStamp> event = trace.next()) {
    file.write(&*event, sizeof *event);
    ++events;
    if (file.error() != 0) break;
    if (events % kAtOnce == 0 && interrupt != nullptr && interrupt->load()) {
      failed = "interrupted";
      break;
    }
  }
  const std::uint64_t names = file.written();
  for (const std::string& name : trace.sources()) file.text(name.substr(0, kMostName));
  file.number(events);
  file.number(trace.sources().size());
  file.number(names);
  file.write(kEnd.data(), kEnd.size());
  file.close();
  if (failed.empty()) failed = trace.problem();
  if (failed.empty() && file.error() != 0) failed = cannot("write", path, file.error());
  if (failed.empty() && std::rename(temporary.c_str(), path.c_str()) != 0)
    failed = cannot("write", path, errno);
  if (!failed.empty()) std::remove(temporary.c_str());
  return failed;
}

bool is_event_log(const std::string& path) {
  File file(path, "rb");
  return file.read_magic(kBegin);
}

OpenedLog open_event_log(const std::string& path) {
  OpenedLog opened;
  auto reader = std::make_unique<LogReader>(path);
  opened.problem = reader->open(opened.info);
  if (opened.problem.empty()) opened.trace = std::move(reader);
  return opened;
}

}  // namespace rehearse::experiments
