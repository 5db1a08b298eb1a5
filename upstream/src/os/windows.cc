// The os contract on Windows 7 and newer.
//
// Whoever loads or unloads a library, or starts or ends a thread, holds the loader's lock meanwhile, and the hooks here
// run with it held. So the loader's lock comes before all of ours, and nothing here that is called with a lock of ours
// held may load a library or look a function up.
#include "os/windows.h"
#include "base/bits.h"
#include "base/faults.h"
#include "os/os.h"

#include <stdlib.h>
#include <string.h>

#ifdef _MSC_VER
#  pragma init_seg(lib)
#  pragma section(".CRT$XLY", long, read)
#  define SN_LOADER_CALLBACK __declspec(allocate(".CRT$XLY"))
#  define SN_FIRST_INITIALIZED
#  ifdef _WIN64
#    pragma comment(linker, "/INCLUDE:_tls_used")
#    pragma comment(linker, "/INCLUDE:sn_loader_callback")
#  else
#    pragma comment(linker, "/INCLUDE:__tls_used")
#    pragma comment(linker, "/INCLUDE:_sn_loader_callback")
#  endif
#else
#  define SN_LOADER_CALLBACK __attribute__((section(".CRT$XLY"), used))
#  define SN_FIRST_INITIALIZED __attribute__((init_priority(101)))
#endif

extern "C" IMAGE_DOS_HEADER __ImageBase;
extern "C" BOOLEAN NTAPI SystemFunction036(PVOID, ULONG); // documented as RtlGenRandom; in advapi32

