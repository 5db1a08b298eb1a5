/* What the shim has beside the functions of libc.c, and that it is the shim that answers. Runs linked and preloaded. */
#define _GNU_SOURCE
#include "expect.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const size_t MiB = 1024 * 1024;
static volatile size_t most = SIZE_MAX; /* the compiler would warn of it */

static void* find(const char* name)
{
  Dl_info info;
  void* function = dlsym(RTLD_DEFAULT, name);
  EXPECT(function != NULL && dladdr(function, &info) != 0);
  if (strstr(info.dli_fname, "snmallocshim") == NULL)
  {
    fprintf(stderr, "%s is in %s\n", name, info.dli_fname);
    abort();
  }
  return function;
}

static void check_every_name(void)
{
  static const char* const names[] = {
    "malloc", "free", "calloc", "realloc", "reallocarray", "aligned_alloc", "memalign", "posix_memalign", "valloc",
    "pvalloc", "cfree", "free_sized", "free_aligned_sized", "malloc_usable_size", "malloc_trim", "mallopt",
    "mallinfo", "mallinfo2", "malloc_stats", "malloc_info", "_Znwm", "_Znam", "_ZnwmSt11align_val_t", "_ZnamSt11align_val_t", "_ZnwmRKSt9nothrow_t",
    "_ZnamRKSt9nothrow_t", "_ZnwmSt11align_val_tRKSt9nothrow_t", "_ZnamSt11align_val_tRKSt9nothrow_t", "_ZdlPv",
    "_ZdaPv", "_ZdlPvm", "_ZdaPvm", "_ZdlPvSt11align_val_t", "_ZdaPvSt11align_val_t", "_ZdlPvmSt11align_val_t",
    "_ZdaPvmSt11align_val_t", "_ZdlPvRKSt9nothrow_t", "_ZdaPvRKSt9nothrow_t", "_ZdlPvSt11align_val_tRKSt9nothrow_t",
    "_ZdaPvSt11align_val_tRKSt9nothrow_t"};
  size_t number;
  for (number = 0; number < sizeof(names) / sizeof(names[0]); number++)
    find(names[number]);
}

static void check_pages(void)
{
  size_t page = (size_t)sysconf(_SC_PAGESIZE), size;
  for (size = 0; size < 5 * page; size = size * 2 + 1)
  {
    void* object = valloc(size);
    void* pages = pvalloc(size);
    EXPECT(object != NULL && (uintptr_t)object % page == 0 && malloc_usable_size(object) >= size);
    EXPECT(pages != NULL && (uintptr_t)pages % page == 0);
    EXPECT(malloc_usable_size(pages) >= (size + page - 1) / page * page);
    free(object);
    free(pages);
  }
  errno = 0;
  EXPECT(pvalloc(most) == NULL && errno == ENOMEM);
  errno = 0;
  EXPECT(pvalloc(most - page) == NULL && errno == ENOMEM);
  errno = 0;
  EXPECT(valloc(most) == NULL && errno == ENOMEM);
}

static void check_other_names_of_free(void)
{
  void (*release)(void*) = (void (*)(void*))find("cfree");
  void (*release_sized)(void*, size_t) = (void (*)(void*, size_t))find("free_sized");
  void (*release_aligned)(void*, size_t, size_t) = (void (*)(void*, size_t, size_t))find("free_aligned_sized");
  size_t before = mallinfo2().uordblks, round;
  for (round = 0; round < 100; round++)
  {
    release(malloc(100 * MiB));
    release_sized(malloc(100 * MiB), 100 * MiB);
    release_aligned(aligned_alloc(4096, 100 * MiB), 4096, 100 * MiB);
  }
  EXPECT(mallinfo2().uordblks < before + 100 * MiB);
  release(NULL);
  release_sized(NULL, 10);
  release_aligned(NULL, 16, 10);
}

static void check_figures(void)
{
  struct mallinfo2 before = mallinfo2(), during, after;
  void* object = malloc(50 * MiB);
  void* huge = malloc((size_t)5 << 30);
  EXPECT(object != NULL && huge != NULL);
  during = mallinfo2();
  EXPECT(during.uordblks >= before.uordblks + 50 * MiB + ((size_t)5 << 30));
  EXPECT(during.arena == during.uordblks + during.fordblks);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  EXPECT(mallinfo().uordblks == INT32_MAX);
#pragma GCC diagnostic pop
  free(huge);
  free(object);
  object = malloc(4 * MiB);
  memset(object, 1, 4 * MiB);
  free(object);
  EXPECT(mallinfo2().fordblks >= 4 * MiB);
  EXPECT(malloc_trim(0) == 1);
  after = mallinfo2();
  EXPECT(after.keepcost == 0 && after.uordblks < before.uordblks + MiB && after.fordblks < before.fordblks + MiB);
  EXPECT(malloc_trim(0) == 0);
}

