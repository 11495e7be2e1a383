# What an installed Rehearse consists of: the command, the libraries with a CMake package for
# find_package(rehearse), scenarios to start from, and packages of all that (.tar.gz and .deb).
include(CMakePackageConfigHelpers)

set(rehearse_cmake_dir "${CMAKE_INSTALL_LIBDIR}/cmake/rehearse")
configure_package_config_file(cmake/rehearseConfig.cmake.in "${PROJECT_BINARY_DIR}/rehearseConfig.cmake"
                              INSTALL_DESTINATION "${rehearse_cmake_dir}")
# Before 1.0 a minor version may change interfaces.
write_basic_package_version_file("${PROJECT_BINARY_DIR}/rehearseConfigVersion.cmake"
                                 COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/rehearseConfig.cmake"
              "${PROJECT_BINARY_DIR}/rehearseConfigVersion.cmake"
        DESTINATION "${rehearse_cmake_dir}" COMPONENT development)
install(EXPORT rehearseTargets NAMESPACE rehearse:: DESTINATION "${rehearse_cmake_dir}"
        COMPONENT development)

install(DIRECTORY scenarios/ DESTINATION "${CMAKE_INSTALL_DATADIR}/rehearse/scenarios"
        COMPONENT runtime FILES_MATCHING PATTERN "*.yaml" PATTERN "*.csv" PATTERN "*.md"
        PATTERN spec EXCLUDE)
install(FILES LICENSE README.md CHANGELOG.md DESTINATION "${CMAKE_INSTALL_DOCDIR}"
        COMPONENT runtime)
install(FILES LICENSE DESTINATION "${CMAKE_INSTALL_DATADIR}/doc/librehearse-dev"
        COMPONENT development)

set(CPACK_GENERATOR "TGZ;DEB")
set(CPACK_PACKAGE_VENDOR "Rehearse")
set(CPACK_PACKAGE_CONTACT "The Rehearse developers <rehearse@rehearse.invalid>")
set(CPACK_RESOURCE_FILE_LICENSE "${PROJECT_SOURCE_DIR}/LICENSE")
set(CPACK_STRIP_FILES ON)
set(CPACK_VERBATIM_VARIABLES ON)
set(CPACK_COMPONENTS_ALL runtime development)
# One archive with everything; two Debian packages, so that who only runs it needs no headers.
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_NAME rehearse)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SECTION utils)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SUGGESTS python3-matplotlib)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME librehearse-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS "rehearse, libfmt-dev, libyaml-cpp-dev, libcurl4-openssl-dev, libssl-dev")
set(CPACK_COMPONENT_RUNTIME_DESCRIPTION
    "Simulates a platform from a scenario file and judges its objectives with confidence intervals.")
set(CPACK_COMPONENT_DEVELOPMENT_DESCRIPTION
    "Headers, static libraries and CMake package of Rehearse.")
include(CPack)
