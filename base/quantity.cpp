#include "base/quantity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <span>

#include "base/decimal.hpp"
#include "base/diagnostics.hpp"
#include "base/text.hpp"

namespace rehearse {
namespace {

struct UnitName {
  std::string_view name;
  std::int64_t factor = 1;  ///< of the base unit (ns, bytes, pieces); seconds per period for rates
};

/// What people write instead, and what to write.
struct Alias {
  std::string_view wrong, right;
};

/// What there is to say about one kind of quantity.
struct Kind {
  std::string_view noun;      ///< "a duration"
  std::string_view examples;  ///< "250ms, 1.5s or 2h30m"
  std::string_view units;     ///< as listed in help
  std::span<const UnitName> names;
  std::span<const Alias> aliases;
};

constexpr std::int64_t kKilo = 1000, kMega = kKilo * 1000, kGiga = kMega * 1000;
constexpr std::int64_t kKibi = 1024, kMebi = kKibi * 1024, kGibi = kMebi * 1024;

constexpr std::array<UnitName, 7> kDurationUnits{{{"ns", 1},
                                                  {"us", kKilo},
                                                  {"ms", kMega},
                                                  {"s", kGiga},
                                                  {"m", 60 * kGiga},
                                                  {"h", 3600 * kGiga},
                                                  {"d", 86400 * kGiga}}};
constexpr std::array<Alias, 34> kDurationAliases{{{"sec", "s"},
                                                  {"secs", "s"},
                                                  {"second", "s"},
                                                  {"seconds", "s"},
                                                  {"S", "s"},
                                                  {"msec", "ms"},
                                                  {"msecs", "ms"},
                                                  {"millis", "ms"},
                                                  {"millisecond", "ms"},
                                                  {"MS", "ms"},
                                                  {"Ms", "ms"},
                                                  {"mS", "ms"},
                                                  {"milliseconds", "ms"},
                                                  {"usec", "us"},
                                                  {"micros", "us"},
                                                  {"microseconds", "us"},
                                                  {"\xC2\xB5s", "us"},
                                                  {"\xCE\xBCs", "us"},
                                                  {"nanos", "ns"},
                                                  {"nsec", "ns"},
                                                  {"nanoseconds", "ns"},
                                                  {"min", "m"},
                                                  {"mins", "m"},
                                                  {"minute", "m"},
                                                  {"minutes", "m"},
                                                  {"M", "m"},
                                                  {"hr", "h"},
                                                  {"hrs", "h"},
                                                  {"hour", "h"},
                                                  {"hours", "h"},
                                                  {"H", "h"},
                                                  {"day", "d"},
                                                  {"days", "d"},
                                                  {"D", "d"}}};
constexpr Kind kDuration{"a duration", "250ms, 1.5s or 2h30m", "ns us ms s m h d", kDurationUnits,
                         kDurationAliases};

constexpr std::array<UnitName, 6> kRateUnits{
    {{"rps", 1}, {"/s", 1}, {"rpm", 60}, {"/m", 60}, {"/min", 60}, {"/h", 3600}}};
constexpr std::array<Alias, 18> kRateAliases{{{"qps", "rps"},
                                              {"tps", "rps"},
                                              {"req/s", "rps"},
                                              {"reqs/s", "rps"},
                                              {"requests/s", "rps"},
                                              {"r/s", "rps"},
                                              {"hz", "rps"},
                                              {"Hz", "rps"},
                                              {"/sec", "/s"},
                                              {"/second", "/s"},
                                              {"ps", "rps"},
                                              {"req/min", "/min"},
                                              {"req/m", "/min"},
                                              {"qpm", "rpm"},
                                              {"/minute", "/min"},
                                              {"/hour", "/h"},
                                              {"/hr", "/h"},
                                              {"rph", "/h"}}};
constexpr Kind kRate{"a rate", "1200rps, 90/min or 10/h", "rps /s rpm /min /h", kRateUnits,
                     kRateAliases};

constexpr std::array<UnitName, 1> kRatioUnits{{{"%", 1}}};
constexpr std::array<Alias, 2> kRatioAliases{{{"percent", "%"}, {"pct", "%"}}};
constexpr Kind kRatio{"a ratio", "99.95% or 0.9995", "%, or none", kRatioUnits, kRatioAliases};

constexpr std::array<UnitName, 17> kByteUnits{{{"B", 1},
                                               {"K", kKilo},
                                               {"KB", kKilo},
                                               {"Ki", kKibi},
                                               {"KiB", kKibi},
                                               {"M", kMega},
                                               {"MB", kMega},
                                               {"Mi", kMebi},
                                               {"MiB", kMebi},
                                               {"G", kGiga},
                                               {"GB", kGiga},
                                               {"Gi", kGibi},
                                               {"GiB", kGibi},
                                               {"T", kGiga* kKilo},
                                               {"TB", kGiga* kKilo},
                                               {"Ti", kGibi* kKibi},
                                               {"TiB", kGibi* kKibi}}};
constexpr std::array<Alias, 16> kByteAliases{{{"k", "K"},
                                              {"kb", "KB"},
                                              {"kB", "KB"},
                                              {"ki", "Ki"},
                                              {"kib", "KiB"},
                                              {"kiB", "KiB"},
                                              {"m", "M"},
                                              {"mb", "MB"},
                                              {"mi", "Mi"},
                                              {"mib", "MiB"},
                                              {"g", "G"},
                                              {"gb", "GB"},
                                              {"gi", "Gi"},
                                              {"gib", "GiB"},
                                              {"b", "B"},
                                              {"byte", "B"}}};
constexpr Kind kBytes{"an amount of bytes", "256Mi, 1.5G or 512B",
                      "B K M G T (powers of 1000) Ki Mi Gi Ti (powers of 1024)", kByteUnits,
                      kByteAliases};

constexpr std::array<UnitName, 1> kCpuUnits{{{"m", 1}}};
constexpr std::array<Alias, 5> kCpuAliases{{{"mcpu", "m"},
                                            {"millicores", "m"},
                                            {"M", "m"},
                                            {"cores", "no unit at all for whole cores"},
                                            {"cpu", "no unit at all for whole cores"}}};
constexpr Kind kCpu{"an amount of CPU", "2, 0.5 or 500m", "m (thousandths of a core), or none",
                    kCpuUnits, kCpuAliases};

constexpr std::array<UnitName, 3> kCountUnits{{{"k", kKilo}, {"M", kMega}, {"G", kGiga}}};
constexpr std::array<Alias, 5> kCountAliases{
    {{"K", "k"}, {"m", "M"}, {"g", "G"}, {"B", "G"}, {"bn", "G"}}};
constexpr Kind kCount{"a count", "3, 500 or 10k", "k M G, or none", kCountUnits, kCountAliases};

constexpr Kind kNumber{"a number", "3, 0.5 or 1e-3", "none", {}, {}};

/// Why a text is no quantity.
struct Wrong {
  std::string problem;
  std::string help;
};

template <class T>
Parsed<T> failed(Wrong why) {
  return {std::nullopt, std::move(why.problem), std::move(why.help)};
}

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::string quoted(std::string_view text) {
  return "'" + shortened(text) + "'";
}

std::string such_as(const Kind& kind) {
  return fmt::format("write {} such as {}", kind.noun, kind.examples);
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

const UnitName* find_unit(const Kind& kind, std::string_view name) {
  for (const UnitName& unit : kind.names)
    if (unit.name == name) return &unit;
  return nullptr;
}

/// The unit at the start of `text`: everything up to what can only belong to a number.
std::string_view leading_unit(std::string_view text) {
  return text.substr(0, std::min(text.find_first_of("0123456789., _+-"), text.size()));
}

/// REQUIRES: `text` does not start with a digit.
Wrong no_number(std::string_view text, const Kind& kind) {
  if (text.empty()) return {"the value is empty", such_as(kind)};
  const std::string is_not = fmt::format("{} is not {}", quoted(text), kind.noun);
  const bool number_follows = text.size() > 1 && (is_digit(text[1]) || text[1] == '.');
  if (text.front() == '-' && number_follows)
    return {quoted(text) + " is negative", fmt::format("{} is zero or more", kind.noun)};
  if (text.front() == '+' && number_follows)
    return {is_not, fmt::format("write {}", shortened(text.substr(1)))};
  if (text.front() == '.' && number_follows)
    return {is_not, fmt::format("write 0{}", shortened(text))};
  return {is_not, such_as(kind)};
}

/// REQUIRES: after a number comes `rest`, and it is no unit that could be known.
Wrong odd_rest(std::string_view text, std::string_view rest, const Kind& kind) {
  const std::string is_not = fmt::format("{} is not {}", quoted(text), kind.noun);
  if (rest.size() > 1 && rest[0] == ',' && is_digit(rest[1]))
    return {is_not, "decimals stand after a point, and thousands are not set apart"};
  if (rest.front() == '_') return {is_not, "thousands are not set apart: write no '_'"};
  return {is_not, such_as(kind)};
}

Wrong unknown_unit(std::string_view text, std::string_view unit, const Kind& kind) {
  if (unit == "e" || unit == "E")
    return {quoted(text) + " has an exponent", "write the number out: " + such_as(kind)};
  std::string_view near;
  for (const Alias& alias : kind.aliases)
    if (alias.wrong == unit) near = alias.right;
  if (near.empty() && unit.size() > 1) {  // of one letter anything is one edit away
    std::vector<std::string_view> names;
    for (const UnitName& u : kind.names) names.push_back(u.name);
    near = closest(unit, names);
  }
  std::string help = near.empty() ? "" : fmt::format("did you mean {}? ", near);
  return {fmt::format("{} has the unknown unit {}", quoted(text), quoted(unit)),
          help + fmt::format("units: {}", kind.units)};
}

/// NUMBER UNIT at the start of a text, and what follows.
struct Part {
  Decimal number;
  std::string_view unit;  ///< as written; empty where there is none
  std::string_view rest;
};

/// Takes the first part off `text`; what is wrong, if so. `whole` is for messages.
std::optional<Wrong> take_part(std::string_view whole, std::string_view text, const Kind& kind,
                               Part& part) {
  part.number = read_decimal(text);
  if (part.number.length == 0)
    return text.size() == whole.size() ? no_number(whole, kind) : odd_rest(whole, text, kind);
  part.rest = text.substr(part.number.length);
  if (!part.rest.empty() && part.rest.front() == ' ') part.rest.remove_prefix(1);
  part.unit = leading_unit(part.rest);
  if (part.unit.empty() && !part.rest.empty()) return odd_rest(whole, part.rest, kind);
  part.rest.remove_prefix(part.unit.size());
  return std::nullopt;
}

/// The same for a text that is one part and no more. `unit` is nullptr where none is written.
std::optional<Wrong> take_all(std::string_view text, const Kind& kind, Part& part,
                              const UnitName*& unit) {
  if (auto wrong = take_part(text, text, kind, part)) return wrong;
  unit = find_unit(kind, part.unit);
  if (!part.unit.empty() && unit == nullptr) return unknown_unit(text, part.unit, kind);
  if (!part.rest.empty()) return odd_rest(text, part.rest, kind);
  return std::nullopt;
}

std::string number_text(const Part& part) {
  std::string text = part.number.digits;
  if (part.number.fraction > 0)
    text.insert(text.size() - static_cast<size_t>(part.number.fraction), 1, '.');
  return shortened(text, 20);
}

std::optional<Wrong> add_duration_part(std::string_view text, const Part& part, bool& last,
                                       std::int64_t& smallest, std::int64_t& total) {
  const UnitName* unit = find_unit(kDuration, part.unit);
  if (part.unit.empty() && smallest == INT64_MAX)
    return Wrong{quoted(text) + " has no unit",
                 fmt::format("write {0}ms, {0}us or {0}s", number_text(part))};
  if (part.unit.empty())
    return Wrong{quoted(text) + " ends without a unit", "every number needs one, as in 2h30m"};
  if (unit == nullptr) return unknown_unit(text, part.unit, kDuration);
  if (last || unit->factor >= smallest)
    return Wrong{quoted(text) + " joins parts that do not descend",
                 "join whole parts from large to small, as in 2h30m or 1m1.5s"};
  smallest = unit->factor;
  last = part.number.fraction > 0;
  std::int64_t ns = 0;
  const Decimal::Fit fit = part.number.times(unit->factor, ns);
  if (fit == Decimal::Fit::too_fine)
    return Wrong{quoted(text) + " is finer than a nanosecond", "time goes in whole nanoseconds"};
  if (fit == Decimal::Fit::too_large || __builtin_add_overflow(total, ns, &total))
    return Wrong{quoted(text) + " is too long", "time ends after 292 years, or 106751d"};
  return std::nullopt;
}

/// A quantity counted in whole base units: bytes, pieces.
Parsed<std::int64_t> parse_whole(std::string_view text, const Kind& kind, bool unit_needed) {
  text = trimmed(text);
  Part part;
  const UnitName* unit = nullptr;
  if (auto wrong = take_all(text, kind, part, unit)) return failed<std::int64_t>(*wrong);
  if (unit == nullptr && unit_needed)
    return failed<std::int64_t>({quoted(text) + " has no unit",
                                 fmt::format("write {0}Mi, {0}K or {0}B", number_text(part))});
  std::int64_t value = 0;
  const Decimal::Fit fit = part.number.times(unit == nullptr ? 1 : unit->factor, value);
  if (fit == Decimal::Fit::exact) return {value, {}, {}};
  if (fit == Decimal::Fit::too_large)
    return failed<std::int64_t>({quoted(text) + " is too large", "the most is 2^63 - 1"});
  return failed<std::int64_t>(
      {quoted(text) + (unit_needed ? " is not a whole number of bytes" : " is not a whole number"),
       such_as(kind)});
}

Parsed<double> finite(std::string_view text, double value) {
  if (std::isfinite(value)) return {value, {}, {}};
  return failed<double>({quoted(text) + " is too large", "the most is about 1.8e308"});
}

}  // namespace

Parsed<Duration> parse_duration(std::string_view text) {
  text = trimmed(text);
  std::int64_t total = 0;
  std::int64_t smallest = INT64_MAX;
  bool last = false;
  Part part;
  std::string_view rest = text;
  do {
    std::optional<Wrong> wrong = take_part(text, rest, kDuration, part);
    if (!wrong) wrong = add_duration_part(text, part, last, smallest, total);
    if (wrong) return failed<Duration>(*wrong);
    rest = part.rest;
  } while (!rest.empty());
  return {Duration::nanoseconds(total), {}, {}};
}

Parsed<double> parse_rate(std::string_view text) {
  text = trimmed(text);
  Part part;
  const UnitName* unit = nullptr;
  if (auto wrong = take_all(text, kRate, part, unit)) return failed<double>(*wrong);
  if (unit == nullptr)
    return failed<double>({quoted(text) + " has no unit",
                           fmt::format("write {0}rps, {0}/min or {0}/h", number_text(part))});
  return finite(text, part.number.shifted(0) / static_cast<double>(unit->factor));
}

Parsed<double> parse_ratio(std::string_view text) {
  text = trimmed(text);
  Part part;
  const UnitName* unit = nullptr;
  if (auto wrong = take_all(text, kRatio, part, unit)) return failed<double>(*wrong);
  return finite(text, part.number.shifted(unit == nullptr ? 0 : -2));
}

Parsed<std::int64_t> parse_bytes(std::string_view text) {
  return parse_whole(text, kBytes, true);
}

Parsed<std::int64_t> parse_count(std::string_view text) {
  return parse_whole(text, kCount, false);
}

Parsed<double> parse_cpu(std::string_view text) {
  text = trimmed(text);
  Part part;
  const UnitName* unit = nullptr;
  if (auto wrong = take_all(text, kCpu, part, unit)) return failed<double>(*wrong);
  return finite(text, part.number.shifted(unit == nullptr ? 0 : -3));
}

Parsed<double> parse_number(std::string_view text) {
  text = trimmed(text);
  // from_chars also reads "inf" and "nan", which are no figures of a scenario.
  const bool sign = !text.empty() && text.front() == '-';
  if (text.size() <= (sign ? 1u : 0u) || !is_digit(text[sign ? 1 : 0]))
    return failed<double>(sign ? Wrong{quoted(text) + " is not a number", such_as(kNumber)}
                               : no_number(text, kNumber));
  double value = 0;
  const char* end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, value);
  if (result.ec == std::errc::result_out_of_range)
    return failed<double>({quoted(text) + " does not fit a number", "from 1e-307 to 1e308"});
  const std::string_view rest(result.ptr, static_cast<size_t>(end - result.ptr));
  if (rest.empty()) return {value, {}, {}};
  if (!leading_unit(rest).empty() && rest.front() != 'x' && rest.front() != 'X')
    return failed<double>({fmt::format("{} has a unit", quoted(text)),
                           "this is a plain number: write it without one"});
  return failed<double>(odd_rest(text, rest, kNumber));
}

}  // namespace rehearse
