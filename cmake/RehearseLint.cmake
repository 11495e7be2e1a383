# `lint` runs clang-tidy with the list of .clang-tidy over the libraries and the command. It takes
# minutes, so it is a target of its own and no test. Headers are checked with the files that use them.
find_program(REHEARSE_RUN_CLANG_TIDY run-clang-tidy-14)
if(REHEARSE_RUN_CLANG_TIDY)
  add_custom_target(lint
    COMMAND ${REHEARSE_RUN_CLANG_TIDY} -quiet -p "${PROJECT_BINARY_DIR}"
            -extra-arg=-Wno-unknown-warning-option
            "${PROJECT_SOURCE_DIR}/(base|sim|scenarios|reports|policies|models|live|experiments|cli)/"
    WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}" USES_TERMINAL VERBATIM)
endif()
