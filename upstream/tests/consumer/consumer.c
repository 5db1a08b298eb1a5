/* Uses the installed library, by both of its interfaces. */
#include <snmalloc.h>
#include <snmalloc_libc.h>
#include <stdio.h>
#include <string.h>

int main(void)
{
  char* text = sn_malloc(20);
  void* block = sn_rust_alloc(64, 1000);
  size_t current = 0;
  if (text == NULL || block == NULL)
    return 1;
  strcpy(text, "allocated");
  sn_rust_statistics(&current, NULL);
  printf("%s %d\n", text, current >= 1000);
  sn_rust_dealloc(block, 64, 1000);
  sn_free(text);
  return 0;
}
