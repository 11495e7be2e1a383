// Carries the precompiled header that all test executables share.
