# Tools that make builds quick, and the flags that every object of ours is compiled with.

# ccache, told to trust precompiled headers: their content is part of the hash all the same.
find_program(REHEARSE_CCACHE ccache)
if(REHEARSE_CCACHE AND PROJECT_IS_TOP_LEVEL AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER
      "${CMAKE_COMMAND};-E;env;CCACHE_SLOPPINESS=pch_defines,time_macros;${REHEARSE_CCACHE}")
endif()

# rehearse_precompile(TARGET <header> ... | REUSE_FROM OTHER): as target_precompile_headers.
function(rehearse_precompile target)
  if(ARGV1 STREQUAL "REUSE_FROM")
    target_precompile_headers(${target} ${ARGN})
  else()
    target_precompile_headers(${target} PRIVATE ${ARGN})
  endif()
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(${target} PRIVATE -fpch-preprocess)  # ccache asks for it
  endif()
endfunction()

# lld links several times faster than ld.bfd, but cannot read GCC's link-time-optimisation objects.
find_program(REHEARSE_LLD ld.lld)
if(REHEARSE_LLD AND PROJECT_IS_TOP_LEVEL AND NOT CMAKE_INTERPROCEDURAL_OPTIMIZATION)
  add_link_options(-fuse-ld=lld)
endif()

# Whole-program instrumentation has to reach every object, the tests' included, hence directory scope.
if(rehearse_SANITIZE)
  add_compile_options(-fsanitize=${rehearse_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${rehearse_SANITIZE})
  if(rehearse_SANITIZE MATCHES "undefined")
    add_compile_options(-fno-sanitize-recover=undefined)
  endif()
endif()
if(rehearse_COVERAGE)
  add_compile_options(--coverage)
  add_link_options(--coverage)
endif()
if(rehearse_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    message(FATAL_ERROR "rehearse_FUZZ needs clang: libFuzzer comes with it")
  endif()
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# The target all_verify_interface_header_sets compiles every header of ours alone.
set(CMAKE_VERIFY_INTERFACE_HEADER_SETS ${rehearse_DEVELOPER_MODE})

# What all our objects share. Private to us: consumers keep their own flags.
#   -ffp-contract=off  a fused multiply-add rounds once where the source rounds twice, and would make
#                      results depend on the machine that compiled them. For the same reason there is
#                      no -ffast-math and no -march=native anywhere.
add_library(rehearse_flags INTERFACE)
target_compile_features(rehearse_flags INTERFACE cxx_std_20)
target_compile_options(rehearse_flags INTERFACE -ffp-contract=off)
target_compile_definitions(rehearse_flags INTERFACE REHEARSE_VERSION="${PROJECT_VERSION}")
if(rehearse_DEVELOPER_MODE)
  target_compile_options(rehearse_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion
                                                  -Wsign-conversion
                         # arguments by name ({.min = 2}) leave out what keeps its default
                         -Wno-missing-field-initializers)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    # False alarms in std::string at -O2 and above: GCC bug 105651, fixed in 13. The sanitizers watch
    # over what these would have found.
    target_compile_options(rehearse_flags INTERFACE -Wno-restrict -Wno-stringop-overflow
                                                    -Wno-stringop-overread -Wno-array-bounds)
  endif()
  if(rehearse_WERROR)
    target_compile_options(rehearse_flags INTERFACE -Werror)
  endif()
endif()
