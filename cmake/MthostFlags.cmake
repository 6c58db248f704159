# One place for how everything is compiled. -ffp-contract=off and no -march=native: the doubles of C are the
# same on every x86-64 machine and with both compilers, which result_hash relies on.
add_library(mthost_flags INTERFACE)
target_compile_definitions(mthost_flags INTERFACE _GNU_SOURCE)
target_compile_options(mthost_flags INTERFACE
  -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wundef
  -Wpointer-arith -Wcast-qual -Wwrite-strings -Wformat=2 -Wno-format-nonliteral
  -ffp-contract=off -fno-strict-aliasing -fno-omit-frame-pointer)

# gcc copies structs of more than a few words by a string instruction, whose start-up alone is longer than such a copy.
if(CMAKE_C_COMPILER_ID STREQUAL "GNU" AND CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
  target_compile_options(mthost_flags INTERFACE
    -mmemcpy-strategy=unrolled_loop:128:noalign,libcall:-1:noalign
    -mmemset-strategy=unrolled_loop:128:noalign,libcall:-1:noalign)
endif()

# A tick runs through all floors: inlining across their files is worth about five in a hundred. The objects hold plain code
# too, so that the test programs need no such link.
option(MTHOST_LTO "optimise the program across its files (gcc)" OFF)
if(MTHOST_LTO AND CMAKE_C_COMPILER_ID STREQUAL "GNU")
  set(MTHOST_LTO_COMPILE -flto -ffat-lto-objects)
  set(MTHOST_LTO_LINK -flto=auto -O2)
endif()

set(MTHOST_SANITIZE "" CACHE STRING "sanitizers, comma separated: address,undefined or thread")
option(MTHOST_FUZZ "build the libFuzzer targets (clang only)" OFF)
option(MTHOST_COVERAGE "instrument for coverage" OFF)

if(MTHOST_SANITIZE)
  add_compile_options(-fsanitize=${MTHOST_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${MTHOST_SANITIZE})
endif()
if(MTHOST_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
if(MTHOST_COVERAGE)
  add_compile_options(--coverage -fprofile-update=atomic)
  add_link_options(--coverage)
endif()
