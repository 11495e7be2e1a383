#pragma once
/// What is wrong with an input, with its place: collected, not thrown, so that one pass tells all.
/// Rendered in the manner of a compiler: file:line:column, a stable id, the line, a caret, a hint.
/// Not thread-safe. Ids are documented in docs/errors.md; a test checks that each one is.

#include <string>
#include <string_view>
#include <vector>

namespace rehearse {

/// A place in an input. `line` and `column` count from 1; file -1 means "no file" (a command line).
/// `length` is the number of characters to underline.
struct Mark {
  int file = -1;
  int line = 0;
  int column = 0;
  int length = 1;
};

enum class Severity { error, warning };

struct Diagnostic {
  Severity severity = Severity::error;
  std::string id;       ///< stable, kebab-case: "unknown-field"
  Mark where;
  std::string message;  ///< what is wrong
  std::string help;     ///< what would be right; may be empty
};

class Diagnostics {
 public:
  /// Registers a text and returns its index for Mark::file.
  int add_file(std::string name, std::string text);
  const std::string& file_name(int file) const { return files_[static_cast<size_t>(file)].name; }

  void error(std::string_view id, Mark where, std::string message, std::string help = {});
  void warning(std::string_view id, Mark where, std::string message, std::string help = {});

  bool has_errors() const { return errors_ > 0; }
  int error_count() const { return errors_; }
  int warning_count() const { return static_cast<int>(all_.size()) - errors_; }
  const std::vector<Diagnostic>& all() const { return all_; }

  /// All diagnostics, ordered by file, line and column, as text for people.
  std::string render(bool color = false) const;
  /// "file:line:column" of a mark, or the file's name where there is no line.
  std::string place(Mark where) const;

 private:
  struct File {
    std::string name;
    std::string text;
  };
  void add(Severity severity, std::string_view id, Mark where, std::string message,
           std::string help);
  std::vector<File> files_;
  std::vector<Diagnostic> all_;
  int errors_ = 0;
};

/// The candidate nearest to `word` within rustc's rule (edit distance at most max(length, 3) / 3),
/// or an empty view.
std::string_view closest(std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace rehearse
