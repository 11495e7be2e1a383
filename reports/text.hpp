#pragma once
/// Text that came from a file, made safe to show: names of services, messages, labels. Nothing here
/// knows a format; escaping for HTML, XML, Markdown and CSV is each format's own.

#include <string>
#include <string_view>

namespace rehearse::reports {

/// `text` as valid UTF-8 on one line, in which everything that would act instead of show is spelled
/// out: control characters as \n, \t, \x1b; marks that reorder or hide text (bidirectional
/// controls, zero-width characters, line separators) as \u{202e}. Bytes that are no UTF-8 become
/// U+FFFD.
std::string visible(std::string_view text);

/// Like visible(), but line feeds stay, and tabs become two spaces: for text of several lines.
std::string visible_lines(std::string_view text);

/// Columns of a terminal that valid UTF-8 takes: 2 for wide East Asian characters and emoji, 0 for
/// combining marks, else 1. Ambiguous widths count as 1.
int display_width(std::string_view text);

/// At most `width` columns: the middle gives way to `mark`, since names differ at both ends.
/// REQUIRES: valid UTF-8 (see visible()). A width below that of the mark gives a prefix.
std::string shorten_middle(std::string_view text, int width, std::string_view mark = "…");

/// `text` filled with spaces to `width` columns; longer text stays as it is.
std::string pad_right(std::string text, int width);
std::string pad_left(std::string text, int width);

/// Lines of at most `width` columns, broken at spaces, and inside words that are longer than a
/// line. Lines after the first begin with `indent` spaces. No line feed at the end.
std::string wrap(std::string_view text, int width, int indent);

}  // namespace rehearse::reports
