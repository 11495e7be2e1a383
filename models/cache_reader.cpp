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

// What a cache and a layer of one have in common.
std::vector<Field> limit_fields() {
  return {
      {.name = "entries",
       .type = FieldType::count,
       .doc = "Most keys held; then one is evicted.",
       .min = 1,
       .max = 4e9},
      {.name = "memory",
       .type = FieldType::bytes,
       .doc = "Most bytes held, as the sum of `value` over the keys; then as many are evicted as a "
              "new one needs.",
       .min = 1},
      {.name = "eviction",
       .type = FieldType::choice,
       .doc =
           "lru: the key unused for longest goes; fifo: the one written first; lfu: the one used "
           "least often since it came in; tinylfu: W-TinyLFU, as in Caffeine: newcomers stay "
           "only if they were asked for more often lately than whom they would replace; random.",
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
      {.name = "refresh_after",
       .type = FieldType::duration,
       .doc = "Soft TTL (stale-while-revalidate, RFC 5861): a hit on an older entry is answered at "
              "once, and the steps of `on_miss` run in the background to fetch it anew. Readers "
              "never wait for popular keys, and get values that are out of date until then.",
       .min = 0,
       .above_min = true},
      {.name = "early_expiry",
       .type = FieldType::number,
       .doc = "XFetch: a look-up may take an entry for expired ahead of its time, the likelier the "
              "nearer its end and the longer its last fetch took, so that one reader fetches it "
              "before all of them miss. This is beta; 1 is usual, more is earlier. Needs `ttl`.",
       .min = 0,
       .max = 1000,
       .above_min = true},
      {.name = "coalesce",
       .type = FieldType::choice,
       .doc =
           "What a look-up does that misses while another fetches the same key. none: it fetches "
           "as well (a stampede); single_flight: it waits for the other, within one instance of "
           "the caller, and shares its result, a failure included (x/sync/singleflight of Go); "
           "lock: it waits, across all callers, until the key is filled, and takes over where "
           "the other fails.",
       .fallback = "none",
       .choices = {"none", "single_flight", "lock"}},
      {.name = "coalesce_timeout",
       .type = FieldType::duration,
       .doc = "Who has waited so long for the fetch of another fetches as well (nginx "
              "`proxy_cache_lock_timeout`: 5s). Without it there is no limit, and look-ups whose "
              "fetches need each other wait for ever, as they would in reality.",
       .min = 0,
       .above_min = true}};
}

std::vector<Field> station_fields() {
  return {
      {.name = "hit_ratio",
       .type = FieldType::ratio,
       .doc = "In place of `keys`: every look-up hits with this probability, for a cache of which "
              "no more is known (a CDN).",
       .min = 0,
       .max = 1},
      {.name = "latency", .type = FieldType::distribution, .doc = "Time to serve one look-up."},
      {.name = "servers",
       .type = FieldType::count,
       .doc = "Look-ups served at once (Redis: 1). With `latency`; without it there is no limit.",
       .min = 1,
       .max = 4e9},
      {.name = "cleanup",
       .type = FieldType::block,
       .doc = "Slow phases that come back. With `latency`.",
       .child = &kCleanupFields},
      {.name = "cluster",
       .type = FieldType::block,
       .doc = "Several servers that share the keys (Redis Cluster). With `latency` and `keys`.",
       .child = &kClusterFields},
      {.name = "timeout",
       .type = FieldType::duration,
       .doc = "How long callers wait for the cache before they do without.",
       .min = 0,
       .above_min = true},
      {.name = "zones",
       .type = FieldType::list,
       .doc = "Where it is: one zone or region.",
       .example = "[eu-west-1/a]"}};
}

std::vector<Field> layer_only_fields() {
  return {{.name = "name",
           .type = FieldType::text,
           .doc = "Results speak of `cache/name`; by default the kind of the layer."},
          {.name = "refill_ttl",
           .type = FieldType::duration,
           .doc = "Life of an entry that a layer further away had; by default `ttl`.",
           .min = 0,
           .above_min = true}};
}

FieldTable table_of(std::string_view name, std::string_view doc,
                    std::initializer_list<std::vector<Field>> parts) {
  FieldTable table{name, doc, {}};
  for (const std::vector<Field>& part : parts)
    table.fields.insert(table.fields.end(), part.begin(), part.end());
  return table;
}

const FieldTable kInProcessFields = table_of(
    "in-process layer",
    "In the memory of the caller: each instance of each service that looks up has its own, "
    "so that a key may be in one and not in another. It takes no time.",
    {layer_only_fields(), limit_fields()});
const FieldTable kSharedLayerFields =
    table_of("shared layer", "One for all callers, as Redis, memcached or a CDN.",
             {layer_only_fields(), limit_fields(), station_fields()});

const FieldTable kBehindFields{
    "write_behind",
    "Writes that the cache acknowledges before its origin has them. Those in the memory of an "
    "instance that stops are lost, and a batch whose steps fail as well (`lost_ratio`).",
    {{.name = "delay",
      .type = FieldType::duration,
      .doc = "Longest time that a write waits.",
      .required = true,
      .min = 0,
      .above_min = true},
     {.name = "batch",
      .type = FieldType::count,
      .doc = "Writes of one instance that are done together: with so many nobody waits any longer.",
      .fallback = "100",
      .min = 1,
      .max = 1e6}}};

const FieldTable kLayerFields{"layer",
                              "One layer of a cache; one key per layer.",
                              {{.name = "in_process",
                                .type = FieldType::block,
                                .doc = "A store in each instance of the caller.",
                                .child = &kInProcessFields},
                               {.name = "shared",
                                .type = FieldType::block,
                                .doc = "A store that all share.",
                                .child = &kSharedLayerFields}}};

}  // namespace

