/* The C side of share.rs. */
#include "snmalloc_libc.h"

#include <ctype.h>
#include <string.h>

char* share_shout(const char* text)
{
  size_t length = strlen(text), at;
  char* result = sn_malloc(length + 1);
  if (result == NULL)
    return NULL;
  for (at = 0; at < length; at++)
    result[at] = (char)toupper((unsigned char)text[at]);
  result[length] = 0;
  return result;
}

size_t share_consume(char* text)
{
  size_t length = strlen(text);
  sn_free(text);
  return length;
}
