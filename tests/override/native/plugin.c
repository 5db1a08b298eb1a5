/* A plugin in C, of which the program knows nothing until it loads it. */
#include <stdlib.h>
#include <string.h>

void* plugin_malloc(size_t size)
{
  return malloc(size);
}

char* plugin_strdup(const char* text)
{
  return strdup(text);
}

void plugin_free(void* ptr)
{
  free(ptr);
}
