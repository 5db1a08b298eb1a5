/* The C library allocates under locks of its own on other threads while the process forks: no fork hangs, and each child
   allocates, writes to streams and exits. The kinds of work follow, one after the other; the arguments name some of them.
   For as many forks each as SN_FORKS says. Runs preloaded. */
#define _GNU_SOURCE
#include "expect.h"

#include <dlfcn.h>
#include <grp.h>
#include <locale.h>
#include <netdb.h>
#include <pthread.h>
#include <pwd.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

static atomic_bool stop;
static FILE* lines;
static volatile size_t noise_bytes = 100000;

/* The stream is locked while a long line finds no room and is moved. */
static void read_lines(void)
{
  char* line = NULL;
  size_t room = 0;
  rewind(lines);
  EXPECT(getline(&line, &room, lines) > 0);
  free(line);
}

/* The list of all streams is locked, and each of them one after the other. */
static void flush_all(void)
{
  EXPECT(fflush(NULL) == 0);
}

static void open_and_close(void)
{
  FILE* stream = fopen("/dev/null", "w");
  EXPECT(stream != NULL && fprintf(stream, "%200d", 1) == 200 && fclose(stream) == 0);
}

static void write_to_memory(void)
{
  char* text = NULL;
  size_t length = 0;
  int number;
  FILE* stream = open_memstream(&text, &length);
  EXPECT(stream != NULL);
  for (number = 0; number < 2000; number++)
    fprintf(stream, "%d ", number);
  EXPECT(fclose(stream) == 0 && length > 2000);
  free(text);
}

/* A stream whose own functions allocate: they are called with the stream locked. */
static ssize_t write_cookie(void* cookie, const char* text, size_t length)
{
  void* copy = malloc(noise_bytes);
  (void)cookie;
  memcpy(copy, text, length < noise_bytes ? length : noise_bytes);
  free(copy);
  return (ssize_t)length;
}

static void write_to_cookie(void)
{
  static _Thread_local FILE* stream;
  cookie_io_functions_t functions = {NULL, write_cookie, NULL, NULL};
  if (stream == NULL)
    EXPECT((stream = fopencookie(NULL, "w", functions)) != NULL);
  EXPECT(fputs("some words", stream) >= 0);
}

static void look_up_host(void)
{
  struct addrinfo* found = NULL;
  struct addrinfo wanted;
  memset(&wanted, 0, sizeof(wanted));
  wanted.ai_socktype = SOCK_STREAM;
  if (getaddrinfo("localhost", "80", &wanted, &found) == 0)
    freeaddrinfo(found);
}

static void look_up_user(void)
{
  EXPECT(getpwnam("root") != NULL);
  EXPECT(getpwnam("nobody of that name") == NULL);
  getgrnam("nobody of that name");
}

static void load_library(void)
{
  void* library = dlopen("libm.so.6", RTLD_NOW | RTLD_LOCAL);
  if (library == NULL)
    library = dlopen("libm.so", RTLD_NOW | RTLD_LOCAL);
  EXPECT(dlsym(RTLD_DEFAULT, "no_such_function") == NULL && dlerror() != NULL);
  if (library != NULL)
    dlclose(library);
}

static void change_locale(void)
{
  locale_t made = newlocale(LC_ALL_MASK, "C.UTF-8", (locale_t)0);
  setlocale(LC_ALL, "C.UTF-8");
  setlocale(LC_ALL, "C");
  if (made != (locale_t)0)
    freelocale(made);
}

static int compare(const void* left, const void* right)
{
  return memcmp(left, right, 32);
}

/* More than the C library sorts on its stack. */
static void sort(void)
{
  static const size_t count = 3000;
  char(*objects)[32] = malloc(count * 32);
  size_t number;
  for (number = 0; number < count; number++)
    memset(objects[number], (int)(number * 7919 % 251), 32);
  qsort(objects, count, 32, compare);
  EXPECT(memcmp(objects[0], objects[count - 1], 32) <= 0);
  free(objects);
}

static void log_message(void)
{
  syslog(LOG_DEBUG, "%s %*d", "a message of the fork test", 2000, 1);
}

