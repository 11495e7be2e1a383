# Packs the build folder BUILD into WORK and looks inside. Run with cmake -P.
file(REMOVE_RECURSE "${WORK}")
execute_process(COMMAND "${CPACK}" --config "${BUILD}/CPackConfig.cmake" -B "${WORK}"
                COMMAND_ERROR_IS_FATAL ANY OUTPUT_QUIET)

function(expect text what)
  foreach(part IN LISTS ARGN)
    string(FIND "${text}" "${part}" at)
    if(at EQUAL -1)
      message(SEND_ERROR "${what} lacks '${part}':\n${text}")
    endif()
  endforeach()
endfunction()

function(inspect pattern out_list out_fields)
  file(GLOB package "${WORK}/${pattern}")
  list(LENGTH package count)
  if(NOT count EQUAL 1)
    message(FATAL_ERROR "expected one ${pattern} in ${WORK}, found ${count}")
  endif()
  execute_process(COMMAND dpkg-deb --contents "${package}" OUTPUT_VARIABLE contents
                  COMMAND_ERROR_IS_FATAL ANY)
  execute_process(COMMAND dpkg-deb --field "${package}" OUTPUT_VARIABLE fields
                  COMMAND_ERROR_IS_FATAL ANY)
  set(${out_list} "${contents}" PARENT_SCOPE)
  set(${out_fields} "${fields}" PARENT_SCOPE)
endfunction()

inspect("rehearse_${VERSION}_*.deb" contents fields)
expect("${contents}" "rehearse.deb" ./usr/bin/rehearse ./usr/share/doc/rehearse/LICENSE
       ./usr/share/man/man1/rehearse.1 bash-completion/completions/rehearse
       ./usr/share/rehearse/scenarios/examples/ ./usr/share/rehearse/plots/draw.py
       ./usr/share/rehearse/grafana/rehearse.json)
expect("${fields}" "control of rehearse.deb" "Package: rehearse" "Version: ${VERSION}" "libc6"
       "libfmt9" "libyaml-cpp")

inspect("librehearse-dev_${VERSION}_*.deb" contents fields)
expect("${contents}" "librehearse-dev.deb" include/rehearse/base/time.hpp librehearse_base.a
       include/rehearse/scenarios/spec/reader.hpp rehearseConfig.cmake)
expect("${fields}" "control of librehearse-dev.deb" "Depends: rehearse" "libfmt-dev")

file(GLOB archive "${WORK}/rehearse-${VERSION}-*.tar.gz")
execute_process(COMMAND "${CMAKE_COMMAND}" -E tar tzf "${archive}" OUTPUT_VARIABLE contents
                COMMAND_ERROR_IS_FATAL ANY)
expect("${contents}" "the archive" bin/rehearse include/rehearse/base/time.hpp librehearse_base.a)
