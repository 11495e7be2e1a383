#include "base/diagnostics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "base/text.hpp"

namespace rehearse {
namespace {

constexpr size_t kKept = 10'000;     // a file with more mistakes than this is not one of ours
constexpr int kScreen = 100;         // columns of a rendered line, as far as we can help it
constexpr int kHelpEnd = 110;        // help behind a caret may run a little further
constexpr int kGutter = 9;           // "   41 | "
constexpr int kLeftOfCaret = 40;     // columns kept before the caret when a long line is cut
constexpr size_t kLookAround = 400;  // bytes read on each side of the caret
constexpr size_t kCountedColumns = 10'000;

struct Palette {
  const char *bold, *error, *warning, *caret, *off;
};
constexpr Palette kPlain{"", "", "", "", ""};
constexpr Palette kColor{"\x1b[1m", "\x1b[1;31m", "\x1b[1;33m", "\x1b[1;32m", "\x1b[0m"};

/// A line of input as it is shown, and where the caret goes.
struct Excerpt {
  std::string text;
  int caret = 0;  ///< columns before it
  int width = 1;  ///< columns to underline
};

/// Moves `at` to the start of the character it lies in.
size_t character_start(std::string_view line, size_t at) {
  at = std::min(at, line.size());
  for (int i = 0; i < 3 && at > 0 && at < line.size(); ++i) {
    if ((static_cast<unsigned char>(line[at]) & 0xC0u) != 0x80u) break;
    --at;
  }
  return at;
}

/// The first bytes of `text` that fit into `columns`, as shown.
std::string first_columns(std::string_view text, int columns) {
  std::string out;
  int used = 0;
  for (size_t at = 0; at < text.size();) {
    const auto bytes = static_cast<size_t>(decode_utf8(text, at).bytes);
    const std::string_view one = text.substr(at, bytes);
    used += printable_width(one);
    if (used > columns) break;
    out += printable(one);
    at += bytes;
  }
  return out;
}

/// The longest end of `text` that fits into `columns`; a suffix in whole characters.
std::string_view last_columns(std::string_view text, int columns) {
  int used = 0;
  size_t begin = text.size();
  while (begin > 0) {
    const size_t before = character_start(text, begin - 1);
    used += printable_width(text.substr(before, begin - before));
    if (used > columns) break;
    begin = before;
  }
  return text.substr(begin);
}

Excerpt excerpt(std::string_view line, Mark where) {
  const size_t column = where.column > 0 ? static_cast<size_t>(where.column) - 1 : 0;
  const size_t caret = character_start(line, column);
  const size_t length =
      std::min(static_cast<size_t>(std::max(where.length, 1)), line.size() - caret);
  const size_t begin = character_start(line, caret > kLookAround ? caret - kLookAround : 0);
  const size_t end = std::min(line.size(), caret + kLookAround);

  std::string_view left = line.substr(begin, caret - begin);
  const std::string_view right = line.substr(caret, end - caret);
  const int room = kScreen - kGutter;
  Excerpt out;
  bool cut_left = begin > 0;
  if (printable_width(left) + printable_width(right) > room || cut_left || end < line.size()) {
    const std::string_view kept = last_columns(left, kLeftOfCaret);
    cut_left = cut_left || kept.size() < left.size();
    left = kept;
  }
  out.text = (cut_left ? "..." : "") + printable(left);
  out.caret = printable_width(out.text);
  const bool cut_right = out.caret + printable_width(right) > room || end < line.size();
  out.text += cut_right ? first_columns(right, room - out.caret - 3) + "..." : printable(right);
  const int wanted = printable_width(line.substr(caret, std::min(length, kLookAround)));
  out.width = std::max(1, std::min(wanted, printable_width(out.text) - out.caret));
  return out;
}

/// `text` broken at spaces into lines of at most `columns`.
std::vector<std::string> wrapped(std::string_view text, int columns) {
  std::vector<std::string> lines;
  std::string line;
  while (!text.empty()) {
    const size_t space = std::min(text.find(' '), text.size());
    const std::string word = printable(text.substr(0, space));
    text.remove_prefix(std::min(space + 1, text.size()));
    const bool fits = printable_width(line) + 1 + printable_width(word) <= columns;
    if (!line.empty() && !fits) {
      lines.push_back(std::move(line));
      line.clear();
    }
    if (!line.empty()) line += ' ';
    line += word;
  }
  if (!line.empty()) lines.push_back(std::move(line));
  return lines;
}

/// Help on lines of its own: "      = text", continued under the text.
void put_help(std::string& out, std::string_view help) {
  bool first = true;
  while (!help.empty()) {
    const size_t end = std::min(help.find('\n'), help.size());
    for (const std::string& line : wrapped(help.substr(0, end), kScreen - kGutter)) {
      out += fmt::format("      {} {}\n", first ? "=" : " ", line);
      first = false;
    }
    help.remove_prefix(std::min(end + 1, help.size()));
  }
}

void put_excerpt(std::string& out, std::string_view line, const Diagnostic& d, const Palette& p) {
  const Excerpt e = excerpt(line, d.where);
  const std::string underline = "^" + std::string(static_cast<size_t>(e.width - 1), '~');
  out += fmt::format("{:5} | {}\n", d.where.line, e.text);
  out += fmt::format("      | {:{}}{}{}{}", "", e.caret, p.caret, underline, p.off);
  const bool one_line = d.help.find('\n') == std::string::npos;
  const int used = kGutter - 1 + e.caret + e.width + 2;
  if (!d.help.empty() && one_line && used + printable_width(d.help) <= kHelpEnd) {
    out += "  " + printable(d.help) + "\n";
    return;
  }
  out += '\n';
  put_help(out, d.help);
}

}  // namespace

int Diagnostics::add_file(std::string name, std::string text) {
  File file{std::move(name), std::move(text), {0}};
  for (size_t i = 0; i < file.text.size(); ++i)
    if (file.text[i] == '\n') file.line_starts.push_back(i + 1);
  files_.push_back(std::move(file));
  return static_cast<int>(files_.size()) - 1;
}

std::string_view Diagnostics::line_text(int file, int line) const {
  if (file < 0 || file >= file_count() || line < 1) return {};
  const File& f = files_[static_cast<size_t>(file)];
  const auto index = static_cast<size_t>(line) - 1;
  if (index >= f.line_starts.size()) return {};
  const size_t begin = f.line_starts[index];
  const size_t end =
      index + 1 < f.line_starts.size() ? f.line_starts[index + 1] - 1 : f.text.size();
  std::string_view text = std::string_view(f.text).substr(begin, end - begin);
  if (!text.empty() && text.back() == '\r') text.remove_suffix(1);
  return text;
}

void Diagnostics::add(Severity severity, std::string_view id, Mark where, std::string message,
                      std::string help) {
  ++(severity == Severity::error ? errors_ : warnings_);
  if (all_.size() >= kKept) return;
  all_.push_back({severity, std::string(id), where, std::move(message), std::move(help)});
}

bool Diagnostics::is_full() const {
  return all_.size() >= kKept;
}

void Diagnostics::error(std::string_view id, Mark where, std::string message, std::string help) {
  add(Severity::error, id, where, std::move(message), std::move(help));
}

void Diagnostics::warning(std::string_view id, Mark where, std::string message, std::string help) {
  add(Severity::warning, id, where, std::move(message), std::move(help));
}

std::string Diagnostics::place(Mark where) const {
  if (where.file < 0 || where.file >= file_count()) return {};
  const std::string name = printable(file_name(where.file));
  if (where.line < 1) return name;
  const std::string_view line = line_text(where.file, where.line);
  const size_t column = where.column > 0 ? static_cast<size_t>(where.column) - 1 : 0;
  size_t characters = 1;
  size_t at = 0;
  if (column <= kCountedColumns)  // counting is linear, and a long line may be wrong many times
    for (; at < std::min(column, line.size()); ++characters)
      at += static_cast<size_t>(decode_utf8(line, at).bytes);
  if (column > at) characters += column - at;
  return fmt::format("{}:{}:{}", name, where.line, characters);
}

std::string Diagnostics::render(bool color, size_t limit) const {
  const Palette& p = color ? kColor : kPlain;
  std::vector<const Diagnostic*> order;
  order.reserve(all_.size());
  for (const Diagnostic& d : all_) order.push_back(&d);
  std::stable_sort(order.begin(), order.end(), [](const Diagnostic* a, const Diagnostic* b) {
    return std::tie(a->where.file, a->where.line, a->where.column) <
           std::tie(b->where.file, b->where.line, b->where.column);
  });
  std::string out;
  for (size_t i = 0; i < std::min(limit, order.size()); ++i) {
    const Diagnostic& d = *order[i];
    const bool is_error = d.severity == Severity::error;
    if (const std::string at = place(d.where); !at.empty())
      out += fmt::format("{}{}:{} ", p.bold, at, p.off);
    out += fmt::format("{}{}[{}]:{} {}\n", is_error ? p.error : p.warning,
                       is_error ? "error" : "warning", d.id, p.off, printable(d.message));
    if (d.where.file >= 0 && d.where.line > 0)
      put_excerpt(out, line_text(d.where.file, d.where.line), d, p);
    else
      put_help(out, d.help);
  }
  const size_t total = static_cast<size_t>(errors_) + static_cast<size_t>(warnings_);
  const size_t shown = std::min(limit, order.size());
  if (total > shown) out += fmt::format("... and {} more\n", total - shown);
  return out;
}

std::string Diagnostics::summary() const {
  const auto counted = [](int n, const char* noun) {
    return fmt::format("{} {}{}", n, noun, n == 1 ? "" : "s");
  };
  if (errors_ == 0 && warnings_ == 0) return {};
  if (warnings_ == 0) return counted(errors_, "error");
  if (errors_ == 0) return counted(warnings_, "warning");
  return counted(errors_, "error") + ", " + counted(warnings_, "warning");
}

}  // namespace rehearse
