#include <fmt/format.h>

#include <algorithm>

#include "base/diagnostics.hpp"
#include "base/text.hpp"

namespace rehearse {
namespace {

constexpr size_t kLongestWord = 100;  // nobody mistypes a longer name; bounds the quadratic cost

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool equal_but_for_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

/// Optimal string alignment: Levenshtein plus swaps of neighbours, which are how fingers err.
size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> before(b.size() + 1), previous(b.size() + 1), current(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) previous[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    current[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t change = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      current[j] = std::min({previous[j] + 1, current[j - 1] + 1, change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        current[j] = std::min(current[j], before[j - 2] + 1);
    }
    std::swap(before, previous);
    std::swap(previous, current);
  }
  return previous[b.size()];
}

}  // namespace

std::string_view closest(std::string_view word, const std::vector<std::string_view>& candidates) {
  if (word.empty() || word.size() > kLongestWord) return {};
  for (const std::string_view candidate : candidates)
    if (equal_but_for_case(word, candidate)) return candidate;
  size_t best_distance = std::max<size_t>(word.size(), 3) / 3 + 1;
  std::string_view best;
  for (const std::string_view candidate : candidates) {
    if (candidate.size() > word.size() + kLongestWord) continue;
    const size_t distance = edit_distance(word, candidate);
    if (distance >= best_distance) continue;
    best_distance = distance;
    best = candidate;
  }
  return best;
}

std::string suggestion(std::string_view word, std::string_view kind,
                       std::vector<std::string_view> names) {
  const std::string_view near = closest(word, names);
  std::sort(names.begin(), names.end());
  const std::string list = fmt::format("{}: {}", kind, fmt::join(names, ", "));
  if (near.empty()) return names.empty() ? std::string() : list;
  return fmt::format("did you mean '{}'? ({})", near, list);
}

}  // namespace rehearse
