#include <fmt/format.h>

#include <algorithm>

#include "models/compiler.hpp"

/// Regions and zones; models/link_reader.cpp has what is between them.

namespace rehearse::models {
namespace {

const std::string kClients = "clients";

}  // namespace

const FieldTable kRegionFields{
    "region",
    "A region of the platform. Zones are places of their own; without any the region is one place.",
    {{.name = "zones",
      .type = FieldType::list,
      .doc = "Names of the zones, as in `[a, b, c]`; elsewhere written `region/zone`.",
      .example = "[a, b, c]"}}};

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

std::vector<std::uint32_t> Compiler::read_zones(FieldReader& reader) {
  std::vector<std::uint32_t> zones;
  for (const std::string& name : reader.texts("zones")) {
    for (const std::uint32_t zone : zones_named(name, reader.mark("zones"))) zones.push_back(zone);
  }
  if (zones.empty()) {
    for (std::uint32_t z = 0; z + 1 < blueprint_.network.zones.size(); ++z) zones.push_back(z);
  }
  return zones;
}

// Instances go round the zones in turn.
std::vector<std::uint32_t> Compiler::read_placement(FieldReader& reader, std::int64_t instances) {
  const std::vector<std::uint32_t> zones = read_zones(reader);
  std::vector<std::uint32_t> placement;
  for (std::int64_t i = 0; i < instances; ++i)
    placement.push_back(zones[static_cast<std::size_t>(i) % zones.size()]);
  return placement;
}

}  // namespace rehearse::models
