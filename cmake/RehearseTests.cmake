# rehearse_gtest(NAME unit_base LABEL unit SOURCES ... LIBRARIES rehearse::base ... [TIMEOUT 120])
# makes an executable of GoogleTest tests and registers each of them with CTest; with sanitizers,
# eighths of them: a process of a tenth of a second to begin with would cost more than most tests.
# Tests run in the root of the source tree; REHEARSE_SOURCE_DIR names that folder, REHEARSE_COMMAND the command built.

include(GoogleTest)
find_package(GTest 1.12 REQUIRED CONFIG)
find_package(rapidcheck REQUIRED CONFIG)

set(REHEARSE_DATA "${PROJECT_SOURCE_DIR}/../shared/data" CACHE PATH
    "Folder with measurements of real systems; tests that need one and find none are skipped")

add_library(rehearse_test_base INTERFACE)
target_link_libraries(rehearse_test_base INTERFACE
  rehearse_flags GTest::gtest GTest::gmock rapidcheck nlohmann_json::nlohmann_json fmt::fmt
  Threads::Threads)
target_compile_definitions(rehearse_test_base INTERFACE
  REHEARSE_SOURCE_DIR="${PROJECT_SOURCE_DIR}" REHEARSE_COMMAND="${PROJECT_BINARY_DIR}/rehearse")
# What is tested is built as users get it; what tests it is built quickly.
target_compile_options(rehearse_test_base INTERFACE $<IF:$<CONFIG:Release>,-O1,-O0>)

# GoogleTest costs a second or two per file to parse; so it is parsed once, for all.
add_library(rehearse_test_pch OBJECT "${PROJECT_SOURCE_DIR}/cmake/test_pch.cpp")
target_link_libraries(rehearse_test_pch PRIVATE rehearse_test_base)
rehearse_precompile(rehearse_test_pch <gmock/gmock.h> <gtest/gtest.h>)

function(rehearse_gtest)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME;LABEL;TIMEOUT" "SOURCES;LIBRARIES")
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  add_executable(${arg_NAME} ${arg_SOURCES})
  set_target_properties(${arg_NAME} PROPERTIES UNITY_BUILD ${rehearse_UNITY} UNITY_BUILD_BATCH_SIZE 8)
  target_link_libraries(${arg_NAME} PRIVATE ${arg_LIBRARIES} rehearse_test_base GTest::gmock_main)
  rehearse_precompile(${arg_NAME} REUSE_FROM rehearse_test_pch)
  # Tests of one library need no command, and are built while it does not link.
  if(TARGET rehearse AND NOT arg_LABEL MATCHES "^(unit|conformance|contract)$")
    add_dependencies(${arg_NAME} rehearse)
  endif()
  set(properties LABELS ${arg_LABEL} TIMEOUT ${arg_TIMEOUT} ENVIRONMENT "REHEARSE_DATA=${REHEARSE_DATA}")
  if(NOT rehearse_SANITIZE)
    gtest_discover_tests(${arg_NAME} TEST_PREFIX "${arg_NAME}." DISCOVERY_TIMEOUT 60 NO_PRETTY_VALUES
                         WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}" PROPERTIES ${properties})
    return()
  endif()
  set(shards 8)
  foreach(shard RANGE 1 ${shards})
    set(test ${arg_NAME}.part_${shard}_of_${shards})
    math(EXPR index "${shard} - 1")
    add_test(NAME ${test} COMMAND ${arg_NAME} --gtest_brief=1 WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}")
    set_tests_properties(${test} PROPERTIES ${properties})
    set_property(TEST ${test} APPEND PROPERTY
                 ENVIRONMENT "GTEST_TOTAL_SHARDS=${shards};GTEST_SHARD_INDEX=${index}")
  endforeach()
endfunction()

# The distribution's Python: another one first on PATH lacks the distribution's modules.
function(rehearse_find_python)
  find_program(REHEARSE_PYTHON python3 PATHS /usr/bin NO_DEFAULT_PATH)
  find_program(REHEARSE_PYTHON python3 REQUIRED)
endfunction()
