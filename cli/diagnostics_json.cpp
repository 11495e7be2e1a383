#include "cli/diagnostics_json.hpp"

#include <nlohmann/json.hpp>

namespace rehearse::cli {
namespace {

using Json = nlohmann::ordered_json;

Json to_json(const Diagnostics& diagnostics, const Diagnostic& one) {
  const bool placed = one.where.file >= 0;
  return {{"severity", one.severity == Severity::error ? "error" : "warning"},
          {"id", one.id},
          {"file", placed ? diagnostics.file_name(one.where.file) : ""},
          {"line", placed ? one.where.line : 0},
          {"column", placed ? one.where.column : 0},
          {"length", placed ? one.where.length : 0},
          {"message", one.message},
          {"help", one.help}};
}

}  // namespace

std::string diagnostics_json(const std::vector<std::pair<std::string, const Diagnostics*>>& files) {
  int errors = 0;
  int warnings = 0;
  Json list = Json::array();
  for (const auto& [file, diagnostics] : files) {
    errors += diagnostics->error_count();
    warnings += diagnostics->warning_count();
    Json all = Json::array();
    for (const Diagnostic& one : diagnostics->all()) all.push_back(to_json(*diagnostics, one));
    list.push_back({{"file", file},
                    {"errors", diagnostics->error_count()},
                    {"warnings", diagnostics->warning_count()},
                    {"diagnostics", std::move(all)}});
  }
  const Json document = {
      {"ok", errors == 0}, {"errors", errors}, {"warnings", warnings}, {"files", std::move(list)}};
  // What a file quotes need not be UTF-8.
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace rehearse::cli
