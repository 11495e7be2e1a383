#include <fmt/format.h>

#include <algorithm>

#include "models/call_graph.hpp"
#include "models/compiler.hpp"

/// The `brokers:` block and the `publish` step. A broker is a station like any service, with an
/// endpoint per queue and priority that stores a message; queues and consumers are models of their
/// own. Defaults are those of RabbitMQ 4.0.

namespace rehearse::models {
namespace {

constexpr double kMostPriority = 10;  // RabbitMQ advises 5 or fewer, and at most 10
constexpr double kMostConsumers = 1e6;
constexpr double kMostDeliveries = 65535;

const FieldTable kConsumersFields{
    "consumers",
    "Who handles the messages: equal consumers that each hold up to `prefetch` of them and hand "
    "them "
    "to an endpoint one by one. Success acknowledges the message, failure returns it to the queue.",
    {{.name = "to",
      .type = FieldType::text,
      .doc = "`service/endpoint` that handles one message, or a service with a single endpoint.",
      .required = true},
     {.name = "count",
      .type = FieldType::count,
      .doc = "Consumers, over all instances of the service; those of the beginning, where a policy "
             "scales them.",
      .fallback = "1",
      .min = 1,
      .max = kMostConsumers},
     {.name = "startup",
      .type = FieldType::distribution,
      .doc = "Time until a consumer that a policy adds takes its first message; none by default."},
     {.name = "prefetch",
      .type = FieldType::count,
      .doc = "Unacknowledged messages that one consumer may hold; 0 is no limit. More than one "
             "hides the time that deliveries take, and keeps work from consumers that are idle.",
      .fallback = "1",
      .min = 0,
      .max = 1e6},
     {.name = "ack",
      .type = FieldType::choice,
      .doc = "`manual`: once the handler has succeeded. `auto`: when the message is sent, whatever "
             "becomes of it; prefetch and timeout do not apply.",
      .fallback = "manual",
      .choices = {"manual", "auto"}},
     {.name = "timeout",
      .type = FieldType::duration,
      .doc = "A consumer that holds a message for longer loses its channel, and all that it holds "
             "goes back to the queue.",
      .fallback = "30m",
      .min = 0,
      .above_min = true}}};

const FieldTable kMessageQueueFields{
    "message queue",
    "A queue of a broker: first in first out within one priority. Objectives may name it: a "
    "message "
    "arrives when it is stored, and its response time ends with the acknowledgement.",
    {{.name = "consumers",
      .type = FieldType::block,
      .doc = "Who handles the messages; nobody by default.",
      .child = &kConsumersFields},
     {.name = "max_length",
      .type = FieldType::count,
      .doc = "Most messages that may wait to be sent to a consumer; no limit by default.",
      .min = 0,
      .max = 4e9},
     {.name = "overflow",
      .type = FieldType::choice,
      .doc = "What happens beyond `max_length`: the head of the queue is dropped, or the new "
             "message refused (and, with `reject-publish-dlx`, dead-lettered).",
      .fallback = "drop-head",
      .choices = {"drop-head", "reject-publish", "reject-publish-dlx"}},
     {.name = "max_priority",
      .type = FieldType::count,
      .doc = "Highest priority of messages; the highest are delivered first.",
      .fallback = "0",
      .min = 0,
      .max = kMostPriority},
     {.name = "message_ttl",
      .type = FieldType::duration,
      .doc = "Messages that wait for longer expire, once they are at the head.",
      .min = 0,
      .above_min = true},
     {.name = "max_deliveries",
      .type = FieldType::count,
      .doc = "Deliveries of one message in all, before it is given up.",
      .fallback = "21",
      .min = 1,
      .max = kMostDeliveries},
     {.name = "dead_letter",
      .type = FieldType::text,
      .doc = "Queue for messages that expired, were dropped or were given up; without it they are "
             "discarded."},
     {.name = "message_size",
      .type = FieldType::bytes,
      .doc = "What a message takes of the broker's memory.",
      .fallback = "1Ki",
      .min = 0,
      .max = 1e12}}};

}  // namespace

const FieldTable kBrokerFields{
    "broker",
    "A message broker, after AMQP 0-9-1 in RabbitMQ 4.0. Objectives on the broker itself speak of "
    "publishing: the time until a message is stored.",
    {{.name = "queues",
      .type = FieldType::named,
      .doc = "Queues by name.",
      .required = true,
      .child = &kMessageQueueFields},
     {.name = "publish",
      .type = FieldType::distribution,
      .doc = "Time to route and store one message; none by default."},
     {.name = "servers",
      .type = FieldType::count,
      .doc =
          "Messages routed and stored at once; others wait. With `publish`; no limit by default.",
      .min = 1,
      .max = 4e9},
     {.name = "delivery",
      .type = FieldType::distribution,
      .doc = "Time of a message from its queue to the consumer; none by default."},
     {.name = "memory",
      .type = FieldType::bytes,
      .doc = "Memory for messages; no limit by default.",
      .min = 1,
      .max = 1e15},
     {.name = "high_watermark",
      .type = FieldType::ratio,
      .doc = "Share of the memory above which nobody may publish until enough has been consumed: a "
             "`publish` step then waits.",
      .fallback = "60%",
      .min = 0,
      .max = 1},
     {.name = "zones",
      .type = FieldType::list,
      .doc = "Where it is: one zone or region.",
      .example = "[eu-west-1/a]"}}};

const FieldTable kPublishFields{
    "publish",
    "Publishes a message. The request goes on at once, or waits until the broker confirms that it "
    "has "
    "stored the message. The name of the queue may stand for the block.",
    {{.name = "queue", .type = FieldType::text, .doc = "Name of the queue.", .required = true},
     {.name = "priority",
      .type = FieldType::count,
      .doc = "Up to the queue's `max_priority`.",
      .fallback = "0",
      .min = 0,
      .max = kMostPriority},
     {.name = "confirm",
      .type = FieldType::flag,
      .doc = "Whether the request waits for the broker (publisher confirms). Without, it never "
             "learns whether the message was stored.",
      .fallback = "false"},
     {.name = "timeout",
      .type = FieldType::duration,
      .doc = "Of each attempt; with `confirm`.",
      .min = 0,
      .above_min = true},
     {.name = "retry",
      .type = FieldType::block,
      .doc = "Further attempts; with `confirm`.",
      .child = &kRetryFields},
     {.name = "on_failure",
      .type = FieldType::choice,
      .doc = "With `confirm`, after the last attempt: fail the request, or continue all the same.",
      .fallback = "fail",
      .choices = {"fail", "continue"}}}};

void Compiler::declare_broker(const SpecEntry& entry) {
  const std::string what = fmt::format("broker '{}'", entry.key);
  BrokerSpec broker;
  broker.name = entry.key;
  broker.service = static_cast<std::uint32_t>(blueprint_.services.size());
  declare(entry.key, {SubjectKind::broker, broker.service}, entry.key_mark);
  FieldReader reader(entry.value, kBrokerFields, out_, what);
  ServiceSpec spec;
  spec.name = entry.key;
  spec.kind = ServiceKind::broker;
  if (const auto servers = reader.optional_count("servers")) {
    spec.slots = static_cast<std::uint32_t>(*servers);
    spec.servers = true;
    if (!reader.has("publish"))
      reader.error("contradiction", "servers",
                   fmt::format("{} stores messages in no time, so none has to wait", what),
                   "add 'publish: 0.2ms'");
  }
  const double watermark = reader.ratio("high_watermark");
  if (const auto memory = reader.optional_bytes("memory")) {
    broker.watermark = static_cast<std::uint64_t>(static_cast<double>(*memory) * watermark);
  } else if (reader.has("high_watermark")) {
    reader.error("contradiction", "high_watermark",
                 fmt::format("{} has a high watermark, but no limit of memory", what),
                 "add 'memory: 2Gi'");
  }
  spec.placement = read_placement(reader, 1);
  spec.balancer.stream = add_stream(entry.key, "balancer");
  spec.first_endpoint = static_cast<std::uint32_t>(blueprint_.endpoints.size());
  blueprint_.services.push_back(spec);
  blueprint_.brokers.push_back(std::move(broker));
  const auto number = static_cast<std::uint32_t>(blueprint_.brokers.size() - 1);
  for (const SpecEntry& queue : reader.entries("queues")) declare_queue(queue, number);
}

void Compiler::declare_queue(const SpecEntry& entry, std::uint32_t broker) {
  QueueSpec queue;
  queue.name = entry.key;
  queue.broker = broker;
  declare(entry.key, {SubjectKind::queue, static_cast<std::uint32_t>(blueprint_.queues.size())},
          entry.key_mark);
  FieldReader reader(entry.value, kMessageQueueFields, out_, fmt::format("queue '{}'", entry.key));
  if (const auto limit = reader.optional_count("max_length")) {
    queue.max_length = static_cast<std::uint64_t>(*limit);
  } else if (reader.has("overflow")) {
    reader.error("contradiction", "overflow",
                 fmt::format("{} has no limit that could be exceeded", reader.what()),
                 "add 'max_length: 10k'");
  }
  queue.overflow = static_cast<Overflow>(reader.choice("overflow"));
  queue.priorities = static_cast<std::uint32_t>(reader.count("max_priority")) + 1;
  queue.ttl = reader.optional_duration("message_ttl").value_or(Duration{});
  queue.max_deliveries = static_cast<std::uint16_t>(reader.count("max_deliveries"));
  queue.message_bytes = static_cast<std::uint64_t>(reader.bytes("message_size"));
  queue.first_endpoint = static_cast<std::uint32_t>(blueprint_.endpoints.size());
  const BrokerSpec& owner = blueprint_.brokers[broker];
  for (std::uint32_t p = 0; p < queue.priorities; ++p)
    add_endpoint(owner.service,
                 fmt::format("{}/{}{}", owner.name, entry.key, p > 0 ? fmt::format("/{}", p) : ""),
                 entry.key_mark);
  dead_letter_marks_.push_back(reader.mark("dead_letter"));
  blueprint_.queues.push_back(std::move(queue));
}

// Second pass: what messages are stored and handled by.
void Compiler::read_broker_plans(const SpecEntry& entry) {
  const auto declared = names_.find(entry.key);
  const SpecNode* queues = entry.value.is_map() ? entry.value.find("queues") : nullptr;
  if (queues == nullptr || !queues->is_map() ||
      declared->second.subject.kind != SubjectKind::broker)
    return;
  const auto given = [&](const char* key) {
    const SpecNode* node = entry.value.find(key);
    return node != nullptr && !node->is_null() ? node : nullptr;
  };
  for (const SpecEntry& queue : queues->entries)
    read_queue_plans(queue, given("publish"), given("delivery"));
}

void Compiler::read_queue_plans(const SpecEntry& entry, const SpecNode* publish,
                                const SpecNode* delivery) {
  const Subject subject = names_.find(entry.key)->second.subject;
  if (subject.kind != SubjectKind::queue) return;
  QueueSpec& queue = blueprint_.queues[subject.index];
  for (std::uint32_t p = 0; p < queue.priorities; ++p) {
    EndpointSpec& endpoint = blueprint_.endpoints[queue.first_endpoint + p];
    endpoint.start = here();
    if (publish != nullptr)
      emit_time(StepKind::work, *publish,
                {.entity = endpoint.name, .endpoint = queue.first_endpoint + p});
    emit({.kind = StepKind::enqueue, .a = subject.index, .b = p});
    emit({.kind = StepKind::done});
  }
  if (delivery != nullptr) queue.delivery = add_law(*delivery, queue.name, "delivery");
  if (const SpecNode* name = entry.value.find("dead_letter");
      name != nullptr && name->is_scalar()) {
    const auto found = names_.find(name->text);
    if (found == names_.end() || found->second.subject.kind != SubjectKind::queue) {
      out_.error("unknown-callee", name->mark, fmt::format("there is no queue '{}'", name->text),
                 suggest(name->text, names_of({SubjectKind::queue})));
    } else {
      queue.dead_letter = found->second.subject.index;
    }
  } else if (queue.overflow == Overflow::reject_publish_dlx) {
    out_.error("contradiction", entry.value.mark,
               fmt::format("queue '{}' has no dead-letter queue for what it refuses", queue.name),
               "add 'dead_letter: NAME', or write 'overflow: reject-publish'");
  }
  if (const SpecNode* consumers = entry.value.find("consumers");
      consumers != nullptr && !consumers->is_null())
    read_consumers(*consumers, queue);
}

void Compiler::read_consumers(const SpecNode& node, QueueSpec& queue) {
  FieldReader reader(node, kConsumersFields, out_, fmt::format("consumers of '{}'", queue.name));
  queue.consumers = static_cast<std::uint32_t>(reader.count("count"));
  if (policy_of(queue.name) != kNone)
    queue.places =
        static_cast<std::uint32_t>(std::max<std::int64_t>(queue.consumers, room_for(queue.name)));
  if (const SpecNode* startup = reader.node("startup")) {
    queue.startup = add_law(*startup, queue.name, "startup");
    if (queue.places == 0)
      reader.error("contradiction", "startup",
                   fmt::format("no policy scales the consumers of '{}': all are there from the "
                               "beginning",
                               queue.name),
                   fmt::format("remove it, or add a policy with 'target: {}'", queue.name));
  }
  queue.prefetch = static_cast<std::uint32_t>(reader.count("prefetch"));
  queue.auto_ack = reader.choice("ack") == 1;
  queue.ack_timeout = reader.duration("timeout");
  for (const char* ignored : {"prefetch", "timeout"}) {
    if (queue.auto_ack && reader.has(ignored))
      reader.error(
          "contradiction", ignored,
          fmt::format("'{}' does not apply to messages that are acknowledged when they are "
                      "sent",
                      ignored),
          "remove it, or write 'ack: manual'");
  }
  if (!reader.has("to")) return;
  const auto handler = endpoint_named(reader.text("to"), reader.mark("to"), false);
  if (!handler) return;
  queue.handler = *handler;
  queue.start = here();
  CallSpec call;
  call.endpoint = *handler;
  call.service = blueprint_.endpoints[*handler].service;
  const std::uint32_t step = emit({.kind = StepKind::call});
  call.failure_pc = here();
  blueprint_.plans.steps[step].a =
      add_call(call, {.entity = queue.name, .endpoint = queue.first_endpoint});
  emit({.kind = StepKind::done});
  for (std::uint32_t p = 0; p < queue.priorities; ++p)
    edges_.push_back({queue.first_endpoint + p, *handler, reader.mark("to")});
}

// Dead letters cause visits of the handlers behind them; they must not come back.
void Compiler::connect_queues() {
  const auto n = static_cast<std::uint32_t>(blueprint_.queues.size());
  for (std::uint32_t q = 0; q < n; ++q) {
    const QueueSpec& queue = blueprint_.queues[q];
    std::uint32_t next = queue.dead_letter;
    for (std::uint32_t steps = 0; next != kNone && next != q && steps < n; ++steps)
      next = blueprint_.queues[next].dead_letter;
    if (next == q) {
      out_.error("dead-letter-cycle", dead_letter_marks_[q],
                 fmt::format("dead letters of '{}' come back to it", queue.name),
                 "a message that fails would go round for ever; let the last queue keep its "
                 "messages, or limit 'max_deliveries'");
      continue;
    }
    if (queue.dead_letter == kNone) continue;
    for (const std::uint32_t handler : handlers_of(blueprint_, queue.dead_letter))
      for (std::uint32_t p = 0; p < queue.priorities; ++p)
        edges_.push_back({queue.first_endpoint + p, handler, dead_letter_marks_[q]});
  }
}

// [unblocked] -> call, or send.
void Compiler::emit_publish(const SpecNode& node, const StepScope& scope) {
  CallPattern pattern;
  CallSpec& call = pattern.call;
  std::string name = node.text;
  Mark mark = node.mark;
  bool confirm = false;
  std::int64_t priority = 0;
  Mark priority_mark = node.mark;
  if (!node.is_scalar()) {
    const std::string what = fmt::format("a publish of '{}'", scope.entity);
    FieldReader reader(node, kPublishFields, out_, what);
    name = reader.text("queue");
    mark = reader.mark("queue");
    confirm = reader.flag("confirm");
    priority = reader.count("priority");
    priority_mark = reader.mark("priority");
    call.timeout = reader.optional_duration("timeout").value_or(Duration{});
    read_retry(reader.node("retry"), what, pattern);
    call.continue_on_failure = reader.choice("on_failure") == 1;
    for (const char* needless : {"timeout", "retry", "on_failure"}) {
      if (!confirm && reader.has(needless))
        reader.error("contradiction", needless,
                     fmt::format("'{}' means nothing where nobody waits for the broker", needless),
                     "add 'confirm: true'");
    }
    if (!reader.has("queue")) return;
  }
  const auto found = names_.find(name);
  if (found == names_.end() || found->second.subject.kind != SubjectKind::queue) {
    out_.error("unknown-callee", mark, fmt::format("there is no queue '{}'", name),
               suggest(name, names_of({SubjectKind::queue})));
    return;
  }
  const QueueSpec& queue = blueprint_.queues[found->second.subject.index];
  if (priority >= queue.priorities) {
    out_.error("out-of-range", priority_mark,
               fmt::format("queue '{}' has priorities from 0 to {}", name, queue.priorities - 1),
               fmt::format("add 'max_priority: {}' to it", priority));
    return;
  }
  const BrokerSpec& broker = blueprint_.brokers[queue.broker];
  call.service = broker.service;
  call.endpoint = queue.first_endpoint + static_cast<std::uint32_t>(priority);
  edges_.push_back({scope.endpoint, call.endpoint, mark});
  if (broker.watermark != ~std::uint64_t{0}) emit({.kind = StepKind::unblocked, .a = queue.broker});
  const std::uint32_t step = emit({.kind = confirm ? StepKind::call : StepKind::send});
  call.failure_pc = here();
  blueprint_.plans.steps[step].a = add_call(call, scope, pattern.guard);
}

}  // namespace rehearse::models
