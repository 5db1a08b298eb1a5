// What glibc still has of its own, and functions that older headers do not name.
#pragma once

#include "../misuse.h"

#include <dlfcn.h>

extern "C" void* __libc_malloc(size_t size);

template<typename Function>
Function* find(const char* name)
{
  void* function = dlsym(RTLD_DEFAULT, name);
  EXPECT(function != nullptr);
  return reinterpret_cast<Function*>(function);
}
