#include "scenarios/spec/merge.hpp"

#include <fmt/format.h>

#include <map>
#include <utility>
#include <vector>

#include "base/text.hpp"

namespace rehearse::spec {
namespace {

enum class Step { kept, removed };

/// What `over` does to the entry that has its key in `base`.
Step change_entry(SpecEntry& base, SpecEntry& over, Diagnostics& out) {
  if (over.value.is_null() && over.value.text.empty()) {
    out.error(
        "empty-override", over.key_mark,
        fmt::format("'{}' has no value, but an earlier file gives it one", shortened(over.key)),
        fmt::format("write '{}: null' to remove it, or leave the key out to keep it",
                    shortened(over.key)));
    return Step::kept;
  }
  if (over.value.is_null()) return Step::removed;
  base.key_mark = over.key_mark;
  merge_over(base.value, std::move(over.value), out);
  return Step::kept;
}

}  // namespace

void merge_over(SpecNode& base, SpecNode over, Diagnostics& out) {
  if (!base.is_map() || !over.is_map()) {
    base = std::move(over);
    return;
  }
  std::map<std::string, size_t> index;  // of the base's entries; keys may be many
  for (size_t i = 0; i < base.entries.size(); ++i) index.emplace(base.entries[i].key, i);
  std::vector<SpecEntry> merged = std::move(base.entries);
  std::vector<bool> removed(merged.size(), false);
  for (SpecEntry& entry : over.entries) {
    const auto found = index.find(entry.key);
    if (found != index.end()) {
      removed[found->second] = change_entry(merged[found->second], entry, out) == Step::removed;
    } else if (entry.value.is_null() && !entry.value.text.empty()) {
      std::vector<std::string_view> names;
      for (const SpecEntry& there : merged) names.push_back(there.key);
      out.warning("nothing-to-remove", entry.key_mark,
                  fmt::format("'{}' is not in the files before, so null removes nothing",
                              shortened(entry.key)),
                  out.is_full() ? "" : suggestion(entry.key, "keys", std::move(names)));
    } else {
      merged.push_back(std::move(entry));
    }
  }
  base.entries.clear();
  for (size_t i = 0; i < merged.size(); ++i)
    if (i >= removed.size() || !removed[i]) base.entries.push_back(std::move(merged[i]));
  base.mark = over.mark;
}

}  // namespace rehearse::spec
