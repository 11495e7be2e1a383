#include "models/fetch_table.hpp"

#include "base/assert.hpp"
#include "models/frame.hpp"

namespace rehearse::models {

Fetch& FetchTable::take() {
  if (free_ == nullptr) {
    slabs_.push_back(std::make_unique<std::array<Fetch, kSlab>>());
    for (std::size_t i = kSlab; i-- > 0;) {
      (*slabs_.back())[i].next = free_;
      free_ = &(*slabs_.back())[i];
    }
  }
  Fetch* fetch = free_;
  free_ = fetch->next;
  *fetch = Fetch{};
  return *fetch;
}

void FetchTable::give_back(Fetch& fetch) {
  REHEARSE_ASSERT(!fetch.open && fetch.first == nullptr);
  fetch.next = free_;
  free_ = &fetch;
}

void FetchTable::open(Fetch& fetch) {
  if (open_ == buckets_.size()) grow();
  Fetch*& chain = buckets_[bucket(fetch.scope, fetch.key)];
  fetch.next = chain;
  chain = &fetch;
  fetch.open = true;
  ++open_;
}

void FetchTable::close(Fetch& fetch) {
  Fetch** place = &buckets_[bucket(fetch.scope, fetch.key)];
  while (*place != &fetch) place = &(*place)->next;
  *place = fetch.next;
  fetch.open = false;
  --open_;
}

void FetchTable::grow() {
  std::vector<Fetch*> before(2 * buckets_.size(), nullptr);
  before.swap(buckets_);
  for (Fetch* chain : before) {
    while (chain != nullptr) {
      Fetch* const fetch = chain;
      chain = fetch->next;
      Fetch*& place = buckets_[bucket(fetch->scope, fetch->key)];
      fetch->next = place;
      place = fetch;
    }
  }
}

void FetchTable::join(Fetch& fetch, Frame& waiter) {
  waiter.next = nullptr;
  waiter.prev = fetch.last;
  (fetch.last != nullptr ? fetch.last->next : fetch.first) = &waiter;
  fetch.last = &waiter;
}

void FetchTable::leave(Fetch& fetch, Frame& waiter) {
  (waiter.prev != nullptr ? waiter.prev->next : fetch.first) = waiter.next;
  (waiter.next != nullptr ? waiter.next->prev : fetch.last) = waiter.prev;
  waiter.next = waiter.prev = nullptr;
}

Frame* FetchTable::take_waiter(Fetch& fetch) {
  Frame* const waiter = fetch.first;
  if (waiter != nullptr) leave(fetch, *waiter);
  return waiter;
}

}  // namespace rehearse::models
