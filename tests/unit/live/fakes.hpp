#pragma once
/// A live world without a platform: a clock that jumps to whatever is waited for, a service that is
/// a number of instances, its observer and its actuator, and a listener that keeps what it hears.

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <vector>

#include "live/actuator.hpp"
#include "live/clock.hpp"
#include "live/host.hpp"

namespace rehearse::live::tests {

/// A morning of November 2026.
inline constexpr Instant kMorning = Instant::at_ns(1'795'683'600'000'000'000);

class FakeClock final : public Clock {
 public:
  Instant now() override { return now_; }
  void wait(Instant until, const std::atomic<bool>& /*stop*/) override {
    now_ = std::max(now_, until);
    if (at_each_wait) at_each_wait();
  }
  void pass(Duration time) { now_ = now_ + time; }
  std::function<void()> at_each_wait;

 private:
  Instant now_ = kMorning;
};

/// What a service is in these tests.
struct Service {
  std::int32_t wanted = 2;
  std::function<double(Instant, std::uint32_t metric)> figure = [](Instant, std::uint32_t) {
    return 0.5;
  };
};

/// States of all instances, the count, and a figure for each need.
class FakeObserver final : public Observer {
 public:
  FakeObserver(Service& service, std::vector<policies::MetricNeed> needs)
      : service_(service), needs_(std::move(needs)) {}
  void look(Instant now, std::vector<policies::Observation>& seen,
            std::vector<std::string>& problems) override {
    ++looks;
    if (at_each_look) at_each_look();
    if (blind) {
      for (std::uint32_t m = 0; m < needs_.size(); ++m) seen.emplace_back(policies::MetricLost{m});
      problems.push_back("nobody answers");
      return;
    }
    const auto count = static_cast<policies::InstanceId>(service_.wanted);
    for (policies::InstanceId id = 0; id < count; ++id)
      seen.emplace_back(
          policies::InstanceStatus{.instance = id, .started = kLongAgo, .ready_changed = kLongAgo});
    for (policies::InstanceId id = count; id < known_; ++id)
      seen.emplace_back(policies::InstanceGone{id});
    known_ = count;
    seen.emplace_back(policies::ReplicaCount{service_.wanted, service_.wanted, now});
    for (std::uint32_t m = 0; m < needs_.size(); ++m) {
      const double value = service_.figure(now, m);
      if (needs_[m].scope == policies::MetricNeed::Scope::whole)
        seen.emplace_back(policies::MetricSample{m, policies::kWhole, value, now, kWindow});
      for (policies::InstanceId id = 0;
           needs_[m].scope == policies::MetricNeed::Scope::each && id < count; ++id) {
        if (needs_[m].requests) seen.emplace_back(policies::ResourceRequest{m, id, 1});
        seen.emplace_back(policies::MetricSample{m, id, value, now, kWindow});
      }
    }
  }
  bool blind = false;
  int looks = 0;
  std::function<void()> at_each_look;

 private:
  static constexpr Instant kLongAgo = Instant::at_ns(1'795'600'000'000'000'000);
  static constexpr Duration kWindow = Duration::seconds(5);
  Service& service_;
  std::vector<policies::MetricNeed> needs_;
  policies::InstanceId known_ = 0;
};

class FakeActuator final : public Actuator {
 public:
  explicit FakeActuator(Service& service) : service_(service) {}
  ActOutcome scale_to(Instant /*now*/, std::int32_t replicas, Audit& audit) override {
    if (!audit.about_to("start or stop instances")) return {false, "the audit forbids it"};
    if (fails) return {false, "no room"};
    scaled.push_back(replicas);
    service_.wanted = replicas;
    return {true, "as asked"};
  }
  void tend(Instant /*now*/, Audit& audit) override {
    ++tended;
    if (!has_to_replace) return;
    if (audit.about_to("replace instance 1")) replaced = true;
    has_to_replace = false;
    audit.happened("instance 1 had ended");
  }
  bool fails = false;
  bool has_to_replace = false;
  bool replaced = false;
  int tended = 0;
  std::vector<std::int32_t> scaled;

 private:
  Service& service_;
};

class Heard final : public Listener {
 public:
  void decided(std::uint32_t, Instant, const Judged& judged) override {
    decisions.push_back(judged);
  }
  void acted(std::uint32_t, Instant, const Judged&, bool succeeded, const std::string&) override {
    outcomes.push_back(succeeded);
  }
  void noted(std::uint32_t, Instant, const std::string& what) override { notes.push_back(what); }
  std::vector<Judged> decisions;
  std::vector<bool> outcomes;
  std::vector<std::string> notes;
};

/// A folder of its own, gone in the end.
class Folder {
 public:
  Folder() {
    char name[] = "/tmp/rehearse-live-XXXXXX";
    path_ = ::mkdtemp(name);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    for (const std::string& file : files_) ::unlink(file.c_str());
    ::rmdir(path_.c_str());
  }
  std::string file(const std::string& name) {
    files_.push_back(path_ + "/" + name);
    return files_.back();
  }

 private:
  std::string path_;
  std::vector<std::string> files_;
};

inline std::string text_in(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

}  // namespace rehearse::live::tests
