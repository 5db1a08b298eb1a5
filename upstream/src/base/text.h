// A part of a text that nobody owns here, and what it is most like.
#pragma once

#include "base/config.h"

#include <string.h>

namespace sn
{
struct Text
{
  const char* start; // may be null if the length is 0
  size_t length;

  bool is(Text other) const
  {
    return other.length == length && (length == 0 || memcmp(start, other.start, length) == 0);
  }

  // Cuts off and returns what stands before the first `mark`, or all of it.
  Text cut(char mark)
  {
    const auto* found = length == 0 ? nullptr : static_cast<const char*>(memchr(start, mark, length));
    size_t before = found == nullptr ? length : size_t(found - start);
    size_t cut_off = found == nullptr ? length : before + 1;
    Text first = {start, before};
    start += cut_off;
    length -= cut_off;
    return first;
  }
};

inline Text all_of(const char* text)
{
  return {text, strlen(text)};
}

// Of known words the one that is most like a written one: no more than a third of its letters is wrong.
class Nearest
{
public:
  explicit Nearest(Text what) : written(what) {}

  // Of equal ones the first counts.
  void compare(Text known)
  {
    size_t wrong = distance(known);
    if (wrong >= fewest_wrong || 3 * wrong > known.length)
      return;
    fewest_wrong = wrong;
    nearest = known;
  }

  // Of length 0: none is like it.
  Text found() const { return nearest; }

private:
  static constexpr size_t longest_known = 20;

  static char small(char letter) { return letter >= 'A' && letter <= 'Z' ? char(letter - 'A' + 'a') : letter; }
  static size_t least(size_t left, size_t right) { return left < right ? left : right; }

  // How many letters are to be changed, put in or left out; small and large ones are the same. (Wagner and Fischer, The
  // string-to-string correction problem, 1974, one row at a time.) A longer word is like none.
  size_t distance(Text known) const
  {
    if (known.length > longest_known)
      return ~size_t(0) / 3;
    size_t row[longest_known + 1];
    for (size_t to = 0; to <= known.length; to++)
      row[to] = to;
    for (size_t at = 0; at < written.length; at++)
    {
      size_t diagonal = row[0]++;
      for (size_t to = 0; to < known.length; to++)
      {
        size_t changed = diagonal + size_t(small(written.start[at]) != small(known.start[to]));
        diagonal = row[to + 1];
        row[to + 1] = least(changed, least(row[to], row[to + 1]) + 1);
      }
    }
    return row[known.length];
  }

  Text written;
  Text nearest = {nullptr, 0};
  size_t fewest_wrong = ~size_t(0);
};
} // namespace sn
