// Composes a line of text without allocating. What does not fit is left out.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace sn
{
class Message
{
public:
  Message& operator<<(const char* text)
  {
    for (; *text != 0; text++)
      add(*text);
    return *this;
  }

  // In decimal.
  Message& operator<<(size_t number) { return add_number(number, 10); }

  // As %p of printf prints it.
  Message& operator<<(const void* address) { return (*this << "0x").add_number(uintptr_t(address), 16); }

  const char* text() const { return buffer; }

private:
  void add(char letter)
  {
    if (length < sizeof(buffer) - 1)
      buffer[length++] = letter;
  }

  Message& add_number(size_t number, unsigned base)
  {
    char digits[sizeof(size_t) * 3];
    size_t count = 0;
    do
      digits[count++] = "0123456789abcdef"[number % base];
    while ((number /= base) != 0);
    while (count > 0)
      add(digits[--count]);
    return *this;
  }

  char buffer[256] = {};
  size_t length = 0;
};
} // namespace sn
