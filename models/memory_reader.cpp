#include <fmt/format.h>

#include "base/quantity.hpp"
#include "models/compiler.hpp"

/// `memory` and `restart` of a service.

namespace rehearse::models {

const FieldTable kMemoryFields{
    "memory",
    "Memory of an instance: a base, and what each request in it takes, queued or served. An "
    "instance that crosses its limit is killed with all its requests, and started again (see "
    "`restart`).",
    {{.name = "limit",
      .type = FieldType::bytes,
      .doc = "Most that an instance may use.",
      .required = true,
      .min = 1,
      .example = "2Gi"},
     {.name = "base",
      .type = FieldType::bytes,
      .doc = "Used without any request.",
      .fallback = "0B",
      .min = 0,
      .example = "300Mi"},
     {.name = "per_request",
      .type = FieldType::block,
      .doc = "Used by each request: a size, or a law of sizes.",
      .child = &kBodyFields,
      .schema = R"({"type": "string"})"}}};

const FieldTable kRestartFields{
    "restart",
    "Pauses before an instance that has been killed is started again: none at first, then growing "
    "ones. Defaults are the kubelet's (CrashLoopBackOff).",
    {{.name = "initial",
      .type = FieldType::duration,
      .doc = "Before the second start; doubles with each further one.",
      .fallback = "10s",
      .min = 0,
      .above_min = true},
     {.name = "max",
      .type = FieldType::duration,
      .doc = "Longest pause.",
      .fallback = "5m",
      .min = 0,
      .above_min = true},
     {.name = "reset",
      .type = FieldType::duration,
      .doc = "After having run for longer than this, the count begins anew.",
      .fallback = "10m",
      .min = 0}}};

void Compiler::read_memory(FieldReader& reader, const std::string& what, ServiceSpec& spec) {
  if (const SpecNode* node = reader.node("restart")) {
    FieldReader restart(*node, kRestartFields, out_, "restart of " + what);
    spec.restart = {restart.duration("initial"), restart.duration("max"),
                    restart.duration("reset")};
  }
  const SpecNode* node = reader.node("memory");
  if (node == nullptr) return;
  FieldReader memory(*node, kMemoryFields, out_, "memory of " + what);
  spec.memory.limit = static_cast<std::uint64_t>(memory.bytes("limit"));
  spec.memory.base = static_cast<std::uint64_t>(memory.bytes("base"));
  spec.memory.per_request = read_size(memory, "per_request", spec.name);
  if (spec.memory.limit > 0 && spec.memory.base > spec.memory.limit)
    memory.error("contradiction", "base",
                 fmt::format("{} would be killed before its first request", what),
                 "'base' is at most 'limit'");
}

}  // namespace rehearse::models
