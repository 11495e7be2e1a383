#include "tests/property/scenario_writer.hpp"

/// Databases, caches and queues of messages.

namespace rehearse::testing_tools {

void ScenarioWriter::write_database(const Callee& database) {
  // Calls that time out leave their queries behind: a small pool without a bound would be at work
  // on them long after the horizon.
  const std::uint64_t size = 1 + below(10);
  text_ += fmt::format("    {}:\n      pool: {{size: {}", database.name, size);
  // What is kept while others are called may be waited for in a circle.
  const bool held = transactions_ || chance(0.2);
  if (held) text_ += chance(0.5) ? ", mode: session" : ", mode: transaction";
  if (chance(0.1)) text_ += fmt::format(", reserve: {{size: 1, after: {}ms}}", 1 + below(20));
  if (held || size < 5 || chance(0.4)) text_ += fmt::format(", wait: {}ms", 1 + below(50));
  if (chance(0.3)) text_ += fmt::format(", queue: {}", below(30));
  text_ += "}\n";
  if (database.cpu) text_ += fmt::format("      cpu: {{limit: {}}}\n", 1 + below(4));
  text_ += place();
  const bool replicas = chance(0.4);
  if (replicas) write_replicas();
  const bool rows = chance(0.3);
  std::vector<std::string> sets;
  if (rows) sets.push_back(fmt::format("rows: {{uniform: {}}}", 1 + below(20)));
  if (versions_) sets.emplace_back("stock: {uniform: 3}");
  if (!sets.empty()) text_ += fmt::format("      rows: {{{}}}\n", join(sets));
  if (rows) text_ += fmt::format("      lock_timeout: {}ms\n", 1 + below(50));
  if (chance(0.2))
    text_ += fmt::format("      vacuum: {{every: {}ms, for: {}ms, slowdown: {}}}\n",
                         100 + below(400), 1 + below(99), 1 + below(3));
  text_ += "      queries:\n";
  if (versions_)
    text_ +=
        "        look: {time: 1ms, access: primary, reads: stock}\n"
        "        book: {time: 2ms, access: write, checks: stock}\n";
  for (const std::string& query : database.endpoints) {
    std::vector<std::string> costs;
    if (database.cpu) costs.push_back("cpu: " + time(0.3));
    if (costs.empty() || chance(0.5)) costs.push_back("time: " + time());
    if (chance(0.3)) costs.push_back(fmt::format("fail: {}%", 1 + below(10)));
    if (rows && chance(0.5)) {
      costs.push_back("access: write, locks: rows");
    } else if (replicas || chance(0.2)) {
      costs.push_back(fmt::format("access: {}", one_of({"read", "primary", "write"})));
    }
    text_ += fmt::format("        {}: {{{}}}\n", query, join(costs));
  }
}

void ScenarioWriter::write_replicas() {
  const std::uint64_t count = 1 + below(3);
  const bool waits = !faulty_ && chance(0.5);
  if (waits)
    text_ +=
        fmt::format("      commit: {}\n", one_of({"remote_write", "on", "remote_apply", "off"}));
  if (chance(0.5)) text_ += fmt::format("      flush: {}\n", time(0.1));
  text_ += fmt::format(
      "      replicas: {{count: {}, reads: {}, lag: {}, replay: {}, max_lag: "
      "{}ms, synchronous: {}}}\n",
      count, one_of({"primary", "replica", "any"}), time(), time(0.1), below(20),
      waits ? 1 + below(count) : 0);
}

void ScenarioWriter::write_cache(const std::string& cache) {
  text_ += fmt::format("    {}:\n", cache);
  const bool given = cache != caches_.front() && chance(0.2);
  if (given) {
    text_ += fmt::format("      hit_ratio: {}%\n", below(101));
  } else {
    write_cache_store();
  }
  if (!given && chance(0.2))
    text_ += fmt::format("      write_behind: {{delay: {}ms, batch: {}}}\n", 1 + below(50),
                         1 + below(20));
  if (chance(0.5)) return;
  text_ += fmt::format("      latency: {}\n", time(0.1));
  if (lossy_ || chance(0.5)) text_ += fmt::format("      timeout: {}\n", timeout());
  if (!given && chance(0.4)) {
    text_ += fmt::format("      cluster: {{shards: {}, replicas: {}, reads: {}, lag: {}}}\n",
                         1 + below(4), below(3), one_of({"primary", "replica", "any"}), time());
  } else if (chance(0.5)) {
    text_ += fmt::format("      servers: {}\n", 1 + below(3));
  }
  text_ += place();
}

void ScenarioWriter::write_cache_store() {
  const bool sized = chance(0.3);
  if (!sized || chance(0.3)) text_ += fmt::format("      entries: {}\n", 1 + below(100));
  if (sized)
    text_ += fmt::format(
        "      memory: {}Ki\n      value: {}\n", 1 + below(100),
        one_of({"1Ki", "{exponential: 2Ki}", "{lognormal: {median: 500B, p99: 20Ki}}"}));
  text_ += fmt::format("      eviction: {}\n", one_of({"lru", "fifo", "lfu", "tinylfu", "random"}));
  text_ += chance(0.8) ? fmt::format("      keys: {{zipf: {{n: {}, alpha: {:.2f}}}}}\n",
                                     1 + below(300), 1.5 * random_.uniform())
                       : fmt::format("      keys: {{uniform: {}}}\n", 1 + below(300));
  if (chance(0.5))
    text_ += fmt::format("      ttl: {}ms\n      expiry: {}\n", 1 + below(2000),
                         one_of({"fixed", "sliding"}));
  if (chance(0.2)) text_ += "      refresh_after: 500us\n";
  if (chance(0.4))
    text_ += fmt::format("      coalesce: {}\n      coalesce_timeout: {}ms\n",
                         one_of({"single_flight", "lock"}), 1 + below(50));
}

std::string ScenarioWriter::write_publish() {
  std::string text = "{queue: " + one_of(queues_);
  if (top_priority_ > 0 && chance(0.5))
    text += fmt::format(", priority: {}", 1 + below(top_priority_));
  if (chance(0.5)) return text + "}";
  text += ", confirm: true";
  if (lossy_ || chance(0.5)) text += ", timeout: " + timeout();
  if (chance(0.3)) text += ", " + retry();
  if (chance(0.5)) text += ", on_failure: continue";
  return text + "}";
}

void ScenarioWriter::write_broker() {
  text_ += "  brokers:\n    broker:\n";
  text_ += place();
  if (chance(0.6)) {
    text_ += fmt::format("      publish: {}\n", time(0.1));
    if (chance(0.5)) text_ += fmt::format("      servers: {}\n", 1 + below(3));
  }
  if (chance(0.5)) text_ += fmt::format("      delivery: {}\n", time(0.2));
  if (chance(0.2)) text_ += fmt::format("      memory: {}Ki\n", 30 + below(60));
  text_ += "      queues:\n";
  for (std::size_t i = 0; i < queues_.size(); ++i) write_message_queue(i);
}

void ScenarioWriter::write_message_queue(std::size_t i) {
  std::vector<std::string> keys{fmt::format("max_priority: {}", top_priority_)};
  const bool last = i + 1 == queues_.size();
  const bool consumed = last ? chance(0.7) : chance(0.9);
  const bool bounded = chance(0.6);
  if (bounded) {
    keys.push_back(fmt::format("max_length: {}", below(20)));
    keys.push_back(fmt::format("overflow: {}", one_of({"drop-head", "reject-publish"})));
  }
  if (!consumed || !bounded || chance(0.3))
    keys.push_back(fmt::format("message_ttl: {}ms", 1 + below(400)));
  if (!last && chance(0.7)) keys.push_back(fmt::format("dead_letter: {}", queues_.back()));
  keys.push_back(fmt::format("max_deliveries: {}", 1 + below(3)));
  if (consumed) {
    std::string consumers = fmt::format("to: {}/{}, count: {}", services_.back().name,
                                        one_of(services_.back().endpoints), 2 + below(6));
    if (!lossy_ && chance(0.15)) {
      consumers += ", ack: auto";
    } else {
      const std::uint64_t prefetch = below(5);
      consumers += fmt::format(", prefetch: {}", prefetch);
      if (lossy_ || prefetch == 0 || chance(0.5))
        consumers += fmt::format(", timeout: {}ms", 20 + below(300));
    }
    keys.push_back(fmt::format("consumers: {{{}}}", consumers));
    consumed_.push_back(queues_[i]);
  }
  text_ += fmt::format("        {}: {{{}}}\n", queues_[i], join(keys));
}

}  // namespace rehearse::testing_tools
