#include "scenarios/spec/yaml_parse.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <array>
#include <istream>
#include <sstream>
#include <string>

#include "base/text.hpp"
#include "scenarios/spec/tree_assembler.hpp"

namespace rehearse::spec {
namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

std::string_view without_blanks_at_end(std::string_view text) {
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

/// Bytes of the quoted text at the start of `text`, quotes included; 0 where it does not end.
size_t quoted_length(std::string_view text) {
  const char quote = text.front();
  for (size_t i = 1; i < text.size(); ++i) {
    if (quote == '"' && text[i] == '\\') {
      ++i;
    } else if (text[i] == quote) {
      if (quote == '"' || text.substr(i + 1, 1) != "'") return i + 1;
      ++i;
    }
  }
  return 0;
}

/// The word for null at the start of `line`, if it is the whole value. It may also be the start of
/// what comes next, after a key with nothing behind it: "~tmp: 1", "null: 1".
std::string_view leading_null_word(std::string_view line) {
  for (const std::string_view word : {"null", "Null", "NULL", "~"}) {
    if (line.substr(0, word.size()) != word) continue;
    std::string_view rest = line.substr(word.size());
    const bool spaced = !rest.empty() && is_blank(rest.front());
    while (!rest.empty() && is_blank(rest.front())) rest.remove_prefix(1);
    if (rest.empty() || rest.find_first_of(",]}") == 0 || (spaced && rest.front() == '#'))
      return word;
  }
  return {};
}

/// Hands the parser's events to the assembler, with places in the file.
class EventReader final : public YAML::EventHandler {
 public:
  EventReader(std::string_view text, Origin origin, Diagnostics& out)
      : text_(text), origin_(origin), out_(out), tree_(out) {}

  TreeAssembler& tree() { return tree_; }
  bool saw_second_document() const { return second_document_; }
  Mark mark_of(const YAML::Mark& mark) const;

  void OnDocumentStart(const YAML::Mark& mark) override;
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    tree_.add_alias(anchor, mark_of(mark));
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override;
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    check_tag(tag, mark_of(mark));
    tree_.open(SpecNode::Kind::list, mark_of(mark), anchor);
  }
  void OnSequenceEnd() override { tree_.close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    check_tag(tag, mark_of(mark));
    tree_.open(SpecNode::Kind::map, mark_of(mark), anchor);
  }
  void OnMapEnd() override { tree_.close(); }

 private:
  void check_tag(const std::string& tag, Mark where);
  void locate(SpecNode& node, const YAML::Mark& mark) const;
  Mark before(const YAML::Mark& mark) const;

  std::string_view text_;
  Origin origin_;
  Diagnostics& out_;
  TreeAssembler tree_;
  int documents_ = 0;
  bool second_document_ = false;
};

Mark EventReader::mark_of(const YAML::Mark& mark) const {
  if (mark.line < 0) return {origin_.file, 0, 0, 1};
  const int column = mark.column + (mark.line == 0 ? origin_.column : 1);
  return {origin_.file, origin_.line + mark.line, column, 1};
}

void EventReader::OnDocumentStart(const YAML::Mark& mark) {
  if (++documents_ < 2) return;
  const Mark where = mark_of(mark);
  if (out_.line_text(where.file, where.line).substr(0, 3) == "---") {
    second_document_ = true;
    out_.error("second-document", where, "a second document starts here",
               "a scenario is one document; put others in files of their own");
    throw Stop{};
  }
  // The parser takes what does not fit behind the first value for a document of its own.
  out_.error("yaml-syntax", where, "this does not continue what stands above",
             "check the indentation: a file is one map of KEY: VALUE");
  throw Stop{};
}

/// Place of the last character before `mark` that is no space, where that is on another line; on
/// the same line `mark` will do, and looking for its start there would be quadratic.
Mark EventReader::before(const YAML::Mark& mark) const {
  const std::string_view text = text_.substr(0, static_cast<size_t>(std::max(mark.pos, 0)));
  const size_t at = std::min(text.find_last_not_of(" \t\r\n"), text.size());
  const auto lines = std::count(text.begin() + static_cast<std::ptrdiff_t>(at), text.end(), '\n');
  if (lines == 0) return mark_of(mark);
  YAML::Mark found = mark;
  found.line -= static_cast<int>(lines);
  const size_t newline = text.rfind('\n', at);
  found.column = static_cast<int>(newline == std::string_view::npos ? at : at - newline - 1);
  return mark_of(found);
}

/// Moves the mark of a scalar past its anchor and tag, and finds how far it reaches on its line.
/// Also finds quotes that the parser would let run on to the end of the file.
void EventReader::locate(SpecNode& node, const YAML::Mark& mark) const {
  const std::string_view whole = out_.line_text(node.mark.file, node.mark.line);
  const auto begin = static_cast<size_t>(node.mark.column - 1);
  size_t at = std::min(begin, whole.size());
  while (at < whole.size() && (whole[at] == '&' || whole[at] == '!')) {
    size_t next = at;
    while (next < whole.size() && !is_blank(whole[next])) ++next;
    while (next < whole.size() && is_blank(whole[next])) ++next;
    if (next == whole.size()) break;
    at = next;
  }
  const std::string_view line = whole.substr(at);
  node.mark.column = static_cast<int>(at) + 1;
  size_t length = without_blanks_at_end(line).size();
  if (!line.empty() && (line.front() == '"' || line.front() == '\'')) {
    const size_t offset = static_cast<size_t>(mark.pos) + at - begin;
    const size_t quoted = offset < text_.size() ? quoted_length(text_.substr(offset)) : 0;
    if (quoted == 0) {
      node.mark.length = static_cast<int>(length);
      out_.error("yaml-syntax", node.mark, "a quoted text does not end", "close the quote");
      throw Stop{};
    }
    length = std::min(length, quoted);
  } else if (line.substr(0, node.text.size()) == node.text) {
    length = node.text.size();
  }
  node.mark.length = std::max(1, static_cast<int>(length));
}

void EventReader::check_tag(const std::string& tag, Mark where) {
  if (tag.empty() || tag == "?" || tag == "!") return;
  out_.error("yaml-tag", where, fmt::format("the tag '{}' has no meaning here", shortened(tag)),
             "leave the tag out: every key knows the type of its value");
}

void EventReader::OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) {
  SpecNode node;
  node.mark = mark_of(mark);
  const std::string_view whole = out_.line_text(node.mark.file, node.mark.line);
  const std::string_view line =
      whole.substr(std::min(static_cast<size_t>(node.mark.column - 1), whole.size()));
  // What is not on the key's line is its value only if it is indented further.
  const Mark key = tree_.pending_key().value_or(Mark{.line = node.mark.line});
  if (node.mark.line == key.line || node.mark.column > key.column)
    node.text = leading_null_word(line);
  node.mark.length = std::max(1, static_cast<int>(node.text.size()));
  // Nothing is written: the parser's mark is that of whatever comes next. The key is a better
  // place, and in a list the dash or comma before it.
  if (node.text.empty() && tree_.in_list()) node.mark = before(mark);
  if (node.text.empty()) node.mark = tree_.pending_key().value_or(node.mark);
  tree_.add(std::move(node), anchor);
}

