#include "base/quantity_units.hpp"

#include <array>

namespace rehearse {
namespace {

constexpr std::int64_t kKilo = 1000, kMega = kKilo * 1000, kGiga = kMega * 1000;
constexpr std::int64_t kKibi = 1024, kMebi = kKibi * 1024, kGibi = kMebi * 1024;

constexpr std::array<UnitName, 7> kDurationUnits{{{"ns", 1},
                                                  {"us", kKilo},
                                                  {"ms", kMega},
                                                  {"s", kGiga},
                                                  {"m", 60 * kGiga},
                                                  {"h", 3600 * kGiga},
                                                  {"d", 86400 * kGiga}}};
constexpr std::array<UnitAlias, 34> kDurationAliases{{{"sec", "s"},
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

constexpr std::array<UnitName, 6> kRateUnits{
    {{"rps", 1}, {"/s", 1}, {"rpm", 60}, {"/m", 60}, {"/min", 60}, {"/h", 3600}}};
constexpr std::array<UnitAlias, 18> kRateAliases{{{"qps", "rps"},
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

constexpr std::array<UnitName, 1> kRatioUnits{{{"%", 1}}};
constexpr std::array<UnitAlias, 2> kRatioAliases{{{"percent", "%"}, {"pct", "%"}}};

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
constexpr std::array<UnitAlias, 16> kByteAliases{{{"k", "K"},
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

constexpr std::array<UnitName, 1> kCpuUnits{{{"m", 1}}};
constexpr std::array<UnitAlias, 5> kCpuAliases{{{"mcpu", "m"},
                                                {"millicores", "m"},
                                                {"M", "m"},
                                                {"cores", "no unit at all for whole cores"},
                                                {"cpu", "no unit at all for whole cores"}}};

constexpr std::array<UnitName, 3> kCountUnits{{{"k", kKilo}, {"M", kMega}, {"G", kGiga}}};
constexpr std::array<UnitAlias, 5> kCountAliases{
    {{"K", "k"}, {"m", "M"}, {"g", "G"}, {"B", "G"}, {"bn", "G"}}};

}  // namespace

constinit const QuantityKind kDurationKind{"a duration", "250ms, 1.5s or 2h30m", "ns us ms s m h d",
                                           kDurationUnits, kDurationAliases};

constinit const QuantityKind kRateKind{"a rate", "1200rps, 90/min or 10/h", "rps /s rpm /min /h",
                                       kRateUnits, kRateAliases};

constinit const QuantityKind kRatioKind{"a ratio", "99.95% or 0.9995", "%, or none", kRatioUnits,
                                        kRatioAliases};

constinit const QuantityKind kBytesKind{"an amount of bytes", "256Mi, 1.5G or 512B",
                                        "B K M G T (powers of 1000) Ki Mi Gi Ti (powers of 1024)",
                                        kByteUnits, kByteAliases};

constinit const QuantityKind kCpuKind{"an amount of CPU", "2, 0.5 or 500m",
                                      "m (thousandths of a core), or none", kCpuUnits, kCpuAliases};

constinit const QuantityKind kCountKind{"a count", "3, 500 or 10k", "k M G, or none", kCountUnits,
                                        kCountAliases};

constinit const QuantityKind kNumberKind{"a number", "3, 0.5 or 1e-3", "none", {}, {}};

}  // namespace rehearse
