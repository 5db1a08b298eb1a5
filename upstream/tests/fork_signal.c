/* Signal handlers fork, so that the thread may be anywhere: in the midst of the allocator, with its locks held. In parent
   and child what was interrupted goes on when the handler returns. Each child checks what it has, works, starts a thread,
   and ends.

     alone     one thread, interrupted by a timer
     others    the same, while three other threads allocate
     all       four threads that allocate are interrupted, several at once

   After as many forks as SN_FORKS says, a quarter of them beside others. Runs preloaded. */
#define _GNU_SOURCE
#include "expect.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { thread_count = 4, box_count = 32 };

static atomic_bool stop;
static atomic_int forks_left;
static _Thread_local volatile sig_atomic_t is_child;
static _Atomic(unsigned char*) boxes[box_count]; /* objects on their way between threads */
static int is_timed;

static uint64_t next(uint64_t* state)
{
  *state ^= *state << 13;
  *state ^= *state >> 7;
  *state ^= *state << 17;
  return *state;
}

/* Small objects, and large ones, for which each call takes locks; sometimes enough to be given back. */
static size_t any_size(uint64_t* state)
{
  switch (next(state) % 16)
  {
    case 0: return 1 + next(state) % 3000000;
    case 1: case 2: case 3: case 4: return 32768 + next(state) % 200000;
    default: return 1 + next(state) % 4000;
  }
}

/* An object knows its size, and its two ends. */
static unsigned char* make(size_t size)
{
  unsigned char* object = malloc(size + 2 * sizeof(size_t));
  EXPECT(object != NULL);
  memcpy(object, &size, sizeof(size));
  memcpy(object + sizeof(size) + size, &size, sizeof(size));
  return object;
}

static size_t check(const unsigned char* object)
{
  size_t size, again;
  memcpy(&size, object, sizeof(size));
  EXPECT(size < 10000000);
  memcpy(&again, object + sizeof(size) + size, sizeof(again));
  EXPECT(size == again);
  return size;
}

static void drop(unsigned char* object)
{
  if (object == NULL)
    return;
  check(object);
  free(object);
}

static unsigned char* resize(unsigned char* object, size_t size)
{
  check(object);
  object = realloc(object, size + 2 * sizeof(size_t));
  EXPECT(object != NULL);
  memcpy(object, &size, sizeof(size));
  memcpy(object + sizeof(size) + size, &size, sizeof(size));
  return object;
}

static void work(uint64_t* state, unsigned char** mine, size_t count)
{
  size_t at = next(state) % count;
  size_t box = next(state) % box_count;
  if (mine[at] == NULL)
    mine[at] = make(any_size(state));
  else if (next(state) % 4 == 0)
    mine[at] = resize(mine[at], any_size(state));
  else
  {
    drop(mine[at]);
    mine[at] = NULL;
  }
  if (next(state) % 8 == 0)
    drop(atomic_exchange(&boxes[box], make(next(state) % 2000)));
}

static void* work_a_little(void* unused)
{
  unsigned char* mine[20] = {NULL};
  uint64_t state = 77;
  size_t number;
  for (number = 0; number < 300; number++)
    work(&state, mine, 20);
  for (number = 0; number < 20; number++)
    drop(mine[number]);
  return unused;
}

static void live_as_child(uint64_t* state, unsigned char** mine, size_t count)
{
  pthread_t thread;
  size_t number;
  for (number = 0; number < 200; number++)
    work(state, mine, count);
  for (number = 0; number < box_count; number++)
    drop(atomic_exchange(&boxes[number], NULL));
  EXPECT(pthread_create(&thread, NULL, work_a_little, NULL) == 0 && pthread_join(thread, NULL) == 0);
  for (number = 0; number < count; number++)
    drop(mine[number]);
  _exit(0);
}

static void set_timer(void)
{
  static uint64_t state = 99;
  struct itimerval timer;
  memset(&timer, 0, sizeof(timer));
  timer.it_value.tv_usec = 1 + (suseconds_t)(next(&state) % 300);
  setitimer(ITIMER_REAL, &timer, NULL);
}

