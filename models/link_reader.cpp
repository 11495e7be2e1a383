#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "models/compiler.hpp"
#include "models/routes.hpp"
#include "models/rtt_matrix.hpp"

/// Links between places: latency, loss and its recovery, bandwidth; and ways over several of them.

namespace rehearse::models {
namespace {

// Bytes per second of "100Mbps" (bits) or "12.5MB/s"; nothing where it is neither or not above 0.
std::optional<double> parse_bandwidth(std::string_view text) {
  constexpr std::pair<std::string_view, double> kBits[] = {
      {"kbps", 1e3}, {"Mbps", 1e6}, {"Gbps", 1e9}, {"Tbps", 1e12}, {"bps", 1}};
  std::optional<double> bytes;
  if (text.ends_with("/s")) {
    const Parsed<std::int64_t> parsed = parse_bytes(text.substr(0, text.size() - 2));
    if (parsed.value) bytes = static_cast<double>(*parsed.value);
  } else {
    for (const auto& [unit, factor] : kBits) {
      if (!text.ends_with(unit)) continue;
      const Parsed<double> number = parse_number(text.substr(0, text.size() - unit.size()));
      if (number.value) bytes = *number.value * factor / 8;
      break;
    }
  }
  return bytes && *bytes > 0 ? bytes : std::nullopt;
}

// The law of one way, by its mean and standard deviation.
sim::Distribution one_way(double mean, double jitter) {
  return jitter > 0 ? sim::Distribution::normal(mean, jitter) : sim::Distribution::constant(mean);
}

}  // namespace

const FieldTable kNetworkFields{
    "network link",
    "Latency, loss and bandwidth of messages between two places, in both directions. Later entries "
    "override "
    "earlier ones; where none applies, messages take no time and none is lost.",
    {{.name = "between",
      .type = FieldType::custom,
      .doc = "`zones` (different zones of one region), `zone` (within a zone), `regions` "
             "(different regions), or two names, each a region, a zone or `clients`.",
      .required = true,
      .schema = R"({"oneOf": [{"enum": ["zones", "zone", "regions"]}, {"type": "array", )"
                R"("items": {"type": "string"}, "minItems": 2, "maxItems": 2}]})"},
     {.name = "latency",
      .type = FieldType::distribution,
      .doc = "One way. Each message draws its own."},
     {.name = "rtt",
      .type = FieldType::duration,
      .doc = "Round trip: each way takes half. In place of `latency`.",
      .min = 0},
     {.name = "rtt_matrix",
      .type = FieldType::text,
      .doc = "CSV file with round trips between regions in milliseconds, in place of `latency`: a "
             "row for each region that asks, its name first, and a column for each that is asked, "
             "named in the first line.",
      .example = "regions.csv"},
     {.name = "jitter",
      .type = FieldType::duration,
      .doc = "With `rtt` or `rtt_matrix`: standard deviation of one way, normal, cut off at zero.",
      .min = 0},
     {.name = "loss",
      .type = FieldType::ratio,
      .doc = "Share of messages that get lost.",
      .fallback = "0%",
      .min = 0,
      .max = 1},
     {.name = "recovery",
      .type = FieldType::choice,
      .doc =
          "What becomes of a lost message: nothing, so that the caller finds out by its timeout; "
          "or `tcp` sends it again after `rto`, then after twice that, and so on (RFC 6298), at "
          "most 15 times and 120 s apart, as Linux does. Losses by faults count as well: what a "
          "partition holds up arrives after it.",
      .fallback = "none",
      .choices = {"none", "tcp"}},
     {.name = "rto",
      .type = FieldType::duration,
      .doc = "Retransmission timeout of `recovery: tcp`; by default the mean round trip and four "
             "of its standard deviations, at least 200 ms (the least of Linux).",
      .min = 1e-6,
      .example = "200ms"},
     {.name = "bandwidth",
      .type = FieldType::text,
      .doc = "Bits or bytes per second, each way between each two zones: a message takes size / "
             "bandwidth, one after the other, before its latency begins. Sizes are the `body` of "
             "workloads, `request` and `response` of endpoints and queries, and `value` of caches.",
      .example = "1Gbps"}}};

Duration default_rto(double mean, double variance) {
  const double rto = 2 * mean + 4 * std::sqrt(2 * variance);
  const double most = kLongestRto.to_seconds();
  return Duration::from_seconds(std::isfinite(rto) ? std::clamp(rto, kLeastRto.to_seconds(), most)
                                                   : most);
}

void Compiler::read_network(const SpecNode* node) {
  if (node == nullptr || node->is_null()) return;
  if (!node->is_list()) {
    out_.error("wrong-type", node->mark, "'network' must be a list of links",
               "write '- {between: zones, latency: 1ms}'");
    return;
  }
  for (std::size_t i = 0; i < node->items.size(); ++i) read_link(node->items[i], i + 1);
}

// Recovery and bandwidth. Whether the RTO is to be taken from the latency.
bool Compiler::read_transport(FieldReader& reader, Link& link) {
  const bool tcp = reader.choice("recovery") == 1;
  const auto rto = reader.optional_duration("rto");
  if (reader.has("rto") && !tcp)
    reader.error("contradiction", "rto", "'rto' goes with 'recovery: tcp'",
                 "without recovery a lost message is not sent again");
  if (tcp && rto) link.rto = *rto;
  if (const auto text = reader.optional_text("bandwidth")) {
    const std::optional<double> bandwidth = parse_bandwidth(*text);
    if (!bandwidth)
      reader.error("bad-quantity", "bandwidth", fmt::format("'{}' is no bandwidth", *text),
                   "write bits or bytes per second: 100Mbps, 1Gbps, 12.5MB/s");
    link.bandwidth = bandwidth.value_or(0);
  }
  return tcp && !rto;
}

// Ordered pairs of zones that a link is for.
Compiler::ZonePairs Compiler::read_between(FieldReader& reader) {
  ZonePairs pairs;
  const SpecNode* between = reader.node("between");
  if (between == nullptr) return pairs;
  if (between->is_list() && between->items.size() == 2 && between->items[0].is_scalar() &&
      between->items[1].is_scalar()) {
    for (const std::uint32_t a : zones_named(between->items[0].text, between->items[0].mark)) {
      for (const std::uint32_t b : zones_named(between->items[1].text, between->items[1].mark)) {
        pairs.emplace_back(a, b);
        if (a != b) pairs.emplace_back(b, a);
      }
    }
    return pairs;
  }
  const std::string kind = between->is_scalar() ? between->text : "";
  if (kind != "zone" && kind != "zones" && kind != "regions") {
    reader.error("unknown-choice", "between",
                 "'between' must be zone, zones, regions or two places",
                 "write 'between: zones' or 'between: [eu-west-1, us-east-1]'");
    return pairs;
  }
  const std::vector<Zone>& zones = blueprint_.network.zones;
  for (std::uint32_t a = 0; a + 1 < zones.size(); ++a) {
    for (std::uint32_t b = 0; b + 1 < zones.size(); ++b) {
      const bool region = zones[a].region == zones[b].region;
      if (kind == "zone" ? a == b : kind == "zones" ? region && a != b : !region)
        pairs.emplace_back(a, b);
    }
  }
  return pairs;
}

void Compiler::add_link(Link link, sim::Distribution law, const std::string& entity,
                        bool derive_rto, const ZonePairs& pairs) {
  if (derive_rto) link.rto = default_rto(law.mean(), law.scv() * law.mean() * law.mean());
  link.law = add_law(std::move(law), entity, "latency");
  link.loss_stream = add_stream(entity, "loss");
  NetworkSpec& network = blueprint_.network;
  network.links.push_back(link);
  for (const auto& [a, b] : pairs)
    network.between[a * network.zones.size() + b] =
        static_cast<std::uint32_t>(network.links.size() - 1);
}

void Compiler::read_link(const SpecNode& node, std::size_t number) {
  const std::string what = fmt::format("link {}", number);
  FieldReader reader(node, kNetworkFields, out_, what);
  const int laws = static_cast<int>(reader.has("latency")) + static_cast<int>(reader.has("rtt")) +
                   static_cast<int>(reader.has("rtt_matrix"));
  if (laws != 1)
    reader.error("contradiction", reader.has("rtt") ? "rtt" : "latency",
                 fmt::format("{} needs either 'latency' or 'rtt'", what),
                 "latency is one way and may be a distribution; rtt is there and back, rtt_matrix "
                 "a file of them");
  if (reader.has("jitter") && !reader.has("rtt") && !reader.has("rtt_matrix"))
    reader.error("contradiction", "jitter", "'jitter' goes with 'rtt'",
                 "give 'latency' a distribution instead");
  Link link;
  link.loss = reader.ratio("loss");
  const bool derive_rto = read_transport(reader, link);
  const std::string entity = "network/" + std::to_string(number);
  const double jitter = reader.optional_duration("jitter").value_or(Duration{}).to_seconds();
  if (const SpecNode* latency = reader.node("latency")) {
    sim::Distribution law = read_law(*latency, fmt::format("latency of '{}'", entity));
    return add_link(link, std::move(law), entity, derive_rto, read_between(reader));
  }
  if (reader.has("rtt_matrix")) return read_matrix(reader, link, entity, jitter, derive_rto);
  const double rtt = reader.optional_duration("rtt").value_or(Duration{}).to_seconds();
  add_link(link, one_way(rtt / 2, jitter), entity, derive_rto, read_between(reader));
}

// A link for each two regions, each way with half of its own round trip.
void Compiler::read_matrix(FieldReader& reader, const Link& link, const std::string& entity,
                           double jitter, bool derive_rto) {
  const std::optional<std::string> text = load(reader, "rtt_matrix");
  const auto pairs = read_between(reader);
  if (!text) return;
  const RttMatrix matrix = read_rtt_matrix(*text);
  if (!matrix.problem.empty())
    return reader.error("bad-rtt-matrix", "rtt_matrix",
                        fmt::format("'{}': {}", reader.text("rtt_matrix"), matrix.problem),
                        "write a line 'from,east,west', then lines like 'east,,72.5'");
  const NetworkSpec& network = blueprint_.network;
  const auto region_of = [&](std::uint32_t zone) {
    const std::uint32_t region = network.zones[zone].region;
    return region < network.regions.size() ? network.regions[region] : network.zones[zone].name;
  };
  std::map<std::pair<std::string, std::string>, ZonePairs> by_regions;
  for (const auto& [a, b] : pairs) by_regions[{region_of(a), region_of(b)}].emplace_back(a, b);
  for (const auto& [regions, zones] : by_regions) {
    const auto& [from, to] = regions;
    const std::optional<double> rtt = matrix.between(from, to);
    if (!rtt) {
      reader.error(
          "unknown-place", "rtt_matrix",
          fmt::format("'{}' has no time from '{}' to '{}'", reader.text("rtt_matrix"), from, to),
          "name the pairs that it has, one link each: 'between: [east, west]'");
      continue;
    }
    add_link(link, one_way(*rtt / 2, jitter), fmt::format("{} {} {}", entity, from, to), derive_rto,
             zones);
  }
}

// Ways over other places, where there is no link.
void Compiler::read_routes(FieldReader& system) {
  if (system.choice("routes") == 0) return;
  const NetworkSpec& network = blueprint_.network;
  const auto outside = static_cast<std::uint32_t>(network.zones.size() - 1);
  bool reaches_outside = false;
  for (std::uint32_t z = 0; z < outside; ++z)
    reaches_outside = reaches_outside || network.link(outside, z) != kNone;
  std::set<std::pair<std::string, std::string>> told;
  for (const auto& [a, b] : add_routes(blueprint_)) {
    if ((a == outside || b == outside) && !reaches_outside) continue;
    const std::string from = network.zones[std::min(a, b)].name;
    const std::string to = network.zones[std::max(a, b)].name;
    if (!told.insert({from, to}).second) continue;
    system.error("no-route", "routes", fmt::format("no way leads from '{}' to '{}'", from, to),
                 "add a link to one of their neighbours");
  }
}

}  // namespace rehearse::models
