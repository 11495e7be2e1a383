#pragma once
/// Scenarios that exist in a test only: text in, compiled scenario out.

#include <gtest/gtest.h>

#include <string>

#include "models/compile.hpp"
#include "scenarios/spec/reader.hpp"

namespace rehearse::models {

/// The scenario of a text that is expected to be right; what is wrong with it fails the test.
inline Scenario scenario_of(const std::string& text) {
  Diagnostics out;
  const SpecNode root = spec::read_text("test.yaml", "rehearse: 1\n" + text, out);
  const spec::FileSource no_files = [](const std::string&) {
    return spec::FileText{std::nullopt, "there are no files in this test"};
  };
  std::optional<Scenario> scenario = compile(root, no_files, out);
  EXPECT_FALSE(out.has_errors()) << out.render();
  return scenario ? std::move(*scenario) : Scenario{};
}

/// Index of the endpoint with that name.
inline std::uint32_t endpoint_of(const Scenario& scenario, const std::string& name) {
  const auto& endpoints = scenario.blueprint.endpoints;
  for (std::uint32_t i = 0; i < endpoints.size(); ++i)
    if (endpoints[i].name == name) return i;
  ADD_FAILURE() << "no endpoint " << name;
  return 0;
}

inline std::uint32_t service_of(const Scenario& scenario, const std::string& name) {
  const auto& services = scenario.blueprint.services;
  for (std::uint32_t i = 0; i < services.size(); ++i)
    if (services[i].name == name) return i;
  ADD_FAILURE() << "no service " << name;
  return 0;
}

}  // namespace rehearse::models
