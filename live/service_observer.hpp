#pragma once
/// Sees a service that consists of processes behind an HAProxy and is measured by a Prometheus: the
/// live twin of models/policy_scrape.cpp and of tell_state() in models/service_policy.cpp.
///
/// A look tells, in this order: what has changed of the instances (at the first look all of it) and
/// what a new one reserves; who is gone; how many there are to be, are, and are useful (get
/// requests); every metric, as values or as lost. An instance is ready where HAProxy sends it
/// requests. One whose process has ended is `failed` until it is cleared away. While HAProxy cannot
/// be asked, readiness stays as it was last known; without the table of processes nothing is said
/// of instances.
///
/// A metric is lost where Prometheus cannot be asked, answers with an error, with nothing, with
/// values for none of the instances, or with values older than the guards accept. Values of
/// instances that are not in the table (gone, or somebody else's) are left out.
///
/// Only looks: nothing of what it includes can change the platform.

#include <memory>
#include <span>
#include <string>

#include "live/observer.hpp"
#include "scenarios/spec/live.hpp"

namespace rehearse::live {

/// `needs`: of the policy that will be told, and outlived by nobody here (it is copied). `folder`:
/// where relative paths start. Null, and a sentence in `problem`, where a metric is needed that the
/// target does not define.
std::unique_ptr<Observer> observe_service(const spec::LivePlatform& platform,
                                          const spec::LiveTarget& target,
                                          std::span<const policies::MetricNeed> needs,
                                          const std::string& folder, std::string& problem);

}  // namespace rehearse::live
