#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>

#include "scenarios/spec/reader.hpp"
#include "tests/unit/spec/sources.hpp"

namespace rehearse::spec {
namespace {

/// Whether two trees say the same. `quoted` counts where a plain text could be taken for a number.
bool same(const SpecNode& a, const SpecNode& b) {
  if (a.kind != b.kind || a.text != b.text || a.items.size() != b.items.size() ||
      a.entries.size() != b.entries.size())
    return false;
  const bool number = a.text.find_first_not_of("0123456789.-") == std::string::npos;
  if (number && a.quoted != b.quoted) return false;
  for (size_t i = 0; i < a.items.size(); ++i)
    if (!same(a.items[i], b.items[i])) return false;
  for (size_t i = 0; i < a.entries.size(); ++i)
    if (a.entries[i].key != b.entries[i].key || !same(a.entries[i].value, b.entries[i].value))
      return false;
  return true;
}

/// Text made of what YAML finds meaning in, and a little of everything else.
rc::Gen<std::string> nasty_text() {
  return rc::gen::map(rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
                          "a", "b", "0", "1", ".", "-", " ", ":", "#", ",", "[", "]", "{", "}",
                          "\"", "'", "\\", "%", "&", "*", "!", "|", ">", "?", "@", "`", "=", "~",
                          "<", "\n", "\t", "null", "---", "...", "true", "\xC3\xA9", "\xE8\x95\x8E",
                          "\xF0\x9F\x8D\x9C", "\xC2\xA0", "\xE2\x80\x8D")),
                      [](const std::vector<std::string>& parts) {
                        std::string text;
                        for (const std::string& part : parts) text += part;
                        return text;
                      });
}

SpecNode any_node(int levels) {
  SpecNode node;
  const int kind = *rc::gen::inRange(0, levels > 0 ? 7 : 4);
  if (kind == 0) {
    node.text = *rc::gen::element<std::string>("", "null");
  } else if (kind < 4) {
    node.kind = SpecNode::Kind::scalar;
    node.quoted = *rc::gen::arbitrary<bool>();
    node.text = *nasty_text();
    if (!node.quoted && node.text.find_first_not_of("0123456789.-") != std::string::npos)
      node.quoted = *rc::gen::arbitrary<bool>();
    // A plain empty text or "---" cannot be written at all; a reader never makes one.
    if (node.text.find_first_not_of("-.") == std::string::npos) node.quoted = true;
  } else if (kind < 5) {
    node.kind = SpecNode::Kind::list;
    const int n = *rc::gen::inRange(0, 4);
    for (int i = 0; i < n; ++i) node.items.push_back(any_node(levels - 1));
  } else {
    node.kind = SpecNode::Kind::map;
    const int n = *rc::gen::inRange(0, 4);
    for (int i = 0; i < n; ++i) {
      std::string key = *nasty_text();
      if (key.empty()) key = "k";
      if (node.find(key) == nullptr) node.entries.push_back({key, {}, any_node(levels - 1)});
    }
  }
  return node;
}

TEST(WriteYaml, ReadsBackTheSame) {
  EXPECT_TRUE(rc::check("write, read, write", [] {
    const SpecNode node = any_node(5);
    const std::string text = write_yaml(node);
    Diagnostics out;
    const SpecNode back = read_text("t", text, out);
    RC_LOG() << text << "\n" << out.render();
    RC_ASSERT(out.all().empty());
    RC_ASSERT(same(node, back));
    RC_ASSERT(write_yaml(back) == text);
  }));
}

TEST(WriteYaml, QuotesOnlyWhereNeeded) {
  Diagnostics out;
  const std::string text =
      "name: M/M/10, the smallest\n"
      "empty: {}\n"
      "none: []\n"
      "left:\n"
      "number: -5\n"
      "version: \"3\"\n"
      "objectives:\n"
      "  - p95(gateway/fraud) < 200ms\n"
      "  - id: fast\n"
      "    objective: mean_wait(station) < 25ms\n"
      "  - - nested\n"
      "    - \"a: b\"\n"
      "gone: null\n";
  EXPECT_EQ(write_yaml(read_text("t", text, out)), text);
  EXPECT_EQ(write_yaml(read_text("t", "{a: ['x y', \"#\"], b: {c: \"\"}}", out)),
            "a:\n  - \"x y\"\n  - \"#\"\nb:\n  c: \"\"\n");
  EXPECT_TRUE(out.all().empty());
}

}  // namespace
}  // namespace rehearse::spec