/* What the two functions that print say is what mallinfo2 says. */
static void check_printed_figures(void)
{
  static char text[16 * 1024], buffer[BUFSIZ]; /* so that printing allocates nothing */
  void* objects[100];
  struct mallinfo2 figures;
  size_t number, used, total = 0, count = 0;
  int saved = dup(STDERR_FILENO), out[2];
  ssize_t length;
  char* line;
  FILE* stream = fmemopen(text, sizeof(text), "w");
  for (number = 0; number < 100; number++)
    objects[number] = malloc(5000);
  EXPECT(stream != NULL && setvbuf(stream, buffer, _IOFBF, sizeof(buffer)) == 0);
  EXPECT(malloc_info(1, stream) == EINVAL && malloc_info(0, stream) == 0);
  figures = mallinfo2();
  EXPECT(fclose(stream) == 0);
  EXPECT(strncmp(text, "<malloc version=\"1\">", 20) == 0 && strstr(text, "</malloc>\n") != NULL);
  for (line = text; (line = strstr(line, "<size from=")) != NULL; line++)
  {
    size_t from, to, bytes, objects_free;
    EXPECT(
      sscanf(line, "<size from=\"%zu\" to=\"%zu\" total=\"%zu\" count=\"%zu\"/>", &from, &to, &bytes, &objects_free) ==
      4);
    EXPECT(from < to && bytes == to * objects_free);
    total += bytes;
    count += objects_free;
  }
  EXPECT(count == figures.ordblks && total <= figures.fordblks && total >= figures.fsmblks && count > 0);

  EXPECT(pipe(out) == 0 && dup2(out[1], STDERR_FILENO) == STDERR_FILENO);
  malloc_stats();
  EXPECT(dup2(saved, STDERR_FILENO) == STDERR_FILENO);
  length = read(out[0], text, sizeof(text) - 1);
  EXPECT(length > 0);
  text[length] = 0;
  line = strstr(text, "in use bytes     =");
  EXPECT(line != NULL && sscanf(line, "in use bytes     = %zu", &used) == 1);
  EXPECT(used == mallinfo2().uordblks && used >= 100 * 5000);
  for (number = 0; number < 100; number++)
    free(objects[number]);
  close(saved);
  close(out[0]);
  close(out[1]);
}

/* A thread that was cancelled ends at the next function that may wait. These are none. */
static void* go_on(void* reached)
{
  FILE* stream = fopen("/dev/null", "w");
  char* object;
  EXPECT(stream != NULL && setvbuf(stream, NULL, _IONBF, 0) == 0);
  EXPECT(pthread_cancel(pthread_self()) == 0);
  object = realloc(calloc(10, 10), 1000);
  free(reallocarray(aligned_alloc(64, 100 * MiB), 5, MiB));
  EXPECT(malloc_usable_size(object) >= 1000);
  free(object);
  malloc_trim(0);
  malloc_stats();
  EXPECT(malloc_info(0, stream) == 0 && mallinfo2().arena != 0);
  *(int*)reached = 1;
  pthread_testcancel();
  abort();
}

static void check_no_cancellation(void)
{
  int saved = dup(STDERR_FILENO), nothing = open("/dev/null", O_WRONLY), reached = 0;
  pthread_t thread;
  void* result;
  EXPECT(dup2(nothing, STDERR_FILENO) == STDERR_FILENO);
  EXPECT(pthread_create(&thread, NULL, go_on, &reached) == 0 && pthread_join(thread, &result) == 0);
  EXPECT(dup2(saved, STDERR_FILENO) == STDERR_FILENO);
  EXPECT(reached && result == PTHREAD_CANCELED);
  close(nothing);
  close(saved);
}

static void* use_and_leave(void* object)
{
  free(object);
  return malloc(1000);
}

static void check_threads_and_fork(void)
{
  int round, status;
  for (round = 0; round < 50; round++)
  {
    pthread_t thread;
    void* object;
    pid_t child;
    EXPECT(pthread_create(&thread, NULL, use_and_leave, malloc(500)) == 0);
    child = fork();
    if (child == 0)
    {
      free(malloc(100));
      _exit(use_and_leave(malloc(10)) == NULL);
    }
    EXPECT(waitpid(child, &status, 0) == child && status == 0);
    EXPECT(pthread_join(thread, &object) == 0);
    free(object);
  }
}

static void* use_for_ever(void* unused)
{
  for (;;)
  {
    void* objects[64];
    size_t number;
    for (number = 0; number < 64; number++)
      objects[number] = malloc(16 + 40 * number);
    for (number = 0; number < 64; number++)
      free(objects[number]);
  }
  return unused;
}