const FieldTable kKeyLawFields = with_zipf();

const FieldTable kCacheFields = table_of(
    "cache",
    "A cache that all instances share, or several layers of caches. It holds values for a known "
    "set "
    "of keys, up to `entries` of them or up to `memory`, or hits with a given `hit_ratio`. With "
    "`latency` it is a server of its own that look-ups have to reach and wait for; without, a "
    "look-up takes no time. A cache that does not answer counts as a miss.",
    {{{.name = "layers",
       .type = FieldType::list,
       .doc =
           "Layers that are asked in turn, nearest first. What a layer has is stored in those "
           "before it, with their `refill_ttl`; what none has is fetched and stored in all, with "
           "the shorter of their `ttl` and that of the cache. A layer that does not answer is "
           "passed over.",
       .child = &kLayerFields,
       .example = "[{in_process: {entries: 1k}}, {shared: {entries: 100k}}]"},
      {.name = "write_behind",
       .type = FieldType::block,
       .doc = "A step that `set`s a key goes on at once; the steps of `on_write` follow later, for "
              "several writes together.",
       .child = &kBehindFields},
      {.name = "sessions",
       .type = FieldType::block,
       .doc = "Sessions of users in place of values: `keys` are the users.",
       .child = &kStoredSessionFields},
      {.name = "value",
       .type = FieldType::custom,
       .doc = "Size of a value: `2Ki`, or sizes that differ from key to key. With `memory`.",
       .child = &kValueFields,
       .schema = R"({"type": "string"})",
       .example = "2Ki"},
      {.name = "keys",
       .type = FieldType::block,
       .doc = "Which keys are looked up; needed unless `hit_ratio` is given.",
       .child = &kKeyLawFields}},
     limit_fields(),
     station_fields()});

sim::Zipf Compiler::read_keys(FieldReader& cache) {
  const SpecNode* node = cache.node("keys");
  if (node == nullptr) return {};
  return read_key_law(*node, "keys of " + cache.what());
}

