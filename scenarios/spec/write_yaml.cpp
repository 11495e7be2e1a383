#include <fmt/format.h>

#include <string>
#include <string_view>

#include "base/text.hpp"
#include "scenarios/spec/reader.hpp"

namespace rehearse::spec {
namespace {

bool is_null_word(std::string_view text) {
  return text == "null" || text == "Null" || text == "NULL" || text == "~";
}

/// Characters that may begin a plain scalar only if something other than a space follows.
bool begins_plain(std::string_view text) {
  if (text.find_first_of(" ,[]{}#&*!|>'\"%@`") == 0) return false;
  if (text.substr(0, 2) == "\xC2\xA0") return false;  // the reader takes it for odd indentation
  const bool indicator = text.find_first_of("-?:") == 0;
  return !indicator || (text.size() > 1 && text[1] != ' ');
}

/// Whether `text` can stand without quotes as a key, value or item of a block and comes back as it
/// is.
bool is_plain(std::string_view text) {
  if (text.empty() || is_null_word(text) || text == "<<") return false;
  if (!begins_plain(text) || text.back() == ' ' || text.back() == ':') return false;
  if (text.substr(0, 3) == "---" || text.substr(0, 3) == "...") return false;
  if (text.find(": ") != std::string_view::npos || text.find(" #") != std::string_view::npos)
    return false;
  for (size_t at = 0; at < text.size();) {
    const CodePoint c = decode_utf8(text, at);
    if (!c.valid || is_unprintable(c.value)) return false;
    at += static_cast<size_t>(c.bytes);
  }
  return true;
}

std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (size_t at = 0; at < text.size();) {
    const CodePoint c = decode_utf8(text, at);
    const std::string_view one = text.substr(at, static_cast<size_t>(c.bytes));
    at += one.size();
    if (c.value == '"' && c.valid)
      out += "\\\"";
    else if (c.value == '\\' && c.valid)
      out += "\\\\";
    else if (c.value == '\n' && c.valid)
      out += "\\n";
    else if (c.value == '\t' && c.valid)
      out += "\\t";
    else if (!c.valid)
      out += "\\ufffd";
    else if (is_unprintable(c.value))
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c.value));
    else
      out += one;
  }
  return out + "\"";
}

std::string key_text(std::string_view key) {
  return is_plain(key) ? std::string(key) : in_quotes(key);
}

class Writer {
 public:
  std::string take() { return std::move(out_); }

  /// Writes what follows "key:" or "-", which stands in column `indent` - 2, up to the line's end.
  void value(const SpecNode& node, int indent, bool in_list) {
    switch (node.kind) {
      case SpecNode::Kind::null:
        out_ += node.text.empty() ? "\n" : " null\n";
        return;
      case SpecNode::Kind::scalar:
        out_ += " " + scalar_text(node) + "\n";
        return;
      case SpecNode::Kind::list:
        collection(node, indent, in_list, node.items.empty(), " []\n");
        return;
      case SpecNode::Kind::map:
        collection(node, indent, in_list, node.entries.empty(), " {}\n");
        return;
    }
  }

  static std::string scalar_text(const SpecNode& node) {
    return node.quoted || !is_plain(node.text) ? in_quotes(node.text) : node.text;
  }

  /// Entries or items, the first one without indentation.
  void body(const SpecNode& node, int indent) {
    bool first = true;
    const auto begin_line = [&] {
      if (!first) out_.append(static_cast<size_t>(indent), ' ');
      first = false;
    };
    for (const SpecEntry& entry : node.entries) {
      begin_line();
      out_ += key_text(entry.key) + ":";
      value(entry.value, indent + 2, false);
    }
    for (const SpecNode& item : node.items) {
      begin_line();
      out_ += "-";
      value(item, indent + 2, true);
    }
  }

 private:
  void collection(const SpecNode& node, int indent, bool in_list, bool empty,
                  const char* brackets) {
    if (empty) {
      out_ += brackets;
      return;
    }
    if (in_list) {
      out_ += ' ';  // "- key: value", "- - item"
    } else {
      out_ += '\n';
      out_.append(static_cast<size_t>(indent), ' ');
    }
    body(node, indent);
  }

  std::string out_;
};

}  // namespace

std::string write_yaml(const SpecNode& node) {
  Writer writer;
  const bool nested =
      (node.is_map() && !node.entries.empty()) || (node.is_list() && !node.items.empty());
  if (nested) {
    writer.body(node, 0);
    return writer.take();
  }
  writer.value(node, 0, true);
  return writer.take().substr(1);  // without the space that follows a key
}

}  // namespace rehearse::spec