static void fork_here(int number)
{
  pid_t child = fork();
  int status;
  (void)number;
  if (child == 0)
  {
    signal(SIGALRM, SIG_DFL);
    signal(SIGUSR1, SIG_IGN);
    alarm(20);
    is_child = 1;
    return;
  }
  EXPECT(child > 0 && waitpid(child, &status, 0) == child);
  if (status != 0)
  {
    static const char message[] = "a child did not end well\n";
    EXPECT(write(STDERR_FILENO, message, sizeof(message) - 1) > 0);
    _exit(1);
  }
  if (atomic_fetch_sub(&forks_left, 1) > 1 && is_timed)
    set_timer();
}

/* Allocates until there were enough forks, or others stop it. */
static void allocate(uint64_t state, int is_forking)
{
  unsigned char* mine[100] = {NULL};
  size_t number;
  while (is_forking ? atomic_load(&forks_left) > 0 : !atomic_load(&stop))
  {
    work(&state, mine, 100);
    if (is_child)
      live_as_child(&state, mine, 100);
  }
  for (number = 0; number < 100; number++)
    drop(mine[number]);
}

static void* allocate_only(void* seed)
{
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGALRM);
  pthread_sigmask(SIG_BLOCK, &set, NULL);
  allocate((uintptr_t)seed, 0);
  return NULL;
}

static void* allocate_and_fork(void* seed)
{
  allocate((uintptr_t)seed, 1);
  return NULL;
}

static void interrupt_one(int forks, int others)
{
  pthread_t threads[thread_count];
  int number;
  atomic_store(&stop, 0);
  atomic_store(&forks_left, forks);
  is_timed = 1;
  for (number = 0; number < others; number++)
    EXPECT(pthread_create(&threads[number], NULL, allocate_only, (void*)(uintptr_t)(number + 11)) == 0);
  set_timer();
  allocate(7, 1);
  atomic_store(&stop, 1);
  for (number = 0; number < others; number++)
    EXPECT(pthread_join(threads[number], NULL) == 0);
}

static void interrupt_all(int forks)
{
  pthread_t threads[thread_count];
  uint64_t state = 5;
  int number;
  atomic_store(&forks_left, forks);
  is_timed = 0;
  for (number = 0; number < thread_count; number++)
    EXPECT(pthread_create(&threads[number], NULL, allocate_and_fork, (void*)(uintptr_t)(number + 21)) == 0);
  while (atomic_load(&forks_left) > 0)
  {
    struct timespec moment = {0, (long)(next(&state) % 300000)};
    pthread_kill(threads[next(&state) % thread_count], SIGUSR1);
    nanosleep(&moment, NULL);
  }
  for (number = 0; number < thread_count; number++)
    EXPECT(pthread_join(threads[number], NULL) == 0);
}

/* A hang ends by SIGKILL: who hangs does not see other signals. */
static void run(const char* name, int forks, void (*body)(int))
{
  pid_t process = fork();
  int tenths, status = 0;
  pid_t ended = 0;
  if (process == 0)
  {
    struct sigaction action;
    memset(&action, 0, sizeof(action));
    action.sa_handler = fork_here;
    action.sa_flags = SA_RESTART;
    EXPECT(sigaction(SIGALRM, &action, NULL) == 0 && sigaction(SIGUSR1, &action, NULL) == 0);
    body(forks);
    _exit(0);
  }
  for (tenths = 0; tenths < 600 + forks && ended == 0; tenths++)
  {
    usleep(100000);
    ended = waitpid(process, &status, WNOHANG);
  }
  if (ended == 0)
  {
    fprintf(stderr, "%s: hang\n", name);
    if (getenv("SN_STAY") != NULL)
      pause();
    kill(process, SIGKILL);
    abort();
  }
  if (status != 0)
  {
    fprintf(stderr, "%s: status %x\n", name, (unsigned)status);
    abort();
  }
}

static void alone(int forks)
{
  interrupt_one(forks, 0);
}

static void others(int forks)
{
  interrupt_one(forks, 3);
}

int main(int count, char** arguments)
{
  const char* set = getenv("SN_FORKS");
  const char* kind = count > 1 ? arguments[1] : "";
  int forks = set != NULL ? atoi(set) : 100;
  if (*kind == 0 || strcmp(kind, "alone") == 0)
    run("alone", forks, alone);
  if (*kind == 0 || strcmp(kind, "others") == 0)
    run("others", forks / 4, others);
  if (*kind == 0 || strcmp(kind, "all") == 0)
    run("all", forks, interrupt_all);
  return 0;
}
