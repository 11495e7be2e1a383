#pragma once
/// The result folder: everything about a run in one place, written so that a reader never sees half
/// of a file, whenever the process or the machine stops.
///
///   result.json             the result; written last, so its presence says that the rest is there
///   scenario.resolved.yaml  what was simulated, after extends, overlays and --set
///   report.html  report.md  junit.xml  summary.csv  series.csv
///   openmetrics.txt  plots/*.png  recorded.json  recorded.csv     only where they were asked for
///   traces.json  trace.perfetto.json  critical-path.csv    where requests were followed

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reports/json.hpp"
#include "reports/otlp.hpp"
#include "reports/result.hpp"
#include "reports/time_profile.hpp"

namespace rehearse::reports {

enum class Format { json, html, markdown, junit, summary_csv, series_csv, openmetrics };

/// A format, its name on a command line and its file in the folder.
struct FormatName {
  Format format;
  const char* name;
  const char* file;
  bool usual = true;  ///< in every result folder; others are written when asked for
};
std::span<const FormatName> formats();
/// "html" -> Format::html; nullopt for an unknown name.
std::optional<Format> format_of(std::string_view name);

/// The text of one format, as it stands in its file.
std::string render(const RunResult& result, Format format);

/// Writes result.json, the resolved scenario and the formats asked for to `dir`, creating it and
/// its parents. A new folder appears at once and complete; in one that exists, files are replaced
/// one by one, each complete. Where it held another result, its files of formats not asked for are
/// removed, so that a folder never mixes two runs; files of other names are left alone. Returns
/// what went wrong ("cannot write 'out/result.json': No space left on device"), or an empty string;
/// after a problem nothing new is in place, unless moving the finished files failed.
std::string write_folder(const RunResult& result, const std::string& dir,
                         const std::vector<Format>& wanted);
/// All usual formats.
std::string write_folder(const RunResult& result, const std::string& dir);

/// Files that belong to a result and are not made from it.
struct Traces {
  TraceSet set;
  TimeProfile profile;
};
/// As above, with traces.json (OTLP, see reports/otlp.hpp), trace.perfetto.json and
/// critical-path.csv (see reports/time_profile.hpp).
std::string write_folder(const RunResult& result, const Traces& traces, const std::string& dir);

/// Reads traces back: `path` is a result folder, its traces.json or any file of OTLP JSON.
ReadTraces read_traces(const std::string& path);

/// Writes `text` to `path` at once: to a temporary file beside it, forced to the disk, then
/// renamed. Returns what went wrong, or an empty string.
std::string write_file(const std::string& path, std::string_view text);

/// A file as it is, or what went wrong.
struct FileText {
  std::string text;
  std::string problem;
};
/// Regular files of at most 256 MiB: a pipe or a device would be read for ever.
FileText read_file(const std::string& path);

/// Reads a result back: `path` is a result folder or a result.json. Takes the resolved scenario
/// from the folder where there is one; of a result folder also what was recorded.
ReadResult read_result(const std::string& path);

}  // namespace rehearse::reports
