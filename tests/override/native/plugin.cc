// A plugin in C++.
#include <string>
#include <vector>

extern "C" {
void* plugin_malloc(size_t size)
{
  return operator new(size);
}

char* plugin_strdup(const char* text)
{
  std::vector<std::string> copies(100, text);
  return new char[1000]{copies[99][0]};
}

void plugin_free(void* ptr)
{
  operator delete(ptr);
}
}
