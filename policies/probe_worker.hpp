#pragma once
/// What the kubelet makes of the results of one probe of one container: it counts equal results in
/// a row, and changes the stored result when there are enough of them.
///
/// Before anything is known readiness counts as failed, liveness as passed, startup as unknown.
/// Readiness and liveness are not asked until the container has started, startup not after it.
/// Once liveness has failed, or startup has come to either end, the worker holds until there is
/// another container. The run of equal results outlives the container; the stored result does not.
///
/// Units: initial delay in whole seconds, as the kubelet cuts ages off. State 24 bytes.
/// Source: Kubernetes 1.29 and later, pkg/kubelet/prober/worker.go, with the later rule that a
/// startup probe holds after success as well. Conformance: k8s_probes.json.
/// Leaves out: the clock that ticks (period, start jitter), the probe itself (timeout).

#include <cstdint>
#include <optional>

#include "base/time.hpp"

namespace rehearse::policies {

class ProbeWorker {
 public:
  enum class Kind : std::uint8_t { liveness, readiness, startup };
  enum class Result : std::uint8_t { unknown, success, failure };
  struct Params {
    Kind kind = Kind::readiness;
    std::int32_t success_threshold = 1;
    std::int32_t failure_threshold = 3;
    Duration initial_delay;
    bool restart_never = false;  ///< the pod's containers are not started again
  };
  enum class ContainerState : std::uint8_t { waiting, running, terminated };
  struct Container {
    std::uint64_t id = 0;  ///< another one after each restart
    ContainerState state = ContainerState::running;
    bool started = false;  ///< its startup probe has passed, or it has none
    Duration age;          ///< since it runs
  };
  struct Pod {
    bool finished = false;  ///< failed or succeeded
    bool deleting = false;
    std::optional<Container> container;  ///< none: not created yet, or nothing known of it
  };
  enum class Next : std::uint8_t {
    wait,   ///< nothing to do at this tick
    probe,  ///< ask, and pass the answer to answered()
    stop    ///< no more ticks
  };

  /// One tick of the period.
  Next tick(const Pod& pod, const Params& params) {
    if (pod.finished) return Next::stop;
    if (!pod.container) return Next::wait;
    const Container& container = *pod.container;
    if (!container_ || *container_ != container.id) {
      container_ = container.id;
      stored_ = initial(params.kind);
      on_hold_ = false;
    }
    if (on_hold_) return Next::wait;
    if (container.state != ContainerState::running) {
      stored_ = Result::failure;
      const bool over = container.state == ContainerState::terminated && params.restart_never;
      return over ? Next::stop : Next::wait;
    }
    if (pod.deleting && params.kind != Kind::readiness) {
      stored_ = Result::success;  // it is not to be restarted while it shuts down
      return Next::stop;
    }
    const auto whole_seconds = [](Duration d) { return d.ns() / 1'000'000'000; };
    if (whole_seconds(container.age) < whole_seconds(params.initial_delay)) return Next::wait;
    return container.started == (params.kind != Kind::startup) ? Next::probe : Next::wait;
  }
  /// REQUIRES: tick() has asked for it. An answer that is no answer is not passed on.
  void answered(bool passed, const Params& params) {
    const Result result = passed ? Result::success : Result::failure;
    run_ = last_ == result ? run_ + 1 : 1;
    last_ = result;
    if (run_ < (passed ? params.success_threshold : params.failure_threshold)) return;
    stored_ = result;
    if (params.kind == Kind::startup || (params.kind == Kind::liveness && !passed)) {
      on_hold_ = true;
      run_ = 0;
    }
  }

  /// What others are told; nothing before the container is known.
  std::optional<Result> result() const { return stored_; }
  std::int32_t run() const { return run_; }
  bool on_hold() const { return on_hold_; }

  static Result initial(Kind kind) {
    if (kind == Kind::startup) return Result::unknown;
    return kind == Kind::liveness ? Result::success : Result::failure;
  }
  bool operator==(const ProbeWorker&) const = default;

 private:
  std::optional<std::uint64_t> container_;
  std::optional<Result> stored_;
  Result last_ = Result::unknown;
  std::int32_t run_ = 0;
  bool on_hold_ = false;
};

}  // namespace rehearse::policies
