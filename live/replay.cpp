#include "live/replay.hpp"

#include <fmt/format.h>

#include <deque>
#include <optional>
#include <set>

#include "live/log_reader.hpp"
#include "live/setup.hpp"
#include "scenarios/spec/reader.hpp"

namespace rehearse::live {
namespace {

using End = ReplayResult::End;
using Kind = LogEntry::Kind;

class Replay {
 public:
  explicit Replay(std::istream& log) : log_(log) {}
  ReplayResult run();

 private:
  bool take(const LogEntry& entry);
  bool begin(const LogEntry& entry);
  bool tell(const LogEntry& entry);
  bool compare();
  bool check_act(const LogEntry& entry);
  void finish();
  bool differ(std::string problem, std::string logged, std::string replayed);
  bool refuse(std::string problem);

  LogReader log_;
  ReplayResult result_;
  SpecNode root_;  // what the setup points into
  std::optional<Setup> setup_;
  std::vector<Deliberation> policies_;
  std::vector<std::set<std::uint64_t>> let_through_;  // actions, by policy
  std::deque<std::string> expected_;                  // what the last call brought about
  std::vector<Judged> judged_;
  bool ended_ = false;
};

bool Replay::differ(std::string problem, std::string logged, std::string replayed) {
  result_.end = End::differs;
  result_.problem = std::move(problem);
  result_.logged = std::move(logged);
  result_.replayed = std::move(replayed);
  return false;
}

bool Replay::refuse(std::string problem) {
  result_.end = End::wrong;
  result_.problem = std::move(problem);
  return false;
}

bool Replay::begin(const LogEntry& entry) {
  result_.beginning = entry.beginning;
  result_.began = entry.at;
  Diagnostics out;
  root_ = spec::read_text("the scenario in the log", entry.beginning.scenario, out);
  setup_ = read_setup(root_, out);
  if (!setup_) return refuse("the scenario in the log cannot be used:\n" + out.render(false, 5));
  std::vector<std::string> names;
  for (std::size_t i = 0; i < setup_->policies.size(); ++i) {
    names.push_back(setup_->policies[i].name);
    policies_.emplace_back(*setup_->policies[i].controller, setup_->guards_of(i));
  }
  if (names != entry.beginning.policies)
    return refuse("the policies of the log are not those of its scenario");
  let_through_.resize(policies_.size());
  return true;
}

// A fact or a wake: what it brings about stands in the log next.
bool Replay::tell(const LogEntry& entry) {
  if (!expected_.empty())
    return differ("the replay decides something that is not in the log", {}, expected_.front());
  Deliberation& policy = policies_[entry.policy];
  judged_.clear();
  if (entry.kind == Kind::wake) {
    ++result_.wakes;
    if (policy.next_wake() > entry.at)
      return differ("the replay is not to be woken yet", log_.text(), {});
    policy.wake(entry.at, judged_);
  } else {
    ++result_.facts;
    if (std::string problem = policy.problem_of(entry.at, *entry.seen); !problem.empty())
      return refuse("this is no fact: " + problem);
    policy.observe(entry.at, *entry.seen, judged_);
  }
  for (const Judged& judged : judged_) {
    expected_.push_back(decide_entry(entry.at, entry.policy, judged));
    expected_.push_back(judge_entry(entry.at, entry.policy, judged));
    if (judged.ruling.verdict != policies::GuardRails::Verdict::vetoed)
      let_through_[entry.policy].insert(judged.action);
  }
  return true;
}

bool Replay::compare() {
  if (expected_.empty())
    return differ("the log has a decision that the replay does not make", log_.text(), {});
  if (expected_.front() != log_.text())
    return differ("the replay decides otherwise", log_.text(), expected_.front());
  expected_.pop_front();
  return true;
}

bool Replay::check_act(const LogEntry& entry) {
  ++result_.acts;
  if (result_.beginning.mode != "run") return differ("a dry run has acted", log_.text(), {});
  if (!entry.action || let_through_[entry.policy].contains(*entry.action)) return true;
  return differ("it acted on a decision that was not let through", log_.text(), {});
}

bool Replay::take(const LogEntry& entry) {
  result_.line = log_.line();
  result_.ended = entry.at;
  if (ended_) return refuse("there is something behind the end");
  if (entry.kind == Kind::begin) return begin(entry);
  if (entry.policy >= policies_.size()) return refuse("it is of a policy that there is not");
  switch (entry.kind) {
    case Kind::observe:
    case Kind::wake:
      return tell(entry);
    case Kind::decide:
      ++result_.decisions;
      return compare();
    case Kind::judge:
      return compare();
    case Kind::act:
      return check_act(entry);
    case Kind::end:
      ended_ = true;
      return expected_.empty() ||
             differ("the replay decides something that is not in the log", {}, expected_.front());
    default:
      return true;
  }
}

void Replay::finish() {
  result_.line = std::max(result_.line, log_.line());
  result_.problem = log_.problem();
  if (log_.line() == 0) result_.problem = "it is empty";
  if (log_.end() == LogReader::End::tampered) {
    result_.end = End::tampered;
  } else if (log_.end() == LogReader::End::wrong || log_.line() == 0 || policies_.empty()) {
    result_.end = End::wrong;
  } else if (ended_ && log_.end() == LogReader::End::whole) {
    result_.end = End::equal;
  } else {
    result_.end = End::broken;
    if (result_.problem.empty()) result_.problem = "it has no end: whoever wrote it was stopped";
  }
}

ReplayResult Replay::run() {
  bool goes_on = true;
  while (goes_on) {
    const std::optional<LogEntry> entry = log_.next();
    if (!entry) break;
    goes_on = take(*entry);
  }
  if (goes_on) finish();
  result_.last_link = log_.last_link();
  return result_;
}

}  // namespace

ReplayResult replay(std::istream& log) {
  return Replay(log).run();
}

}  // namespace rehearse::live
