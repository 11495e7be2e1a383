#include "live/host.hpp"

#include <algorithm>

#include "live/log_entry.hpp"

namespace rehearse::live {

using policies::ActionDone;
using Verdict = policies::GuardRails::Verdict;

Host::Host(const Spec& spec, Observer& observer, Clock& clock, Journal& journal, Listener& listener)
    : spec_(spec),
      observer_(observer),
      clock_(clock),
      journal_(journal),
      listener_(listener),
      policy_(*spec.prototype, spec.guards) {
  REHEARSE_ASSERT(spec.scrape > Duration::zero());
}

Instant Host::next() const {
  const Instant next = std::min(next_look_, policy_.next_wake());
  return settled_.empty() ? next : std::min(next, last_turn_ + kToldAfter);
}

void Host::turn(std::vector<Judged>& let_through) {
  last_turn_ = clock_.now();
  const auto settled = std::exchange(settled_, {});
  for (const auto& [action, succeeded] : settled)
    tell(last_turn_, ActionDone{action, succeeded}, let_through);
  if (clock_.now() >= next_look_) look(let_through);
  const Instant now = clock_.now();  // a look takes its time
  if (now < policy_.next_wake()) return;
  ++counts_.wakes;
  journal_.append(wake_entry(now, spec_.policy));
  policy_.wake(now, judged_);
  take(now, let_through);
}

// From the instant at which it was due, so that looks do not drift; those missed are skipped.
void Host::look(std::vector<Judged>& let_through) {
  const Instant due = clock_.now();
  const std::int64_t periods = (due - next_look_) / spec_.scrape + 1;
  next_look_ =
      next_look_ == Instant::start() ? due + spec_.scrape : next_look_ + periods * spec_.scrape;
  ++counts_.looks;
  seen_.clear();
  problems_.clear();
  observer_.look(due, seen_, problems_);
  const Instant now = clock_.now();
  for (const std::string& problem : problems_)
    if (std::find(known_problems_.begin(), known_problems_.end(), problem) == known_problems_.end())
      note(now, problem);
  known_problems_ = problems_;
  for (const policies::Observation& seen : seen_) tell(now, seen, let_through);
}

void Host::tell(Instant now, const policies::Observation& seen, std::vector<Judged>& let_through) {
  if (const std::string problem = policy_.problem_of(now, seen); !problem.empty())
    return note(now, "a fact was left out: " + problem);
  ++counts_.facts;
  if (std::holds_alternative<policies::MetricSample>(seen)) ++counts_.figures;
  journal_.append(observe_entry(now, spec_.policy, seen));
  policy_.observe(now, seen, judged_);
  take(now, let_through);
}

// All of them into the log before anything comes of the first.
void Host::take(Instant now, std::vector<Judged>& let_through) {
  for (const Judged& judged : judged_) {
    journal_.append(decide_entry(now, spec_.policy, judged));
    journal_.append(judge_entry(now, spec_.policy, judged));
  }
  for (Judged& judged : judged_) {
    ++counts_.decisions;
    listener_.decided(spec_.policy, now, judged);
    if (judged.ruling.verdict == Verdict::vetoed) {
      ++counts_.vetoes;
      settle(judged.action, false);
    } else {
      let_through.push_back(std::move(judged));
    }
  }
  judged_.clear();
}

void Host::note(Instant now, const std::string& what) {
  journal_.append(note_entry(now, spec_.policy, what));
  listener_.noted(spec_.policy, now, what);
}

}  // namespace rehearse::live
