#include "models/write_behind.hpp"

#include "models/world.hpp"

namespace rehearse::models {

WriteBehind::WriteBehind(World& world, std::uint32_t number)
    : world_(world),
      spec_(world.blueprint_.behinds[number]),
      number_(number),
      buffers_(world.blueprint_.services[spec_.service].placement.size()) {}

void WriteBehind::defer(const Frame& frame) {
  Buffer& buffer = buffers_[frame.instance];
  world_.cache_meters_[spec_.cache].deferred();
  if (buffer.writes++ == 0) {
    buffer.oldest = world_.engine_.now();
    world_.engine_.schedule(*this, saturating_add(buffer.oldest, spec_.delay),
                            pack(Signal::flush, frame.instance));
  }
  if (buffer.writes == spec_.batch) flush(frame.instance);
}

void WriteBehind::flush(std::uint32_t instance) {
  Buffer& buffer = buffers_[instance];
  Frame& batch = world_.flow_.begin_background(spec_.endpoint, instance, spec_.start);
  batch.hold = Frame::kBatch;
  batch.keys[kBatchNumber] = number_;
  batch.user = buffer.writes;
  buffer.writes = 0;
}

void WriteBehind::lose(const Frame& batch) {
  world_.cache_meters_[spec_.cache].lost(batch.user);
}

void WriteBehind::lose_buffer(std::uint32_t instance) {
  world_.cache_meters_[spec_.cache].lost(buffers_[instance].writes);
  buffers_[instance].writes = 0;
}

// Of a buffer that was emptied meanwhile the oldest is younger: it has an event of its own.
void WriteBehind::on_event(sim::Engine& engine, std::uint64_t data) {
  const auto instance = static_cast<std::uint32_t>(number_of(data));
  const Buffer& buffer = buffers_[instance];
  if (buffer.writes == 0 || engine.now() < saturating_add(buffer.oldest, spec_.delay)) return;
  flush(instance);
  world_.flow_.pump();
}

}  // namespace rehearse::models
