#pragma once
/// Means of what the primary and the replicas of a database are asked for, without simulating.

#include "models/traffic.hpp"

namespace rehearse::models {

/// Share of the requests for an endpoint that goes to the primary; replicas have equal parts of the
/// rest. REQUIRES: its service is a database with replicas.
double primary_share(const Blueprint& blueprint, std::uint32_t endpoint);

/// Mean time that a commit waits, s, where replicas keep up with the writes. Of those that confirm
/// the one counts that decides by its mean: an upper bound where several of like speed compete.
double mean_commit(const Blueprint& blueprint, std::uint32_t replication);

/// Commits per second.
double write_rate(const Traffic& traffic, std::uint32_t replication, Level level,
                  Loops loops = Loops::all);
/// Share of its time that each replica spends on applying them; from 1 on it falls behind.
double replay_load(const Traffic& traffic, std::uint32_t replication, Level level,
                   Loops loops = Loops::all);

}  // namespace rehearse::models
