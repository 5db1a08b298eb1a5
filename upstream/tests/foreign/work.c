/* A program that has the allocator ask the system for all that it ever asks for: memory that comes, moves and goes
   back, threads that start, wait and end. It knows nothing of the allocator. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum
{
  slots = 300,
  rounds = 30000,
  threads = 4,
};

static void* work(void* seed)
{
  char* blocks[slots] = {0};
  size_t sizes[slots] = {0};
  unsigned chance = (unsigned)(size_t)seed;
  for (int round = 0; round < rounds; round++)
  {
    chance = chance * 1664525 + 1013904223;
    int slot = (int)(chance >> 8) % slots;
    size_t size = 1 + (round % 300 == 0 ? (chance >> 4) % 5000000 : (chance >> 4) % 2500);
    if (sizes[slot] != 0 && (blocks[slot][0] != (char)slot || blocks[slot][sizes[slot] - 1] != (char)slot))
      abort();
    if (round % 3 == 0)
      blocks[slot] = realloc(blocks[slot], size);
    else
    {
      free(blocks[slot]);
      blocks[slot] = malloc(size);
    }
    if (blocks[slot] == NULL)
      abort();
    sizes[slot] = size;
    blocks[slot][0] = blocks[slot][size - 1] = (char)slot;
  }
  for (int slot = 0; slot < slots; slot++)
    free(blocks[slot]);
  return NULL;
}

int main(void)
{
  for (int round = 0; round < 3; round++)
  {
    pthread_t others[threads];
    for (size_t number = 0; number < threads; number++)
      if (pthread_create(&others[number], NULL, work, (void*)(number + 1)) != 0)
        abort();
    for (int number = 0; number < threads; number++)
      pthread_join(others[number], NULL);
    char* grows = NULL;
    for (size_t bytes = 100000; bytes < 80000000; bytes *= 2)
    {
      grows = realloc(grows, bytes);
      memset(grows, 1, bytes);
    }
    free(grows);
  }
  puts("done");
  return 0;
}
