// What C++ code does with memory.
#include <functional>
#include <map>
#include <memory>
#include <new>
#include <stdexcept>
#include <stdint.h>
#include <string>
#include <thread>
#include <vector>

namespace
{
volatile size_t too_much = SIZE_MAX / 2;
int handler_calls = 0;

struct alignas(256) Page
{
  char bytes[256];
};

bool throws_bad_alloc()
{
  try
  {
    operator delete(operator new(too_much));
  } catch (const std::bad_alloc&)
  {
    return true;
  }
  return false;
}

void give_up()
{
  if (++handler_calls == 3)
    throw std::bad_alloc();
}
} // namespace

extern "C" {
char* cxx_new(size_t size)
{
  return new char[size];
}

void cxx_delete(char* object)
{
  delete[] object;
}

// Returns the line of what is wrong, or 0.
int cxx_work()
{
#define EXPECT(condition) \
  if (!(condition)) \
  return __LINE__
  std::map<std::string, std::vector<int>> numbers;
  for (int number = 0; number < 10'000; number++)
    numbers["the number " + std::to_string(number % 1000)].push_back(number);
  EXPECT(numbers["the number 7"].size() == 10);
  std::vector<std::unique_ptr<Page>> pages;
  for (int number = 0; number < 100; number++)
  {
    pages.push_back(std::make_unique<Page>());
    EXPECT(uintptr_t(pages.back().get()) % alignof(Page) == 0);
  }
  std::vector<std::string> texts;
  std::thread([&] { texts.assign(1000, std::string(100, 'x')); }).join();
  texts.clear();
  try
  {
    numbers.at("none");
    return __LINE__;
  } catch (const std::out_of_range&)
  {}
  EXPECT(throws_bad_alloc());
  delete new (std::nothrow) int;
  EXPECT(operator new[](too_much, std::nothrow) == nullptr);
  std::set_new_handler(give_up);
  handler_calls = 0;
  EXPECT(throws_bad_alloc() && handler_calls == 3);
  handler_calls = 0;
  EXPECT(operator new(too_much, std::nothrow) == nullptr&& handler_calls == 3);
  std::set_new_handler(nullptr);
  return 0;
}
}
