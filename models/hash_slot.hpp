#pragma once
/// Which shard of a Redis Cluster has a key: CRC16 of its name (XMODEM: polynomial 0x1021, from 0)
/// modulo 16384 is its hash slot, and the slots are dealt out in equal ranges ("Redis cluster
/// specification", `redis-cli --cluster create`). The name of key 7 is "7". Leaves out: hash tags,
/// slots that move.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace rehearse::models {

constexpr std::array<std::uint16_t, 256> crc16_table() {
  std::array<std::uint16_t, 256> table{};
  for (std::uint32_t byte = 0; byte < table.size(); ++byte) {
    std::uint32_t crc = byte << 8;
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 0x8000) != 0 ? (crc << 1) ^ 0x1021 : crc << 1;
    table[byte] = static_cast<std::uint16_t>(crc);
  }
  return table;
}
inline constexpr std::array<std::uint16_t, 256> kCrc16 = crc16_table();

constexpr std::uint16_t crc16(std::string_view text) {
  std::uint32_t crc = 0;
  for (const char c : text)
    crc = ((crc << 8) ^ kCrc16[((crc >> 8) ^ static_cast<std::uint8_t>(c)) & 0xff]) & 0xffff;
  return static_cast<std::uint16_t>(crc);
}
static_assert(crc16("123456789") == 0x31c3);

inline constexpr std::uint32_t kHashSlots = 16384;

constexpr std::uint32_t hash_slot(std::uint32_t key) {
  std::array<char, 10> digits{};
  std::size_t first = digits.size();
  do {
    digits[--first] = static_cast<char>('0' + key % 10);
    key /= 10;
  } while (key > 0);
  return crc16({digits.data() + first, digits.size() - first}) % kHashSlots;
}

/// REQUIRES: 1 <= shards <= kHashSlots.
constexpr std::uint32_t shard_of(std::uint32_t key, std::uint32_t shards) {
  return hash_slot(key) * shards / kHashSlots;
}

}  // namespace rehearse::models
