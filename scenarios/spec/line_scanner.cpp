#include "scenarios/spec/line_scanner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.hpp"

namespace rehearse::spec {
namespace {

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n';
}

}  // namespace

bool is_clause_word(std::string_view word) {
  return word == "during" || word == "in" || word == "of";
}

void LineScanner::skip_spaces() {
  while (at_ < text_.size() && is_space(text_[at_])) ++at_;
}

Piece LineScanner::word(std::string_view stops) {
  skip_spaces();
  const size_t begin = at_;
  while (at_ < text_.size() && !is_space(text_[at_]) &&
         stops.find(text_[at_]) == std::string_view::npos)
    ++at_;
  return {text_.substr(begin, at_ - begin), begin};
}

Piece LineScanner::peek_word() {
  const size_t before = at_;
  const Piece piece = word();
  at_ = before;
  return piece;
}

Piece LineScanner::quantity() {
  Piece piece = word();
  const bool number =
      !piece.text.empty() && piece.text.find_first_not_of("0123456789.") == std::string_view::npos;
  const Piece following = peek_word();
  if (!number || following.text.empty() || is_clause_word(following.text) ||
      following.text == "windows")
    return piece;
  word();
  piece.text = text_.substr(piece.at, at_ - piece.at);
  return piece;
}

bool LineScanner::starts_with(std::string_view token) {
  skip_spaces();
  return text_.substr(at_, token.size()) == token;
}

bool LineScanner::take(std::string_view token) {
  if (!starts_with(token)) return false;
  at_ += token.size();
  return true;
}

bool LineScanner::take_until(char stop, Piece& piece) {
  const size_t close = text_.find(stop, at_);
  if (close == std::string_view::npos) return false;
  piece = {text_.substr(at_, close - at_), at_};
  while (!piece.text.empty() && is_space(piece.text.front())) {
    piece.text.remove_prefix(1);
    ++piece.at;
  }
  while (!piece.text.empty() && is_space(piece.text.back())) piece.text.remove_suffix(1);
  at_ = close + 1;
  return true;
}

Mark LineScanner::mark_of(Piece piece) const {
  const auto size = static_cast<int>(text_.size());
  const int before = line_.mark.length == size + 2 && line_.quoted ? 1 : 0;
  if (line_.mark.length != size + 2 * before) return line_.mark;
  Mark mark = line_.mark;
  mark.column += before + static_cast<int>(piece.at);
  mark.length = std::max(1, static_cast<int>(piece.text.size()));
  return mark;
}

bool LineScanner::error(std::string_view id, Piece piece, std::string message, std::string help) {
  out_.error(id, mark_of(piece), std::move(message), std::move(help));
  return false;
}

bool LineScanner::expected(std::string_view what, Piece found, std::string help) {
  const std::string shown =
      found.text.empty() ? "the end" : fmt::format("'{}'", shortened(found.text));
  return error("bad-objective", found, fmt::format("expected {}, found {}", what, shown),
               std::move(help));
}

}  // namespace rehearse::spec
