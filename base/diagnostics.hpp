#pragma once
/// What is wrong with an input, with its place: collected, not thrown, so that one pass tells all.
/// Rendered in the manner of a compiler: file:line:column, a stable id, the line, a caret, a hint.
/// Not thread-safe. Ids are documented in docs/errors.md; a test checks that each one is.
///
/// Messages, hints and excerpts may quote any input: rendering replaces whatever a terminal would
/// obey instead of showing (base/text.hpp), so that nobody else has to think of it.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace rehearse {

/// A place in an input. `line` and `column` count from 1; line 0 means the file as a whole, file -1
/// "no file" (a command line). `column` and `length` (what to underline) count bytes of the UTF-8
/// text, so that they index it; people are shown characters.
struct Mark {
  int file = -1;
  int line = 0;
  int column = 0;
  int length = 1;
};

enum class Severity { error, warning };

struct Diagnostic {
  Severity severity = Severity::error;
  std::string id;  ///< stable, kebab-case: "unknown-field"
  Mark where;
  std::string message;  ///< what is wrong
  std::string help;     ///< what would be right; may be empty; line feeds start a new line
};

class Diagnostics {
 public:
  /// Registers a text and returns its index for Mark::file.
  int add_file(std::string name, std::string text);
  const std::string& file_name(int file) const { return files_[static_cast<size_t>(file)].name; }
  int file_count() const { return static_cast<int>(files_.size()); }
  /// Line `line` (from 1) of a registered text without its end; empty where there is no such line.
  std::string_view line_text(int file, int line) const;

  void error(std::string_view id, Mark where, std::string message, std::string help = {});
  void warning(std::string_view id, Mark where, std::string message, std::string help = {});

  bool has_errors() const { return errors_ > 0; }
  int error_count() const { return errors_; }
  int warning_count() const { return warnings_; }
  /// Nothing more is kept: whoever would work hard for a hint can spare it.
  bool is_full() const;
  /// In the order of reporting. Of a hopeless input only the first 10,000 are kept; all are
  /// counted.
  const std::vector<Diagnostic>& all() const { return all_; }

  /// Diagnostics as text for people, ordered by file (of registration), line and column, then by
  /// the order of reporting; the first `limit` of them, and how many were left out. Ends with a
  /// line feed unless empty.
  std::string render(bool color = false, size_t limit = 100) const;
  /// "5 errors, 1 warning"; empty where there is neither.
  std::string summary() const;
  /// "file:line:column" of a mark, the file's name where there is no line, empty without a file.
  /// The column counts characters; in lines beyond 10,000 bytes, bytes.
  std::string place(Mark where) const;

 private:
  struct File {
    std::string name;
    std::string text;
    std::vector<size_t> line_starts;
  };
  void add(Severity severity, std::string_view id, Mark where, std::string message,
           std::string help);
  std::vector<File> files_;
  std::vector<Diagnostic> all_;
  int errors_ = 0;
  int warnings_ = 0;
};

/// The candidate nearest to `word` within rustc's rule: edit distance (insertions, deletions,
/// substitutions, swaps of neighbours) at most max(length of word, 3) / 3; a candidate that differs
/// in upper and lower case only comes first. Ties go to the earlier candidate; an empty view where
/// nothing is near. O(candidates × length²).
std::string_view closest(std::string_view word, const std::vector<std::string_view>& candidates);

/// "did you mean 'NEAR'? (KIND: A, B, C)" with `names` in alphabetical order, or without the first
/// part where no name is near. `kind` as in "fields", "metrics", "one of".
std::string suggestion(std::string_view word, std::string_view kind,
                       std::vector<std::string_view> names);

}  // namespace rehearse
