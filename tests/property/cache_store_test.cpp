// Caches of every kind against plain lists that are searched from end to end.

#include "models/cache_store.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <list>
#include <memory>
#include <set>
#include <vector>

namespace rehearse::models {
namespace {

/// Entries from the one written or used last to the one written or used first.
class PlainCache {
 public:
  struct Entry {
    std::uint32_t key;
    Instant expires;
    std::uint64_t uses = 1;
    enum class Part { window, probation, protection } part = Part::window;
  };
  using Place = std::list<Entry>::iterator;

  explicit PlainCache(const CacheSpec& spec)
      : spec_(spec), sketch_(std::min(spec.keys.size(), spec.expected_entries())) {
    const double entries = static_cast<double>(std::min(spec.keys.size(), spec.expected_entries()));
    window_ = std::max(1.0, std::floor(entries * 0.01));
    protected_ = std::floor(std::max(0.0, entries - window_) * 0.8);
  }
  bool get(Instant now, std::uint32_t key) {
    const Place found = find(key);
    if (found == entries_.end()) return false;
    if (expired(*found, now)) {
      entries_.erase(found);
      return false;
    }
    if (spec_.sliding) found->expires = now + spec_.ttl;
    use(found);
    return true;
  }
  void put(Instant now, std::uint32_t key) {
    if (spec_.bytes > 0 && spec_.value.of(key) > spec_.bytes) return;
    if (spec_.sweep > Duration::zero()) {
      const Instant swept = Instant::at_ns(now.ns() / spec_.sweep.ns() * spec_.sweep.ns());
      entries_.remove_if([&](const Entry& entry) { return expired(entry, swept); });
    }
    const Place found = find(key);
    if (found != entries_.end()) {
      found->expires = now + spec_.ttl;
      if (spec_.eviction == Eviction::fifo) {
        entries_.splice(entries_.begin(), entries_, found);
      } else {
        use(found);
      }
      return;
    }
    entries_.push_front({key, now + spec_.ttl});
    candidate_ = entries_.end();
    sketch_.add(key);
    if (spec_.eviction == Eviction::tinylfu && count(Entry::Part::window) > window_) {
      candidate_ = last(Entry::Part::window);
      move(candidate_, Entry::Part::probation);
    }
    while (entries_.size() > spec_.entries || (spec_.bytes > 0 && bytes() > spec_.bytes)) {
      const Place gone = victim();
      if (gone == candidate_) candidate_ = entries_.end();
      entries_.erase(gone);
    }
  }
  bool erase(std::uint32_t key) {
    const Place found = find(key);
    if (found == entries_.end()) return false;
    entries_.erase(found);
    return true;
  }
  void flush() { entries_.clear(); }
  std::size_t size() const { return entries_.size(); }
  std::uint64_t bytes() const {
    std::uint64_t sum = 0;
    for (const Entry& entry : entries_) sum += spec_.value.of(entry.key);
    return sum;
  }

 private:
  Place find(std::uint32_t key) {
    return std::find_if(entries_.begin(), entries_.end(),
                        [&](const Entry& entry) { return entry.key == key; });
  }
  bool expired(const Entry& entry, Instant now) const {
    return spec_.ttl > Duration::zero() && now >= entry.expires;
  }
  void use(Place entry) {
    ++entry->uses;
    if (spec_.eviction == Eviction::fifo) return;
    if (spec_.eviction != Eviction::tinylfu) {
      entries_.splice(entries_.begin(), entries_, entry);
      return;
    }
    sketch_.add(entry->key);
    if (entry->part != Entry::Part::probation) return move(entry, entry->part);
    move(entry, Entry::Part::protection);
    if (count(Entry::Part::protection) > protected_)
      move(last(Entry::Part::protection), Entry::Part::probation);
  }
  void move(Place entry, Entry::Part part) {
    entry->part = part;
    entries_.splice(entries_.begin(), entries_, entry);
  }
  double count(Entry::Part part) const {
    return static_cast<double>(std::count_if(entries_.begin(), entries_.end(),
                                             [&](const Entry& e) { return e.part == part; }));
  }
  /// The one that joined this part first; end where there is none.
  Place last(Entry::Part part) {
    Place found = entries_.end();
    for (Place place = entries_.begin(); place != entries_.end(); ++place)
      if (place->part == part) found = place;
    return found;
  }
  Place victim() {
    if (spec_.eviction == Eviction::tinylfu) return tiny_victim();
    if (spec_.eviction != Eviction::lfu) return std::prev(entries_.end());
    Place least = std::next(entries_.begin());
    for (Place place = least; place != entries_.end(); ++place)
      if (place->uses <= least->uses) least = place;
    return least;
  }
  Place tiny_victim() {
    Place settled = last(Entry::Part::probation);
    if (settled == candidate_) settled = last(Entry::Part::protection);
    if (candidate_ == entries_.end())
      return settled != entries_.end() ? settled : last(Entry::Part::window);
    if (settled == entries_.end()) return candidate_;
    return sketch_.estimate(candidate_->key) > sketch_.estimate(settled->key) ? settled
                                                                              : candidate_;
  }

