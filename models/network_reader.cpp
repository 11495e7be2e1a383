#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "models/compiler.hpp"

/// Regions, zones and the links between them: latency, loss and its recovery, bandwidth.

namespace rehearse::models {
namespace {

const std::string kClients = "clients";
constexpr double kLeastRto = 0.2;  // s: TCP_RTO_MIN of Linux
constexpr double kMostRto = 120;   // s: TCP_RTO_MAX

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

}  // namespace

const FieldTable kRegionFields{
    "region",
    "A region of the platform. Zones are places of their own; without any the region is one place.",
    {{.name = "zones",
      .type = FieldType::list,
      .doc = "Names of the zones, as in `[a, b, c]`; elsewhere written `region/zone`.",
      .example = "[a, b, c]"}}};

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
     {.name = "jitter",
      .type = FieldType::duration,
      .doc = "With `rtt`: standard deviation of one way, normal, cut off at zero.",
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

void Compiler::read_regions(const SpecNode* node) {
  NetworkSpec& network = blueprint_.network;
  if (node != nullptr && node->is_map()) {
    for (const SpecEntry& entry : node->entries) {
      const auto region = static_cast<std::uint32_t>(network.regions.size());
      network.regions.push_back(entry.key);
      declare(entry.key, {SubjectKind::region, region}, entry.key_mark);
      FieldReader reader(entry.value, kRegionFields, out_, fmt::format("region '{}'", entry.key));
      std::vector<std::string> zones = reader.texts("zones");
      if (zones.empty()) network.zones.push_back({entry.key, region});
      for (const std::string& zone : zones) {
        const std::string full = entry.key + "/" + zone;
        for (const Zone& other : network.zones) {
          if (other.name == full)
            reader.error("duplicate-name", "zones", fmt::format("zone '{}' is named twice", zone));
        }
        network.zones.push_back({full, region});
      }
    }
  } else if (node != nullptr && !node->is_null()) {
    out_.error("wrong-type", node->mark, "'regions' must be a map from names to regions",
               "write 'regions: {eu-west-1: {zones: [a, b, c]}}'");
  }
  if (network.zones.empty()) network.zones.push_back({"", 0});
  // The last place is the outside, where clients are unless told otherwise.
  network.zones.push_back({kClients, kNone});
  network.between.assign(network.zones.size() * network.zones.size(), kNone);
}

std::vector<std::uint32_t> Compiler::zones_named(const std::string& name, Mark mark) {
  const NetworkSpec& network = blueprint_.network;
  std::vector<std::uint32_t> found;
  std::vector<std::string_view> known;
  for (std::uint32_t z = 0; z < network.zones.size(); ++z) {
    const Zone& zone = network.zones[z];
    const bool in_region =
        zone.region < network.regions.size() && network.regions[zone.region] == name;
    if (zone.name == name || in_region) found.push_back(z);
    if (!zone.name.empty()) known.push_back(zone.name);
  }
  for (const std::string& region : network.regions)
    if (std::find(known.begin(), known.end(), region) == known.end()) known.push_back(region);
  if (found.empty())
    out_.error("unknown-place", mark, fmt::format("there is no region or zone '{}'", name),
               suggest(name, known));
  return found;
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

// Recovery and bandwidth. REQUIRES: the law of the latency is known.
void Compiler::read_transport(FieldReader& reader, Link& link) {
  const bool tcp = reader.choice("recovery") == 1;
  const auto given = reader.optional_duration("rto");
  if (reader.has("rto") && !tcp)
    reader.error("contradiction", "rto", "'rto' goes with 'recovery: tcp'",
                 "without recovery a lost message is not sent again");
  if (tcp) {
    const sim::Distribution& law = blueprint_.plans.laws[link.law].law;
    const double spread = law.mean() * std::sqrt(2 * law.scv());  // of a round trip
    const double rto = std::clamp(2 * law.mean() + 4 * spread, kLeastRto, kMostRto);
    link.rto = given.value_or(Duration::from_seconds(std::isfinite(rto) ? rto : kMostRto));
  }
  const auto text = reader.optional_text("bandwidth");
  if (!text) return;
  const std::optional<double> bandwidth = parse_bandwidth(*text);
  if (bandwidth) {
    link.bandwidth = *bandwidth;
  } else {
    reader.error("bad-quantity", "bandwidth", fmt::format("'{}' is no bandwidth", *text),
                 "write bits or bytes per second: 100Mbps, 1Gbps, 12.5MB/s");
  }
}

void Compiler::read_link(const SpecNode& node, std::size_t number) {
  const std::string what = fmt::format("link {}", number);
  FieldReader reader(node, kNetworkFields, out_, what);
  if (reader.has("latency") == reader.has("rtt"))
    reader.error("contradiction", reader.has("rtt") ? "rtt" : "latency",
                 fmt::format("{} needs either 'latency' or 'rtt'", what),
                 "latency is one way and may be a distribution; rtt is there and back");
  if (reader.has("jitter") && !reader.has("rtt"))
    reader.error("contradiction", "jitter", "'jitter' goes with 'rtt'",
                 "give 'latency' a distribution instead");
  Link link;
  link.loss = reader.ratio("loss");
  const std::string entity = "network/" + std::to_string(number);
  if (const SpecNode* latency = reader.node("latency")) {
    link.law = add_law(*latency, entity, "latency");
  } else {
    const double one_way = reader.optional_duration("rtt").value_or(Duration{}).to_seconds() / 2;
    const double jitter = reader.optional_duration("jitter").value_or(Duration{}).to_seconds();
    link.law = add_law(jitter > 0 ? sim::Distribution::normal(one_way, jitter)
                                  : sim::Distribution::constant(one_way),
                       entity, "latency");
  }
  link.loss_stream = add_stream(entity, "loss");
  read_transport(reader, link);
  NetworkSpec& network = blueprint_.network;
  const auto index = static_cast<std::uint32_t>(network.links.size());
  network.links.push_back(link);
  const std::size_t n = network.zones.size();
  const SpecNode* between = reader.node("between");
  if (between == nullptr) return;
  if (between->is_list() && between->items.size() == 2 && between->items[0].is_scalar() &&
      between->items[1].is_scalar()) {
    for (const std::uint32_t a : zones_named(between->items[0].text, between->items[0].mark)) {
      for (const std::uint32_t b : zones_named(between->items[1].text, between->items[1].mark))
        network.between[a * n + b] = network.between[b * n + a] = index;
    }
    return;
  }
  const std::string kind = between->is_scalar() ? between->text : "";
  if (kind != "zone" && kind != "zones" && kind != "regions") {
    reader.error("unknown-choice", "between",
                 "'between' must be zone, zones, regions or two places",
                 "write 'between: zones' or 'between: [eu-west-1, us-east-1]'");
    return;
  }
  for (std::size_t a = 0; a + 1 < n; ++a) {
    for (std::size_t b = 0; b + 1 < n; ++b) {
      const bool region = network.zones[a].region == network.zones[b].region;
      const bool applies = kind == "zone" ? a == b : kind == "zones" ? region && a != b : !region;
      if (applies) network.between[a * n + b] = index;
    }
  }
}

// Instances go round the zones in turn.
std::vector<std::uint32_t> Compiler::read_placement(FieldReader& reader, std::int64_t instances) {
  std::vector<std::uint32_t> zones;
  for (const std::string& name : reader.texts("zones")) {
    for (const std::uint32_t zone : zones_named(name, reader.mark("zones"))) zones.push_back(zone);
  }
  if (zones.empty()) {
    for (std::uint32_t z = 0; z + 1 < blueprint_.network.zones.size(); ++z) zones.push_back(z);
  }
  std::vector<std::uint32_t> placement;
  for (std::int64_t i = 0; i < instances; ++i)
    placement.push_back(zones[static_cast<std::size_t>(i) % zones.size()]);
  return placement;
}

}  // namespace rehearse::models
