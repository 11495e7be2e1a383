#include "reports/markup.hpp"

#include "reports/text.hpp"

namespace rehearse::reports {
namespace {

std::string escaped(const std::string& text) {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

}  // namespace

std::string markup(std::string_view text, int longest) {
  return escaped(shorten_middle(visible(text), longest));
}

std::string markup_lines(std::string_view text) {
  return escaped(visible_lines(text));
}

}  // namespace rehearse::reports
