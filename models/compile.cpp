#include "models/compile.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "models/compiler.hpp"
#include "models/subject_figures.hpp"
#include "scenarios/spec/live.hpp"

namespace rehearse::models {
namespace {

constexpr std::size_t kMostNamesShown = 8;

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash + 1);
}

enum class Visit : std::uint8_t { unseen, open, done };

}  // namespace

std::string_view subject_kind_name(SubjectKind kind) {
  constexpr std::string_view kNames[] = {"workload", "service", "endpoint",     "cache",
                                         "database", "region",  "broker",       "queue",
                                         "replica",  "shard",   "pool of nodes"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::optional<Scenario> compile(const SpecNode& root, const spec::FileSource& files,
                                Diagnostics& out) {
  Scenario scenario;
  FieldReader reader(root, scenario_fields(), out, "the scenario");
  if (reader.has("rehearse") && reader.count("rehearse") != 1)
    reader.error("unknown-format", "rehearse",
                 fmt::format("this is format {}, which this version does not know",
                             reader.count("rehearse")),
                 "write 'rehearse: 1'");
  scenario.name = reader.text("name");
  scenario.experiment = spec::read_experiment(reader.node("experiment"), out);
  scenario.objectives = spec::read_objectives(reader.node("objectives"), out);
  Compiler compiler(scenario, files, out);
  compiler.declare_policies(reader.entries("policies"));
  if (const SpecNode* system = reader.node("system")) compiler.read_system(*system);
  if (const SpecNode* workload = reader.node("workload")) compiler.read_workloads(*workload);
  compiler.resolve_policies();
  spec::read_live(reader.node("live"), out);
  compiler.read_faults(reader.node("faults"));
  compiler.resolve_targets();
  if (out.has_errors()) return std::nullopt;
  return scenario;
}

void Compiler::declare(const std::string& name, Subject subject, Mark mark) {
  const auto [place, fresh] = names_.insert({name, {subject, mark}});
  if (fresh) return;
  out_.error(
      "duplicate-name", mark,
      fmt::format("'{}' is already the name of a {} ({})", name,
                  subject_kind_name(place->second.subject.kind), out_.place(place->second.mark)),
      "services, caches, databases, brokers, queues, regions and workloads share one space of "
      "names, as objectives refer to them");
}

std::uint32_t Compiler::add_stream(std::string entity, std::string purpose) {
  blueprint_.streams.push_back({std::move(entity), std::move(purpose)});
  return static_cast<std::uint32_t>(blueprint_.streams.size() - 1);
}

std::string Compiler::path_at(const std::string& path, Mark mark) const {
  if (path.empty() || path.front() == '/' || mark.file < 0) return path;
  const std::string& file = out_.file_name(mark.file);
  return file.starts_with("--") ? path : folder_of(file) + path;
}

sim::Distribution Compiler::read_law(const SpecNode& node, const std::string& what) {
  const sim::SampleFiles load = [this, &node](const std::string& path) {
    spec::FileText file = files_(path_at(path, node.mark));
    return sim::SampleText{std::move(file.text), std::move(file.problem)};
  };
  return sim::read_distribution(node, what, out_, load);
}

std::uint32_t Compiler::add_law(const SpecNode& node, const std::string& entity,
                                const std::string& purpose) {
  return add_law(
      read_law(node, fmt::format("{} of '{}'", purpose.substr(0, purpose.find(' ')), entity)),
      entity, purpose);
}

std::uint32_t Compiler::add_law(sim::Distribution law, const std::string& entity,
                                const std::string& purpose) {
  blueprint_.plans.laws.push_back({std::move(law), add_stream(entity, purpose)});
  return static_cast<std::uint32_t>(blueprint_.plans.laws.size() - 1);
}

std::vector<std::string_view> Compiler::names_of(std::initializer_list<SubjectKind> kinds) const {
  std::vector<std::string_view> names;
  for (const auto& [name, declared] : names_) {
    if (std::find(kinds.begin(), kinds.end(), declared.subject.kind) != kinds.end())
      names.push_back(name);
  }
  return names;
}

std::string Compiler::suggest(const std::string& name,
                              const std::vector<std::string_view>& names) const {
  const std::string_view near = closest(name, names);
  if (!near.empty()) return fmt::format("did you mean '{}'?", near);
  if (names.empty()) return "none is declared";
  std::string list;
  for (std::size_t i = 0; i < names.size() && i < kMostNamesShown; ++i)
    list += fmt::format("{}{}", i == 0 ? "" : ", ", names[i]);
  return fmt::format("there are: {}{}", list, names.size() > kMostNamesShown ? ", ..." : "");
}

void Compiler::resolve_targets() {
  for (const spec::Objective& objective : scenario_.objectives) {
    const auto found = names_.find(objective.target);
    if (found == names_.end()) {
      std::vector<std::string_view> all;
      for (const auto& [name, declared] : names_) all.push_back(name);
      out_.error("unknown-target", objective.target_mark,
                 fmt::format("nothing is called '{}'", objective.target),
                 suggest(objective.target, all));
      scenario_.targets.push_back({});
      continue;
    }
    const Subject& subject = found->second.subject;
    const std::string_view lacks = lacks_figure(blueprint_, subject, objective.metric);
    if (!lacks.empty())
      out_.error(
          "foreign-metric", objective.target_mark,
          fmt::format("'{}' ({}) has no '{}'", objective.target, subject_kind_name(subject.kind),
                      spec::metric_name(objective.metric, objective.quantile)),
          std::string(lacks));
    scenario_.targets.push_back(subject);
  }
}

// A service that calls itself, through whatever others, would never answer.
void Compiler::find_call_cycles() {
  std::vector<std::vector<const Edge*>> calls(blueprint_.endpoints.size());
  for (const Edge& edge : edges_)
    if (edge.from != kNone) calls[edge.from].push_back(&edge);
  std::vector<Visit> visits(calls.size(), Visit::unseen);
  // Depth first with a stack of its own: the depth is the user's.
  for (std::uint32_t start = 0; start < calls.size(); ++start) {
    if (visits[start] != Visit::unseen) continue;
    std::vector<std::pair<std::uint32_t, std::size_t>> path{{start, 0}};
    visits[start] = Visit::open;
    while (!path.empty()) {
      auto& [at, next] = path.back();
      if (next == calls[at].size()) {
        visits[at] = Visit::done;
        path.pop_back();
        continue;
      }
      const Edge& edge = *calls[at][next++];
      if (visits[edge.to] == Visit::open) {
        std::string route = blueprint_.endpoints[edge.to].name;
        const auto first = std::find_if(path.begin(), path.end(),
                                        [&](const auto& step) { return step.first == edge.to; });
        for (auto step = first + 1; step != path.end(); ++step)
          route += " -> " + blueprint_.endpoints[step->first].name;
        out_.error("call-cycle", edge.mark,
                   fmt::format("this call closes a cycle: {} -> {}", route,
                               blueprint_.endpoints[edge.to].name),
                   "a request that comes back to where it began would never end");
      } else if (visits[edge.to] == Visit::unseen) {
        visits[edge.to] = Visit::open;
        path.push_back({edge.to, 0});
      }
    }
  }
}

}  // namespace rehearse::models
