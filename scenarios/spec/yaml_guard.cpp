#include "scenarios/spec/yaml_guard.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"

namespace rehearse::spec {
namespace {

Mark mark_at(std::string_view text, size_t at, Origin origin) {
  const std::string_view before = text.substr(0, at);
  const auto lines = static_cast<int>(std::count(before.begin(), before.end(), '\n'));
  const size_t newline = before.rfind('\n');
  const size_t begin = newline == std::string_view::npos ? 0 : newline + 1;
  const int column = static_cast<int>(at - begin) + (lines == 0 ? origin.column : 1);
  return {origin.file, origin.line + lines, column, 1};
}

bool is_utf16(std::string_view text) {
  if (text.size() < 2) return false;
  const auto first = static_cast<unsigned char>(text[0]);
  const auto second = static_cast<unsigned char>(text[1]);
  const bool mark = (first == 0xFF && second == 0xFE) || (first == 0xFE && second == 0xFF);
  return mark || (first == 0) != (second == 0);  // ASCII in two bytes each
}

bool check_encoding(std::string_view text, Origin origin, Diagnostics& out) {
  if (is_utf16(text)) {
    out.error("bad-encoding", {origin.file, 0, 0, 1}, "the text is UTF-16, not UTF-8",
              "save it as UTF-8");
    return false;
  }
  const size_t at = first_invalid_utf8(text);
  if (at == std::string_view::npos) return true;
  out.error("bad-encoding", mark_at(text, at, origin),
            fmt::format("the byte 0x{:02x} is not UTF-8", static_cast<unsigned char>(text[at])),
            "save the file as UTF-8");
  return false;
}

/// Joiners are unprintable on their own but belong to some scripts and to emoji.
bool is_joiner(char32_t c) {
  return c == 0x200C || c == 0x200D;
}

bool check_characters(std::string_view text, Origin origin, Diagnostics& out) {
  for (size_t at = 0; at < text.size();) {
    const CodePoint c = decode_utf8(text, at);
    const bool line_end = c.value == '\n' || (c.value == '\r' && text.substr(at, 2) == "\r\n");
    if (is_unprintable(c.value) && !line_end && c.value != '\t' && !is_joiner(c.value)) {
      const bool lone_return = c.value == '\r';
      out.error(
          "control-character", mark_at(text, at, origin),
          fmt::format("the character U+{:04X} cannot be seen", static_cast<unsigned>(c.value)),
          lone_return ? "end lines with LF or CRLF" : "delete it");
      return false;
    }
    at += static_cast<size_t>(c.bytes);
  }
  return true;
}

constexpr std::string_view kNoBreakSpace = "\xC2\xA0";

bool check_indentation(std::string_view text, Origin origin, Diagnostics& out) {
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = text.substr(begin, end - begin);
    const size_t first = std::min(line.find_first_not_of(' '), line.size());
    const size_t content = std::min(line.find_first_not_of(" \t\r"), line.size());
    if (line.substr(first, 1) == "\t") {
      out.error("tab-indentation", mark_at(text, begin + first, origin),
                "a tab cannot indent a line", "use spaces");
      return false;
    }
    if (line.substr(content, 2) == kNoBreakSpace) {
      out.error("odd-space", mark_at(text, begin + content, origin),
                "a no-break space cannot indent a line", "use plain spaces");
      return false;
    }
    begin = end + 1;
  }
  return true;
}

/// End of the quoted text that starts at `at`: the position after the closing quote.
size_t after_quotes(std::string_view text, size_t at) {
  const char quote = text[at];
  for (++at; at < text.size(); ++at) {
    if (quote == '"' && text[at] == '\\') {
      ++at;
    } else if (text[at] == quote) {
      if (quote == '\'' && text.substr(at + 1, 1) == "'")
        ++at;  // '' inside single quotes
      else
        return at + 1;
    }
  }
  return text.size();
}

/// First bracket that opens a level too many, or npos. Reads no more YAML than it needs: what it
/// misjudges (brackets in a block of literal text) is found by the level count of the tree builder.
size_t bracket_too_deep(std::string_view text) {
  int depth = 0;
  bool token_start = true;
  for (size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (token_start && c == '#' && (at == 0 || text[at - 1] == ' ' || text[at - 1] == '\n')) {
      at = std::min(text.find('\n', at), text.size());
      continue;
    }
    if (token_start && (c == '"' || c == '\'')) {
      at = after_quotes(text, at);
      token_start = false;
      continue;
    }
    const bool opens = (c == '[' || c == '{') && (depth > 0 || token_start);
    if (opens && ++depth > kMaxLevels) return at;
    if ((c == ']' || c == '}') && depth > 0) --depth;
    const bool separates = depth > 0 && (c == ',' || c == ':');
    token_start = opens || separates || c == ' ' || c == '\t' || c == '\n';
    ++at;
  }
  return std::string_view::npos;
}

}  // namespace

size_t first_forbidden(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const CodePoint c = decode_utf8(text, at);
    const bool shown = !is_unprintable(c.value) || is_joiner(c.value);
    if (!c.valid || (!shown && c.value != '\n' && c.value != '\t')) return at;
    at += static_cast<size_t>(c.bytes);
  }
  return std::string_view::npos;
}

bool guard_text(std::string_view text, Origin origin, Diagnostics& out) {
  if (text.size() > kMaxFileBytes) {
    out.error("too-large", {origin.file, 0, 0, 1}, "the text is larger than 8 MiB",
              "name large tables by file, as in arrivals: {trace: FILE}");
    return false;
  }
  if (!check_encoding(text, origin, out) || !check_characters(text, origin, out) ||
      !check_indentation(text, origin, out))
    return false;
  const size_t deep = bracket_too_deep(text);
  if (deep == std::string_view::npos) return true;
  out.error("too-deep", mark_at(text, deep, origin),
            fmt::format("brackets are nested more than {} levels deep", kMaxLevels));
  return false;
}

}  // namespace rehearse::spec
