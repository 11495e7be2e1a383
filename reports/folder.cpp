#include "reports/folder.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "reports/csv.hpp"
#include "reports/html.hpp"
#include "reports/junit.hpp"
#include "reports/markdown.hpp"
#include "reports/openmetrics.hpp"
#include "reports/perfetto.hpp"
#include "reports/recorded.hpp"

namespace rehearse::reports {
namespace {

namespace fs = std::filesystem;

constexpr const char* kResult = "result.json";
constexpr const char* kScenario = "scenario.resolved.yaml";
constexpr const char* kTraces = "traces.json";
constexpr const char* kPerfetto = "trace.perfetto.json";
constexpr const char* kProfile = "critical-path.csv";
constexpr const char* kDecisions = "decisions.csv";
constexpr const char* kRecordedJson = "recorded.json";  // put beside the result on request
constexpr const char* kRecordedCsv = "recorded.csv";
/// Drawn by reports/plots/ on request, as plots/NAME.png and the like.
constexpr std::array<const char*, 8> kPlots = {"latency",     "percentiles", "heatmap",
                                               "utilisation", "queue",       "timeline",
                                               "comparison",  "recorded"};
constexpr std::uintmax_t kMostBytes = std::uintmax_t{256} << 20;  // as from_json()

constexpr std::array<FormatName, 7> kFormats = {{
    {Format::json, "json", kResult},
    {Format::html, "html", "report.html"},
    {Format::markdown, "markdown", "report.md"},
    {Format::junit, "junit", "junit.xml"},
    {Format::summary_csv, "summary-csv", "summary.csv"},
    {Format::series_csv, "series-csv", "series.csv"},
    {Format::openmetrics, "openmetrics", "openmetrics.txt", false},
}};

std::string problem(const char* what, const std::string& path, const std::string& why) {
  return fmt::format("cannot {} '{}': {}", what, path, why);
}
std::string problem(const char* what, const std::string& path, int error) {
  return problem(what, path, std::generic_category().message(error));
}

/// Whole text to a new file, on the disk when this returns; 0 or an errno.
int write_new(const std::string& path, std::string_view text) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (fd < 0) return errno;
  int error = 0;
  while (!text.empty() && error == 0) {
    const ssize_t n = ::write(fd, text.data(), text.size());
    if (n >= 0) {
      text.remove_prefix(static_cast<size_t>(n));
    } else if (errno != EINTR) {
      error = errno;
    }
  }
  // Without it a crash of the machine after the rename could leave an empty file of the new name.
  if (error == 0 && ::fsync(fd) != 0 && errno != EINVAL && errno != EROFS) error = errno;
  if (::close(fd) != 0 && error == 0) error = errno;
  return error;
}

struct File {
  std::string name;
  std::string text;
};

/// The files of a result in the order in which they are put in place: result.json last.
std::vector<File> files_of(const RunResult& r, const Traces* traces,
                           const std::vector<Format>& wanted) {
  std::vector<File> out;
  if (traces != nullptr) {
    out.push_back({kTraces, to_otlp_json(traces->set)});
    out.push_back({kPerfetto, to_perfetto_json(traces->set)});
    out.push_back({kProfile, traces->profile.to_csv()});
  }
  if (!r.decisions.empty()) out.push_back({kDecisions, decisions_csv(r)});
  if (!r.resolved_scenario.empty()) out.push_back({kScenario, r.resolved_scenario});
  for (const FormatName& f : kFormats)
    if (f.format != Format::json &&
        std::find(wanted.begin(), wanted.end(), f.format) != wanted.end())
      out.push_back({f.file, render(r, f.format)});
  out.push_back({kResult, to_json(r)});
  return out;
}

/// A folder that is gone with everything in it when this goes, unless it was renamed before.
class Staging {
 public:
  /// Beside `dir`, hence on the same file system.
  explicit Staging(const std::string& dir) {
    for (int attempt = 0; attempt < 100; ++attempt) {
      path_ = fmt::format("{}.tmp-{}-{}", dir, ::getpid(), attempt);
      error_ = ::mkdir(path_.c_str(), 0777) == 0 ? 0 : errno;
      if (error_ != EEXIST) return;
    }
  }
  Staging(const Staging&) = delete;
  Staging& operator=(const Staging&) = delete;
  ~Staging() {
    std::error_code ignored;
    if (error_ == 0) fs::remove_all(path_, ignored);
  }
  int error() const { return error_; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  int error_ = 0;
};

std::string stage(const std::vector<File>& files, const Staging& staging, const std::string& dir) {
  for (const File& file : files)
    if (const int error = write_new(staging.path() + "/" + file.name, file.text))
      return problem("write", dir + "/" + file.name, error);
  return "";
}

/// Another result's files that the new one would not replace.
void remove_stale(const std::string& dir, const std::vector<File>& files) {
  const FileText old = read_file(dir + "/" + kResult);
  if (!old.problem.empty() || old.text == files.back().text) return;
  std::vector<std::string> names = {kScenario,  kTraces,       kPerfetto,   kProfile,
                                    kDecisions, kRecordedJson, kRecordedCsv};
  for (const FormatName& f : kFormats) names.emplace_back(f.file);
  for (const char* plot : kPlots)
    for (const char* form : {".png", ".svg", ".pdf"})
      names.push_back(std::string("plots/") + plot + form);
  for (const std::string& name : names) {
    const bool replaced = std::any_of(files.begin(), files.end(),
                                      [&](const File& file) { return file.name == name; });
    std::error_code ignored;
    if (!replaced) fs::remove(fs::path(dir) / name, ignored);
  }
}

std::string without_slash(std::string dir) {
  while (dir.size() > 1 && dir.back() == '/') dir.pop_back();
  return dir.empty() ? "." : dir;
}

}  // namespace

std::span<const FormatName> formats() {
  return kFormats;
}

std::optional<Format> format_of(std::string_view name) {
  for (const FormatName& f : kFormats)
    if (name == f.name) return f.format;
  return std::nullopt;
}

std::string render(const RunResult& r, Format format) {
  switch (format) {
    case Format::json:
      return to_json(r);
    case Format::html:
      return to_html(r);
    case Format::markdown:
      return to_markdown(r);
    case Format::junit:
      return to_junit(r);
    case Format::summary_csv:
      return summary_csv(r);
    case Format::series_csv:
      return series_csv(r);
    case Format::openmetrics:
      return to_openmetrics(r);
  }
  return "";
}

std::vector<Format> usual_formats() {
  std::vector<Format> usual;
  for (const FormatName& f : kFormats)
    if (f.usual) usual.push_back(f.format);
  return usual;
}

std::string write_files(const RunResult& r, const Traces* traces, const std::string& where,
                        const std::vector<Format>& wanted) {
  const std::string dir = without_slash(where);
  std::error_code error;
  const fs::path parent = fs::path(dir).parent_path();
  if (!parent.empty()) fs::create_directories(parent, error);
  if (error) return problem("create folder", parent.string(), error.message());
  const bool fresh = !fs::exists(dir, error);
  if (!fresh && !fs::is_directory(dir, error))
    return problem("write folder", dir, "there is a file of that name");
  // In an existing folder staging happens inside: it may be a mount point or all that is writable.
  const Staging staging(fresh ? dir : dir + "/result");
  if (staging.error() != 0) return problem("write folder", dir, staging.error());
  const std::vector<File> files = files_of(r, traces, wanted);
  if (std::string failed = stage(files, staging, dir); !failed.empty()) return failed;
  if (fresh && ::rename(staging.path().c_str(), dir.c_str()) == 0) return "";
  if (fresh && errno != ENOTEMPTY && errno != EEXIST) return problem("write folder", dir, errno);
  remove_stale(dir, files);
  for (const File& file : files) {
    const std::string to = dir + "/" + file.name;
    if (::rename((staging.path() + "/" + file.name).c_str(), to.c_str()) != 0)
      return problem("write", to, errno);
  }
  return "";
}

std::string write_folder(const RunResult& r, const std::string& dir,
                         const std::vector<Format>& wanted) {
  return write_files(r, nullptr, dir, wanted);
}
std::string write_folder(const RunResult& r, const std::string& dir) {
  return write_files(r, nullptr, dir, usual_formats());
}
std::string write_folder(const RunResult& r, const Traces& traces, const std::string& dir) {
  return write_files(r, &traces, dir, usual_formats());
}

std::string write_file(const std::string& path, std::string_view text) {
  const std::string temporary = fmt::format("{}.tmp-{}", path, ::getpid());
  int error = write_new(temporary, text);
  if (error == 0 && ::rename(temporary.c_str(), path.c_str()) != 0) error = errno;
  if (error == 0) return "";
  if (error != EEXIST) ::unlink(temporary.c_str());
  return problem("write", path, error);
}

FileText read_file(const std::string& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::exists(status)) return {"", problem("read", path, "no such file")};
  if (!fs::is_regular_file(status)) return {"", problem("read", path, "not a file")};
  if (fs::file_size(path, error) > kMostBytes && !error)
    return {"", problem("read", path, "larger than 256 MiB")};
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return {"", problem("read", path, errno)};
  FileText out;
  std::array<char, 1 << 16> buffer{};
  for (;;) {
    const ssize_t n = ::read(fd, buffer.data(), buffer.size());
    if (n > 0 && out.text.size() <= kMostBytes) {
      out.text.append(buffer.data(), static_cast<size_t>(n));
    } else if (n >= 0 || errno != EINTR) {
      if (n < 0) out.problem = problem("read", path, errno);
      break;
    }
  }
  ::close(fd);
  return out;
}

