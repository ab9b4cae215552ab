# How everything is compiled: language, warnings, sanitizers, hardening, and the tools that save time.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_VERIFY_INTERFACE_HEADER_SETS ON)

option(CBM_WERROR "Warnings are errors" ON)
option(CBM_HARDEN "Compile with the hardening flags of a release" OFF)
set(CBM_SANITIZE "" CACHE STRING "Sanitizers, as in -fsanitize=")

find_program(CBM_CCACHE ccache)
if(CBM_CCACHE)
  # What ccache asks for where headers are precompiled.
  set(CMAKE_CXX_COMPILER_LAUNCHER
    ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${CBM_CCACHE})
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND NOT CMAKE_DISABLE_PRECOMPILE_HEADERS)
  add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-fpch-preprocess>)
endif()
find_program(CBM_MOLD mold)
if(CBM_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

set(CBM_WARNINGS -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wold-style-cast
  -Wnon-virtual-dtor -Woverloaded-virtual -Wextra-semi)
if(CMAKE_CXX_COMPILER_ID MATCHES Clang)
  list(APPEND CBM_WARNINGS -Wthread-safety)
endif()
if(CBM_WERROR)
  list(APPEND CBM_WARNINGS -Werror)
endif()

add_compile_options(-ffile-prefix-map=${CMAKE_SOURCE_DIR}/=)
if(CMAKE_BUILD_TYPE STREQUAL "Debug")
  # Line tables are enough for a stack, and halve the time and size of a build.
  add_compile_options(-g1)
endif()
if(CBM_SANITIZE)
  add_compile_options(-fsanitize=${CBM_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${CBM_SANITIZE})
endif()
# Whatever is served with them is tested with them.
add_compile_options(-D_GLIBCXX_ASSERTIONS)
if(CBM_HARDEN)
  add_compile_options(-D_FORTIFY_SOURCE=2 -fstack-protector-strong)
  add_link_options(-pie -Wl,-z,relro,-z,now)
endif()