void EventReader::OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                           const std::string& value) {
  SpecNode node;
  node.kind = SpecNode::Kind::scalar;
  node.mark = mark_of(mark);
  check_tag(tag, node.mark);
  // A plain text over several lines is as little a number as one in quotes.
  node.quoted = tag == "!" || value.find('\n') != std::string::npos;
  node.text = value;
  locate(node, mark);
  if (value.size() > kMaxScalarBytes) {
    out_.error("too-large", node.mark, "a value is larger than 64 KiB", "is a quote not closed?");
    throw Stop{};
  }
  if (first_forbidden(node.text) != std::string_view::npos) {
    // Names and texts go to terminals and files of many formats: better none of them has to care.
    out_.error("control-character", node.mark, "an escape makes a character that cannot be seen",
               "leave it out");
    node.text = printable(node.text);
  }
  tree_.add(std::move(node), anchor);
}

/// What the parser says, and how we say it.
struct Translation {
  std::string_view theirs, message, help;
};
const std::array<Translation, 19> kTranslations{{
    {YAML::ErrorMsg::END_OF_MAP_FLOW, "expected ',' or '}'", "is a '}' missing?"},
    {YAML::ErrorMsg::END_OF_SEQ_FLOW, "expected ',' or ']'", "is a ']' missing?"},
    {YAML::ErrorMsg::END_OF_MAP, "this does not continue the map above",
     "keys of one map start in the same column, each as KEY: VALUE"},
    {YAML::ErrorMsg::END_OF_SEQ, "this does not continue the list above",
     "items of one list start in the same column, each with '- '"},
    {YAML::ErrorMsg::MAP_VALUE, "a ':' makes no sense here",
     "check the indentation and the space after the ':' above; a text that contains ': ' needs "
     "quotes"},
    {YAML::ErrorMsg::MAP_KEY, "a key cannot stand here", "check the indentation"},
    {YAML::ErrorMsg::BLOCK_ENTRY, "a list item cannot stand here",
     "put the list on a line of its own below its key"},
    {YAML::ErrorMsg::FLOW_END, "this bracket closes nothing", "delete it, or open it before"},
    {YAML::ErrorMsg::EOF_IN_SCALAR, "a quoted text does not end", "close the quote"},
    {YAML::ErrorMsg::DOC_IN_SCALAR, "a quoted text does not end before the document does",
     "close the quote"},
    {YAML::ErrorMsg::TAB_IN_INDENTATION, "a tab cannot indent a line", "use spaces"},
    {YAML::ErrorMsg::UNKNOWN_TOKEN, "no value starts with this character", "put it in quotes"},
    {YAML::ErrorMsg::CHAR_IN_SCALAR, "this character cannot stand here", "put the text in quotes"},
    {YAML::ErrorMsg::UNKNOWN_ANCHOR, "there is no '&' anchor of this name above",
     "a text that starts with '*' needs quotes"},
    {YAML::ErrorMsg::ALIAS_NOT_FOUND, "a name must follow '*'",
     "a text that starts with '*' needs quotes"},
    {YAML::ErrorMsg::ANCHOR_NOT_FOUND, "a name must follow '&'",
     "a text that starts with '&' needs quotes"},
    {YAML::ErrorMsg::INVALID_ESCAPE, "a backslash must be followed by a known letter",
     "write two for a backslash itself, or use single quotes"},
    {YAML::ErrorMsg::INVALID_UNICODE, "this is no character of Unicode", "check the digits"},
    {YAML::ErrorMsg::INVALID_HEX, "hexadecimal digits must follow", "check the digits"},
}};

