#pragma once
#include_next <math.h>
#undef isnan
#undef isinf
#undef isfinite
#undef signbit
inline bool isnan(double value) { return __builtin_isnan(value); }
inline bool isinf(double value) { return __builtin_isinf(value); }
inline bool isfinite(double value) { return __builtin_isfinite(value); }
inline bool signbit(double value) { return __builtin_signbit(value); }
