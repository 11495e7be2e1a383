#include <fmt/format.h>

#include <algorithm>

#include "models/compiler.hpp"

/// The `dns:` block: names that workloads may ask for in place of a service.

namespace rehearse::models {
namespace {

const FieldTable kChangeFields{
    "dns change",
    "A change of the record.",
    {{.name = "at", .type = FieldType::duration, .doc = "When.", .required = true, .min = 0},
     {.name = "to",
      .type = FieldType::text,
      .doc = "The service that the name stands for from then on.",
      .required = true}}};

const FieldTable kIgnoreFields{"ignored ttl",
                               "Resolvers that keep answers for longer than they may.",
                               {{.name = "share",
                                 .type = FieldType::ratio,
                                 .doc = "Of the clients.",
                                 .required = true,
                                 .min = 0,
                                 .max = 1},
                                {.name = "factor",
                                 .type = FieldType::number,
                                 .doc = "So many TTLs.",
                                 .required = true,
                                 .min = 1,
                                 .max = 1e6}}};

}  // namespace

const FieldTable kNameFields{
    "dns",
    "A DNS name for a service. Workloads ask for `name/endpoint`, or for the name alone where the "
    "service has one endpoint. The resolver of each client keeps an answer for the TTL: after a "
    "change of the record, traffic moves as resolvers ask again.",
    {{.name = "to",
      .type = FieldType::text,
      .doc = "The service that the name stands for.",
      .required = true},
     {.name = "ttl",
      .type = FieldType::duration,
      .doc = "How long resolvers keep an answer.",
      .required = true,
      .min = 0},
     {.name = "changes",
      .type = FieldType::list,
      .doc = "Changes of the record, in order of time.",
      .child = &kChangeFields},
     {.name = "ignore_ttl",
      .type = FieldType::block,
      .doc = "Resolvers that pay no heed to the TTL; none by default.",
      .child = &kIgnoreFields},
     {.name = "lookup",
      .type = FieldType::distribution,
      .doc = "Time that a resolver needs to ask; none by default."}}};

std::uint32_t Compiler::name_target(NameSpec& spec, const std::string& service, Mark mark) {
  const auto found = names_.find(service);
  if (found == names_.end() || found->second.subject.kind != SubjectKind::service)
    out_.error("unknown-callee", mark, fmt::format("there is no service '{}'", service),
               suggest(service, names_of({SubjectKind::service})));
  const auto place = std::find(spec.targets.begin(), spec.targets.end(), service);
  const auto target = static_cast<std::uint32_t>(place - spec.targets.begin());
  if (place == spec.targets.end()) spec.targets.push_back(service);
  return target;
}

void Compiler::read_name(const SpecEntry& entry) {
  const std::string what = fmt::format("dns '{}'", entry.key);
  FieldReader reader(entry.value, kNameFields, out_, what);
  if (const auto other = names_.find(entry.key); other != names_.end())
    out_.error(
        "duplicate-name", entry.key_mark,
        fmt::format("'{}' is already the name of a {} ({})", entry.key,
                    subject_kind_name(other->second.subject.kind), out_.place(other->second.mark)),
        "give the name in the DNS another one than the services it stands for");
  NameSpec spec;
  spec.name = entry.key;
  spec.ttl = reader.duration("ttl");
  if (reader.has("to"))
    spec.changes.push_back(
        {Instant::start(), name_target(spec, reader.text("to"), reader.mark("to"))});
  for (const SpecNode& item : reader.items("changes")) {
    FieldReader change(item, kChangeFields, out_, "a change of " + what);
    const Instant at = Instant::start() + change.duration("at");
    if (!spec.changes.empty() && at < spec.changes.back().at)
      change.error("out-of-range", "at", "changes must be in order of time", "sort them by 'at'");
    if (change.has("to"))
      spec.changes.push_back({at, name_target(spec, change.text("to"), change.mark("to"))});
  }
  if (const SpecNode* ignore = reader.node("ignore_ttl")) {
    FieldReader fields(*ignore, kIgnoreFields, out_, "ignore_ttl of " + what);
    spec.ignoring = fields.ratio("share");
    spec.factor = fields.number("factor");
  }
  if (const SpecNode* lookup = reader.node("lookup"))
    spec.lookup = add_law(*lookup, entry.key, "lookup");
  spec.stream = add_stream(entry.key, "resolvers");
  scenario_.stationary = scenario_.stationary && spec.changes.size() < 2;
  spec.shares.assign(spec.targets.size(), 0);
  const Instant end = Instant::start() + scenario_.experiment.horizon;
  for (std::size_t i = 0; i < spec.changes.size(); ++i) {
    const Instant from = std::min(end, spec.changes[i].at);
    const Instant upto = i + 1 < spec.changes.size() ? std::min(end, spec.changes[i + 1].at) : end;
    if (end > Instant::start())
      spec.shares[spec.changes[i].target] += (upto - from).to_seconds() / end.to_seconds();
  }
  blueprint_.names.push_back(std::move(spec));
}

std::optional<std::uint32_t> Compiler::name_in(const std::string& to) const {
  const std::string name = to.substr(0, to.find('/'));
  for (std::uint32_t i = 0; i < blueprint_.names.size(); ++i)
    if (blueprint_.names[i].name == name) return i;
  return std::nullopt;
}

}  // namespace rehearse::models