  CacheSpec spec_;
  FrequencySketch sketch_;
  double window_;
  double protected_;
  std::list<Entry> entries_;
  Place candidate_ = entries_.end();
};

CacheSpec random_cache(sim::Stream& random) {
  CacheSpec spec;
  spec.keys = sim::Zipf(1 + random.below(200), random.uniform());
  constexpr Eviction kKinds[] = {Eviction::lru, Eviction::fifo, Eviction::lfu, Eviction::tinylfu};
  spec.eviction = kKinds[random.below(std::size(kKinds))];
  const bool sized = random.chance(0.4);
  if (!sized || random.chance(0.3)) spec.entries = 1 + random.below(spec.keys.size() + 10);
  if (sized) {
    auto sizes = std::make_shared<std::vector<std::uint32_t>>();
    for (std::uint64_t key = 0; key < spec.keys.size(); ++key)
      sizes->push_back(static_cast<std::uint32_t>(1 + random.below(100)));
    spec.value.by_key = std::move(sizes);
    spec.value.mean = 50;
    spec.bytes = 50 + random.below(50 * spec.keys.size());
  }
  if (random.chance(0.6))
    spec.ttl = Duration::seconds(static_cast<std::int64_t>(1 + random.below(300)));
  spec.sliding = spec.ttl > Duration::zero() && random.chance(0.5);
  if (spec.ttl > Duration::zero() && random.chance(0.5))
    spec.sweep = Duration::seconds(static_cast<std::int64_t>(1 + random.below(100)));
  return spec;
}

TEST(CacheStoreProperty, HoldsWhatAListWould) {
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    sim::Stream random({seed, 0}, "cache", "steps");
    const CacheSpec spec = random_cache(random);
    CacheStore store(spec);
    PlainCache plain(spec);
    Instant now;
    for (int step = 0; step < 3000; ++step) {
      SCOPED_TRACE(testing::Message() << "seed " << seed << ", step " << step << ", eviction "
                                      << static_cast<int>(spec.eviction));
      now = now + Duration::seconds(static_cast<std::int64_t>(random.below(3)));
      const auto key = static_cast<std::uint32_t>(spec.keys.sample(random));
      if (random.chance(0.001)) {
        store.flush();
        plain.flush();
      }
      if (random.chance(0.01)) {
        ASSERT_EQ(store.erase(key), plain.erase(key));
      }
      const bool hit = store.get(now, key);
      ASSERT_EQ(hit, plain.get(now, key));
      if (!hit || random.chance(0.05)) {  // two requests may miss, and both write
        store.put(now, key);
        plain.put(now, key);
      }
      ASSERT_EQ(store.size(), plain.size());
      ASSERT_LE(store.size(), spec.entries);
      if (spec.bytes > 0) {
        ASSERT_EQ(store.bytes(), plain.bytes());
        ASSERT_LE(store.bytes(), spec.bytes);
      }
    }
  }
}

// One of those that were held goes, whoever it is, and each as often as any other.
TEST(CacheStoreProperty, EvictsAtRandomEachAsOften) {
  constexpr std::uint32_t kKeys = 12;
  constexpr std::uint32_t kEntries = 6;
  constexpr int kRounds = 60'000;
  CacheSpec spec;
  spec.keys = sim::Zipf(kKeys, 0);
  spec.entries = kEntries;
  spec.eviction = Eviction::random;
  sim::Stream random({7, 0}, "cache", "eviction");
  std::vector<int> gone(kEntries, 0);  // by rank among those held
  CacheStore store(spec, &random);
  std::set<std::uint32_t> held;
  for (int round = 0; round < kRounds; ++round) {
    const auto key = static_cast<std::uint32_t>(random.below(kKeys));
    const bool hit = store.get(Instant::start(), key);
    ASSERT_EQ(hit, held.count(key) > 0);
    store.put(Instant::start(), key);
    std::set<std::uint32_t> now;
    for (std::uint32_t each = 0; each < kKeys; ++each)
      if (store.get(Instant::start(), each)) now.insert(each);
    ASSERT_EQ(now.count(key), 1U);
    int rank = 0;
    for (const std::uint32_t each : held) {
      if (now.count(each) == 0) ++gone[static_cast<std::size_t>(rank)];
      ++rank;
    }
    if (!hit) held.insert(key);
    ASSERT_EQ(now.size(), std::min<std::size_t>(held.size(), kEntries));
    held = now;
  }
  const auto evictions = static_cast<double>(store.evictions());
  const double deviation = std::sqrt(evictions / kEntries * (1 - 1.0 / kEntries));
  for (std::uint32_t rank = 0; rank < kEntries; ++rank)
    EXPECT_NEAR(gone[rank], evictions / kEntries, 4.5 * deviation) << "rank " << rank;
}

// Never too low before the first halving, and seldom too high while there is a word per key.
TEST(FrequencySketchProperty, CountsUpToFifteen) {
  constexpr std::uint32_t kKeys = 1000;
  FrequencySketch sketch(kKeys);
  sim::Stream random({3, 0}, "sketch", "uses");
  const sim::Zipf keys(kKeys, 0.9);
  std::vector<std::uint32_t> counts(kKeys, 0);
  for (int use = 0; use < 4000; ++use) {
    const auto key = static_cast<std::uint32_t>(keys.sample(random));
    sketch.add(key);
    ++counts[key];
  }
  int exact = 0;
  for (std::uint32_t key = 0; key < kKeys; ++key) {
    ASSERT_GE(sketch.estimate(key), std::min(counts[key], 15U));
    exact += sketch.estimate(key) == std::min(counts[key], 15U) ? 1 : 0;
  }
  EXPECT_GT(exact, 950);
}

TEST(FrequencySketchProperty, ForgetsByHalves) {
  FrequencySketch sketch(10);  // halved after 100 uses
  for (int use = 0; use < 12; ++use) sketch.add(1);
  for (std::uint32_t key = 100; key < 100 + 87; ++key) sketch.add(key);
  const std::uint32_t before = sketch.estimate(1);
  EXPECT_GE(before, 12U);
  for (std::uint32_t key = 200; sketch.estimate(1) >= before; ++key) {
    ASSERT_LT(key, 400U) << "never halved";
    sketch.add(key);
  }
  EXPECT_EQ(sketch.estimate(1), before / 2);
}

}  // namespace
}  // namespace rehearse::models
