#include "models/dependencies.hpp"

#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/breadth_first_search.hpp>
#include <boost/graph/reverse_graph.hpp>
#include <boost/graph/topological_sort.hpp>
#include <set>

namespace rehearse::models {
namespace {

// Vertices: endpoints, then workloads. An edge leads from caller to callee.
using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::bidirectionalS>;

std::uint32_t endpoints_of(const Traffic& traffic) {
  return static_cast<std::uint32_t>(traffic.scenario().blueprint.endpoints.size());
}

Graph graph_of(const Traffic& traffic) {
  const std::uint32_t n = endpoints_of(traffic);
  Graph graph(n + traffic.scenario().blueprint.workloads.size());
  for (const CallEdge& edge : call_edges(traffic))
    boost::add_edge(edge.client ? n + edge.caller : edge.caller, edge.callee, graph);
  return graph;
}

// Of requests that would have succeeded otherwise.
double more_failures(double down, double usual) {
  if (usual >= 1) return 0;
  return std::clamp((down - usual) / (1 - usual), 0.0, 1.0);
}

std::vector<std::size_t> instances_by_zone(const Blueprint& blueprint) {
  std::vector<std::size_t> instances(blueprint.network.zones.size(), 0);
  for (const ServiceSpec& service : blueprint.services)
    for (const std::uint32_t zone : service.placement) ++instances[zone];
  return instances;
}

// Share of its instances that a service has left.
double share_left(const ServiceSpec& service, const Part& part) {
  if (part.kind != PartKind::zone) return 1;
  const auto lost = std::count(service.placement.begin(), service.placement.end(), part.zone);
  return 1 - static_cast<double>(lost) / static_cast<double>(service.placement.size());
}

}  // namespace

std::vector<CallEdge> call_edges(const Traffic& traffic) {
  std::vector<CallEdge> edges;
  const Blueprint& blueprint = traffic.scenario().blueprint;
  for (std::uint32_t w = 0; w < blueprint.workloads.size(); ++w)
    for (const auto& [callee, calls] : traffic.request(w).calls)
      edges.push_back({w, true, callee, calls, calls * traffic.workload_rate(w, Level::mean)});
  for (std::uint32_t e = 0; e < blueprint.endpoints.size(); ++e)
    for (const auto& [callee, calls] : traffic.endpoint(e).calls)
      edges.push_back({e, false, callee, calls, calls * traffic.endpoint_rate(e, Level::mean)});
  return edges;
}

std::vector<int> call_depths(const Traffic& traffic) {
  const Graph graph = graph_of(traffic);
  std::vector<Graph::vertex_descriptor> callees_first;
  boost::topological_sort(graph, std::back_inserter(callees_first));
  std::vector<int> depth(boost::num_vertices(graph), 0);
  for (const Graph::vertex_descriptor v : callees_first)
    for (const auto edge : boost::make_iterator_range(boost::out_edges(v, graph)))
      depth[v] = std::max(depth[v], depth[boost::target(edge, graph)] + 1);
  depth.erase(depth.begin(), depth.begin() + endpoints_of(traffic));
  return depth;
}

std::vector<std::uint32_t> dependents(const Traffic& traffic, std::uint32_t service) {
  const Graph graph = graph_of(traffic);
  const auto callers = boost::make_reverse_graph(graph);
  const ServiceSpec& spec = traffic.scenario().blueprint.services[service];
  // One search from all endpoints of the service: colours are kept between its starts.
  std::vector<boost::default_color_type> seen(boost::num_vertices(graph), boost::white_color);
  const auto colors =
      boost::make_iterator_property_map(seen.begin(), boost::get(boost::vertex_index, graph));
  for (std::uint32_t i = 0; i < spec.endpoint_count; ++i) {
    boost::queue<Graph::vertex_descriptor> open;
    if (seen[spec.first_endpoint + i] == boost::white_color)
      boost::breadth_first_visit(callers, spec.first_endpoint + i, open,
                                 boost::default_bfs_visitor(), colors);
  }
  std::vector<std::uint32_t> found;
  for (std::uint32_t e = 0; e < endpoints_of(traffic); ++e) {
    const bool own = e >= spec.first_endpoint && e < spec.first_endpoint + spec.endpoint_count;
    if (!own && seen[e] != boost::white_color) found.push_back(e);
  }
  return found;
}

std::vector<Part> parts_of(const Traffic& traffic) {
  const Blueprint& blueprint = traffic.scenario().blueprint;
  std::vector<Part> parts;
  for (const auto& [of, kind] : {std::pair{ServiceKind::service, PartKind::service},
                                 {ServiceKind::database, PartKind::database},
                                 {ServiceKind::broker, PartKind::broker}}) {
    for (std::uint32_t s = 0; s < blueprint.services.size(); ++s) {
      const ServiceSpec& service = blueprint.services[s];
      if (service.kind == of && traffic.load(s, Level::peak).rate > 0)
        parts.push_back({kind, service.name, s});
    }
  }
  for (std::uint32_t c = 0; c < blueprint.caches.size(); ++c)
    if (traffic.lookup_rate(c) > 0)
      parts.push_back({PartKind::cache, blueprint.caches[c].name, blueprint.caches[c].service, c});
  const std::vector<std::size_t> held = instances_by_zone(blueprint);
  if (std::count(held.begin(), held.end(), 0) + 1 >= static_cast<std::ptrdiff_t>(held.size()))
    return parts;
  for (std::uint32_t z = 0; z < held.size(); ++z)
    if (held[z] > 0)
      parts.push_back({PartKind::zone, blueprint.network.zones[z].name, kNone, kNone, z});
  return parts;
}

TrafficCase while_down(const Traffic& usual, const std::vector<const Part*>& parts) {
  const Blueprint& blueprint = usual.scenario().blueprint;
  TrafficCase outage;
  outage.services_down.assign(blueprint.services.size(), false);
  outage.caches_down.assign(blueprint.caches.size(), false);
  for (const Part* part : parts) {
    if (part->service != kNone) outage.services_down[part->service] = true;
    if (part->cache != kNone) outage.caches_down[part->cache] = true;
    for (std::uint32_t s = 0; s < blueprint.services.size(); ++s)
      if (share_left(blueprint.services[s], *part) <= 0) outage.services_down[s] = true;
  }
  return outage;
}

Impact impact_of(const Traffic& usual, const Part& part) {
  const Blueprint& blueprint = usual.scenario().blueprint;
  const TrafficCase outage = while_down(usual, {&part});
  const Traffic down(usual, outage);
  Impact impact;
  double succeeded = 0;
  double lost = 0;
  for (std::uint32_t w = 0; w < blueprint.workloads.size(); ++w) {
    const double share = more_failures(down.request(w).failure, usual.request(w).failure);
    const double rate = usual.workload_rate(w, Level::mean) * (1 - usual.request(w).failure);
    impact.workloads.push_back(share);
    succeeded += rate;
    lost += rate * share;
  }
  if (succeeded > 0) impact.clients = lost / succeeded;
  std::set<std::uint32_t> hit;
  for (std::uint32_t s = 0; s < blueprint.services.size(); ++s)
    if (outage.services_down[s])
      for (const std::uint32_t e : dependents(usual, s)) hit.insert(e);
  for (const std::uint32_t e : hit) {
    if (outage.services_down[blueprint.endpoints[e].service]) continue;
    const double share = more_failures(down.endpoint(e).failure, usual.endpoint(e).failure);
    if (share > 0 && usual.endpoint_rate(e, Level::mean) > 0)
      impact.endpoints.emplace_back(e, share);
  }
  for (std::uint32_t s = 0; s < blueprint.services.size(); ++s) {
    if (outage.services_down[s]) continue;
    const double saturation =
        down.load(s, Level::peak).saturation() / share_left(blueprint.services[s], part);
    if (saturation > 1 && usual.load(s, Level::peak).saturation() <= 1)
      impact.overloads.push_back({s, saturation});
  }
  return impact;
}

}  // namespace rehearse::models
