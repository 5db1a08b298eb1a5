// Microsoft's intrinsic functions that the core uses; Wine's header wants those of gcc.
#pragma once

extern "C" {
unsigned char _BitScanForward(unsigned long*, unsigned long);
unsigned char _BitScanReverse(unsigned long*, unsigned long);
unsigned char _BitScanForward64(unsigned long*, unsigned __int64);
unsigned char _BitScanReverse64(unsigned long*, unsigned __int64);
void _mm_pause(void);
}