static void change_environment(void)
{
  char value[3000];
  snprintf(value, sizeof(value), "%*d", 1000 + rand() % 1500, 1);
  setenv("SN_FORK_TEST", value, 1);
  setenv("TZ", rand() % 2 == 0 ? "UTC" : "America/New_York", 1);
  tzset();
}

static void nothing(void) {}

/* As many as glibc's list has room for. A list that grows just then can hang the fork: see "Fork" in
 * docs/design/threads.md. */
static void register_handlers(void)
{
  static atomic_int registered;
  if (atomic_fetch_add(&registered, 1) < 40)
    EXPECT(pthread_atfork(nothing, nothing, nothing) == 0);
}

static void* live(void* unused)
{
  return unused;
}

static void start_thread(void)
{
  pthread_t thread;
  EXPECT(pthread_create(&thread, NULL, live, NULL) == 0 && pthread_join(thread, NULL) == 0);
}

typedef void (*Work)(void);
static const struct
{
  const char* name;
  Work works[3]; /* each on a thread of its own */
} kinds[] = {
  {"streams", {read_lines, flush_all, open_and_close}},
  {"memory", {write_to_memory, flush_all, write_to_memory}},
  {"cookie", {write_to_cookie, flush_all, flush_all}},
  {"hosts", {look_up_host, look_up_host, flush_all}},
  {"libraries", {load_library, load_library, flush_all}},
  {"locale", {change_locale, change_locale, write_to_memory}},
  {"sort", {sort, sort, flush_all}},
  {"syslog", {log_message, log_message, flush_all}},
#ifdef __GLIBC__ /* elsewhere one thread at a time may do so */
  {"users", {look_up_user, look_up_user, flush_all}},
  {"environment", {change_environment, change_environment, flush_all}},
#else
  {"users", {look_up_user, read_lines, flush_all}},
  {"environment", {change_environment, read_lines, flush_all}},
#endif
  {"threads", {start_thread, start_thread, flush_all}},
  {"handlers", {register_handlers, register_handlers, flush_all}},
};

static void* work_until_stop(void* work)
{
  while (!atomic_load(&stop))
    (*(const Work*)work)();
  return NULL;
}

/* Not what takes locks that the C library does not make fit for children: of the loader, of its databases. */
static void live_as_child(void)
{
  void* objects[100];
  size_t number;
  alarm(20);
  for (number = 0; number < 100; number++)
    EXPECT((objects[number] = malloc(1 + number * number * 20)) != NULL);
  write_to_memory();
  open_and_close();
  for (number = 0; number < 100; number++)
    free(objects[number]);
  _exit(0);
}

int main(int count, char** arguments)
{
  const char* set = getenv("SN_FORKS");
  int forks = set != NULL ? atoi(set) : 20, number, argument;
  size_t kind, at;
  lines = tmpfile();
  EXPECT(lines != NULL);
  for (number = 0; number < 50000; number++)
    fputc('x', lines);
  fputc('\n', lines);
  for (kind = 0; kind < sizeof(kinds) / sizeof(kinds[0]); kind++)
  {
    pthread_t threads[3];
    int is_wanted = count == 1;
    for (argument = 1; argument < count; argument++)
      is_wanted |= strcmp(arguments[argument], kinds[kind].name) == 0;
    if (!is_wanted)
      continue;
    fprintf(stderr, "%s\n", kinds[kind].name);
    atomic_store(&stop, 0);
    for (at = 0; at < 3; at++)
      EXPECT(pthread_create(&threads[at], NULL, work_until_stop, (void*)&kinds[kind].works[at]) == 0);
    for (number = 0; number < forks; number++)
    {
      int status;
      pid_t child;
      alarm(60); /* a hang ends by this signal */
      child = fork();
      if (child == 0)
        live_as_child();
      EXPECT(child > 0 && waitpid(child, &status, 0) == child);
      EXPECT(status == 0);
    }
    atomic_store(&stop, 1);
    for (at = 0; at < 3; at++)
      EXPECT(pthread_join(threads[at], NULL) == 0);
  }
  return 0;
}
