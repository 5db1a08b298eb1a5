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

  // Letters that somebody else chose; what does not belong into a line is shown as `?`.
  Message& quote(const char* letters, size_t count)
  {
    for (size_t at = 0; at < count; at++)
      add(letters[at] >= ' ' && letters[at] <= '~' ? letters[at] : '?');
    return *this;
  }

  // Spaces up to a column, one at least.
  Message& pad(size_t column)
  {
    do
      add(' ');
    while (length < column && length < sizeof(buffer) - 1);
    return *this;
  }

  const char* text() const { return buffer; }

  // Gives the line to `write`, with a newline.
  template<typename Write>
  void write_line(Write* write)
  {
    buffer[length] = '\n';
    write(buffer, length + 1);
    buffer[length] = 0;
  }

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

  char buffer[768] = {};
  size_t length = 0;
};
} // namespace sn
