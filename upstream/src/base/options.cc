#include "base/options.h"

#include <string.h>

namespace sn
{
namespace
{
// A part of the variable's value.
struct Text
{
  const char* start;
  size_t length;

  bool is(const char* other) const { return strlen(other) == length && memcmp(start, other, length) == 0; }

  // Cuts off and returns what stands before the first `mark`, or all of it.
  Text cut(char mark)
  {
    const auto* found = static_cast<const char*>(memchr(start, mark, length));
    size_t before = found == nullptr ? length : size_t(found - start);
    size_t cut_off = found == nullptr ? length : before + 1;
    Text first = {start, before};
    start += cut_off;
    length -= cut_off;
    return first;
  }
};

bool parse_number(Text text, size_t* number)
{
  size_t value = 0;
  for (size_t at = 0; at < text.length; at++)
  {
    unsigned digit = unsigned(text.start[at]) - '0';
    if (digit > 9 || multiply_overflows(value, 10, &value) || value > ~size_t(0) - digit)
      return false;
    value += digit;
  }
  if (text.length == 0)
    return false;
  *number = value;
  return true;
}

// As a number, or with K, M or G behind it.
bool parse_bytes(Text text, size_t* bytes)
{
  size_t unit = 1;
  if (text.length != 0)
    switch (text.start[text.length - 1])
    {
    case 'K':
      unit = config::KiB;
      break;
    case 'M':
      unit = config::MiB;
      break;
    case 'G':
      unit = config::GiB;
      break;
    }
  if (unit != 1)
    text.length--;
  size_t count;
  size_t product;
  if (!parse_number(text, &count) || multiply_overflows(count, unit, &product))
    return false;
  *bytes = product;
  return true;
}

// One of three choices, of which the first is the usual one.
template<typename Choice>
bool parse_choice(Text text, const char* usual, Choice* choice)
{
  const char* const names[] = {usual, "never", "always"};
  for (size_t number = 0; number < 3; number++)
    if (text.is(names[number]))
    {
      *choice = Choice(number);
      return true;
    }
  return false;
}

// One line, in one piece; what does not fit is left out.
void complain(WriteError* write_error, const char* fault, Text about)
{
  char line[160] = "snmalloc: SNMALLOC_OPTIONS: ";
  size_t length = strlen(line);
  auto append = [&](Text text) {
    size_t room = sizeof(line) - 1 - length;
    size_t fits = text.length < room ? text.length : room;
    memcpy(line + length, text.start, fits);
    length += fits;
  };
  append({fault, strlen(fault)});
  append(about);
  line[length] = '\n';
  write_error(line, length + 1);
}

void parse_option(Text option, WriteError* write_error)
{
  Text rest = option;
  Text name = rest.cut('=');
  bool is_good = false;
  if (name.is("purge_delay_ms"))
    is_good = parse_number(rest, &options.purge_delay_ms);
  else if (name.is("resident_budget"))
    is_good = parse_bytes(rest, &options.resident_budget_bytes);
  else if (name.is("memory_limit"))
    is_good = parse_bytes(rest, &options.memory_limit_bytes);
  else if (name.is("huge_pages"))
    is_good = parse_choice(rest, "system", &options.huge_pages);
  else if (name.is("idle_purge"))
    is_good = parse_choice(rest, "auto", &options.idle_purge);
  else
  {
    complain(write_error, "ignored, the name is unknown: ", option);
    return;
  }
  if (!is_good)
    complain(write_error, "ignored, the value is none: ", option);
}
} // namespace

void parse_options(const char* value, size_t length, WriteError* write_error)
{
  if (length > max_options_bytes)
  {
    complain(write_error, "ignored, longer than 512 bytes", {"", 0});
    return;
  }
  for (Text left = {value, length}; left.length != 0;)
    if (Text option = left.cut(','); option.length != 0)
      parse_option(option, write_error);
}
} // namespace sn
