// Home of the header that all libraries share precompiled (RehearseLibrary.cmake); nothing else.
