#pragma once
/// Hosts a policy in the simulated world: wakes it when it asks to be woken, and carries its wishes
/// out. What it is shown and what its wishes do is the affair of those who derive from this:
/// models/service_policy.hpp for a service, models/node_policy.hpp for nodes.
///
/// States and counts are known at each wake, as from a watch on an API server. A wish is done after
/// the time that actions take, in order; one may fail, come too soon after the last (and fail), or
/// succeed without the policy hearing of it. With guard rails, these rule on a wish first and see
/// what the policy sees, as they do live: a wish that they limit is carried out so far and reported
/// as failed; `spacing` is theirs then.

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/policy_spec.hpp"
#include "policies/guard_rails.hpp"
#include "sim/engine.hpp"

namespace rehearse::models {

class World;

/// A wish of a policy and what became of it.
struct PolicyDecision {
  enum class Outcome : std::uint8_t {
    under_way,  ///< when the trial ended
    done,
    failed,
    throttled,    ///< turned away: too soon after the last
    unconfirmed,  ///< done, and the policy does not know
    limited,      ///< done as far as the guard rails allow
    vetoed,       ///< by the guard rails
    advised       ///< told to people, who may do something
  };
  Instant at;
  std::uint32_t policy = 0;
  std::int32_t from = 0;  ///< instances, or nodes, that there were to be
  std::int32_t to = 0;
  std::string_view because;
  std::uint32_t metric = policies::Decision::kNoMetric;  ///< of the policy's needs
  double measured = 0;
  double limit = 0;
  Outcome outcome = Outcome::under_way;
  Instant settled = Instant::never();
  std::string ruling;   ///< of the guard rails: a sentence; empty where they allowed all of it
  std::string subject;  ///< service or pool
};
std::string_view outcome_name(PolicyDecision::Outcome outcome);

class PolicyDriver : public sim::Handler {
 public:
  static constexpr std::size_t kMostDecisions = 2000;  ///< that are kept

  PolicyDriver(World& world, std::uint32_t policy);

  virtual void begin() { plan_wake(); }
  void on_event(sim::Engine& engine, std::uint64_t data) final;
  const std::vector<PolicyDecision>& decisions() const { return log_; }
  std::uint64_t decisions_left_out() const { return left_out_; }

 protected:
  enum class What : std::uint8_t { scrape, learn, wake, act };
  /// What a wish would change.
  struct Change {
    std::string_view subject;
    std::int32_t from = 0;
    std::int32_t to = 0;
  };

  virtual void tell_state() = 0;
  virtual Change change_of(const policies::Action& action) const = 0;
  /// For the events of a trial.
  virtual std::string describe(const policies::Decision& wish) const;
  /// False: it cannot be done any more.
  virtual bool carry_out(const policies::Action& action) = 0;
  virtual void on_look(What what, std::uint64_t number);

  void plan(What what, std::uint64_t number, Instant at);
  void observe(const policies::Observation& seen);
  /// What the policy wishes now, and when it is to be woken.
  void take_wishes();

  World& world_;
  const PolicySpec& spec_;

 private:
  struct Action {
    std::uint64_t number = 0;
    policies::Action what;
    bool fails = false;
    bool limited = false;
    std::size_t entry = 0;  // in the log
  };

  void wake();
  void plan_wake();
  void ask(const policies::Decision& wish);
  bool lets_through(policies::Decision& wish, std::size_t entry, bool& limited);
  bool too_soon(Instant now);
  void act();
  void settle(std::size_t entry, std::string_view subject, PolicyDecision::Outcome outcome);

  const std::uint32_t number_;
  std::unique_ptr<policies::Controller> controller_;
  std::optional<policies::GuardRails> rails_;
  std::vector<policies::Decision> wishes_;
  Instant planned_wake_ = Instant::never();
  std::uint64_t actions_ = 0;
  std::deque<Action> under_way_;
  Instant last_action_;  // when the latest of them is due
  std::optional<Instant> last_asked_;
  std::vector<PolicyDecision> log_;
  std::uint64_t left_out_ = 0;
};

}  // namespace rehearse::models
