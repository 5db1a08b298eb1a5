# Installs the library with what finds it there: find_package(snmalloc) for cmake, and snmalloc.pc for pkg-config. Both
# know its place by their own, so that the installed tree can be moved.
include(CMakePackageConfigHelpers)

install(TARGETS snmalloc EXPORT snmalloc ARCHIVE DESTINATION lib)
install(FILES include/snmalloc.h include/snmalloc_libc.h include/snmalloc_profile.h DESTINATION include)
install(EXPORT snmalloc NAMESPACE snmalloc:: FILE snmalloc-config.cmake DESTINATION lib/cmake/snmalloc)

set(version_file ${CMAKE_CURRENT_BINARY_DIR}/snmalloc-config-version.cmake)
write_basic_package_version_file(${version_file} COMPATIBILITY SameMinorVersion)
install(FILES ${version_file} DESTINATION lib/cmake/snmalloc)

set(libraries "-L\${libdir} -lsnmalloc")
if(WIN32)
  string(APPEND libraries " -ladvapi32")
endif()
file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/snmalloc.pc "prefix=\${pcfiledir}/../..
libdir=\${prefix}/lib
includedir=\${prefix}/include

Name: snmalloc
Description: A message-passing memory allocator
Version: ${PROJECT_VERSION}
Cflags: -I\${includedir}
Libs: ${libraries}
")
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/snmalloc.pc DESTINATION lib/pkgconfig)
