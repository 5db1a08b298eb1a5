// The library that the kernel puts into every process, the vDSO: what its functions tell takes no system call.
#pragma once

#include <elf.h>
#include <link.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

namespace sn::os
{
// Where a function is called by the address of its first instruction, and not by that of a descriptor.
#if defined(__powerpc64__) && _CALL_ELF != 2
constexpr bool has_plain_addresses = false;
#else
constexpr bool has_plain_addresses = true;
#endif

// Its dynamic symbols.
class Vdso
{
public:
  // `image`: where it begins. 0: there is none, as in some emulators.
  explicit Vdso(uintptr_t image)
  {
    if (image == 0 || !has_plain_addresses)
      return;
    const auto* head = reinterpret_cast<const ElfW(Ehdr)*>(image);
    const auto* segments = reinterpret_cast<const ElfW(Phdr)*>(image + head->e_phoff);
    const ElfW(Dyn)* dynamic = nullptr;
    bool is_loaded = false;
    for (unsigned number = 0; number < head->e_phnum; number++)
      if (const auto& segment = segments[number]; segment.p_type == PT_DYNAMIC)
        dynamic = reinterpret_cast<const ElfW(Dyn)*>(image + segment.p_offset);
      else if (segment.p_type == PT_LOAD && !is_loaded)
      {
        is_loaded = true;
        bias = image + segment.p_offset - segment.p_vaddr;
      }
    for (; dynamic != nullptr && is_loaded && dynamic->d_tag != DT_NULL; dynamic++)
      note(dynamic->d_tag, bias + dynamic->d_un.d_ptr);
  }

  // Where a function begins that has one of two names, for not all processors call it the same. 0: there is none.
  uintptr_t find(const char* name, const char* other_name) const
  {
    uintptr_t found = find(name);
    return found != 0 ? found : find(other_name);
  }

private:
#ifdef __s390x__
  using HashWord = uint64_t;
#else
  using HashWord = uint32_t;
#endif

  uintptr_t find(const char* name) const
  {
    for (size_t number = 0; symbols != nullptr && names != nullptr && number < count; number++)
      if (const auto& symbol = symbols[number];
          symbol.st_shndx != SHN_UNDEF && strcmp(names + symbol.st_name, name) == 0)
        return bias + symbol.st_value;
    return 0;
  }

  void note(decltype(ElfW(Dyn)::d_tag) tag, uintptr_t at)
  {
    if (tag == DT_STRTAB)
      names = reinterpret_cast<const char*>(at);
    else if (tag == DT_SYMTAB)
      symbols = reinterpret_cast<const ElfW(Sym)*>(at);
    else if (tag == DT_HASH)
      count = size_t(reinterpret_cast<const HashWord*>(at)[1]);
    else if (tag == DT_GNU_HASH && count == 0)
      count = count_hashed(reinterpret_cast<const uint32_t*>(at));
  }

  // A table of this kind does not say how many symbols there are: the last one ends the chain that begins last.
  static size_t count_hashed(const uint32_t* table)
  {
    uint32_t bucket_count = table[0];
    uint32_t first = table[1];
    const uint32_t* buckets = table + 4 + table[2] * (sizeof(uintptr_t) / sizeof(uint32_t));
    const uint32_t* chains = buckets + bucket_count;
    uint32_t last = 0;
    for (uint32_t number = 0; number < bucket_count; number++)
      if (buckets[number] > last)
        last = buckets[number];
    if (last < first)
      return 0;
    while ((chains[last - first] & 1) == 0)
      last++;
    return size_t(last) + 1;
  }

  uintptr_t bias = 0;
  const ElfW(Sym) * symbols = nullptr;
  const char* names = nullptr;
  size_t count = 0;
};
} // namespace sn::os
