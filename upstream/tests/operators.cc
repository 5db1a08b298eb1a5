// C++'s operator new and delete in every form, and what they do when memory is refused. Runs linked and preloaded.
#include "expect.h"

#include <initializer_list>
#include <malloc.h>
#include <new>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>

namespace
{
// Nobody has so much, and the compiler does not know.
volatile size_t too_much = SIZE_MAX / 2;
volatile size_t little = 100;
constexpr std::align_val_t page{4096};

int handler_calls = 0;

void set_address_space(rlim_t bytes)
{
  rlimit limit;
  EXPECT(getrlimit(RLIMIT_AS, &limit) == 0);
  limit.rlim_cur = bytes < limit.rlim_max ? bytes : limit.rlim_max;
  EXPECT(setrlimit(RLIMIT_AS, &limit) == 0);
}

void count_and_give_up()
{
  if (++handler_calls == 3)
    std::set_new_handler(nullptr);
}

struct OwnError : std::bad_alloc
{
};

void throw_own_error()
{
  handler_calls++;
  throw OwnError();
}

// Makes room when asked: the address space was full.
void make_room()
{
  handler_calls++;
  set_address_space(RLIM_INFINITY);
}

void check_pair(void* object, size_t alignment)
{
  EXPECT(object != nullptr && uintptr_t(object) % alignment == 0 && malloc_usable_size(object) >= little);
  memset(object, 1, little);
}

void check_every_form()
{
  for (size_t size : {size_t(0), size_t(1), size_t(100), size_t(5000), size_t(100000), size_t(10000000)})
  {
    little = size;
    void* object = operator new(size);
    check_pair(object, 16);
    operator delete(object);
    check_pair(object = operator new(size), 16);
    operator delete(object, size);
    check_pair(object = operator new(size, std::nothrow), 16);
    operator delete(object, std::nothrow);
    check_pair(object = operator new(size, page), 4096);
    operator delete(object, page);
    check_pair(object = operator new(size, page), 4096);
    operator delete(object, size, page);
    check_pair(object = operator new(size, page, std::nothrow), 4096);
    operator delete(object, page, std::nothrow);
    check_pair(object = operator new[](size), 16);
    operator delete[](object);
    check_pair(object = operator new[](size), 16);
    operator delete[](object, size);
    check_pair(object = operator new[](size, std::nothrow), 16);
    operator delete[](object, std::nothrow);
    check_pair(object = operator new[](size, page), 4096);
    operator delete[](object, page);
    check_pair(object = operator new[](size, page), 4096);
    operator delete[](object, size, page);
    check_pair(object = operator new[](size, page, std::nothrow), 4096);
    operator delete[](object, page, std::nothrow);
  }
  operator delete(nullptr);
  operator delete[](nullptr);
  operator delete(nullptr, page);
  little = 100;
}

template<typename Error, typename Allocate>
void check_throws(Allocate allocate)
{
  bool thrown = false;
  try
  {
    allocate();
  } catch (const Error&)
  {
    thrown = true;
  }
  EXPECT(thrown);
}

// Each throwing form, with the handler set anew.
template<typename Error>
void check_all_throw(std::new_handler handler, int calls)
{
  auto check = [=](auto allocate) {
    std::set_new_handler(handler);
    handler_calls = 0;
    check_throws<Error>(allocate);
    EXPECT_EQUAL(handler_calls, calls);
  };
  check([] { return operator new(too_much); });
  check([] { return operator new[](too_much); });
  check([] { return operator new(too_much, page); });
  check([] { return operator new[](too_much, page); });
}

void check_none_throws(std::new_handler handler, int calls)
{
  auto check = [=](auto allocate) {
    std::set_new_handler(handler);
    handler_calls = 0;
    EXPECT(allocate() == nullptr);
    EXPECT_EQUAL(handler_calls, calls);
  };
  check([] { return operator new(too_much, std::nothrow); });
  check([] { return operator new[](too_much, std::nothrow); });
  check([] { return operator new(too_much, page, std::nothrow); });
  check([] { return operator new[](too_much, page, std::nothrow); });
}

void check_handler_makes_room()
{
  std::set_new_handler(make_room);
  handler_calls = 0;
  set_address_space(0);
  void* object = operator new(size_t(1) << 33);
  EXPECT(object != nullptr && handler_calls == 1);
  operator delete(object);
  set_address_space(0);
  object = operator new(size_t(1) << 33, std::nothrow);
  EXPECT(object != nullptr && handler_calls == 2);
  operator delete(object);
}
} // namespace

int main()
{
  check_every_form();
  check_all_throw<std::bad_alloc>(nullptr, 0);
  check_all_throw<std::bad_alloc>(count_and_give_up, 3);
  check_all_throw<OwnError>(throw_own_error, 1);
  check_none_throws(nullptr, 0);
  check_none_throws(count_and_give_up, 3);
  check_none_throws(throw_own_error, 1);
  check_handler_makes_room();
}
