#include "base/quantity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "base/decimal.hpp"
#include "base/diagnostics.hpp"
#include "base/quantity_units.hpp"
#include "base/text.hpp"

namespace rehearse {
namespace {

/// Why a text is no quantity.
struct Wrong {
  std::string problem;
  std::string help;
};

template <class T>
Parsed<T> failed(Wrong why) {
  return {std::nullopt, std::move(why.problem), std::move(why.help)};
}

std::string quoted(std::string_view text) {
  return "'" + shortened(text) + "'";
}

std::string such_as(const QuantityKind& kind) {
  return fmt::format("write {} such as {}", kind.noun, kind.examples);
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

const UnitName* find_unit(const QuantityKind& kind, std::string_view name) {
  for (const UnitName& unit : kind.names)
    if (unit.name == name) return &unit;
  return nullptr;
}

/// The unit at the start of `text`: everything up to what can only belong to a number.
std::string_view leading_unit(std::string_view text) {
  return text.substr(0, std::min(text.find_first_of("0123456789., _+-"), text.size()));
}

/// REQUIRES: `text` does not start with a digit.
Wrong no_number(std::string_view text, const QuantityKind& kind) {
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
Wrong odd_rest(std::string_view text, std::string_view rest, const QuantityKind& kind) {
  const std::string is_not = fmt::format("{} is not {}", quoted(text), kind.noun);
  if (rest.size() > 1 && rest[0] == ',' && is_digit(rest[1]))
    return {is_not, "decimals stand after a point, and thousands are not set apart"};
  if (rest.front() == '_') return {is_not, "thousands are not set apart: write no '_'"};
  return {is_not, such_as(kind)};
}

Wrong unknown_unit(std::string_view text, std::string_view unit, const QuantityKind& kind) {
  if (unit == "e" || unit == "E")
    return {quoted(text) + " has an exponent",
            fmt::format("write the number out, as in {}", kind.examples)};
  std::string_view near;
  for (const UnitAlias& alias : kind.aliases)
    if (alias.wrong == unit) near = alias.right;
  if (near.empty() && unit.size() > 2) {  // of one or two letters anything is one edit away
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
std::optional<Wrong> take_part(std::string_view whole, std::string_view text,
                               const QuantityKind& kind, Part& part) {
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
std::optional<Wrong> take_all(std::string_view text, const QuantityKind& kind, Part& part,
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
  const UnitName* unit = find_unit(kDurationKind, part.unit);
  if (part.unit.empty() && smallest == INT64_MAX)
    return Wrong{quoted(text) + " has no unit",
                 fmt::format("write {0}ms, {0}us or {0}s", number_text(part))};
  if (part.unit.empty())
    return Wrong{quoted(text) + " ends without a unit", "every number needs one, as in 2h30m"};
  if (unit == nullptr) return unknown_unit(text, part.unit, kDurationKind);
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
Parsed<std::int64_t> parse_whole(std::string_view text, const QuantityKind& kind,
                                 bool unit_needed) {
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
    std::optional<Wrong> wrong = take_part(text, rest, kDurationKind, part);
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
  if (auto wrong = take_all(text, kRateKind, part, unit)) return failed<double>(*wrong);
  if (unit == nullptr)
    return failed<double>({quoted(text) + " has no unit",
                           fmt::format("write {0}rps, {0}/min or {0}/h", number_text(part))});
  return finite(text, part.number.shifted(0) / static_cast<double>(unit->factor));
}

Parsed<double> parse_ratio(std::string_view text) {
  text = trimmed(text);
  Part part;
  const UnitName* unit = nullptr;
  if (auto wrong = take_all(text, kRatioKind, part, unit)) return failed<double>(*wrong);
  return finite(text, part.number.shifted(unit == nullptr ? 0 : -2));
}

Parsed<std::int64_t> parse_bytes(std::string_view text) {
  return parse_whole(text, kBytesKind, true);
}

Parsed<std::int64_t> parse_count(std::string_view text) {
  return parse_whole(text, kCountKind, false);
}

Parsed<double> parse_cpu(std::string_view text) {
  text = trimmed(text);
  Part part;
  const UnitName* unit = nullptr;
  if (auto wrong = take_all(text, kCpuKind, part, unit)) return failed<double>(*wrong);
  return finite(text, part.number.shifted(unit == nullptr ? 0 : -3));
}

Parsed<double> parse_number(std::string_view text) {
  text = trimmed(text);
  // from_chars also reads "inf" and "nan", which are no figures of a scenario.
  const bool sign = !text.empty() && text.front() == '-';
  if (text.size() <= (sign ? 1u : 0u) || !is_digit(text[sign ? 1 : 0]))
    return failed<double>(sign ? Wrong{quoted(text) + " is not a number", such_as(kNumberKind)}
                               : no_number(text, kNumberKind));
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
  return failed<double>(odd_rest(text, rest, kNumberKind));
}

}  // namespace rehearse