/// A bracket that some later line makes wrong: its own place says more than the line that gave it
/// away, which may be the end of the file.
bool report_open_bracket(const YAML::Exception& e, EventReader& events, Diagnostics& out) {
  const bool map = e.msg == YAML::ErrorMsg::END_OF_MAP_FLOW;
  if (!map && e.msg != YAML::ErrorMsg::END_OF_SEQ_FLOW) return false;
  const std::optional<Mark> begin = events.tree().innermost();
  const Mark end = events.mark_of(e.mark);
  if (!begin || begin->line >= end.line) return false;
  const std::string_view line = out.line_text(begin->file, begin->line);
  if (line.substr(static_cast<size_t>(begin->column - 1), 1) != (map ? "{" : "[")) return false;
  out.error("yaml-syntax", *begin, fmt::format("this '{}' is not closed", map ? '{' : '['),
            fmt::format("expected ',' or '{}' before {}", map ? '}' : ']', out.place(end)));
  return true;
}

void report(const YAML::Exception& e, EventReader& events, Diagnostics& out) {
  if (report_open_bracket(e, events, out)) return;
  const auto found = std::find_if(
      kTranslations.begin(), kTranslations.end(),
      [&e](const Translation& t) { return e.msg.compare(0, t.theirs.size(), t.theirs) == 0; });
  const bool known = found != kTranslations.end();
  out.error("yaml-syntax", events.mark_of(e.mark), known ? std::string(found->message) : e.msg,
            known ? std::string(found->help) : "");
}

}  // namespace

std::optional<SpecNode> parse_yaml(std::string_view text, Origin origin, Diagnostics& out) {
  if (!guard_text(text, origin, out)) return std::nullopt;
  EventReader events(text, origin, out);
  std::optional<SpecNode> document;
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    if (!parser.HandleNextDocument(events)) return SpecNode{.mark = {origin.file, 0, 0, 1}};
    document = events.tree().take();
    parser.HandleNextDocument(events);  // stops where there is one
    return document;
  } catch (const Stop&) {
    if (events.saw_second_document()) return document;
  } catch (const YAML::Exception& e) {
    report(e, events, out);
  } catch (const std::exception& e) {
    out.error("yaml-syntax", {origin.file, 0, 0, 1}, fmt::format("cannot be read: {}", e.what()));
  }
  return std::nullopt;
}

}  // namespace rehearse::spec
