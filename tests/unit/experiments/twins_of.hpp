#pragma once
/// The closed-form twins of a scenario given as text, as tests ask for them.

#include <string>
#include <utility>
#include <vector>

#include "experiments/twins.hpp"
#include "tests/unit/models/scenario_text.hpp"

namespace rehearse::experiments::twins_test {

inline constexpr double kAbsent = -1;

class Twins {
 public:
  explicit Twins(const std::string& text) : twins_(closed_form_twins(models::scenario_of(text))) {}

  std::string model(const std::string& subject) const {
    for (const Twin& twin : twins_)
      if (twin.subject == subject) return twin.model;
    return "none";
  }
  /// kAbsent where no twin of the subject has it.
  double value(const std::string& subject, const std::string& metric) const {
    for (const Twin& twin : twins_) {
      if (twin.subject != subject) continue;
      for (const auto& [name, number] : twin.values)
        if (name == metric) return number;
    }
    return kAbsent;
  }
  double operator()(const std::string& metric) const { return value("s", metric); }
  std::vector<std::string> subjects() const {
    std::vector<std::string> all;
    for (const Twin& twin : twins_) all.push_back(twin.kind + " " + twin.subject);
    return all;
  }

 private:
  std::vector<Twin> twins_;
};

inline std::string station(const std::string& service, const std::string& workload) {
  return "system: {services: {s: {" + service + "}}}\nworkload: {w: {to: s, " + workload + "}}\n";
}

inline constexpr char kPoisson[] = "arrivals: {poisson: 80rps}";

}  // namespace rehearse::experiments::twins_test
