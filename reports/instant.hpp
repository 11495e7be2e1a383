#pragma once
/// Instants of the real world in text.

#include <optional>
#include <string_view>

namespace rehearse::reports {

/// Seconds since 1970 of "2026-03-01T12:00:00Z", with or without a fraction of the second (RFC 3339
/// in UTC); nullopt for any other text.
std::optional<double> parse_utc(std::string_view text);

}  // namespace rehearse::reports
