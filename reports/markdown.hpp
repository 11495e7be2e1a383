#pragma once
/// Markdown (GitHub's and GitLab's tables) for a comment on a pull request: the sentence that
/// matters, the objectives, and the services folded away.

#include <string>
#include <string_view>

#include "reports/result.hpp"

namespace rehearse::reports {

/// Names stand in code spans, where nothing is markup, mentions nobody and links nowhere.
std::string to_markdown(const RunResult& result);

/// One line of prose from a result with all punctuation of Markdown escaped; "@name" notifies
/// nobody.
std::string markdown_text(std::string_view text);
/// A code span for a table cell; text of more than 200 columns gives way in the middle.
std::string markdown_code(std::string_view text);

}  // namespace rehearse::reports
