# SPDX-License-Identifier: Apache-2.0
# The five kinds of target. Includes are written from the top of the tree: #include "libs/base/ip.h".

set(CULVERT_INCLUDES ${CMAKE_SOURCE_DIR})

# culvert_library(NAME SOURCES a.cc… [DEPS lib…])   →  alias culvert::NAME
function(culvert_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_library(culvert_${name} STATIC ${ARG_SOURCES})
  add_library(culvert::${name} ALIAS culvert_${name})
  target_include_directories(culvert_${name} PUBLIC ${CULVERT_INCLUDES})
  target_link_libraries(culvert_${name} PUBLIC ${ARG_DEPS})
endfunction()

# culvert_program(NAME SOURCES main.cc… DEPS lib…)  →  build/…/bin/NAME
function(culvert_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_include_directories(${name} PRIVATE ${CULVERT_INCLUDES})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS})
  add_dependencies(culvert_programs ${name})
endfunction()
add_custom_target(culvert_programs)

# culvert_test(NAME SOURCES a_test.cc… DEPS lib… [LABEL unit])  →  a GoogleTest program, one ctest entry
function(culvert_test name)
  cmake_parse_arguments(ARG "" "LABEL" "SOURCES;DEPS" ${ARGN})
  if(NOT ARG_LABEL)
    set(ARG_LABEL unit)
  endif()
  add_executable(${name} EXCLUDE_FROM_ALL ${ARG_SOURCES})
  target_include_directories(${name} PRIVATE ${CULVERT_INCLUDES})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS} GTest::gmock GTest::gtest_main)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES LABELS ${ARG_LABEL} TIMEOUT 300)
  add_dependencies(culvert_tests ${name})
endfunction()
add_custom_target(culvert_tests)

# culvert_fuzzer(NAME SOURCES x_fuzz.cc DEPS lib… SEEDS dir)  →  libFuzzer program under the fuzz preset. Under every
# other preset the same entry point is linked with a driver that replays the seeds, so that seeds never rot.
function(culvert_fuzzer name)
  cmake_parse_arguments(ARG "" "SEEDS" "SOURCES;DEPS" ${ARGN})
  if(CULVERT_FUZZ)
    add_executable(${name} EXCLUDE_FROM_ALL ${ARG_SOURCES})
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  else()
    add_executable(${name} EXCLUDE_FROM_ALL ${ARG_SOURCES} ${CMAKE_SOURCE_DIR}/tests/fuzz/replay_main.cc)
    add_test(NAME ${name} COMMAND ${name} ${ARG_SEEDS})
    set_tests_properties(${name} PROPERTIES LABELS unit TIMEOUT 120)
    add_dependencies(culvert_tests ${name})
  endif()
  target_include_directories(${name} PRIVATE ${CULVERT_INCLUDES})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzz)
  add_dependencies(culvert_fuzzers ${name})
endfunction()
add_custom_target(culvert_fuzzers)

# culvert_proto(NAME SOURCES culvert/x/v1/x.proto… [DEPS culvert::proto_y…])  →  alias culvert::proto_NAME
# Heavy generated headers live in these libraries alone; an incremental build touches them only when a contract changes.
function(culvert_proto name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  set(out ${CMAKE_BINARY_DIR}/proto)
  file(MAKE_DIRECTORY ${out})
  set(generated)
  foreach(proto ${ARG_SOURCES})
    string(REGEX REPLACE "\\.proto$" "" stem ${proto})
    set(files ${out}/${stem}.pb.cc ${out}/${stem}.pb.h ${out}/${stem}.grpc.pb.cc ${out}/${stem}.grpc.pb.h)
    add_custom_command(
      OUTPUT ${files}
      COMMAND protobuf::protoc -I ${CMAKE_SOURCE_DIR}/proto --cpp_out=${out} --grpc_out=${out}
              --plugin=protoc-gen-grpc=${GRPC_CPP_PLUGIN} ${proto}
      DEPENDS ${CMAKE_SOURCE_DIR}/proto/${proto}
      COMMENT "protoc ${proto}")
    list(APPEND generated ${files})
  endforeach()
  add_library(culvert_proto_${name} STATIC ${generated})
  add_library(culvert::proto_${name} ALIAS culvert_proto_${name})
  target_include_directories(culvert_proto_${name} SYSTEM PUBLIC ${out})
  target_compile_options(culvert_proto_${name} PRIVATE -w)
  target_link_libraries(culvert_proto_${name} PUBLIC protobuf::libprotobuf gRPC::grpc++ gRPC::grpc++_reflection ${ARG_DEPS})
endfunction()