ReadTraces read_traces(const std::string& where) {
  std::error_code error;
  const bool folder = fs::is_directory(where, error);
  const std::string path = folder ? without_slash(where) + "/" + kTraces : where;
  const FileText file = read_file(path);
  if (!file.problem.empty()) return {std::nullopt, file.problem};
  ReadTraces out = from_otlp_json(file.text);
  if (!out.set) out.problem = path + ": " + out.problem;
  return out;
}

ReadResult read_result(const std::string& where) {
  std::error_code error;
  const bool folder = fs::is_directory(where, error);
  const std::string path = folder ? without_slash(where) + "/" + kResult : where;
  FileText file = read_file(path);
  if (!file.problem.empty()) return {std::nullopt, std::move(file.problem), false};
  ReadResult out = from_json(file.text);
  if (!out.result) {
    out.problem = path + ": " + out.problem;
    return out;
  }
  const fs::path scenario = fs::path(path).parent_path() / kScenario;
  if (fs::exists(scenario, error)) {
    file = read_file(scenario.string());
    if (!file.problem.empty()) return {std::nullopt, std::move(file.problem), false};
    out.result->resolved_scenario = std::move(file.text);
  }
  const fs::path recorded = fs::path(path).parent_path() / kRecordedJson;
  if (fs::path(path).filename() != kResult || !fs::exists(recorded, error)) return out;
  file = read_file(recorded.string());
  if (!file.problem.empty()) return {std::nullopt, std::move(file.problem), false};
  ReadBeside beside = read_beside(*out.result, file.text);
  if (!beside.problem.empty()) return {std::nullopt, recorded.string() + ": " + beside.problem};
  out.result->recorded = std::move(beside.all);
  return out;
}

}  // namespace rehearse::reports
