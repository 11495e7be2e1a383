#pragma once
/// Scenarios drawn at random from all that the format offers: small platforms with services that
/// call each other, databases, caches, message queues, zones, lossy links, retries and impatient
/// clients. Any seed gives a valid one; most of them make no sense as platforms, which is the
/// point.

#include <cstdint>
#include <string>

namespace rehearse::testing_tools {

/// A scenario file. It is over in some milliseconds, and is drained: after the horizon nobody asks
/// any more and the trial goes on until all work is done. Where messages get lost, every wait has a
/// timeout, so that all work ends at some time.
std::string random_scenario(std::uint64_t seed);

}  // namespace rehearse::testing_tools
