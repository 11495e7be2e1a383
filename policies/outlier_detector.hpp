#pragma once
/// Passive health checking: hosts that answer with errors are taken out of balancing for a while.
///
///   consecutive   so many errors in a row: at once. 5xx, of these gateway errors (502, 503, 504),
///                 and, where origins are told apart, failures to reach the host at all
///   success rate  every interval: below mean - factor × standard deviation (of all, strictly)
///   failure share every interval: at or above a threshold
///
/// The last two look at the finished interval only, at hosts with enough requests in it, and only
/// if there are enough such hosts. A kind that is not enforced is detected and reported, no more.
/// No ejection goes beyond `max_ejection_percent` of the hosts, the first one included (unless
/// `always_eject_one_host`). Ejected hosts come back at the first interval after base × multiplier
/// (+ jitter); the multiplier grows with each ejection, and shrinks with each interval spent in.
/// A passed active health check brings a host back at once.
///
/// Units: ns; shares in percent. Randomness is the caller's: `bits` for jitter. O(1) per result,
/// O(hosts) per interval; allocates only where a host is new.
/// Source: Envoy 1.3x, source/common/upstream/outlier_detection_impl.cc. Conformance:
/// outlier_detection.json. Leaves out: enforcing shares other than all or nothing; extensions.

#include <array>
#include <optional>

#include "base/fields.hpp"
#include "policies/controller.hpp"

namespace rehearse::policies {

class OutlierDetector final : public Controller {
 public:
  enum class Ejection : std::uint8_t {
    consecutive_5xx,
    consecutive_gateway_failure,
    consecutive_local_origin_failure,
    success_rate,
    success_rate_local_origin,
    failure_percentage,
    failure_percentage_local_origin
  };
  static constexpr std::size_t kKinds = 7;

  struct Params {
    Duration interval = Duration::seconds(10);
    Duration base_ejection_time = Duration::seconds(30);
    std::optional<Duration> max_ejection_time;  ///< else the longer of 300 s and the base
    Duration max_ejection_time_jitter;
    std::uint32_t max_ejection_percent = 10;
    bool always_eject_one_host = false;
    std::uint32_t consecutive_5xx = 5;  ///< 0: off; so the next two
    std::uint32_t consecutive_gateway_failure = 5;
    std::uint32_t consecutive_local_origin_failure = 5;
    std::uint32_t success_rate_minimum_hosts = 5;
    std::uint32_t success_rate_request_volume = 100;
    double success_rate_stdev_factor = 1.9;
    double failure_percentage_threshold = 85;
    std::uint32_t failure_percentage_minimum_hosts = 5;
    std::uint32_t failure_percentage_request_volume = 50;
    std::array<bool, kKinds> enforced = {true, false, true, true, true, false, false};
    bool split_origins = false;  ///< failures to reach a host apart from those it answers
    bool health_check_readmits = true;

    Duration longest() const {
      return max_ejection_time ? *max_ejection_time
                               : std::max(Duration::seconds(300), base_ejection_time);
    }
  };
  struct Stats {
    std::uint64_t enforced_total = 0;
    std::uint64_t overflow = 0;  ///< more than max_ejection_percent would have been out
    std::array<std::uint64_t, kKinds> detected{};
    std::array<std::uint64_t, kKinds> enforced{};
  };
  /// Of the last finished interval; -1: not enough data.
  struct Rates {
    double average = -1;
    double threshold = -1;
  };
  enum class Origin : std::uint8_t { external, local };
  /// Told about every ejection that was detected and not over the limit.
  struct Event {
    InstanceId host = 0;
    Ejection kind = Ejection::consecutive_5xx;
    bool enforced = false;
  };

  static const FieldTable& fields();
  static std::optional<Params> read(FieldReader& reader);

  explicit OutlierDetector(const Params& params);

  void observe(Instant now, const Observation& seen, std::vector<Decision>& out) override;
  void wake(Instant now, std::vector<Decision>& out) override;
  Instant next_wake() const override { return beat_.next(); }
  std::span<const MetricNeed> needs() const override { return {}; }
  std::unique_ptr<Controller> clone() const override {
    return std::make_unique<OutlierDetector>(*this);
  }

  /// The parts, for hosts with a clock of their own.
  void add_host(InstanceId id);
  void remove_host(InstanceId id);
  void result(Instant now, const CallResult& result, std::vector<Decision>& out);
  void health_check_passed(Instant now, InstanceId id, std::vector<Decision>& out);
  void interval(Instant now, std::vector<Decision>& out);

  bool is_ejected(InstanceId id) const;
  std::size_t ejected() const { return ejected_; }
  const Stats& stats() const { return stats_; }
  Rates rates(Origin origin) const { return rates_[static_cast<std::size_t>(origin)]; }
  double success_rate(InstanceId id, Origin origin) const;
  /// Those since the last call.
  std::vector<Event> take_events();

  static Rates threshold_of(std::span<const double> success_rates, double factor);
  static Duration jitter_of(std::uint64_t bits, Duration most);

 private:
  struct Tally {
    std::uint64_t total = 0;
    std::uint64_t succeeded = 0;
  };
  struct Host {
    InstanceId id = 0;
    bool out = false;
    bool has_returned = false;
    std::uint32_t run_5xx = 0;
    std::uint32_t run_gateway = 0;
    std::uint32_t run_local = 0;
    std::int64_t multiplier = 0;
    std::uint64_t bits = 0;  // the latest random bits that came with a result
    Instant ejected_at;
    Instant returned_at;
    Duration jitter;
    std::array<Tally, 2> current{};   // by origin
    std::array<Tally, 2> finished{};  // of the last interval
    std::array<double, 2> rate{-1, -1};
  };

  Host* find(InstanceId id);
  const Host* find(InstanceId id) const;
  void http(Instant now, Host& host, std::uint32_t code, std::vector<Decision>& out);
  void reached(Host& host);
  void not_reached(Instant now, Host& host, std::vector<Decision>& out);
  void consecutive(Instant now, Host& host, Ejection kind, std::uint32_t& run,
                   std::vector<Decision>& out);
  void eject(Instant now, Host& host, Ejection kind, std::vector<Decision>& out);
  void readmit(Instant now, Host& host, std::string_view because, std::vector<Decision>& out);
  void compare(Instant now, Origin origin, std::vector<Decision>& out);

  Params params_;
  Beat beat_;
  std::vector<Host> hosts_;  // by id
  std::size_t ejected_ = 0;
  std::array<Rates, 2> rates_;
  Stats stats_;
  std::vector<Event> events_;
  std::vector<double> scratch_;  // success rates that are compared
};

}  // namespace rehearse::policies
