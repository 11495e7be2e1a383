# rehearse_library(NAME spec              # last part of the folder's path
#                  DEPENDS base            # our libraries, by name; must have a lower rank
#                  PUBLIC_DEPENDS ...      # targets of others that our headers mention
#                  PRIVATE_DEPENDS ...     # targets of others to link; installed consumers find them
#                  HEADER_ONLY ...         # targets of others used in .cpp files and gone after that
#                  [EXCLUDE main.cpp ...]  # sources of the folder that are not part of the library
#                  [NO_INSTALL])
# Makes rehearse_<name> with the alias rehearse::<name>, installed and exported under that alias.
#
# Sources are globbed, headers as well: a folder is a library, all of it, and a new model is one file
# plus its line in registry.cpp. CONFIGURE_DEPENDS makes the build notice files that come and go.

file(STRINGS "${PROJECT_SOURCE_DIR}/cmake/ranks.txt" rehearse_rank_lines REGEX "^[a-z]")
set_property(DIRECTORY "${PROJECT_SOURCE_DIR}" APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
             "${PROJECT_SOURCE_DIR}/cmake/ranks.txt")
foreach(line IN LISTS rehearse_rank_lines)
  string(REGEX MATCH "^([a-z/]+) +([0-9])" _ "${line}")
  get_filename_component(name "${CMAKE_MATCH_1}" NAME)
  set(rehearse_rank_${name} "${CMAKE_MATCH_2}")
endforeach()

# Half of the time of a small file goes into parsing fmt and the standard library; so that is done
# once, for all libraries. Only in our own build: one without it proves that includes are complete.
if(rehearse_DEVELOPER_MODE)
  add_library(rehearse_pch OBJECT "${PROJECT_SOURCE_DIR}/cmake/library_pch.cpp")
  target_link_libraries(rehearse_pch PRIVATE rehearse_flags fmt::fmt)
  rehearse_precompile(rehearse_pch <fmt/format.h> <algorithm> <array> <cmath> <cstdint>
                                   <functional> <map> <memory> <numeric> <optional> <set> <span>
                                   <string> <string_view> <unordered_map> <utility> <variant>
                                   <vector>)
endif()

function(rehearse_library)
  cmake_parse_arguments(PARSE_ARGV 0 arg "NO_INSTALL" "NAME"
                        "DEPENDS;PUBLIC_DEPENDS;PRIVATE_DEPENDS;HEADER_ONLY;EXCLUDE")
  if(arg_UNPARSED_ARGUMENTS OR NOT arg_NAME OR NOT DEFINED rehearse_rank_${arg_NAME})
    message(FATAL_ERROR "rehearse_library: '${arg_NAME}' has no rank, or unknown arguments: "
                        "${arg_UNPARSED_ARGUMENTS}")
  endif()
  foreach(dependency IN LISTS arg_DEPENDS)
    if(NOT rehearse_rank_${dependency} LESS rehearse_rank_${arg_NAME})
      message(FATAL_ERROR "rehearse::${arg_NAME} may not depend on rehearse::${dependency}: "
                          "its rank is not lower (cmake/ranks.txt)")
    endif()
  endforeach()
  list(TRANSFORM arg_DEPENDS PREPEND "rehearse::")
  list(TRANSFORM arg_HEADER_ONLY REPLACE "(.+)" "$<BUILD_INTERFACE:\\1>")

  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "*.cpp")
  file(GLOB_RECURSE headers CONFIGURE_DEPENDS "*.hpp")
  foreach(excluded IN LISTS arg_EXCLUDE)
    list(REMOVE_ITEM sources "${CMAKE_CURRENT_SOURCE_DIR}/${excluded}")
  endforeach()

  set(target rehearse_${arg_NAME})
  if(sources)
    set(scope PUBLIC)
    add_library(${target} ${sources})
    set_target_properties(${target} PROPERTIES UNITY_BUILD ${rehearse_UNITY} UNITY_BUILD_BATCH_SIZE 12)
    target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:rehearse_flags> ${arg_PRIVATE_DEPENDS}
                                            ${arg_HEADER_ONLY})
    if(rehearse_DEVELOPER_MODE AND "fmt::fmt" IN_LIST arg_PRIVATE_DEPENDS)
      rehearse_precompile(${target} REUSE_FROM rehearse_pch)
    endif()
  else()  # headers only, or nothing yet
    set(scope INTERFACE)
    add_library(${target} INTERFACE)
  endif()
  add_library(rehearse::${arg_NAME} ALIAS ${target})
  target_link_libraries(${target} ${scope} ${arg_DEPENDS} ${arg_PUBLIC_DEPENDS})
  target_compile_features(${target} ${scope} cxx_std_20)
  target_sources(${target} ${scope} FILE_SET HEADERS BASE_DIRS "${PROJECT_SOURCE_DIR}"
                                    FILES ${headers})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${arg_NAME})
  set_property(GLOBAL APPEND PROPERTY rehearse_libraries ${arg_NAME})

  if(NOT arg_NO_INSTALL)
    install(TARGETS ${target} EXPORT rehearseTargets COMPONENT development
            ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
            LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
            FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/rehearse)
  endif()
endfunction()
