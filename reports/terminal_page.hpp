#pragma once
/// What reports on a terminal are written with: colours, paragraphs, tables that fit. Internal to
/// reports/.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reports/terminal.hpp"

namespace rehearse::reports {

enum class Color { none, bold, dim, red, green, yellow, magenta };

/// A table column. Where a row is too wide, columns with `least` above 0 first give way down to
/// that width, then those with `drop` above 0 are left out, the highest first.
struct Column {
  const char* title;
  bool right = false;
  int least = 0;
  int drop = 0;
  bool wraps = false;  ///< takes more lines where others would shorten
  bool shown = true;
  int width = 0;
};

struct Cell {
  std::string text;
  Color color = Color::none;
};

/// No line is wider than the terminal, and none ends in blanks.
class Page {
 public:
  explicit Page(const TerminalOptions& options);
  int width() const { return options_.width; }
  bool ascii() const { return options_.ascii; }

  /// Text of the result, fit for this terminal.
  std::string plain(std::string_view text) const;
  std::string shorten(const std::string& text, int width) const;
  std::string paint(Color color, const std::string& text) const;
  void line(std::string text);
  /// Wrapped to the width behind a margin; lines after the first go in by another two.
  void paragraph(const std::string& text, Color color = Color::none, int margin = 0);
  /// False, and nothing written, where even the narrowest form is too wide.
  bool table(std::vector<Column> columns, const std::vector<std::vector<Cell>>& rows);
  std::string take() { return std::move(out_); }

 private:
  void fit(std::vector<Column>& columns) const;
  void row(const std::vector<Column>& columns, const std::vector<Cell>& cells);
  TerminalOptions options_;
  std::string out_;
};

}  // namespace rehearse::reports
