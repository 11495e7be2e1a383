#include "reports/terminal_page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "reports/figures.hpp"
#include "reports/text.hpp"

namespace rehearse::reports {
namespace {

/// wrap() as a list, a figure kept together with its interval.
std::vector<std::string> lines_of(std::string text, int width, int indent) {
  constexpr std::string_view kGap = "\x01";  // visible() leaves no such byte in a text
  for (const std::string_view sign : {"± ", "+- "})
    for (size_t at = 0; (at = text.find(sign, at)) != text.npos; ++at) {
      text.replace(at + sign.size() - 1, 1, kGap);
      if (at > 0 && text[at - 1] == ' ') text.replace(at - 1, 1, kGap);
    }
  text = wrap(text, width, indent);
  std::replace(text.begin(), text.end(), kGap.front(), ' ');
  std::vector<std::string> lines;
  for (size_t start = 0; start <= text.size();) {
    const size_t end = std::min(text.find('\n', start), text.size());
    lines.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  return lines;
}

int total_width(const std::vector<Column>& columns) {
  int total = -2;
  for (const Column& c : columns)
    if (c.shown) total += c.width + 2;
  return total;
}

}  // namespace

Page::Page(const TerminalOptions& options) : options_(options) {
  options_.width = std::clamp(options.width, 40, 120);
}

std::string Page::plain(std::string_view text) const {
  const std::string shown = visible(text);
  return options_.ascii ? to_ascii(shown) : shown;
}

std::string Page::shorten(const std::string& text, int width) const {
  return shorten_middle(text, width, options_.ascii ? ".." : "…");
}

std::string Page::paint(Color color, const std::string& text) const {
  constexpr std::array<const char*, 7> kCodes = {"", "1", "2", "31", "32", "33", "35"};
  if (!options_.color || color == Color::none || text.empty()) return text;
  return fmt::format("\x1b[{}m{}\x1b[0m", kCodes[static_cast<size_t>(color)], text);
}

void Page::line(std::string text) {
  text.erase(text.find_last_not_of(' ') + 1);
  out_ += text + "\n";
}

void Page::paragraph(const std::string& text, Color color, int margin) {
  for (const std::string& one : lines_of(plain(text), width() - margin, 2))
    line(std::string(static_cast<size_t>(margin), ' ') + paint(color, one));
}

void Page::fit(std::vector<Column>& columns) const {
  const std::vector<Column> natural = columns;
  for (const bool wraps : {true, false}) {  // a second line hurts less than a missing middle
    for (Column& c : columns) {
      const int excess = total_width(columns) - width();
      if (c.wraps == wraps && c.least > 0 && excess > 0)
        c.width = std::max(std::min(c.least, c.width), c.width - excess);
    }
  }
  for (int drop = 9; drop > 0 && total_width(columns) > width(); --drop)
    for (Column& c : columns)
      if (c.drop == drop) c.shown = false;
  for (size_t i = 0; i < columns.size(); ++i)  // what the last drop freed beyond need
    columns[i].width +=
        std::clamp(width() - total_width(columns), 0, natural[i].width - columns[i].width);
}

void Page::row(const std::vector<Column>& columns, const std::vector<Cell>& cells) {
  std::vector<std::vector<std::string>> parts(columns.size());
  size_t height = 1, last = 0;
  for (size_t i = 0; i < columns.size(); ++i) {
    const Column& c = columns[i];
    if (!c.shown) continue;
    last = i;
    parts[i] = c.wraps ? lines_of(cells[i].text, c.width, 0)
                       : std::vector{shorten(cells[i].text, c.width)};
    height = std::max(height, parts[i].size());
  }
  for (size_t at = 0; at < height; ++at) {
    std::string text;
    for (size_t i = 0; i <= last; ++i) {
      if (!columns[i].shown) continue;
      const std::string part = at < parts[i].size() ? parts[i][at] : "";
      const auto fill = static_cast<size_t>(std::max(0, columns[i].width - display_width(part)));
      if (columns[i].right) text.append(fill, ' ');
      text += paint(cells[i].color, part);
      if (!columns[i].right) text.append(fill, ' ');
      text += "  ";
    }
    line(std::move(text));
  }
}

bool Page::table(std::vector<Column> columns, const std::vector<std::vector<Cell>>& rows) {
  std::vector<Cell> head;
  for (size_t i = 0; i < columns.size(); ++i) {
    head.push_back({columns[i].title, Color::dim});
    columns[i].width = display_width(columns[i].title);
    for (const auto& cells : rows)
      columns[i].width = std::max(columns[i].width, display_width(cells[i].text));
    columns[i].shown = std::any_of(rows.begin(), rows.end(),
                                   [i](const auto& cells) { return !cells[i].text.empty(); });
  }
  fit(columns);
  if (total_width(columns) > width()) return false;
  row(columns, head);
  for (const auto& cells : rows) row(columns, cells);
  return true;
}

}  // namespace rehearse::reports
