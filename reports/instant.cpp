#include "reports/instant.hpp"

#include <charconv>
#include <chrono>

#include "base/quantity.hpp"

namespace rehearse::reports {

std::optional<double> parse_utc(std::string_view text) {
  if (text.size() < 20 || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' ||
      text[16] != ':' || text.back() != 'Z')
    return std::nullopt;
  const auto part = [&](size_t from, size_t length) {
    int value = -1;
    const char* last = text.data() + from + length;
    const auto [end, error] = std::from_chars(text.data() + from, last, value);
    return end == last && error == std::errc{} ? value : -1;
  };
  double fraction = 0;
  if (text.size() > 20) {
    const auto read = parse_number("0" + std::string(text.substr(19, text.size() - 20)));
    if (text[19] != '.' || text.size() < 22 || !read.value || *read.value >= 1) return std::nullopt;
    fraction = *read.value;
  }
  const int year = part(0, 4), month = part(5, 2), day = part(8, 2);
  const int hour = part(11, 2), minute = part(14, 2), second = part(17, 2);
  if (year < 0 || month < 0 || day < 0 || hour < 0 || hour > 23 || minute < 0 || minute > 59 ||
      second < 0 || second > 60)
    return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return std::nullopt;
  const auto days = std::chrono::sys_days(date).time_since_epoch().count();
  return static_cast<double>(days) * 86400 + hour * 3600 + minute * 60 + second + fraction;
}

}  // namespace rehearse::reports
