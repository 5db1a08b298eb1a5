/* What the option `stats=exit` must not do to a program: write into its files, close them, or end it. Runs preloaded. */
#define _GNU_SOURCE
#include "expect.h"

#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { first_taken = 200, taken = 10 }; /* the allocator may have one of these */

/* Closes all descriptors, as daemons do, and gets files for many. They stay open in a child. */
static int use_all_numbers(const char* path)
{
  int file, status;
  pid_t child;
  free(malloc(100));
  for (file = 3; file < 1000; file++)
    close(file);
  do
    EXPECT((file = open(path, O_WRONLY | O_APPEND)) >= 0);
  while (file < first_taken + taken - 1);
  child = fork();
  if (child == 0)
  {
    for (file = first_taken; file < first_taken + taken; file++)
      if (write(file, "x", 1) != 1)
        _exit(1);
    _exit(0);
  }
  EXPECT(child > 0 && waitpid(child, &status, 0) == child && status == 0);
  close(STDERR_FILENO);
  return 0;
}

/* Runs this program with those options; `stderr_file` becomes its stderr. Returns its status. */
static int run(const char* options, const char* argument, int stderr_file)
{
  int status;
  pid_t child = fork();
  if (child == 0)
  {
    dup2(stderr_file, STDERR_FILENO);
    setenv("SNMALLOC_OPTIONS", options, 1);
    alarm(60); /* a hang ends by this signal */
    execl("/proc/self/exe", "exit_line", argument, (char*)NULL);
    _exit(1);
  }
  EXPECT(child > 0 && waitpid(child, &status, 0) == child);
  return status;
}

static void files_stay_as_they_are(void)
{
  char path[] = "/tmp/snmalloc-exit-line-XXXXXX", text[1000];
  int file = mkstemp(path), null = open("/dev/null", O_WRONLY);
  ssize_t length;
  EXPECT(file >= 0 && null >= 0);
  EXPECT_EQUAL(run("stats=exit", path, null), 0);
  length = read(file, text, sizeof(text) - 1);
  EXPECT(length >= 0);
  text[length] = 0;
  EXPECT(strcmp(text, "xxxxxxxxxx") == 0);
  EXPECT(close(file) == 0 && close(null) == 0 && unlink(path) == 0);
}

/* Nobody reads what it says. */
static void a_broken_pipe_ends_nothing(void)
{
  int ends[2];
  EXPECT(pipe(ends) == 0 && close(ends[0]) == 0);
  EXPECT_EQUAL(run("stats=exit", NULL, ends[1]), 0);
  EXPECT_EQUAL(run("stats=exits", NULL, ends[1]), 0);
  EXPECT_EQUAL(run("help", NULL, ends[1]), 0);
  EXPECT(close(ends[1]) == 0);
}

int main(int count, char** arguments)
{
  if (count == 2)
    return use_all_numbers(arguments[1]);
  if (getenv("SNMALLOC_OPTIONS") != NULL)
    return 0;
  files_stay_as_they_are();
  a_broken_pipe_ends_nothing();
  puts("programs go on as without the line");
  return 0;
}
