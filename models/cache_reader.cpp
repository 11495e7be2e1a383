#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "models/compiler.hpp"

/// The `caches:` block. A cache with `latency` becomes a station like any service.

namespace rehearse::models {
namespace {

constexpr double kMostSizedKeys = 5e7;  // a table of 200 MB; beyond, give one size for all

const FieldTable kValueLognormalFields{"value lognormal",
                                       "Log-normal sizes.",
                                       {{.name = "median",
                                         .type = FieldType::bytes,
                                         .doc = "Half of the values are smaller.",
                                         .required = true,
                                         .min = 1},
                                        {.name = "p99",
                                         .type = FieldType::bytes,
                                         .doc = "99% of the values are smaller.",
                                         .required = true,
                                         .min = 1}}};

const FieldTable kValueFields{
    "value",
    "Sizes of values that differ from key to key. Each key has its size once and for all, "
    "independent of how popular it is.",
    {{.name = "lognormal",
      .type = FieldType::block,
      .doc = "Many small values and a few large ones.",
      .child = &kValueLognormalFields},
     {.name = "exponential",
      .type = FieldType::bytes,
      .doc = "Exponential sizes with this mean.",
      .min = 1}}};

const FieldTable kKeysFields{"keys",
                             "Which keys are looked up, independently of each other.",
                             {{.name = "zipf",
                               .type = FieldType::block,
                               .doc = "Popularity falls as rank^-alpha.",
                               .child = nullptr},
                              {.name = "uniform",
                               .type = FieldType::count,
                               .doc = "So many keys, all equally popular.",
                               .min = 1,
                               .max = 4e9}}};

const FieldTable kZipfFields{
    "zipf",
    "Zipf's law: the k-th most popular key is looked up with probability proportional to k^-alpha.",
    {{.name = "n",
      .type = FieldType::count,
      .doc = "Number of keys.",
      .required = true,
      .min = 1,
      .max = 4e9},
     {.name = "alpha",
      .type = FieldType::number,
      .doc = "Skew; 0 is uniform.",
      .fallback = "1",
      .min = 0,
      .max = 10}}};

FieldTable with_zipf() {
  FieldTable table = kKeysFields;
  table.fields[0].child = &kZipfFields;
  return table;
}
const FieldTable kCacheKeysFields = with_zipf();

}  // namespace

const FieldTable kCacheFields{
    "cache",
    "A cache that all instances share. It holds values for a known set of keys, up to `entries` of "
    "them or up to `memory`, or hits with a given `hit_ratio`. With `latency` it is a server of "
    "its "
    "own that look-ups have to reach and wait for; without, a look-up takes no time. A cache that "
    "does not answer counts as a miss.",
    {{.name = "entries",
      .type = FieldType::count,
      .doc = "Most keys held; then one is evicted.",
      .min = 1,
      .max = 4e9},
     {.name = "memory",
      .type = FieldType::bytes,
      .doc =
          "Most bytes held, as the sum of `value` over the keys; then as many are evicted as a new "
          "one needs.",
      .min = 1},
     {.name = "value",
      .type = FieldType::custom,
      .doc = "Size of a value: `2Ki`, or sizes that differ from key to key. With `memory`.",
      .child = &kValueFields,
      .schema = R"({"type": "string"})",
      .example = "2Ki"},
     {.name = "keys",
      .type = FieldType::block,
      .doc = "Which keys are looked up; needed unless `hit_ratio` is given.",
      .child = &kCacheKeysFields},
     {.name = "hit_ratio",
      .type = FieldType::ratio,
      .doc =
          "In place of `keys`: every look-up hits with this probability, for a cache of which no "
          "more is known (a CDN).",
      .min = 0,
      .max = 1},
     {.name = "eviction",
      .type = FieldType::choice,
      .doc =
          "lru: the key unused for longest goes; fifo: the one written first; lfu: the one used "
          "least often since it came in; tinylfu: W-TinyLFU, as in Caffeine: newcomers stay only "
          "if they were asked for more often lately than whom they would replace; random.",
      .fallback = "lru",
      .choices = {"lru", "fifo", "lfu", "tinylfu", "random"}},
     {.name = "ttl",
      .type = FieldType::duration,
      .doc = "Life of an entry.",
      .min = 0,
      .above_min = true},
     {.name = "expiry",
      .type = FieldType::choice,
      .doc = "Whether the life counts from the write, or anew from each hit.",
      .fallback = "fixed",
      .choices = {"fixed", "sliding"}},
     {.name = "sweep",
      .type = FieldType::duration,
      .doc =
          "Expired entries leave at a sweep in this interval, and before it when they are looked "
          "up (by default only then). They are never served: until they leave, they take room "
          "from others.",
      .min = 0.001},
     {.name = "latency", .type = FieldType::distribution, .doc = "Time to serve one look-up."},
     {.name = "servers",
      .type = FieldType::count,
      .doc = "Look-ups served at once (Redis: 1). With `latency`; without it there is no limit.",
      .min = 1,
      .max = 4e9},
     {.name = "timeout",
      .type = FieldType::duration,
      .doc = "How long callers wait for the cache before they do without.",
      .min = 0,
      .above_min = true},
     {.name = "zones",
      .type = FieldType::list,
      .doc = "Where it is: one zone or region.",
      .example = "[eu-west-1/a]"}}};

sim::Zipf Compiler::read_keys(FieldReader& cache) {
  const SpecNode* node = cache.node("keys");
  if (node == nullptr) return {};
  FieldReader keys(*node, kCacheKeysFields, out_, "keys of " + cache.what());
  if (keys.has("zipf") == keys.has("uniform")) {
    out_.error("contradiction", node->mark, "keys need either 'zipf' or 'uniform'",
               "write 'keys: {zipf: {n: 100k, alpha: 0.9}}'");
    return {};
  }
  if (keys.has("uniform")) return {static_cast<std::uint64_t>(keys.count("uniform")), 0};
  FieldReader zipf(*keys.node("zipf"), kZipfFields, out_, "zipf of " + cache.what());
  const std::int64_t n = zipf.count("n");
  const double alpha = zipf.number("alpha");
  return n > 0 ? sim::Zipf(static_cast<std::uint64_t>(n), alpha) : sim::Zipf();
}

// Sizes are drawn from a stream of their own that no seed changes: they belong to the platform.
ValueSizes Compiler::read_value(FieldReader& cache, const CacheSpec& spec) {
  ValueSizes sizes;
  const SpecNode* node = cache.node("value");
  if (node == nullptr) return sizes;
  if (node->is_scalar()) {
    const Parsed<std::int64_t> bytes = parse_bytes(node->text);
    if (!bytes.value || *bytes.value < 1 ||
        *bytes.value > std::numeric_limits<std::uint32_t>::max()) {
      cache.error("bad-quantity", "value",
                  bytes.problem.empty() ? "a value has from 1B to 4GiB" : bytes.problem,
                  "write 'value: 2Ki'");
      return sizes;
    }
    sizes.constant = static_cast<std::uint32_t>(*bytes.value);
    sizes.mean = sizes.constant;
    return sizes;
  }
  const int before = out_.error_count();
  FieldReader reader(*node, kValueFields, out_, "value of " + cache.what());
  if (reader.has("lognormal") == reader.has("exponential") && out_.error_count() == before)
    out_.error("contradiction", node->mark, "value needs either 'lognormal' or 'exponential'",
               "write 'value: 2Ki', or 'value: {lognormal: {median: 2Ki, p99: 64Ki}}'");
  sim::Distribution law;
  if (const SpecNode* lognormal = reader.node("lognormal")) {
    FieldReader in(*lognormal, kValueLognormalFields, out_, "value of " + cache.what());
    const std::int64_t median = in.bytes("median");
    const std::int64_t p99 = in.bytes("p99");
    if (p99 < median)
      in.error("bad-distribution", "p99", "the p99 lies below the median", "swap them?");
    if (out_.error_count() == before)
      law = sim::Distribution::lognormal_median_p99(static_cast<double>(median),
                                                    static_cast<double>(p99));
  } else if (reader.has("exponential")) {
    law = sim::Distribution::exponential(static_cast<double>(reader.bytes("exponential")));
  }
  if (static_cast<double>(spec.keys.size()) > kMostSizedKeys)
    cache.error("out-of-range", "value", "sizes of so many keys cannot be told apart",
                "give one size for all, or at most 50M keys");
  if (out_.error_count() != before) return sizes;
  auto by_key = std::make_shared<std::vector<std::uint32_t>>(spec.keys.size());
  sim::Stream stream({0, 0}, spec.name, "value");
  double sum = 0;
  for (std::uint32_t& size : *by_key) {
    const double bytes = std::clamp(std::round(law.sample(stream)), 1.0, 4294967295.0);
    size = static_cast<std::uint32_t>(bytes);
    sum += bytes;
  }
  sizes.mean = sum / static_cast<double>(by_key->size());
  sizes.by_key = std::move(by_key);
  return sizes;
}

// What a cache holds, and for how long.
void Compiler::read_cache_store(FieldReader& reader, CacheSpec& cache) {
  cache.given = reader.optional_ratio("hit_ratio");
  if (cache.given) {
    for (const std::string_view other :
         {"keys", "entries", "memory", "value", "eviction", "ttl", "expiry", "sweep"}) {
      if (!reader.has(other)) continue;
      reader.error("contradiction", other,
                   fmt::format("{} has both 'hit_ratio' and '{}'", reader.what(), other),
                   "a cache whose hit ratio is given holds no keys; keep one of them");
    }
    return;
  }
  if (!reader.has("keys") || !(reader.has("entries") || reader.has("memory"))) {
    out_.error("missing-field", reader.mark(),
               fmt::format("{} needs {}", reader.what(),
                           reader.has("keys") ? "'entries' or 'memory'" : "'keys'"),
               reader.has("keys") ? "write 'entries: 10k', or 'memory: 1Gi' with 'value: 2Ki'"
                                  : "write 'keys: {zipf: {n: 100k, alpha: 0.9}}', or give a "
                                    "'hit_ratio' in place of keys");
    return;
  }
  cache.keys = read_keys(reader);
  if (const auto entries = reader.optional_count("entries"))
    cache.entries = static_cast<std::uint64_t>(*entries);
  cache.bytes = static_cast<std::uint64_t>(reader.optional_bytes("memory").value_or(0));
  if (reader.has("memory") != reader.has("value"))
    reader.error("contradiction", reader.has("memory") ? "memory" : "value",
                 fmt::format("{} has '{}' but no '{}'", reader.what(),
                             reader.has("memory") ? "memory" : "value",
                             reader.has("memory") ? "value" : "memory"),
                 reader.has("memory") ? "add the size of a value: 'value: 2Ki'"
                                      : "sizes only matter to 'memory'");
  cache.value = read_value(reader, cache);
  cache.eviction = static_cast<Eviction>(reader.choice("eviction"));
  if (cache.eviction == Eviction::random) cache.stream = add_stream(cache.name, "eviction");
  cache.ttl = reader.optional_duration("ttl").value_or(Duration{});
  cache.sliding = reader.choice("expiry") == 1;
  cache.sweep = reader.optional_duration("sweep").value_or(Duration{});
  for (const std::string_view field : {"expiry", "sweep"}) {
    if (reader.has(field) && !reader.has("ttl"))
      reader.error("contradiction", field,
                   fmt::format("{} has '{}' but no 'ttl'", reader.what(), field), "add 'ttl: 60s'");
  }
}

void Compiler::declare_cache(const SpecEntry& entry) {
  const std::string what = fmt::format("cache '{}'", entry.key);
  declare(entry.key, {SubjectKind::cache, static_cast<std::uint32_t>(blueprint_.caches.size())},
          entry.key_mark);
  FieldReader reader(entry.value, kCacheFields, out_, what);
  CacheSpec cache;
  cache.name = entry.key;
  read_cache_store(reader, cache);
  if (reader.has("latency")) {
    read_cache_station(reader, cache, entry.key);
  } else if (reader.has("servers") || reader.has("timeout")) {
    reader.error("contradiction", reader.has("servers") ? "servers" : "timeout",
                 fmt::format("{} takes no time, so nobody waits for it", what), "add 'latency'");
  }
  blueprint_.caches.push_back(std::move(cache));
}

void Compiler::read_cache_station(FieldReader& reader, CacheSpec& cache, const std::string& name) {
  ServiceSpec spec;
  spec.name = name;
  spec.kind = ServiceKind::cache;
  if (const auto servers = reader.optional_count("servers")) {
    spec.slots = static_cast<std::uint32_t>(*servers);
    spec.servers = true;
  }
  spec.placement = read_placement(reader, 1);
  spec.balancer.stream = add_stream(name, "balancer");
  spec.first_endpoint = static_cast<std::uint32_t>(blueprint_.endpoints.size());
  cache.service = static_cast<std::uint32_t>(blueprint_.services.size());
  cache.timeout = reader.optional_duration("timeout").value_or(Duration{});
  blueprint_.services.push_back(spec);
  const std::uint32_t endpoint = add_endpoint(cache.service, name, reader.mark());
  blueprint_.endpoints[endpoint].start = here();
  emit_time(StepKind::work, *reader.node("latency"), {.entity = name, .endpoint = endpoint});
  emit({.kind = StepKind::done});
}

}  // namespace rehearse::models