namespace sn::os
{
namespace
{
// A caller of malloc or free must not see what our calls report.
struct KeepLastError
{
  DWORD saved = GetLastError();
  ~KeepLastError() { SetLastError(saved); }
};

// MEM_EXTENDED_PARAMETER and MEM_ADDRESS_REQUIREMENTS, which older headers lack.
struct AddressRequirements
{
  void* lowest;
  void* highest;
  SIZE_T alignment;
};
struct alignas(8) ExtendedParameter
{
  uint64_t type;
  union
  {
    uint64_t number;
    void* pointer;
  };
};
constexpr uint64_t address_requirements = 1;

// What not every Windows has; null: not this one. Written when the library is loaded, before anything else in it runs.
void*(WINAPI* virtual_alloc_2)(HANDLE, void*, SIZE_T, ULONG, ULONG, ExtendedParameter*, ULONG);
BOOL(WINAPI* wait_on_address)(volatile void*, void*, SIZE_T, DWORD);
void(WINAPI* wake_by_address_single)(void*);
void(WINAPI* wake_by_address_all)(void*);
BOOLEAN(NTAPI* is_process_exiting)();

bool may_be_unloaded = false;

// Of the thread's word, where the compiler is not asked for one.
DWORD word_slot = TLS_OUT_OF_INDEXES;

template<typename Function>
void look_up(HMODULE library, const char* name, Function*& function)
{
  function = reinterpret_cast<Function*>(reinterpret_cast<void*>(GetProcAddress(library, name)));
}

void look_up_all()
{
  KeepLastError keep;
  HMODULE nt = GetModuleHandleA("ntdll.dll");
  HMODULE kernel = GetModuleHandleA("kernelbase.dll");
  look_up(nt, "RtlDllShutdownInProgress", is_process_exiting);
  if constexpr (config::newest_calls)
    look_up(kernel, "VirtualAlloc2", virtual_alloc_2);
  if constexpr (config::newest_calls && config::waits_on_address)
  {
    look_up(kernel, "WakeByAddressSingle", wake_by_address_single);
    look_up(kernel, "WakeByAddressAll", wake_by_address_all);
    look_up(kernel, "WaitOnAddress", wait_on_address);
  }
  if constexpr (!config::has_thread_locals)
    word_slot = TlsAlloc();
  may_be_unloaded = !config::stays_loaded && reinterpret_cast<HMODULE>(&__ImageBase) != GetModuleHandleA(nullptr);
}

// The loader calls this, in programs and in libraries alike, and after what runtimes registered for themselves: their
// names stand before ours in the alphabet. So destructors of thread-local variables have mostly run.
void NTAPI on_loader_event(void*, DWORD event, void*)
{
  if (event == DLL_PROCESS_ATTACH)
    look_up_all();
  else if (event == DLL_THREAD_DETACH)
    hooks.thread_exit();
}

// Whether the system has ended all other threads, in the midst of anything, for the process exits.
bool is_alone()
{
  return is_process_exiting != nullptr && is_process_exiting();
}

// Constructed before all other static objects of the program or library and so destroyed after them. The C runtime
// destroys those of a program before the process exits, but those of its libraries meanwhile: all is left as it is
// then.
struct Module
{
  ~Module()
  {
    if (is_alone())
      return;
    if (!may_be_unloaded)
    {
      hooks.process_exit();
      return;
    }
    hooks.unload(true);
    TlsFree(word_slot);
  }
};
SN_FIRST_INITIALIZED Module module;

// Where threads sleep on systems without WaitOnAddress: the address of the word chooses. Who wakes takes the lock after
// it has changed the word, so who waits either has seen the change or sleeps already.
struct Bed
{
  SRWLOCK lock;
  CONDITION_VARIABLE woken;
};
Bed beds[64]; // all zero is their initial state

Bed& bed_of(const std::atomic<uint32_t>& word)
{
  return beds[uintptr_t(&word) / sizeof(word) % 64];
}

void wake_bed(const std::atomic<uint32_t>& word)
{
  Bed& bed = bed_of(word);
  AcquireSRWLockExclusive(&bed.lock);
  ReleaseSRWLockExclusive(&bed.lock);
  WakeAllConditionVariable(&bed.woken);
}

// The system reserves at multiples of 64 KiB. Where it cannot be told of larger ones, the place is looked for in a
// larger reservation, which must be given back first: another thread may be faster.
void* reserve_by_trying(size_t bytes, size_t alignment)
{
  constexpr int tries = 100;
  if (bytes + alignment < bytes)
    return nullptr;
  for (int number = 0; number < tries; number++)
  {
    count_call();
    void* around = VirtualAlloc(nullptr, bytes + alignment, MEM_RESERVE, PAGE_NOACCESS);
    if (around == nullptr)
      return nullptr;
    VirtualFree(around, 0, MEM_RELEASE);
    auto* wanted = reinterpret_cast<void*>(align_up(uintptr_t(around), alignment));
    if (void* start = VirtualAlloc(wanted, bytes, MEM_RESERVE, PAGE_READWRITE))
      return start;
  }
  return nullptr;
}
} // namespace

extern "C" SN_LOADER_CALLBACK const PIMAGE_TLS_CALLBACK sn_loader_callback = on_loader_event;

size_t page_bytes()
{
  static std::atomic<size_t> cached{0};
  size_t bytes = cached.load(std::memory_order_relaxed);
  if (SN_UNLIKELY(bytes == 0))
  {
    SYSTEM_INFO info;
    GetSystemInfo(&info);
    size_t pretended = config::faults ? faults::pretended_page_bytes.load(std::memory_order_relaxed) : 0;
    bytes = pretended != 0 ? pretended : info.dwPageSize;
    cached.store(bytes, std::memory_order_relaxed);
  }
  return bytes;
}

void* reserve(size_t bytes, size_t alignment)
{
  KeepLastError keep;
  count_call();
  if (faults::refuses())
    return nullptr;
  void* start = VirtualAlloc(nullptr, bytes, MEM_RESERVE, PAGE_READWRITE);
  if (start == nullptr || (uintptr_t(start) & (alignment - 1)) == 0)
    return start;
  VirtualFree(start, 0, MEM_RELEASE);
  if (virtual_alloc_2 != nullptr)
  {
    AddressRequirements requirements{nullptr, nullptr, alignment};
    ExtendedParameter parameter{address_requirements, {}};
    parameter.pointer = &requirements;
    start = virtual_alloc_2(nullptr, nullptr, bytes, MEM_RESERVE, PAGE_READWRITE, &parameter, 1);
    if (start != nullptr)
      return start;
  }
  return reserve_by_trying(bytes, alignment);
}

bool commit(void* start, size_t bytes)
{
  KeepLastError keep;
  count_call();
  return !faults::refuses() && VirtualAlloc(start, bytes, MEM_COMMIT, PAGE_READWRITE) != nullptr;
}

// With checks, what the allocator uses of a reservation does not start where that does.
bool release(void* start, size_t)
{
  KeepLastError keep;
  count_call();
  MEMORY_BASIC_INFORMATION pages;
  return !faults::refuses() && VirtualQuery(start, &pages, sizeof(pages)) != 0 &&
         VirtualFree(pages.AllocationBase, 0, MEM_RELEASE) != 0;
}

bool purge(void* start, size_t bytes, bool)
{
  KeepLastError keep;
  count_call();
  return !faults::refuses() && VirtualFree(start, bytes, MEM_DECOMMIT) != 0;
}

// Not by giving pages back and asking for others: another process may take them in between.
bool clear(void*, size_t)
{
  return false;
}

bool protect(void* start, size_t bytes, bool accessible)
{
  KeepLastError keep;
  count_call();
  DWORD before;
  return !faults::refuses() && VirtualProtect(start, bytes, accessible ? PAGE_READWRITE : PAGE_NOACCESS, &before) != 0;
}

// No call of the system moves private pages.
Move move_pages(void*, size_t, void*, size_t)
{
  return Move::refused;
}

uintptr_t this_thread()
{
  return uintptr_t(GetCurrentThreadId()) << 1;
}

// Windows knows no programs that run with the rights of their file's owner. It stores a value with the 0 at its end, or
// not at all, and counts that 0 where it stores nothing.
size_t environment(const char* name, char* value, size_t capacity)
{
  KeepLastError keep;
  char whole[1024]; // more than any caller has room for
  size_t length = GetEnvironmentVariableA(name, whole, sizeof(whole));
  if (length > sizeof(whole))
    return length - 1;
  memcpy(value, whole, length < capacity ? length : capacity);
  return length;
}

void write_error(const char* text, size_t length)
{
  KeepLastError keep;
  DWORD written;
  WriteFile(GetStdHandle(STD_ERROR_HANDLE), text, DWORD(length), &written, nullptr);
}

uint64_t entropy()
{
  KeepLastError keep;
  uint64_t bits;
  if (!SystemFunction036(&bits, sizeof(bits)))
    die("snmalloc: the system has no random numbers");
  return bits;
}

uint64_t now_ms()
{
  return GetTickCount64();
}

namespace
{
// When a process exits, the system ends all other threads wherever they are: what this one waits for will not come. The
// system's own locks end the process then, and so do ours.
void sleep_on(std::atomic<uint32_t>& word, uint32_t value, DWORD most_ms)
{
  KeepLastError keep;
  if (is_alone())
    TerminateProcess(GetCurrentProcess(), DWORD(0xc000004b)); // STATUS_THREAD_IS_TERMINATING
  count_call();
  if (wait_on_address != nullptr)
  {
    wait_on_address(&word, &value, sizeof(value), most_ms);
    return;
  }
  Bed& bed = bed_of(word);
  AcquireSRWLockExclusive(&bed.lock);
  if (word.load(std::memory_order_relaxed) == value)
    SleepConditionVariableSRW(&bed.woken, &bed.lock, most_ms, 0);
  ReleaseSRWLockExclusive(&bed.lock);
}
} // namespace

void wait(std::atomic<uint32_t>& word, uint32_t value)
{
  sleep_on(word, value, INFINITE);
}

void wait_briefly(std::atomic<uint32_t>& word, uint32_t value)
{
  sleep_on(word, value, 1);
}

void wait_for_ms(std::atomic<uint32_t>& word, uint32_t value, uint32_t most_ms)
{
  sleep_on(word, value, most_ms);
}

void wake_one(std::atomic<uint32_t>& word)
{
  count_call();
  if (wake_by_address_single != nullptr)
    wake_by_address_single(&word);
  else
    wake_bed(word);
}

void wake_all(std::atomic<uint32_t>& word)
{
  count_call();
  if (wake_by_address_all != nullptr)
    wake_by_address_all(&word);
  else
    wake_bed(word);
}

void start() {}

void install_hooks() {}

// The loader tells of every thread.
bool arm_thread_exit()
{
  return true;
}

void* thread_word()
{
  KeepLastError keep;
  return TlsGetValue(word_slot);
}

bool set_thread_word(void* word)
{
  KeepLastError keep;
  return TlsSetValue(word_slot, word) != 0;
}

// In one piece, so that no other thread's line comes between; what does not fit is left out.
void die(const char* message)
{
  char line[512];
  size_t length = strlen(message);
  if (length > sizeof(line) - 1)
    length = sizeof(line) - 1;
  memcpy(line, message, length);
  line[length] = '\n';
  write_error(line, length + 1);
  abort();
}
} // namespace sn::os
