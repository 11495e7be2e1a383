#include <fmt/format.h>

#include <map>
#include <utility>

#include "base/quantity.hpp"
#include "models/lint_context.hpp"
#include "models/trip_figures.hpp"

/// Lints about links: whether they carry the bytes that callers and callees send at the peak.

namespace rehearse::models {
namespace {

using Bytes = std::map<std::pair<std::uint32_t, std::uint32_t>, double>;  // per second, from and to

void send(const NetworkSpec& network, std::uint32_t from, std::uint32_t to, double per_second,
          Bytes& bytes) {
  const std::uint32_t link = network.link(from, to);
  if (link == kNone) return;
  if (network.links[link].way == kNone) {
    bytes[{from, to}] += per_second;
    return;
  }
  const std::vector<std::uint32_t>& zones = network.ways[network.links[link].way];
  for (std::size_t i = 0; i + 1 < zones.size(); ++i)
    send(network, zones[i], zones[i + 1], per_second, bytes);
}

void add_messages(const LintContext& context, const Caller& caller, Bytes& bytes) {
  const Blueprint& blueprint = context.blueprint();
  for (const auto& [endpoint, calls] : caller.figures->calls) {
    const double rate = calls * caller.rate;
    const double request = rate * mean_request(blueprint, endpoint, caller.body);
    const double response =
        rate * mean_response(blueprint, endpoint) * (1 - context.usual.endpoint(endpoint).failure);
    const std::uint32_t service = blueprint.endpoints[endpoint].service;
    for (const auto& [here, share] : caller.from) {
      for (const auto& [there, part] : places_asked(context.usual.plans(), service, here)) {
        send(context.blueprint().network, here, there, request * share * part, bytes);
        send(context.blueprint().network, there, here, response * share * part, bytes);
      }
    }
  }
}

}  // namespace

void lint_network(LintContext& context) {
  const NetworkSpec& network = context.blueprint().network;
  bool any = false;
  for (const Link& link : network.links) any = any || link.bandwidth > 0;
  if (!any) return;
  Bytes bytes;
  for (const Caller& caller : context.callers()) add_messages(context, caller, bytes);
  for (const auto& [way, per_second] : bytes) {
    const std::uint32_t link = network.link(way.first, way.second);
    const double bandwidth = link == kNone ? 0 : network.links[link].bandwidth;
    if (bandwidth <= 0 || per_second < bandwidth) continue;
    const std::string name =
        fmt::format("{} -> {}", network.zones[way.first].name, network.zones[way.second].name);
    context.add(
        "link-overload", name,
        fmt::format("the link '{}' would have to carry {}/s at the peak, {} of its bandwidth", name,
                    format_bytes(per_second, 3), format_ratio(per_second / bandwidth, 3)),
        "messages queue for as long as this lasts; raise the bandwidth, or send less");
  }
}

}  // namespace rehearse::models
