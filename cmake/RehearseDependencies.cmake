# Libraries of others. Imported targets are SYSTEM: their headers never warn in our build.
# Minimum versions are those of Debian 12, the oldest that is tested.

find_package(fmt 9 REQUIRED CONFIG)
find_package(yaml-cpp 0.7 REQUIRED CONFIG)
find_package(nlohmann_json 3.11 REQUIRED CONFIG)
find_package(CLI11 2.1 REQUIRED CONFIG)
find_package(Eigen3 3.4 REQUIRED NO_MODULE)
find_package(Boost 1.74 REQUIRED CONFIG)
find_package(CURL 7.85 REQUIRED)
find_package(OpenSSL 3 REQUIRED COMPONENTS Crypto)
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)

# Random123 is headers without a package file.
find_path(REHEARSE_RANDOM123_INCLUDE_DIR Random123/philox.h REQUIRED)
add_library(rehearse_random123 INTERFACE)
target_include_directories(rehearse_random123 SYSTEM INTERFACE "${REHEARSE_RANDOM123_INCLUDE_DIR}")
