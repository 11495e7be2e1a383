#pragma once
/// What became of a request, as its caller sees it.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace rehearse::models {

enum class Outcome : std::uint8_t {
  ok,
  error,      ///< the service answered with an error, its own or a dependency's
  timeout,    ///< the caller stopped waiting
  rejected,   ///< refused at once: queue full
  abandoned,  ///< left the queue: its patience ended, or its caller had gone
};
inline constexpr std::size_t kOutcomes = 5;
inline constexpr std::array<std::string_view, kOutcomes> kOutcomeNames = {"ok", "error", "timeout",
                                                                          "rejected", "abandoned"};

}  // namespace rehearse::models