sim::Zipf Compiler::read_key_law(const SpecNode& node, const std::string& what) {
  FieldReader keys(node, kKeyLawFields, out_, what);
  if (keys.has("zipf") == keys.has("uniform")) {
    out_.error("contradiction", node.mark,
               fmt::format("{} need either 'zipf' or 'uniform'", what.substr(0, what.find(' '))),
               "write 'keys: {zipf: {n: 100k, alpha: 0.9}}'");
    return {};
  }
  if (keys.has("uniform")) return {static_cast<std::uint64_t>(keys.count("uniform")), 0};
  FieldReader zipf(*keys.node("zipf"), kZipfFields, out_, "zipf of " + what);
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

void Compiler::forbid(FieldReader& reader, std::string_view field,
                      std::initializer_list<std::string_view> others, const std::string& why) {
  for (const std::string_view other : others) {
    if (!reader.has(other)) continue;
    reader.error("contradiction", other,
                 fmt::format("{} has both '{}' and '{}'", reader.what(), field, other), why);
  }
}

void Compiler::read_behind(FieldReader& reader, CacheSpec& cache) {
  const SpecNode* node = reader.node("write_behind");
  if (node == nullptr) return;
  FieldReader behind(*node, kBehindFields, out_, "write_behind of " + reader.what());
  cache.write_delay = behind.duration("delay");
  cache.write_batch = static_cast<std::uint32_t>(behind.count("batch"));
}

// How much is held, and for how long.
void Compiler::read_limits(FieldReader& reader, CacheSpec& cache) {
  if (const auto entries = reader.optional_count("entries"))
    cache.entries = static_cast<std::uint64_t>(*entries);
  cache.bytes = static_cast<std::uint64_t>(reader.optional_bytes("memory").value_or(0));
  if (!reader.has("entries") && !reader.has("memory") && cache.per_user == 0)
    out_.error("missing-field", reader.mark(),
               fmt::format("{} needs 'entries' or 'memory'", reader.what()),
               "write 'entries: 10k', or 'memory: 1Gi' with 'value: 2Ki'");
  if (cache.per_user == 0) cache.eviction = static_cast<Eviction>(reader.choice("eviction"));
  const auto ttl = reader.optional_duration("ttl");
  if (ttl) cache.ttl = cache.ttl > Duration::zero() ? std::min(cache.ttl, *ttl) : *ttl;
  cache.refill_ttl = cache.ttl;
  cache.sliding = reader.choice("expiry") == 1;
  cache.sweep = reader.optional_duration("sweep").value_or(Duration{});
  for (const std::string_view field : {"expiry", "sweep", "early_expiry"}) {
    if (reader.has(field) && cache.ttl <= Duration::zero())
      reader.error("contradiction", field,
                   fmt::format("{} has '{}' but no 'ttl'", reader.what(), field), "add 'ttl: 60s'");
  }
  read_fetches(reader, cache);
}

// What is done about keys that are dear to fetch.
void Compiler::read_fetches(FieldReader& reader, CacheSpec& cache) {
  if (const auto refresh = reader.optional_duration("refresh_after"))
    cache.refresh_after = *refresh;
  if (cache.ttl > Duration::zero() && cache.refresh_after >= cache.ttl)
    reader.error("contradiction", "refresh_after",
                 fmt::format("{} has expired by then", reader.what()),
                 "refresh entries before the end of their 'ttl'");
  cache.early = reader.optional_number("early_expiry").value_or(0);
  cache.coalescing = static_cast<Coalescing>(reader.choice("coalesce"));
  const auto wait = reader.optional_duration("coalesce_timeout");
  if (wait && cache.coalescing == Coalescing::none)
    reader.error("contradiction", "coalesce_timeout",
                 fmt::format("look-ups of {} wait for nobody", reader.what()),
                 "add 'coalesce: single_flight' or 'coalesce: lock'");
  cache.wait_lane = lane_of(wait.value_or(Duration{}));
  if (cache.eviction == Eviction::random || cache.early > 0)
    cache.stream = add_stream(cache.name, "eviction");
}

void Compiler::declare_cache(const SpecEntry& entry) {
  declare(entry.key, {SubjectKind::cache, static_cast<std::uint32_t>(blueprint_.caches.size())},
          entry.key_mark);
  FieldReader reader(entry.value, kCacheFields, out_, fmt::format("cache '{}'", entry.key));
  CacheSpec cache;
  cache.name = entry.key;
  if (reader.has("keys")) cache.keys = read_keys(reader);
  cache.value = read_value(reader, cache);
  if (reader.has("layers")) read_behind(reader, cache);
  if (reader.has("layers")) return declare_layers(reader, std::move(cache));
  const char* const sized = reader.has("memory") ? "memory" : "value";
  if (reader.has("memory") != reader.has("value"))
    reader.error("contradiction", sized,
                 fmt::format("{} has '{}' but no '{}'", reader.what(), sized,
                             reader.has("memory") ? "value" : "memory"),
                 reader.has("memory") ? "add the size of a value: 'value: 2Ki'"
                                      : "sizes only matter to 'memory'");
  if (!reader.has("keys") && !reader.has("hit_ratio"))
    out_.error(
        "missing-field", reader.mark(), fmt::format("{} needs 'keys'", reader.what()),
        "write 'keys: {zipf: {n: 100k, alpha: 0.9}}', or give a 'hit_ratio' in place of keys");
  if (reader.has("keys") && reader.has("hit_ratio"))
    forbid(reader, "hit_ratio", {"keys"}, "keep one of them");
  if (reader.has("sessions")) read_stored_sessions(reader, cache);
  read_behind(reader, cache);
  add_cache(reader, std::move(cache));
}

// A cache or a shared layer.
void Compiler::add_cache(FieldReader& reader, CacheSpec cache) {
  cache.given = reader.optional_ratio("hit_ratio");
  if (cache.given) {
    forbid(reader, "hit_ratio",
           {"entries", "memory", "eviction", "ttl", "expiry", "sweep", "refresh_after",
            "early_expiry", "coalesce", "coalesce_timeout"},
           "a cache whose hit ratio is given holds no keys; keep one of them");
  } else {
    read_limits(reader, cache);
  }
  if (reader.has("cluster")) {
    read_cluster(reader, cache);
  } else if (reader.has("latency")) {
    read_cache_station(reader, cache, cache.name);
  } else if (reader.has("servers") || reader.has("timeout") || reader.has("cleanup")) {
    reader.error("contradiction",
                 reader.has("servers")   ? "servers"
                 : reader.has("timeout") ? "timeout"
                                         : "cleanup",
                 fmt::format("{} takes no time, so nobody waits for it", reader.what()),
                 "add 'latency'");
  }
  blueprint_.caches.push_back(std::move(cache));
}

void Compiler::declare_layers(FieldReader& reader, CacheSpec whole) {
  forbid(reader, "layers",
         {"entries", "memory", "eviction", "expiry", "sweep", "refresh_after", "early_expiry",
          "coalesce", "coalesce_timeout", "hit_ratio", "sessions", "latency", "servers", "cleanup",
          "cluster", "timeout", "zones"},
         "write it at the layer that it is meant for");
  whole.ttl = reader.optional_duration("ttl").value_or(Duration{});
  const auto index = static_cast<std::uint32_t>(blueprint_.caches.size());
  const std::vector<SpecNode>& items = reader.items("layers");
  if (items.empty() || items.size() > kLookupDepth)
    reader.error("out-of-range", "layers",
                 fmt::format("{} has {} layers", reader.what(), items.size()),
                 fmt::format("a cache has from 1 to {}", kLookupDepth));
  blueprint_.caches.push_back(whole);
  bool keys = false;
  for (const SpecNode& item : items) {
    declare_layer(item, whole, index);
    keys = keys || blueprint_.caches.back().holds_keys();
  }
  if (keys && !reader.has("keys"))
    out_.error("missing-field", reader.mark(), fmt::format("{} needs 'keys'", reader.what()),
               "write 'keys: {zipf: {n: 100k, alpha: 0.9}}'");
}

void Compiler::declare_layer(const SpecNode& item, const CacheSpec& whole, std::uint32_t index) {
  FieldReader kinds(item, kLayerFields, out_, fmt::format("a layer of cache '{}'", whole.name));
  if (kinds.has("in_process") == kinds.has("shared")) {
    if (item.is_map() && item.entries.size() == 1 && !item.entries[0].value.is_null()) return;
    out_.error("contradiction", item.mark, "a layer is either 'in_process' or 'shared'",
               "write 'layers: [{in_process: {entries: 1k}}, {shared: {entries: 100k}}]'");
    return;
  }
  const bool local = kinds.has("in_process");
  const char* const kind = local ? "in_process" : "shared";
  FieldReader reader(*kinds.node(kind), local ? kInProcessFields : kSharedLayerFields, out_,
                     fmt::format("layer '{}' of cache '{}'", kind, whole.name));
  CacheSpec layer = whole;
  layer.layers.clear();
  layer.name = fmt::format("{}/{}", whole.name, reader.has("name") ? reader.text("name") : kind);
  layer.whole = index;
  const auto number = static_cast<std::uint32_t>(blueprint_.caches.size());
  declare(layer.name, {SubjectKind::cache, number}, item.mark);
  if (reader.has("memory") && whole.value.mean == 1)
    reader.error("contradiction", "memory",
                 fmt::format("cache '{}' has 'memory' but no 'value'", whole.name),
                 "add the size of a value to the cache: 'value: 2Ki'");
  const auto refill = reader.optional_duration("refill_ttl");
  if (local) {
    layer.in_process = true;
    read_limits(reader, layer);
    blueprint_.caches.push_back(std::move(layer));
  } else {
    add_cache(reader, std::move(layer));
  }
  CacheSpec& added = blueprint_.caches[number];
  if (refill && added.ttl <= Duration::zero())
    reader.error("contradiction", "refill_ttl",
                 fmt::format("{} has 'refill_ttl' but no 'ttl'", reader.what()), "add 'ttl: 300s'");
  if (refill) added.refill_ttl = *refill;
  blueprint_.caches[index].layers.push_back(number);
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
  read_cleanup(reader, spec);
  spec.balancer.stream = add_stream(name, "balancer");
  spec.first_endpoint = static_cast<std::uint32_t>(blueprint_.endpoints.size());
  cache.service = static_cast<std::uint32_t>(blueprint_.services.size());
  cache.timeout = reader.optional_duration("timeout").value_or(Duration{});
  blueprint_.services.push_back(spec);
  const std::uint32_t endpoint = add_endpoint(cache.service, name, reader.mark());
  blueprint_.endpoints[endpoint].start = here();
  if (cache.value.mean > 1)
    blueprint_.endpoints[endpoint].response =
        add_law(sim::Distribution::constant(cache.value.mean), name, "response");
  emit_time(StepKind::work, *reader.node("latency"), {.entity = name, .endpoint = endpoint});
  emit({.kind = StepKind::done});
}

}  // namespace rehearse::models
