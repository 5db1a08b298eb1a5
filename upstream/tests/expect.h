// What tests assert with. An expectation that fails names itself and its place, and ends the process.
#pragma once

#include <stdio.h>
#include <stdlib.h>

#define EXPECT(condition) \
  do \
  { \
    if (!(condition)) \
    { \
      fprintf(stderr, "%s:%d: failed: %s\n", __FILE__, __LINE__, #condition); \
      abort(); \
    } \
  } while (0)

// As EXPECT, and prints both numbers.
#define EXPECT_EQUAL(left, right) \
  do \
  { \
    unsigned long long left_value = (unsigned long long)(left); \
    unsigned long long right_value = (unsigned long long)(right); \
    if (left_value != right_value) \
    { \
      fprintf( \
        stderr, "%s:%d: failed: %s is %llu, and %s is %llu\n", __FILE__, __LINE__, #left, left_value, #right, \
        right_value); \
      abort(); \
    } \
  } while (0)
