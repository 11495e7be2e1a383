#pragma once
/// First in, first out, with a look at what is in between. Grows to the most that was ever held at
/// once and stays there; O(1), nothing allocated once grown.

#include <cstddef>
#include <utility>
#include <vector>

namespace rehearse::models {

template <class T>
class Ring {
 public:
  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }
  void push(const T& value) {
    if (size_ == items_.size()) [[unlikely]]
      grow();
    items_[(head_ + size_++) & (items_.size() - 1)] = value;
  }
  /// REQUIRES: i < size(); 0 is the oldest.
  T& operator[](std::size_t i) { return items_[(head_ + i) & (items_.size() - 1)]; }
  const T& operator[](std::size_t i) const { return items_[(head_ + i) & (items_.size() - 1)]; }
  T& front() { return items_[head_]; }
  const T& front() const { return items_[head_]; }
  void pop() {
    head_ = (head_ + 1) & (items_.size() - 1);
    --size_;
  }
  std::size_t memory_bytes() const { return items_.capacity() * sizeof(T); }

 private:
  static constexpr std::size_t kFirst = 64;  // a power of two, as all sizes are
  void grow() {
    std::vector<T> larger(items_.empty() ? kFirst : 2 * items_.size());
    for (std::size_t i = 0; i < size_; ++i) larger[i] = (*this)[i];
    items_ = std::move(larger);
    head_ = 0;
  }
  std::vector<T> items_;
  std::size_t head_ = 0;
  std::size_t size_ = 0;
};

}  // namespace rehearse::models
