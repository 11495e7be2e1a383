#include "models/routes.hpp"

#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/dijkstra_shortest_paths.hpp>
#include <cmath>
#include <limits>

namespace rehearse::models {
namespace {

using Weight = boost::property<boost::edge_weight_t, std::int64_t>;  // ns
using ZoneGraph =
    boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS, boost::no_property, Weight>;

// Links between zones as they are without ways, and zones of one region that have none. Edges from
// the outside are those of a source only.
ZoneGraph graph_of(const Blueprint& blueprint, bool from_outside) {
  const NetworkSpec& network = blueprint.network;
  const auto zones = static_cast<std::uint32_t>(network.zones.size());
  const std::uint32_t outside = zones - 1;
  ZoneGraph graph(zones);
  for (std::uint32_t a = 0; a < zones; ++a) {
    for (std::uint32_t b = 0; b < zones; ++b) {
      if (a == b || (a == outside && !from_outside) || (b == outside && from_outside)) continue;
      const std::uint32_t link = network.link(a, b);
      if (link != kNone) {
        const std::uint32_t law = network.links[link].law;
        const double mean = law == kNone ? 0 : blueprint.plans.laws[law].law.mean();
        boost::add_edge(a, b, Duration::from_seconds(mean).ns(), graph);
      } else if (network.zones[a].region == network.zones[b].region) {
        boost::add_edge(a, b, 0, graph);
      }
    }
  }
  return graph;
}

// The link that stands for a way: it recovers losses where one of its hops does, end to end.
Link link_over(const Blueprint& blueprint, const std::vector<std::uint32_t>& way) {
  Link whole;
  double arrives = 1;
  double mean = 0;
  double variance = 0;
  bool recovers = false;
  for (std::size_t i = 0; i + 1 < way.size(); ++i) {
    const std::uint32_t number = blueprint.network.link(way[i], way[i + 1]);
    if (number == kNone) continue;
    const Link& hop = blueprint.network.links[number];
    arrives *= 1 - hop.loss;
    recovers = recovers || hop.rto > Duration::zero();
    if (hop.law == kNone) continue;
    const sim::Distribution& law = blueprint.plans.laws[hop.law].law;
    mean += law.mean();
    variance += law.scv() * law.mean() * law.mean();
  }
  whole.loss = 1 - arrives;
  if (recovers) whole.rto = default_rto(mean, variance);
  return whole;
}

}  // namespace

std::vector<std::pair<std::uint32_t, std::uint32_t>> add_routes(Blueprint& blueprint) {
  NetworkSpec& network = blueprint.network;
  const auto zones = static_cast<std::uint32_t>(network.zones.size());
  const std::uint32_t outside = zones - 1;
  const ZoneGraph inside = graph_of(blueprint, false);
  const ZoneGraph from_outside = graph_of(blueprint, true);
  const std::vector<std::uint32_t> direct = network.between;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> cut_off;
  for (std::uint32_t a = 0; a < zones; ++a) {
    std::vector<std::size_t> before(zones);
    std::vector<std::int64_t> distance(zones);
    boost::dijkstra_shortest_paths(
        a == outside ? from_outside : inside, a,
        boost::predecessor_map(before.data()).distance_map(distance.data()));
    for (std::uint32_t b = 0; b < zones; ++b) {
      const bool apart = network.zones[a].region != network.zones[b].region;
      if (!apart || direct[a * zones + b] != kNone) continue;
      if (distance[b] == std::numeric_limits<std::int64_t>::max()) {
        cut_off.emplace_back(a, b);
        continue;
      }
      std::vector<std::uint32_t> way{b};
      while (way.back() != a) way.push_back(static_cast<std::uint32_t>(before[way.back()]));
      std::reverse(way.begin(), way.end());
      Link link = link_over(blueprint, way);
      link.way = static_cast<std::uint32_t>(network.ways.size());
      network.ways.push_back(std::move(way));
      network.links.push_back(link);
      network.between[a * zones + b] = static_cast<std::uint32_t>(network.links.size() - 1);
    }
  }
  return cut_off;
}

}  // namespace rehearse::models