/* Nothing is taken from threads that still run. */
static void check_exit_under_load(void)
{
  int round, status;
  for (round = 0; round < 40; round++)
  {
    pid_t child = fork();
    if (child == 0)
    {
      pthread_t thread;
      int count;
      for (count = 0; count < 4; count++)
        EXPECT(pthread_create(&thread, NULL, use_for_ever, NULL) == 0);
      usleep(3000);
      exit(0);
    }
    EXPECT(waitpid(child, &status, 0) == child && status == 0);
  }
}

/* The environment is read before the first allocation, which may be the loader's. */
static void check_options(void)
{
  int status;
  pid_t child = fork();
  if (child == 0)
  {
    setenv("SNMALLOC_OPTIONS", "memory_limit=20M", 1);
    execl("/proc/self/exe", "shim", "limited", (char*)NULL);
    _exit(1);
  }
  EXPECT(waitpid(child, &status, 0) == child && status == 0);
}

/* Ends as the way says, and the line of figures has to come or not. Stderr is closed first, as programs of GNU do. */
static void close_stderr(void)
{
  close(2);
}

static int run_to_the_end(const char* way)
{
  if (strcmp(way, "returns") != 0) /* which has never allocated */
    free(malloc(1000));
  if (strcmp(way, "closes") == 0)
    EXPECT(atexit(close_stderr) == 0);
  if (strcmp(way, "exits") == 0)
    exit(0);
  if (strcmp(way, "leaves") == 0)
    _exit(0);
  if (strcmp(way, "child_leaves") == 0)
  {
    pid_t child = fork();
    if (child == 0)
      _exit(0);
    EXPECT(waitpid(child, NULL, 0) == child);
  }
  return 0;
}

static size_t count_lines(const char* way)
{
  char text[4096];
  size_t length = 0, lines = 0;
  ssize_t got;
  const char* line;
  int ends[2];
  pid_t child;
  EXPECT(pipe(ends) == 0);
  child = fork();
  if (child == 0)
  {
    dup2(ends[1], 2);
    close(ends[0]);
    close(ends[1]);
    setenv("SNMALLOC_OPTIONS", "stats=exit", 1);
    execl("/proc/self/exe", "shim", "ends", way, (char*)NULL);
    _exit(1);
  }
  close(ends[1]);
  while ((got = read(ends[0], text + length, sizeof(text) - 1 - length)) > 0)
    length += (size_t)got;
  close(ends[0]);
  EXPECT(waitpid(child, NULL, 0) == child);
  text[length] = 0;
  for (line = text; (line = strstr(line, "snmalloc: stats pid=")) != NULL; line++, lines++)
    EXPECT(strstr(line, " copy=libsnmallocshim") != NULL && strstr(line, " live_bytes=") != NULL);
  return lines;
}

static void check_exit_line(void)
{
  EXPECT(count_lines("returns") == 1);
  EXPECT(count_lines("exits") == 1);
  EXPECT(count_lines("closes") == 1);
  EXPECT(count_lines("child_leaves") == 1);
  EXPECT(count_lines("leaves") == 0);
}

static void* work_longer(void* unused)
{
  (void)unused;
  free(malloc(1000));
  usleep(100000);
  return NULL;
}

/* The process ends with the last thread of the program, whatever threads the library has. */
static void check_main_may_end_first(void)
{
  int status = -1;
  pid_t child = fork();
  if (child == 0)
  {
    pthread_t thread;
    free(malloc(1000));
    if (pthread_create(&thread, NULL, work_longer, NULL) != 0)
      _exit(1);
    pthread_exit(NULL);
  }
  for (int look = 0; look < 1000 && waitpid(child, &status, WNOHANG) == 0; look++)
    usleep(10000);
  kill(child, SIGKILL); /* that thread gets no other signal */
  EXPECT(status == 0);
}

static int run_limited(void)
{
  void* object = malloc(10 * MiB);
  void* none;
  errno = 0;
  none = malloc(11 * MiB);
  EXPECT(object != NULL && none == NULL && errno == ENOMEM);
  free(object);
  object = malloc(15 * MiB);
  EXPECT(object != NULL);
  free(object);
  return 0;
}

int main(int count, char** arguments)
{
  if (count > 1)
    return strcmp(arguments[1], "limited") == 0 ? run_limited() : run_to_the_end(arguments[2]);
  check_every_name();
  check_options();
  check_exit_line();
  check_pages();
  check_other_names_of_free();
  check_figures();
  check_printed_figures();
  check_no_cancellation();
  check_threads_and_fork();
  check_main_may_end_first();
  check_exit_under_load();
  return 0;
}
