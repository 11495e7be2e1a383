#include "cli/live_session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/quantity.hpp"
#include "cli/output_folder.hpp"
#include "live/log_entry.hpp"
#include "live/service_observer.hpp"

namespace rehearse::cli {
namespace {

constexpr std::uint64_t kWakesOfAPlan = 2;  // the first may find nothing to rest on
constexpr Duration kLongestPlan = Duration::seconds(600);

// "20261126T091500Z".
std::string stamp(Instant at) {
  std::string text = live::utc_text(at).substr(0, 19);
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  return text + "Z";
}

}  // namespace

ExitCode LiveSession::fail(const std::string& problem) {
  console_.complain(problem);
  return ExitCode::environment;
}

std::string LiveSession::folder() const {
  return std::filesystem::path(arguments_.file).parent_path().string();
}

std::int32_t LiveSession::initial(std::size_t policy) const {
  const models::Blueprint& simulated = loaded_.scenario->blueprint;
  for (const models::PolicySpec& one : simulated.policies)
    if (one.name == setup_->policies[policy].name)
      return static_cast<std::int32_t>(simulated.services[one.service].initial);
  return 1;
}

ExitCode LiveSession::read() {
  loaded_ = load_scenario(arguments_.file, arguments_.scenario.read_options(), false);
  Diagnostics& out = loaded_.diagnostics;
  if (loaded_.scenario) setup_ = live::read_setup(loaded_.root, out);
  if (setup_) return ExitCode::holds;
  console_.print_error(out.render(console_.error_style().color));
  console_.print_error(fmt::format("{}: {}\n", arguments_.file, out.summary()));
  return exit_code_of(out);
}

// A plan is read and forgotten; what decides for longer leaves a log.
ExitCode LiveSession::open_log() {
  log_path_ = arguments_.log;
  if (log_path_.empty() && arguments_.mode != "plan")
    log_path_ = fmt::format("{}/live-{}-{}.jsonl", output_folders({arguments_.file}, "").front(),
                            arguments_.mode, stamp(clock_.now()));
  std::string problem;
  if (log_path_.empty())
    journal_.emplace();
  else if (auto created = live::Journal::create(log_path_, problem))
    journal_.emplace(*std::move(created));
  if (!journal_) return fail(problem);
  if (arguments_.json)
    journal_->listener = [this](std::string_view line) {
      console_.print_now(std::string(line) + "\n");
    };
  return ExitCode::holds;
}

ExitCode LiveSession::open() {
  if (const ExitCode code = read(); code != ExitCode::holds) return code;
  std::vector<live::Narrator::Policy> names;
  for (std::size_t i = 0; i < setup_->policies.size(); ++i) {
    const policies::PolicyBlock& policy = setup_->policies[i];
    names.push_back({policy.name, policy.target, {}});
    for (const policies::MetricNeed& need : policy.controller->needs())
      names.back().metrics.push_back(need.name);
    std::string problem;
    observers_.push_back(live::observe_service(setup_->platform, setup_->target_of(i),
                                               policy.controller->needs(), folder(), problem));
    if (observers_.back() == nullptr) return fail(problem);
  }
  narrator_ = std::make_unique<live::Narrator>(std::move(names), arguments_.mode == "run",
                                               [this](const std::string& line) { say(line); });
  return ExitCode::holds;
}

void LiveSession::say(const std::string& line) {
  if (!arguments_.json) console_.print_now(line + "\n");
}

std::unique_ptr<live::Host> LiveSession::make_host(std::size_t policy) {
  const policies::PolicyBlock& block = setup_->policies[policy];
  return std::make_unique<live::Host>(
      live::Host::Spec{static_cast<std::uint32_t>(policy), block.controller.get(),
                       setup_->guards_of(policy), block.scrape},
      *observers_[policy], clock_, *journal_, *narrator_);
}

live::Loop::Limits LiveSession::limits() {
  live::Loop::Limits limits;
  if (!arguments_.duration.empty()) {
    limits.at = saturating_add(clock_.now(), *parse_duration(arguments_.duration).value);
  } else if (arguments_.mode == "plan") {
    limits.at = clock_.now() + kLongestPlan;
    limits.wakes = kWakesOfAPlan;
  }
  return limits;
}

ExitCode LiveSession::begin() {
  if (const ExitCode code = open_log(); code != ExitCode::holds) return code;
  live::Beginning beginning{
      REHEARSE_VERSION, arguments_.mode, arguments_.file, loaded_.resolved, {}};
  const bool acts = arguments_.mode == "run";
  say(fmt::format("{}: {}", arguments_.file,
                  acts ? "acting on the real platform" : "dry run; nothing is changed"));
  for (const policies::PolicyBlock& policy : setup_->policies) {
    beginning.policies.push_back(policy.name);
    say(fmt::format("  {}: {} for {}, looking every {}", policy.name, policy.kind, policy.target,
                    exact_duration(policy.scrape)));
  }
  if (!log_path_.empty()) say("  log: " + log_path_);
  journal_->append(live::begin_entry(clock_.now(), beginning));
  return ExitCode::holds;
}

ExitCode LiveSession::end(const live::Loop& loop, live::Loop::End end) {
  ExitCode code = end == live::Loop::End::interrupted ? ExitCode::interrupted : ExitCode::holds;
  bool blind = true;
  for (const auto& host : loop.hosts()) {
    const live::HostCounts& counts = host->counts();
    blind = blind && !host->needs().empty() && counts.looks > 0 && counts.figures == 0;
    const auto wanted = host->wanted();
    say(fmt::format("{}: {} looks, {} figures, {} wakes, {} decisions, {} of them vetoed; {}",
                    setup_->policies[host->policy()].name, counts.looks, counts.figures,
                    counts.wakes, counts.decisions, counts.vetoes,
                    wanted ? fmt::format("{} instances wanted when last seen", *wanted)
                           : "how many instances are wanted is not known"));
  }
  if (!log_path_.empty())
    say(fmt::format("log: {}, {} entries, last link {}", log_path_, journal_->entries(),
                    journal_->last_link()));
  if (end == live::Loop::End::log_failed) code = worse(code, fail(journal_->problem()));
  if (blind) code = worse(code, fail("not a single figure could be observed"));
  return code;
}

}  // namespace rehearse::cli
