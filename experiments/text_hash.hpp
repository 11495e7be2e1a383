#pragma once
/// A short name for a text, to tell whether two runs simulated the same scenario.

#include <cstdint>
#include <string_view>

namespace rehearse::experiments {

/// FNV-1a, 64 bits: stable over versions and machines; tells texts apart, protects nothing.
std::uint64_t text_hash(std::string_view text);

}  // namespace rehearse::experiments
