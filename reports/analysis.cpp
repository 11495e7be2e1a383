#include "reports/analysis.hpp"

#include <algorithm>

namespace rehearse::reports {

const StationAnalysis* Analysis::find(const std::string& station) const {
  for (const StationAnalysis& one : stations)
    if (one.name == station) return &one;
  return nullptr;
}

bool Analysis::overloaded() const {
  return std::any_of(stations.begin(), stations.end(),
                     [](const StationAnalysis& s) { return s.overloaded(); });
}

}  // namespace rehearse::reports
