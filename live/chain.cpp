#include "live/chain.hpp"

#include <openssl/evp.h>

#include <array>

#include "base/assert.hpp"

namespace rehearse::live {
namespace {

constexpr std::string_view kLinkKey = ",\"chain\":\"";
constexpr std::string_view kLinkEnd = "\"}";
constexpr std::size_t kDigits = 64;
constexpr std::size_t kTail = kLinkKey.size() + kDigits + kLinkEnd.size();

}  // namespace

std::string sha256(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int bytes = 0;
  const int done =
      EVP_Digest(text.data(), text.size(), digest.data(), &bytes, EVP_sha256(), nullptr);
  REHEARSE_ASSERT(done == 1 && bytes == kDigits / 2);
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out;
  for (std::size_t i = 0; i < bytes; ++i) {
    out += kHex[digest[i] >> 4];
    out += kHex[digest[i] & 15];
  }
  return out;
}

std::string Chain::link(std::string_view entry) {
  REHEARSE_ASSERT(entry.size() > 2 && entry.back() == '}');
  last_ = sha256(last_ + std::string(entry));
  std::string line(entry.substr(0, entry.size() - 1));
  line += kLinkKey;
  line += last_;
  line += kLinkEnd;
  return line;
}

std::optional<std::string> Chain::unlink(std::string_view line) {
  if (line.size() <= kTail + 1) return std::nullopt;
  const std::size_t at = line.size() - kTail;
  const std::string_view tail = line.substr(at);
  if (!tail.starts_with(kLinkKey) || !tail.ends_with(kLinkEnd)) return std::nullopt;
  std::string entry(line.substr(0, at));
  entry += '}';
  std::string expected = sha256(last_ + entry);
  if (tail.substr(kLinkKey.size(), kDigits) != expected) return std::nullopt;
  last_ = std::move(expected);
  return entry;
}

}  // namespace rehearse::live
