#include "base/options.h"

#include "base/message.h"
#include "base/text.h"

namespace sn
{
namespace
{
// What a value is.
enum class Kind : uint8_t
{
  number,
  bytes,
  bytes_or_none,
  choice,
};

struct Option
{
  const char* name;
  size_t offset; // in Options
  Kind kind;
  const char* values; // of a choice all of them, in the order of their numbers
  const char* meaning;
};

// All that there are, in the order of Options.
constexpr Option table[] = {
  {"purge_delay_ms", offsetof(Options, purge_delay_ms), Kind::number, "MILLISECONDS",
   "free memory goes back to the system after this time"},
  {"resident_budget", offsetof(Options, resident_budget_bytes), Kind::bytes, "BYTES[K|M|G]",
   "so much free memory may stay resident meanwhile"},
  {"memory_limit", offsetof(Options, memory_limit_bytes), Kind::bytes_or_none, "BYTES[K|M|G]|none",
   "allocations are refused that would hold more"},
  {"huge_pages", offsetof(Options, huge_pages), Kind::choice, "system|never|always",
   "whether to ask the system for huge pages"},
  {"idle_purge", offsetof(Options, idle_purge), Kind::choice, "auto|never|always",
   "whether an idle thread gives memory back while the program sleeps"},
  {"stats", offsetof(Options, stats), Kind::choice, "never|exit",
   "whether a line of figures goes to stderr when the process exits"},
};
constexpr const char* help = "help"; // stands without a value

constexpr bool has_all_options()
{
  size_t offset = 0;
  for (const Option& option : table)
  {
    if (option.offset != offset)
      return false;
    offset += sizeof(size_t);
  }
  return offset == sizeof(Options);
}
static_assert(has_all_options(), "a new option needs its row");

// As the structure has it: all fields have the size of a number.
size_t value_in(const Options& of, const Option& option)
{
  size_t value;
  memcpy(&value, reinterpret_cast<const char*>(&of) + option.offset, sizeof(value));
  return value;
}

void set_value(const Option& option, size_t value)
{
  memcpy(reinterpret_cast<char*>(&options) + option.offset, &value, sizeof(value));
}

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

bool parse_choice(const Option& option, Text text, size_t* choice)
{
  Text left = all_of(option.values);
  for (size_t number = 0; left.length != 0; number++)
    if (left.cut('|').is(text))
    {
      *choice = number;
      return true;
    }
  return false;
}

bool parse_value(const Option& option, Text text, size_t* value)
{
  if (option.kind == Kind::choice)
    return parse_choice(option, text, value);
  if (option.kind == Kind::number)
    return parse_number(text, value);
  if (option.kind == Kind::bytes || !text.is(all_of("none")))
    return parse_bytes(text, value);
  *value = ~size_t(0);
  return true;
}

// So that parse_value() reads it.
void add_value(Message& line, const Option& option, size_t value)
{
  if (option.kind == Kind::choice)
  {
    Text left = all_of(option.values);
    for (; value != 0 && left.length != 0; value--)
      left.cut('|');
    Text name = left.cut('|');
    line.quote(name.start, name.length);
    return;
  }
  if (option.kind == Kind::bytes_or_none && value == ~size_t(0))
  {
    line << "none";
    return;
  }
  const char* unit = "KMG";
  bool has_unit = false;
  if (option.kind != Kind::number)
    for (; value != 0 && value % config::KiB == 0 && *unit != 0; unit++, has_unit = true)
      value /= config::KiB;
  line << value;
  if (has_unit)
    line.quote(unit - 1, 1);
}

// What others wrote may be long.
void add_written(Message& line, Text text)
{
  constexpr size_t most = 80;
  line.quote(text.start, text.length < most ? text.length : most);
  if (text.length > most)
    line << "...";
}

// One line, in one piece.
void complain(
  WriteError* write_error, Text about, const char* what, Text unknown, const Nearest& nearest, const char* known)
{
  Message line;
  line << "snmalloc: SNMALLOC_OPTIONS: ignored ";
  add_written(line, about);
  line << ": unknown " << what << " `";
  add_written(line, unknown);
  if (Text found = nearest.found(); found.length != 0)
    (line << "`; did you mean `").quote(found.start, found.length) << "`?";
  else
    line << "`; known: " << known;
  line.write_line(write_error);
}

void complain_of_name(WriteError* write_error, Text about, Text name)
{
  Nearest nearest(name);
  Message known;
  for (const Option& option : table)
  {
    nearest.compare(all_of(option.name));
    known << option.name << ", ";
  }
  nearest.compare(all_of(help));
  known << help;
  complain(write_error, about, "option", name, nearest, known.text());
}

void complain_of_value(WriteError* write_error, Text about, Text value, const Option& option)
{
  Nearest nearest(value);
  if (option.kind == Kind::choice)
    for (Text left = all_of(option.values); left.length != 0;)
      nearest.compare(left.cut('|'));
  complain(write_error, about, "value", value, nearest, option.values);
}

void parse_option(Text text, WriteError* write_error)
{
  Text rest = text;
  Text name = rest.cut('=');
  for (const Option& option : table)
  {
    if (!name.is(all_of(option.name)))
      continue;
    size_t value;
    if (parse_value(option, rest, &value))
      set_value(option, value);
    else
      complain_of_value(write_error, text, rest, option);
    return;
  }
  complain_of_name(write_error, text, name);
}

void show_help(WriteError* write_error)
{
  constexpr size_t columns[] = {17, 37, 46, 55};
  Message title;
  (title << "snmalloc: SNMALLOC_OPTIONS=NAME=VALUE,NAME=VALUE takes these").write_line(write_error);
  Message head;
  head << "name";
  head.pad(columns[0]) << "values";
  head.pad(columns[1]) << "default";
  head.pad(columns[2]) << "now";
  head.pad(columns[3]) << "meaning";
  head.write_line(write_error);
  for (const Option& option : table)
  {
    Message row;
    row << option.name;
    row.pad(columns[0]) << option.values;
    add_value(row.pad(columns[1]), option, value_in(default_options, option));
    add_value(row.pad(columns[2]), option, value_in(options, option));
    row.pad(columns[3]) << option.meaning;
    row.write_line(write_error);
  }
  Message last;
  last << help;
  last.pad(columns[3]) << "show this, and go on";
  last.write_line(write_error);
}
} // namespace

void parse_options(const char* value, size_t length, WriteError* write_error)
{
  if (length > max_options_bytes)
  {
    Message line;
    line << "snmalloc: SNMALLOC_OPTIONS: ignored, longer than " << max_options_bytes << " bytes";
    line.write_line(write_error);
    return;
  }
  bool wants_help = false;
  for (Text left = {value, length}; left.length != 0;)
  {
    Text option = left.cut(',');
    if (option.is(all_of(help)))
      wants_help = true;
    else if (option.length != 0)
      parse_option(option, write_error);
  }
  if (wants_help)
    show_help(write_error);
}
} // namespace sn
