#pragma once
/// What was asked of the outside world: a value, or a sentence that says why there is none.
/// Failures of the world are values here, not exceptions, and never contain a secret.

#include <optional>
#include <string>
#include <utility>

namespace rehearse::live {

template <class T>
struct Answer {
  std::optional<T> value;
  std::string problem;  ///< empty where there is a value

  Answer() = default;
  Answer(T given) : value(std::move(given)) {}  // NOLINT: an answer is made of what it holds
  static Answer failed(std::string why) {
    Answer answer;
    answer.problem = std::move(why);
    return answer;
  }
  explicit operator bool() const { return value.has_value(); }
  T& operator*() { return *value; }
  const T& operator*() const { return *value; }
  T* operator->() { return &*value; }
  const T* operator->() const { return &*value; }
};

/// A path of the `live:` block: relative ones start at the folder of the scenario file.
inline std::string path_at(const std::string& folder, const std::string& path) {
  if (path.empty() || path.front() == '/' || folder.empty()) return path;
  return folder + "/" + path;
}

}  // namespace rehearse::live
