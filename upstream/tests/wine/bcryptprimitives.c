/* The library that programs in Rust ask for random numbers, which Wine 8 lacks. */
#include <windows.h>

BOOLEAN NTAPI SystemFunction036(PVOID, ULONG);

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T bytes)
{
  return SystemFunction036(data, (ULONG)bytes);
}
