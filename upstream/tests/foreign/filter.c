/* A program that locks itself in: after its start it may only make the system calls that a C library's malloc is known
   to need, and those of threads. Whatever else is called ends the process, or gets an error.

     filter kill|EPERM|ENOSYS */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static const unsigned allowed[] = {
#ifdef SYS_mmap2
  SYS_mmap2,
#endif
#ifdef SYS_mmap
  SYS_mmap,
#endif
  SYS_munmap,
  SYS_mremap,
  SYS_madvise,
  SYS_mprotect,
  SYS_brk,
  SYS_futex,
  SYS_getrandom,
  /* Threads, as the C library starts and ends them. */
  SYS_clone,
#ifdef SYS_clone3
  SYS_clone3,
#endif
#ifdef SYS_rseq
  SYS_rseq,
#endif
  SYS_set_robust_list,
  SYS_prctl, /* names the idle thread */
  SYS_rt_sigprocmask,
  SYS_rt_sigaction,
  SYS_exit,
  SYS_exit_group,
  SYS_write,
};

enum
{
  allowed_count = sizeof(allowed) / sizeof(allowed[0]),
  small_count = 100000,
  large_count = 60,
};

static void lock_in(unsigned action)
{
  struct sock_filter steps[allowed_count + 3];
  steps[0] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
  for (unsigned number = 0; number < allowed_count; number++)
    steps[1 + number] =
      (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, allowed[number], allowed_count - number, 0);
  steps[allowed_count + 1] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, action);
  steps[allowed_count + 2] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  struct sock_fprog filter = {allowed_count + 3, steps};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0)
  {
    puts("SKIPPED: this system has no filters");
    exit(0);
  }
}

static void* make(size_t size)
{
  char* object = malloc(size);
  if (object == NULL)
    abort();
  memset(object, 1, size);
  return object;
}

static void* smalls[small_count];

/* Frees what another thread made, which waits meanwhile: its heap has to be claimed. */
static void* free_smalls(void* unused)
{
  for (int number = 0; number < small_count; number++)
    free(smalls[number]);
  return unused;
}

static void* churn(void* unused)
{
  void* large[large_count] = {0};
  for (int round = 0; round < 300; round++)
  {
    int at = round * 7 % large_count;
    free(large[at]);
    large[at] = make((size_t)(64 + round * 37 % 3000) << 10);
    if (round % 5 == 0 && (large[at] = realloc(large[at], (size_t)(5000 + round) << 10)) == NULL)
      abort();
  }
  for (int at = 0; at < large_count; at++)
    free(large[at]);
  return unused;
}

static void run(void* (*function)(void*))
{
  pthread_t thread;
  if (pthread_create(&thread, NULL, function, NULL) != 0 || pthread_join(thread, NULL) != 0)
    abort();
}

int main(int count, char** arguments)
{
  const char* action = count == 2 ? arguments[1] : "kill";
  free(make(100));
  if (strcmp(action, "kill") == 0)
    lock_in(SECCOMP_RET_KILL_PROCESS);
  else
    lock_in(SECCOMP_RET_ERRNO | (strcmp(action, "EPERM") == 0 ? EPERM : ENOSYS));
  for (int round = 0; round < 3; round++)
  {
    for (int number = 0; number < small_count; number++)
      smalls[number] = make((size_t)(1 + number * 31 % 700));
    run(free_smalls);
    run(churn);
    churn(NULL);
  }
  return 0;
}
