#pragma once
/// One trial of a scenario given as text, in a single window: what the tests of the models look at.

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "models/world.hpp"
#include "tests/unit/models/scenario_text.hpp"

namespace rehearse::models {

/// Everything that one trial recorded at one subject, in a single window.
class OneTrial {
 public:
  explicit OneTrial(const std::string& text, std::uint64_t seed = 1)
      : scenario_(scenario_of(text)) {
    World world(scenario_.blueprint, {seed, 0},
                {Instant::start(), Instant::start() + scenario_.experiment.horizon},
                scenario_.experiment.drain);
    while (world.advance()) {
    }
    record_ = world.take_record();
  }
  const WindowRecord& at(const std::string& name, const std::string& kind) const {
    for (const SubjectRecord& subject : record_.subjects)
      if (subject.name == name && subject.kind == kind) return subject.windows.front();
    ADD_FAILURE() << "no " << kind << " '" << name << "'";
    return record_.subjects.front().windows.front();
  }
  std::uint64_t outcome(const std::string& name, const std::string& kind, Outcome outcome) const {
    return at(name, kind).outcomes[static_cast<std::size_t>(outcome)];
  }
  /// The instants at which something happened to the platform.
  std::vector<Instant> when(std::string_view what) const {
    std::vector<Instant> instants;
    for (const PlatformEvent& event : record_.log)
      if (event.what == what) instants.push_back(event.at);
    return instants;
  }
  const TrialRecord& record() const { return record_; }
  const Scenario& scenario() const { return scenario_; }

 private:
  Scenario scenario_;
  TrialRecord record_;
};

}  // namespace rehearse::models
