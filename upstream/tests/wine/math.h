// What Wine's header has as macros, and Microsoft's as functions of C++.
#pragma once

#include_next <math.h>

#undef isfinite
#undef isinf
#undef isnan
#undef signbit

inline bool isfinite(double value)
{
  return __builtin_isfinite(value);
}

inline bool isinf(double value)
{
  return __builtin_isinf(value);
}

inline bool isnan(double value)
{
  return __builtin_isnan(value);
}

inline bool signbit(double value)
{
  return __builtin_signbit(value);
}
