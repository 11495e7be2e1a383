#include "cli/topics.hpp"

#include "cli/pages.hpp"

namespace rehearse::cli {
namespace {

std::string_view take_line(std::string_view& text) {
  const size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

/// Without back-quotes; of links the text only.
std::string without_markup(std::string_view line) {
  std::string out;
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '`' || line[i] == '[') continue;
    if (line.substr(i, 2) == "](") {
      i = std::min(line.find(')', i), line.size() - 1);
      continue;
    }
    out += line[i];
  }
  return out;
}

/// Other headings are for those who read the page.
bool is_topic_name(std::string_view heading) {
  return heading.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") ==
         std::string_view::npos;
}

bool is_exit_code(const Topic& topic) {
  return topic.name.find_first_not_of("0123456789") == std::string::npos;
}

std::vector<Topic> verdict_page(bool exit_codes) {
  std::vector<Topic> topics;
  for (Topic& topic : topics_of(kVerdictsPage))
    if (is_exit_code(topic) == exit_codes) topics.push_back(std::move(topic));
  return topics;
}

}  // namespace

std::vector<Topic> topics_of(std::string_view markdown) {
  std::vector<Topic> topics;
  bool inside = false;
  while (!markdown.empty()) {
    const std::string_view line = take_line(markdown);
    if (line.starts_with("#")) {
      const std::string name = without_markup(line.substr(line.find_first_not_of("# ")));
      inside = is_topic_name(name);
      if (inside) topics.push_back({name, ""});
    } else if (inside) {
      topics.back().text += std::string(line) + "\n";
    }
  }
  return topics;
}

std::vector<Topic> error_topics() {
  return topics_of(kErrorsPage);
}
std::vector<Topic> verdict_topics() {
  return verdict_page(false);
}
std::vector<Topic> exit_code_topics() {
  return verdict_page(true);
}

std::string plain_text(std::string_view markdown) {
  std::string out;
  std::string paragraph;
  bool code = false;
  const auto end_paragraph = [&] {
    if (!paragraph.empty()) out += (out.empty() ? "" : "\n") + paragraph + "\n";
    paragraph.clear();
  };
  while (!markdown.empty()) {
    const std::string_view line = take_line(markdown);
    if (line.starts_with("```")) {
      end_paragraph();
      code = !code;
      if (code) out += "\n";
    } else if (code) {
      out += line.empty() ? "\n" : "  " + std::string(line) + "\n";
    } else if (line.empty()) {
      end_paragraph();
    } else {
      if (line.starts_with("- ")) end_paragraph();
      const std::string_view words =
          line.substr(std::min(line.find_first_not_of(' '), line.size()));
      paragraph += (paragraph.empty() ? "" : " ") + without_markup(words);
    }
  }
  end_paragraph();
  if (!out.empty()) out.pop_back();
  return out;
}

}  // namespace rehearse::cli
