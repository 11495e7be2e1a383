#pragma once
/// What `explain` can explain beside the keys of scenarios: the sections of docs/errors.md and
/// docs/verdicts.md, which are part of the binary.

#include <string>
#include <string_view>
#include <vector>

namespace rehearse::cli {

struct Topic {
  std::string name;  ///< heading without back-quotes: "unknown-field", "holds", "130"
  std::string text;  ///< Markdown below it
};

/// Sections whose heading is one word of small letters, digits and hyphens ("### unknown-field").
std::vector<Topic> topics_of(std::string_view markdown);

std::vector<Topic> error_topics();
std::vector<Topic> verdict_topics();
std::vector<Topic> exit_code_topics();

/// Markdown as text: paragraphs on one line each, code blocks indented by two spaces, no
/// back-quotes, links as their text.
std::string plain_text(std::string_view markdown);

}  // namespace rehearse::cli
