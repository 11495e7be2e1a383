#pragma once
/// The physical limit that the benchmarks compare with: loops without a framework, on 16-byte keys
/// in a 4-ary heap that knows neither sources nor cancellation, with a plain fast generator.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace rehearse::bench {

/// xoshiro256++ 1.0 (D. Blackman, S. Vigna, "Scrambled linear pseudorandom number generators",
/// ACM TOMS 2021; the algorithm is in the public domain).
class BareRandom {
 public:
  explicit BareRandom(std::uint64_t seed) {
    for (std::uint64_t& word : state_) {
      seed += 0x9e3779b97f4a7c15ULL;  // splitmix64
      std::uint64_t z = seed;
      z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
      z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
      word = z ^ (z >> 31);
    }
  }
  double uniform() { return static_cast<double>((bits() >> 11) + 1) * 0x1.0p-53; }
  double exponential() { return -std::log(uniform()); }

 private:
  static std::uint64_t rotated(std::uint64_t x, int by) { return (x << by) | (x >> (64 - by)); }
  std::uint64_t bits() {
    const std::uint64_t result = rotated(state_[0] + state_[3], 23) + state_[0];
    const std::uint64_t shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = rotated(state_[3], 45);
    return result;
  }
  std::uint64_t state_[4];
};

struct BareEvent {
  double at;
  std::uint64_t id;
};

class BareHeap {
 public:
  explicit BareHeap(std::size_t most) : events_(most + 8) {}
  bool empty() const { return size_ == 0; }
  const BareEvent& top() const { return events_[0]; }
  void push(BareEvent event) { lift(size_++, event); }
  void pop() {
    const BareEvent last = events_[--size_];
    if (size_ > 0) sink(last);
  }
  void replace_top(BareEvent event) { sink(event); }

 private:
  void lift(std::size_t i, BareEvent event) {
    while (i > 0) {
      const std::size_t parent = (i - 1) / 4;
      if (!(event.at < events_[parent].at)) break;
      events_[i] = events_[parent];
      i = parent;
    }
    events_[i] = event;
  }
  // Down the path of smallest children without a look at the event, then up from the leaf; the
  // smallest child is chosen without branches.
  void sink(BareEvent event) {
    std::size_t i = 0;
    for (std::size_t child = 1; child < size_; child = 4 * i + 1) {
      std::size_t best = child;
      if (child + 3 < size_) {
        const std::size_t left =
            child + static_cast<std::size_t>(events_[child + 1].at < events_[child].at);
        const std::size_t right =
            child + 2 + static_cast<std::size_t>(events_[child + 3].at < events_[child + 2].at);
        best = events_[right].at < events_[left].at ? right : left;
      } else {
        for (std::size_t k = child + 1; k < size_; ++k)
          if (events_[k].at < events_[best].at) best = k;
      }
      events_[i] = events_[best];
      i = best;
    }
    lift(i, event);
  }
  std::vector<BareEvent> events_;
  std::size_t size_ = 0;
};

}  // namespace rehearse::bench
