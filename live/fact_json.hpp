#pragma once
/// Facts as keys of a JSON object:
/// `"seen":"metric_sample","metric":0,"instance":7,"value":0.5,...`. Names are those of
/// policies/controller.hpp; instants and durations are whole nanoseconds; kWhole is null. Numbers
/// are written so that they read back the same, bit for bit; those that JSON has no word for are
/// texts: "nan", "inf", "-inf".

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "policies/controller.hpp"

namespace rehearse::live {

/// Appends the keys, without braces.
void write_fact(const policies::Observation& seen, std::string& out);
/// Reads them from an object, in which nothing else may stand beside `at`, `entry` and `policy`.
/// Nothing, and a problem, where they are no fact.
std::optional<policies::Observation> read_fact(const nlohmann::json& object, std::string& problem);

/// `text` as a JSON string, with quotes; what is no UTF-8 becomes U+FFFD.
std::string json_text(std::string_view text);
/// Shortest text that reads back the same.
std::string json_real(double value);

}  // namespace rehearse::live
