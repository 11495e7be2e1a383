#pragma once
/// Round-trip times between regions from a CSV file: a line of headings (the first one is free, the
/// others name the regions that are asked), then a line for each region that asks, with its name
/// and a time in milliseconds for each heading. Empty cells say nothing of that pair. This is the
/// form in which measurements between the regions of cloud providers are published.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace rehearse::models {

struct RttMatrix {
  std::map<std::pair<std::string, std::string>, double> rtt;  ///< s, by regions from and to
  std::string problem;  ///< what is wrong with the file; empty: nothing

  std::optional<double> between(const std::string& from, const std::string& to) const;
};

RttMatrix read_rtt_matrix(std::string_view text);

}  // namespace rehearse::models
