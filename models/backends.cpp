#include "models/backends.hpp"

#include <algorithm>

#include "policies/priority_load.hpp"

namespace rehearse::models {

std::size_t level_of(const NetworkSpec& network, Locality prefer, std::uint32_t from,
                     std::uint32_t to) {
  const std::uint32_t region = network.zones[from].region;
  if (prefer == Locality::none || region >= network.regions.size()) return 0;
  const bool same_region = network.zones[to].region == region;
  if (prefer == Locality::region) return same_region ? 0 : 1;
  if (from == to) return 0;
  return same_region ? 1 : 2;
}

Backends::Backends(const ServiceSpec& service, const NetworkSpec& network, const Balancer& balancer,
                   std::uint64_t salt)
    : spec_(service.balancer), balancer_(balancer) {
  const std::size_t n = service.placement.size();
  in_rotation_.assign(n, 1);
  member_.assign(n, 1);
  base_ = spec_.weights.empty() ? std::vector<double>(n, 1) : spec_.weights;
  weights_ = base_;
  since_.assign(n, Instant::start());
  slow_.assign(n, 0);
  if (spec_.kind == Balancing::least_latency) latencies_.resize(n);
  if (spec_.kind == Balancing::consistent_hash)
    ring_ = std::make_unique<policies::HashRing>(base_, salt);
  add_views(network, service.placement);
}

void Backends::add_views(const NetworkSpec& network, const std::vector<std::uint32_t>& placement) {
  const auto zones = static_cast<std::uint32_t>(network.zones.size());
  std::uint32_t everywhere = kNone;  // the view of whoever has no place to prefer
  for (std::uint32_t zone = 0; zone < zones; ++zone) {
    const bool indifferent =
        spec_.prefer == Locality::none || network.zones[zone].region >= network.regions.size();
    if (indifferent && everywhere != kNone) {
      view_of_.push_back(everywhere);
      continue;
    }
    View view(indifferent ? 1 : spec_.prefer == Locality::zone ? 3 : 2);
    for (std::uint32_t i = 0; i < placement.size(); ++i)
      view[level_of(network, spec_.prefer, zone, placement[i])].members.push_back(i);
    std::erase_if(view, [](const Level& level) { return level.members.empty(); });
    view_of_.push_back(static_cast<std::uint32_t>(views_.size()));
    if (indifferent) everywhere = view_of_.back();
    views_.push_back(std::move(view));
    admit(views_.back());
  }
}

// Who may be asked, and which level how often.
void Backends::admit(View& view) {
  std::vector<policies::LevelHealth> health;
  for (const Level& level : view) {
    policies::LevelHealth of;
    for (const std::uint32_t i : level.members) {
      of.backends += static_cast<std::uint32_t>(member_[i]);
      if (member_[i] != 0 && in_rotation_[i] != 0) ++of.healthy;
    }
    health.push_back(of);
  }
  const std::vector<policies::LevelLoad> loads =
      policies::priority_loads(health, spec_.overprovisioning, spec_.panic);
  for (std::size_t l = 0; l < view.size(); ++l) {
    Level& level = view[l];
    level.share = loads[l].share;
    level.candidates.clear();
    if (ring_) level.holds.assign(base_.size(), 0);
    for (const std::uint32_t i : level.members) {
      if (member_[i] == 0 || (in_rotation_[i] == 0 && !loads[l].panic)) continue;
      level.candidates.push_back(i);
      if (ring_) level.holds[i] = 1;
    }
    level.turn = 0;
    level.smooth.reset(level.candidates.size());
    sum_weights(level);
  }
}

void Backends::set_member(std::uint32_t instance, bool member) {
  if (member == (member_[instance] != 0)) return;
  member_[instance] = member ? 1 : 0;
  for (View& view : views_) admit(view);
}

void Backends::set_in_rotation(std::uint32_t instance, bool in, Instant now) {
  if (in == (in_rotation_[instance] != 0)) return;
  in_rotation_[instance] = in ? 1 : 0;
  slow_count_ -= static_cast<std::uint32_t>(slow_[instance]);
  slow_[instance] = in && spec_.slow_start.window > Duration::zero() ? 1 : 0;
  slow_count_ += static_cast<std::uint32_t>(slow_[instance]);
  since_[instance] = now;
  weights_[instance] = base_[instance];
  ++version_;
  if (slow_count_ > 0) renew_weights(now);
  for (View& view : views_) admit(view);
}

void Backends::renew_weights(Instant now) {
  ++version_;
  for (std::uint32_t i = 0; i < slow_.size(); ++i) {
    if (slow_[i] == 0) continue;
    const double share = spec_.slow_start.share(now - since_[i]);
    weights_[i] = base_[i] * share;
    if (now - since_[i] < spec_.slow_start.window) continue;
    slow_[i] = 0;
    --slow_count_;
  }
}

void Backends::sum_weights(Level& level) const {
  level.version = version_;
  level.alike = true;
  level.upto.clear();
  double sum = 0;
  for (const std::uint32_t i : level.candidates) {
    sum += weights_[i];
    level.upto.push_back(sum);
    level.alike = level.alike && weights_[i] == weights_[level.candidates.front()];
  }
}

Backends::Level* Backends::draw_level(View& view, sim::Stream& stream) const {
  Level* last = nullptr;
  double left = 0;
  for (Level& level : view) {
    if (level.share <= 0) continue;
    if (level.share >= 1) return &level;
    if (last == nullptr) left = stream.uniform();
    last = &level;
    left -= level.share;
    if (left <= 0) break;
  }
  return last;
}

std::uint32_t Backends::pick(const Asker& asker, sim::Stream& stream) {
  Level* level = draw_level(views_[view_of_[asker.zone]], stream);
  if (level == nullptr) return kNone;
  if (slow_count_ > 0) renew_weights(asker.now);
  if (level->version != version_) sum_weights(*level);
  return pick_in(*level, asker, stream);
}

std::uint32_t Backends::pick_in(Level& level, const Asker& asker, sim::Stream& stream) {
  if (level.candidates.size() == 1) return level.candidates.front();
  switch (spec_.kind) {
    case Balancing::round_robin:
      return turn_of(level);
    case Balancing::random:
      break;
    case Balancing::least_requests:
      return least(level);
    case Balancing::choices:
    case Balancing::least_latency:
      return best_of_few(level, asker, stream);
    case Balancing::consistent_hash:
      if (asker.key == kNone) break;
      return ring_->owner(ring_->place_of(asker.key),
                          [&](std::uint32_t i) { return level.holds[i] != 0; });
  }
  return level.candidates[draw(level, stream)];
}

std::uint32_t Backends::turn_of(Level& level) {
  if (!level.alike)
    return level.candidates[level.smooth.next(
        [&](std::size_t place) { return weights_[level.candidates[place]]; })];
  const std::uint32_t picked = level.candidates[level.turn];
  level.turn = level.turn + 1 == level.candidates.size() ? 0 : level.turn + 1;
  return picked;
}

std::uint32_t Backends::least(Level& level) const {
  const auto n = static_cast<std::uint32_t>(level.candidates.size());
  const auto load = [&](std::uint32_t place) {
    const std::uint32_t i = level.candidates[place];
    return (balancer_.outstanding(i) + 1.0) / weights_[i];
  };
  std::uint32_t best = level.turn;
  double least = load(best);
  for (std::uint32_t k = 1, place = level.turn; k < n; ++k) {
    place = place + 1 == n ? 0 : place + 1;
    const double own = load(place);
    if (own >= least) continue;
    best = place;
    least = own;
  }
  level.turn = best + 1 == n ? 0 : best + 1;
  return level.candidates[best];
}

// A place among the candidates, by weight.
std::size_t Backends::draw(const Level& level, sim::Stream& stream) const {
  const double at = stream.uniform() * level.upto.back();
  const auto found = std::lower_bound(level.upto.begin(), level.upto.end(), at);
  return std::min(static_cast<std::size_t>(found - level.upto.begin()), level.upto.size() - 1);
}

double Backends::load(std::uint32_t instance, Instant now) {
  const std::uint32_t outstanding = balancer_.outstanding(instance);
  const double load = latencies_.empty() ? outstanding + 1.0
                                         : latencies_[instance].cost(now, outstanding, spec_.decay);
  return load / weights_[instance];
}

// Without replacement, a draw from the weight that is left is shifted past what has been taken (in
// the order of places): as many draws as choices, whatever the outcome.
std::uint32_t Backends::best_of_few(const Level& level, const Asker& asker, sim::Stream& stream) {
  const std::size_t n = level.candidates.size();
  std::uint32_t best = kNone;
  double least = 0;
  double taken_weight = 0;
  taken_.clear();
  for (std::uint32_t k = 0; k < spec_.choices && k < n; ++k) {
    std::size_t drawn = 0;
    if (spec_.replacement) {
      drawn = draw(level, stream);
    } else {
      double at = stream.uniform() * (level.upto.back() - taken_weight);
      std::size_t behind = 0;
      for (; behind < taken_.size(); ++behind) {
        const double own = weights_[level.candidates[taken_[behind]]];
        if (at <= level.upto[taken_[behind]] - own) break;
        at += own;
      }
      const auto found = std::lower_bound(level.upto.begin(), level.upto.end(), at);
      drawn = std::min(static_cast<std::size_t>(found - level.upto.begin()), n - 1);
      taken_.insert(taken_.begin() + static_cast<std::ptrdiff_t>(behind), drawn);
      taken_weight += weights_[level.candidates[drawn]];
    }
    const double own = load(level.candidates[drawn], asker.now);
    if (k > 0 && own >= least) continue;
    best = level.candidates[drawn];
    least = own;
  }
  return best;
}

}  // namespace rehearse::models
