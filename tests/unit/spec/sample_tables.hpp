#pragma once
/// A small format of every kind of field, for tests of what is generated from tables.

#include "base/fields.hpp"
#include "scenarios/spec/experiment.hpp"
#include "scenarios/spec/objective.hpp"

namespace rehearse::spec::sample {

extern const FieldTable kStep;  // contains itself

inline const FieldTable kCall{
    "call",
    "A call.",
    {{.name = "to", .type = FieldType::text, .doc = "Callee.", .required = true},
     {.name = "timeout", .type = FieldType::duration, .doc = "Longest wait."}}};

inline const FieldTable kStep{
    "step",
    "One step of an endpoint.",
    {{.name = "cpu", .type = FieldType::distribution, .doc = "Work."},
     {.name = "call",
      .type = FieldType::block,
      .doc = "A call.",
      .child = &kCall,
      .schema = R"({"type": "string"})"},
     {.name = "parallel", .type = FieldType::list, .doc = "Steps at once.", .child = &kStep}}};

inline const FieldTable kQueue{"queue",
                               "Where requests wait.",
                               {{.name = "limit",
                                 .type = FieldType::count,
                                 .doc = "Most.",
                                 .fallback = "500",
                                 .min = 0,
                                 .max = 1e6},
                                {.name = "discipline",
                                 .type = FieldType::choice,
                                 .doc = "Order.",
                                 .fallback = "fifo",
                                 .choices = {"fifo", "lifo"}}}};

inline const FieldTable kService{
    "service",
    "A service.",
    {{.name = "instances", .type = FieldType::count, .doc = "Replicas.", .fallback = "1", .min = 1},
     {.name = "cpu", .type = FieldType::cpu, .doc = "Cores.", .min = 0, .above_min = true},
     {.name = "memory", .type = FieldType::bytes, .doc = "Memory."},
     {.name = "queue", .type = FieldType::block, .doc = "Queue.", .child = &kQueue},
     {.name = "steps",
      .type = FieldType::list,
      .doc = "Steps | all.",
      .required = true,
      .child = &kStep}}};

inline const FieldTable kSystem{
    "system",
    "The platform.",
    {{.name = "services",
      .type = FieldType::named,
      .doc = "Services.",
      .required = true,
      .child = &kService},
     {.name = "alpha", .type = FieldType::number, .doc = "A number.", .min = 0, .max = 2},
     {.name = "loss",
      .type = FieldType::ratio,
      .doc = "A ratio.",
      .fallback = "0%",
      .min = 0,
      .max = 1},
     {.name = "mix", .type = FieldType::named, .doc = "Shares.", .item = FieldType::ratio},
     {.name = "pair",
      .type = FieldType::custom,
      .doc = "Two.",
      .child = &kCall,
      .schema = R"({"type": "array", "items": {"type": "string"}})"}}};

inline const FieldTable kRoot{"scenario",
                              "A scenario.",
                              {{.name = "rehearse",
                                .type = FieldType::count,
                                .doc = "Version.",
                                .required = true,
                                .min = 1,
                                .max = 1},
                               {.name = "name", .type = FieldType::text, .doc = "Title."},
                               {.name = "extends", .type = FieldType::list, .doc = "Files below."},
                               {.name = "experiment",
                                .type = FieldType::block,
                                .doc = "Experiment.",
                                .child = &kExperimentFields},
                               {.name = "system",
                                .type = FieldType::block,
                                .doc = "System.",
                                .required = true,
                                .child = &kSystem},
                               {.name = "objectives",
                                .type = FieldType::list,
                                .doc = "Objectives.",
                                .child = &kObjectiveFields,
                                .schema = kObjectiveLineSchema}}};

inline const FieldTable kMixturePart{
    "mixture part",
    "One of a mixture.",
    {{.name = "weight", .type = FieldType::ratio, .doc = "Share.", .required = true},
     {.name = "of", .type = FieldType::distribution, .doc = "Law.", .required = true}}};
inline const FieldTable kLognormal{
    "lognormal",
    "Log-normal.",
    {{.name = "median", .type = FieldType::duration, .doc = "Median."},
     {.name = "p99", .type = FieldType::duration, .doc = "p99."}}};
inline const FieldTable kDistribution{
    "distribution",
    "A law of durations.",
    {{.name = "exponential", .type = FieldType::duration, .doc = "By mean."},
     {.name = "lognormal",
      .type = FieldType::block,
      .doc = "By median and p99.",
      .child = &kLognormal},
     {.name = "mixture", .type = FieldType::list, .doc = "Of several.", .child = &kMixturePart}}};

}  // namespace rehearse::spec::sample
