#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "base/diagnostics.hpp"
#include "cli/command.hpp"
#include "cli/help.hpp"
#include "cli/topics.hpp"
#include "models/compile.hpp"
#include "reports/text.hpp"
#include "scenarios/spec/fault.hpp"
#include "scenarios/spec/objective.hpp"
#include "scenarios/spec/schema.hpp"
#include "sim/distribution.hpp"

/// `rehearse explain`: what a key, an error, a metric, a verdict or an exit code means.

namespace rehearse::cli {
namespace {

struct ExplainArguments {
  std::vector<std::string> words;  ///< some blocks are called by two: "network link"
  bool list = false;
  bool schema = false;
  bool reference = false;
};

struct Group {
  const char* title;
  std::vector<std::string> names;
};

std::vector<Group> groups() {
  std::vector<Group> all = {
      {"Blocks of a scenario (and every key in them: system.services.queue)", {}},
      {"Metrics of objectives", {}},
      {"Kinds of faults", {}},
      {"Verdicts", {}},
      {"Exit codes", {}},
      {"Errors and warnings", {}}};
  for (const FieldTable* table :
       spec::all_tables(models::scenario_fields(), &sim::kDistributionFields))
    all[0].names.emplace_back(table->name);
  for (const spec::MetricDoc& metric : spec::metric_docs()) all[1].names.emplace_back(metric.name);
  for (const spec::FaultKindDoc& kind : spec::fault_kinds()) all[2].names.emplace_back(kind.name);
  for (const Topic& topic : verdict_topics()) all[3].names.push_back(topic.name);
  for (const Topic& topic : exit_code_topics()) all[4].names.push_back(topic.name);
  for (const Topic& topic : error_topics()) all[5].names.push_back(topic.name);
  return all;
}

ExitCode show_topics(Console& console) {
  const int width = console.style().width;
  console.print(reports::wrap("'rehearse explain TOPIC' explains any of these.", width, 0) + "\n");
  for (const Group& group : groups()) {
    console.print("\n" + reports::wrap(std::string(group.title) + ":", width, 0) + "\n");
    const std::string names = fmt::format("{}", fmt::join(group.names, ", "));
    console.print("  " + reports::wrap(names, width - 2, 2) + "\n");
  }
  return ExitCode::holds;
}

/// Everything that is called so: a word may be a key and a metric.
std::string explanation(const std::string& name, int width) {
  std::string out;
  for (const auto& topics : {verdict_topics(), exit_code_topics(), error_topics()}) {
    for (const Topic& topic : topics) {
      if (topic.name != name) continue;
      out += fmt::format("{}{}\n\n{}", out.empty() ? "" : "\n", topic.name,
                         wrap_paragraphs(plain_text(topic.text), width, 0));
    }
  }
  const std::string key =
      spec::explain_key(models::scenario_fields(), name, &sim::kDistributionFields);
  if (!key.empty()) out += (out.empty() ? "" : "\n") + wrap_paragraphs(key, width, 0);
  return out;
}

ExitCode explain(const ExplainArguments& arguments, Console& console) {
  if (arguments.schema) {
    console.print(spec::json_schema(models::scenario_fields(), &sim::kDistributionFields));
    return ExitCode::holds;
  }
  if (arguments.reference) {
    console.print(spec::reference_page(models::scenario_fields(), &sim::kDistributionFields));
    return ExitCode::holds;
  }
  if (arguments.list) {
    for (const Group& group : groups())
      for (const std::string& name : group.names) console.print(name + "\n");
    return ExitCode::holds;
  }
  if (arguments.words.empty()) return show_topics(console);
  const std::string topic = fmt::format("{}", fmt::join(arguments.words, " "));
  const std::string text = explanation(topic, console.style().width);
  if (!text.empty()) {
    console.print(text);
    return ExitCode::holds;
  }
  const std::vector<Group> all = groups();
  std::vector<std::string_view> names;
  for (const Group& group : all) names.insert(names.end(), group.names.begin(), group.names.end());
  const std::string_view near = closest(topic, names);
  console.complain(
      near.empty() ? fmt::format("nothing is called '{}'; 'rehearse explain' lists what is", topic)
                   : fmt::format("nothing is called '{}'; did you mean '{}'?", topic, near));
  return ExitCode::bad_input;
}

}  // namespace

Command add_explain(CLI::App& root) {
  const auto arguments = std::make_shared<ExplainArguments>();
  CLI::App* app = root.add_subcommand(
      "explain",
      "say what a key, an error, a metric or a verdict means\n\n"
      "A topic is a key of a scenario (system.services.queue), a block (call), a metric of "
      "objectives (p95), an error or warning (unknown-field), a verdict (undecided) or an exit "
      "code "
      "(3). Without one, lists them.");
  app->add_option("TOPIC", arguments->words, "What to explain.");
  app->add_flag("--list", arguments->list, "Print the names of all topics, one on each line.");
  app->add_flag("--schema", arguments->schema,
                "Print the JSON Schema of scenario files, for editors.");
  app->add_flag("--reference", arguments->reference,
                "Print the reference of scenario files, in Markdown.");
  app->footer(
      "rehearse explain system.services.queue\n"
      "rehearse explain unknown-field\n"
      "rehearse explain undecided\n"
      "rehearse explain --schema > scenario.schema.json");
  return {app, [arguments](Console& console) { return explain(*arguments, console); }};
}

}  // namespace rehearse::cli
