// Runs a program of misuse, as the first lines of its source say (misuse.h), and looks at how it ended.
//
//   runner SOURCE PROGRAM       SN_ROUNDS: how often, once if not set
//
// LD_PRELOAD, if any, is meant for the program: its tests name it SN_PRELOAD.
#include "../expect.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace
{
using std::string;

constexpr unsigned limit_s = 60;

struct Script
{
  string expected;
  std::vector<string> arguments;
  bool looks_for_itself() const { return expected == "exit 0"; }
};

struct End
{
  int status = 0;
  string output;
  std::vector<string> errors; // what each write to stderr wrote
};

Script read_script(const char* source)
{
  std::ifstream file(source);
  Script script;
  string line;
  EXPECT(std::getline(file, line) && line.rfind("// ", 0) == 0);
  script.expected = line.substr(3);
  while (std::getline(file, line) && line.rfind("// with: ", 0) == 0)
  {
    std::istringstream words(line.substr(9));
    for (string word; words >> word;)
      script.arguments.push_back(word);
  }
  if (script.arguments.empty())
    script.arguments.emplace_back();
  return script;
}

[[noreturn]] void become(const char* program, const char* mode, const string& argument, int output, int errors)
{
  rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  if (const char* library = getenv("SN_PRELOAD"))
    setenv("LD_PRELOAD", library, 1);
  alarm(limit_s);
  if (dup2(output, STDOUT_FILENO) >= 0 && dup2(errors, STDERR_FILENO) >= 0)
    execl(program, program, mode, argument.c_str(), static_cast<char*>(nullptr));
  _exit(127);
}

// Until both are closed. What stderr receives keeps the bounds of its writes.
void read_both(int output, int errors, End& end)
{
  pollfd sources[] = {{output, POLLIN, 0}, {errors, POLLIN, 0}};
  for (int open = 2; open > 0;)
  {
    EXPECT(poll(sources, 2, -1) > 0);
    for (pollfd& source : sources)
    {
      char text[4096];
      if (source.fd < 0 || source.revents == 0)
        continue;
      ssize_t length = read(source.fd, text, sizeof(text));
      if (length <= 0)
      {
        source.fd = -1;
        open--;
      }
      else if (source.fd == output)
        end.output.append(text, size_t(length));
      else
        end.errors.emplace_back(text, size_t(length));
    }
  }
}

End run(const char* program, const char* mode, const string& argument)
{
  int output[2], errors[2];
  EXPECT(pipe2(output, O_CLOEXEC) == 0);
  EXPECT(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, errors) == 0);
  pid_t child = fork();
  EXPECT(child >= 0);
  if (child == 0)
    become(program, mode, argument, output[1], errors[1]);
  close(output[1]);
  close(errors[1]);
  End end;
  read_both(output[0], errors[0], end);
  close(output[0]);
  close(errors[0]);
  EXPECT(waitpid(child, &end.status, 0) == child);
  return end;
}

// The lines "name value" that the program printed before the misuse; false if it printed anything else.
bool read_values(const string& output, std::map<string, string>& values)
{
  std::istringstream lines(output);
  for (string line; std::getline(lines, line);)
  {
    size_t space = line.find(' ');
    if (space == string::npos)
      return false;
    values[line.substr(0, space)] = line.substr(space + 1);
  }
  return true;
}

string fill_in(string text, const std::map<string, string>& values)
{
  for (const auto& [name, value] : values)
  {
    string hole = "{" + name + "}";
    for (size_t at; (at = text.find(hole)) != string::npos;)
      text.replace(at, hole.size(), value);
  }
  return text;
}

bool is_killed_by(const End& end, int signal)
{
  return WIFSIGNALED(end.status) && WTERMSIG(end.status) == signal;
}

// Empty, or what is wrong.
string fault_of_misuse(const Script& script, const End& end)
{
  std::map<string, string> values;
  if (!read_values(end.output, values))
    return "it went on after the misuse";
  string expected = fill_in(script.expected, values);
  if (expected.rfind("SIGSEGV", 0) == 0)
  {
    if (!is_killed_by(end, SIGSEGV) || !end.errors.empty())
      return "not ended by a fault";
    return expected == "SIGSEGV" || expected == "SIGSEGV at " + values["fault"] ? "" : "another place than " + expected;
  }
  if (!is_killed_by(end, SIGABRT))
    return "not ended by an abort";
  if (expected == "SIGABRT")
    return end.errors.empty() ? "" : "it said something";
  return end.errors == std::vector<string>{expected + "\n"} ? "" : "not, in one write, " + expected;
}

string fault_of_good_end(const End& end)
{
  return end.status == 0 && end.errors.empty() ? "" : "it did not end well";
}

bool is_right(const char* mode, const string& argument, const End& end, const string& fault)
{
  if (fault.empty())
    return true;
  fprintf(stderr, "%s %s: %s; ", mode, argument.c_str(), fault.c_str());
  if (WIFSIGNALED(end.status))
    fprintf(stderr, "signal %d\n", WTERMSIG(end.status));
  else
    fprintf(stderr, "exit code %d\n", WEXITSTATUS(end.status));
  fprintf(stderr, "--- stdout\n%s--- stderr\n", end.output.c_str());
  for (const string& error : end.errors)
    fprintf(stderr, "%s", error.c_str());
  fprintf(stderr, "---\n");
  return false;
}

bool is_right(const char* program, const Script& script, const string& argument)
{
  if (!script.looks_for_itself())
  {
    End end = run(program, "misuse", argument);
    if (!is_right("misuse", argument, end, fault_of_misuse(script, end)))
      return false;
  }
  End end = run(program, "control", argument);
  return is_right("control", argument, end, fault_of_good_end(end));
}
} // namespace

int main(int count, char** arguments)
{
  EXPECT(count == 3);
  Script script = read_script(arguments[1]);
  const char* rounds = getenv("SN_ROUNDS");
  int wrong = 0;
  for (int left = rounds == nullptr ? 1 : atoi(rounds); left > 0; left--)
    for (const string& argument : script.arguments)
      wrong += !is_right(arguments[2], script, argument);
  return wrong != 0;
}
