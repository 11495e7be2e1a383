#include <fmt/format.h>

#include <algorithm>

#include "reports/figures.hpp"
#include "reports/markdown.hpp"
#include "reports/text.hpp"
#include "reports/variants.hpp"

namespace rehearse::reports {
namespace {

constexpr size_t kMostTableRows = 40;   // comments are limited to 65,536 characters
constexpr size_t kMostPairTables = 10;  // likewise
constexpr int kLongestProse = 300;

std::string safe_prose(const std::string& any) {
  return markdown_text(shorten_middle(visible(any), kLongestProse));
}

std::string side_of_pair(const std::optional<double>& value, const Estimate& e) {
  return value ? format_figure(*value, e.unit, 3) : "";
}

const char* mark_of(const Difference& d) {
  return d.trend == Trend::worse ? "🔺" : d.trend == Trend::better ? "✅" : "";
}

std::string pair_part(const Comparison& c) {
  std::string out =
      fmt::format("\n**{}**\n\n| figure | {} | {} | difference | |\n|---|---|---|---|---|\n",
                  safe_prose(choice_sentence(c)), markdown_code(c.before.source),
                  markdown_code(c.after.source));
  const std::vector<ComparedRow> rows = compared_rows(c);
  for (size_t i = 0; i < std::min(rows.size(), kMostTableRows); ++i) {
    const Difference& d = *rows[i].figure;
    out += fmt::format(
        "| {} | {} | {} | {} | {} |\n", markdown_code(rows[i].name),
        side_of_pair(d.shown_before(), d.before), side_of_pair(d.shown_after(), d.after),
        d.paired ? difference_figure(d.paired->change, d.size()).text() : "", mark_of(d));
  }
  if (rows.size() > kMostTableRows)
    out += fmt::format("\nand {} more\n", rows.size() - kMostTableRows);
  for (const std::string& caution : c.cautions) out += fmt::format("\n⚠ {}\n", safe_prose(caution));
  return out;
}

}  // namespace

std::string to_markdown(const VariantComparison& all) {
  std::vector<std::string> names;
  for (const ComparedRun& one : all.variants)
    names.push_back(fmt::format("{} ({})", safe_prose(one.source), verdict_name(one.verdict)));
  std::string out = fmt::format("### {} {}\n", all.worsened() ? "❌" : "⚖", fmt::join(names, ", "));
  if (all.comparisons.size() > 1) out += fmt::format("\n{}\n", safe_prose(variants_sentence(all)));
  for (size_t i = 0; i < std::min(all.comparisons.size(), kMostPairTables); ++i)
    out += pair_part(all.comparisons[i]);
  return out + fmt::format("\n<sub>{} paired trials ({}). {}.</sub>\n", all.trials,
                           safe_prose(all.trials_rule), safe_prose(all.comparisons.front().test));
}

}  // namespace rehearse::reports
