# A folder's CMakeLists.txt says what it is made of; these say how.

# The heavy headers, which most files of their folder include: precompiled, a build takes two thirds
# of the time. The release and clang presets do without, and so find an #include that is missing.
set(CBM_PRECOMPILED_TEST <gmock/gmock.h> <gtest/gtest.h> <fmt/format.h> <absl/status/statusor.h>)
set(CBM_PRECOMPILED_ACT <cbm/v1/act.pb.h> <cbm/v1/content.pb.h> <cbm/v1/entry.pb.h>
  <absl/status/statusor.h> <absl/time/time.h> <fmt/format.h>)

# cbm_library(NAME HEADERS a.h SOURCES a.cc DEPENDS other PRECOMPILED heavy.h): one folder of the
# product.
function(cbm_library name)
  cmake_parse_arguments(ARG "" "" "HEADERS;SOURCES;DEPENDS;PRECOMPILED" ${ARGN})
  if(ARG_SOURCES)
    add_library(${name} STATIC ${ARG_SOURCES})
    set(scope PUBLIC)
    target_compile_options(${name} PRIVATE ${CBM_WARNINGS})
  else()
    add_library(${name} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_sources(${name} ${scope} FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR} FILES ${ARG_HEADERS})
  target_include_directories(${name} ${scope} ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name} ${scope} ${ARG_DEPENDS})
  if(ARG_PRECOMPILED)
    target_precompile_headers(${name} PRIVATE ${ARG_PRECOMPILED})
  endif()
endfunction()

# cbm_program(NAME SOURCES main.cc DEPENDS libraries): an executable of the product.
function(cbm_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_compile_options(${name} PRIVATE ${CBM_WARNINGS})
  target_link_libraries(${name} PRIVATE ${ARG_DEPENDS})
endfunction()

# cbm_test(NAME SOURCES a_test.cc DEPENDS libraries LABELS unit): one test program; each of its tests
# is known to ctest by name.
function(cbm_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;DEPENDS;LABELS;PRECOMPILED" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_compile_options(${name} PRIVATE ${CBM_WARNINGS})
  target_link_libraries(${name} PRIVATE ${ARG_DEPENDS} GTest::gmock GTest::gtest_main)
  target_precompile_headers(${name} PRIVATE ${CBM_PRECOMPILED_TEST} ${ARG_PRECOMPILED})
  if(NOT ARG_LABELS)
    set(ARG_LABELS unit)
  endif()
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 60)
  endif()
  add_test(NAME ${name} COMMAND ${name} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT ${ARG_TIMEOUT})
endfunction()

# cbm_rpc(NAME a.proto): messages and services that are not of the contract, included by their path
# from the root.
function(cbm_rpc name)
  add_library(${name} STATIC ${ARGN})
  target_link_libraries(${name} PUBLIC protobuf::libprotobuf gRPC::grpc++)
  target_include_directories(${name} SYSTEM
    PUBLIC ${PROJECT_BINARY_DIR} PRIVATE ${CMAKE_CURRENT_BINARY_DIR})
  protobuf_generate(TARGET ${name} LANGUAGE cpp)
  protobuf_generate(TARGET ${name} LANGUAGE grpc GENERATE_EXTENSIONS .grpc.pb.h .grpc.pb.cc
    PLUGIN "protoc-gen-grpc=$<TARGET_FILE:gRPC::grpc_cpp_plugin>")
  set_target_properties(${name} PROPERTIES CXX_CLANG_TIDY "")
endfunction()
