#pragma once
/// Fetches of values that a cache did not have, while they are under way: who makes them, and who
/// waits for their result instead of fetching as well (request coalescing).
///
/// A fetch that is *open* is the one that others of the same key and scope find; there is at most
/// one. A scope is the reach of the coalescing: an instance of the caller, or all of them. Hashed
/// by key, as only look-ups that miss get here; grows to the largest number of fetches under way.

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/time.hpp"

namespace rehearse::models {

struct Frame;

struct Fetch {
  std::uint32_t scope = 0;
  std::uint32_t key = 0;
  std::uint32_t lookup = 0;  ///< of the plan, where it began
  bool open = false;
  bool background = false;  ///< the frame ends with the fetch
  Instant begun;
  Fetch* outer = nullptr;  ///< of the same frame, around this one
  Frame* first = nullptr;  ///< who waits, in order of arrival, linked by Frame::next and prev
  Frame* last = nullptr;
  Fetch* next = nullptr;  ///< in the chain of its bucket, or among the free ones
};

class FetchTable {
 public:
  /// The open fetch, or nullptr.
  Fetch* find(std::uint32_t scope, std::uint32_t key) const {
    if (open_ == 0) return nullptr;
    Fetch* fetch = buckets_[bucket(scope, key)];
    while (fetch != nullptr && (fetch->scope != scope || fetch->key != key)) fetch = fetch->next;
    return fetch;
  }
  Fetch& take();
  void give_back(Fetch& fetch);
  /// REQUIRES: none is open for its scope and key.
  void open(Fetch& fetch);
  void close(Fetch& fetch);

  static void join(Fetch& fetch, Frame& waiter);
  static void leave(Fetch& fetch, Frame& waiter);
  /// Who waits for longest; nullptr where nobody does. Leaves the line.
  static Frame* take_waiter(Fetch& fetch);

 private:
  static constexpr std::size_t kSlab = 64;
  std::size_t bucket(std::uint32_t scope, std::uint32_t key) const {
    const std::uint64_t both = (std::uint64_t{scope} << 32) | key;
    return static_cast<std::size_t>((both * 0x9e3779b97f4a7c15ULL) >> 32) & (buckets_.size() - 1);
  }
  void grow();

  std::vector<Fetch*> buckets_ = std::vector<Fetch*>(64, nullptr);  // a power of two
  std::size_t open_ = 0;
  Fetch* free_ = nullptr;
  std::vector<std::unique_ptr<std::array<Fetch, kSlab>>> slabs_;
};

}  // namespace rehearse::models
