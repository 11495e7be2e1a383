#include "cli/variants.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace rehearse::cli {
namespace {

constexpr const char* kNameCharacters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";

VariantPlan* find_plan(std::vector<VariantPlan>& plans, const std::string& name) {
  const auto found = std::find_if(plans.begin(), plans.end(),
                                  [&](const VariantPlan& plan) { return plan.name == name; });
  return found == plans.end() ? nullptr : &*found;
}

std::string free_name(std::vector<VariantPlan>& plans, const std::string& file) {
  const std::string stem = std::filesystem::path(file).stem().string();
  std::string name = stem;
  for (int n = 2; find_plan(plans, name) != nullptr; ++n) name = fmt::format("{}-{}", stem, n);
  return name;
}

/// Adds what `text` says to the variant it names; what is wrong with it.
std::string add_variant(const std::string& text, const ScenarioArguments& arguments,
                        std::vector<VariantPlan>& plans) {
  const size_t end = text.find_first_not_of(kNameCharacters);
  const bool named = end != std::string::npos && end > 0 && text.front() != '.' &&
                     (text[end] == '=' || text[end] == ':') && end + 1 < text.size();
  if (!named)
    return fmt::format(
        "'{}' is no variant: write NAME=OVERLAY or NAME:PATH=VALUE, with a name of letters, "
        "digits, '-', '_' and '.'",
        text);
  const std::string name = text.substr(0, end);
  if (name == plans.front().name)
    return fmt::format("'{}' is the baseline, {}: give the variant another name", name,
                       arguments.files.front());
  VariantPlan* plan = find_plan(plans, name);
  if (plan == nullptr) {
    plans.push_back({name, arguments.files.front(), arguments.read_options()});
    plan = &plans.back();
  }
  (text[end] == '=' ? plan->options.overlays : plan->options.sets).push_back(text.substr(end + 1));
  return "";
}

}  // namespace

VariantPlans plan_variants(const ScenarioArguments& arguments,
                           const std::vector<std::string>& texts) {
  VariantPlans out;
  if (arguments.files.size() > 1 && !texts.empty())
    return {{}, "--variant varies one scenario file; of several files each is a variant"};
  for (const std::string& file : arguments.files)
    out.plans.push_back({free_name(out.plans, file), file, arguments.read_options()});
  for (const std::string& text : texts)
    if (std::string problem = add_variant(text, arguments, out.plans); !problem.empty())
      return {{}, std::move(problem)};
  if (out.plans.size() < 2)
    return {{},
            fmt::format("there is nothing to compare '{}' with: give another scenario file, or "
                        "--variant NAME:PATH=VALUE",
                        arguments.files.front())};
  return out;
}

}  // namespace rehearse::cli
