/* A process exits while another thread of it forks: it comes to an end, also if it writes its figures then. The thread's
   first fork handler waits for the list of all streams, which is locked for long, and the handlers are gone before it
   comes to the last. As many times as SN_EXITS says. Runs preloaded. */
#define _GNU_SOURCE
#include "expect.h"

#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

enum { write_us = 20000 };

static void* fork_for_ever(void* unused)
{
  (void)unused;
  for (;;)
  {
    pid_t child = fork();
    if (child == 0)
      _exit(0);
    if (child > 0)
      waitpid(child, NULL, 0);
  }
  return NULL;
}

static ssize_t write_slowly(void* unused, const char* text, size_t length)
{
  (void)unused;
  (void)text;
  usleep(write_us);
  return (ssize_t)length;
}

/* Each time the list is locked while the stream writes. */
static void* flush_for_ever(void* stream)
{
  for (;;)
  {
    fputc('x', stream);
    fflush(NULL);
  }
  return NULL;
}

static void start(void* (*run)(void*), void* argument)
{
  pthread_t thread;
  EXPECT(pthread_create(&thread, NULL, run, argument) == 0);
}

static void exit_amid_forks(int delay_us)
{
  cookie_io_functions_t functions = {NULL, write_slowly, NULL, NULL};
  FILE* stream = fopencookie(NULL, "w", functions);
  EXPECT(stream != NULL);
  start(flush_for_ever, stream);
  start(fork_for_ever, NULL);
  usleep((useconds_t)delay_us);
  exit(0);
}

int main(int count, char** arguments)
{
  const char* set = getenv("SN_EXITS");
  int exits = set != NULL ? atoi(set) : 20, number;
  if (count == 2)
    exit_amid_forks(atoi(arguments[1]));
  for (number = 0; number < exits; number++)
  {
    char delay_us[20];
    int status;
    pid_t child;
    snprintf(delay_us, sizeof(delay_us), "%d", write_us + number * 997 % write_us);
    setenv("SNMALLOC_OPTIONS", number % 2 == 0 ? "stats=never" : "stats=exit", 1);
    child = fork();
    if (child == 0)
    {
      alarm(60); /* a hang ends by this signal */
      execl(arguments[0], arguments[0], delay_us, (char*)NULL);
      _exit(1);
    }
    EXPECT(child > 0 && waitpid(child, &status, 0) == child);
    EXPECT(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  }
  printf("%d exits came to an end\n", exits);
  return 0;
}
