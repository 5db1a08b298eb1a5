// Where the options come from: what the program defined when it was built, then the environment.
#include "base/options.h"

#include "os/os.h"

// The program's own definition, if it has one, takes the place of this. In a library, it is the library's.
#ifdef _MSC_VER
extern "C" const sn::Options sn_configuration;
extern "C" const sn::Options sn_default_configuration;
const sn::Options sn_default_configuration = sn::default_options;
#  ifdef _M_IX86 // where names of C begin with an underscore
#    pragma comment(linker, "/ALTERNATENAME:_sn_configuration=_sn_default_configuration")
#  else
#    pragma comment(linker, "/ALTERNATENAME:sn_configuration=sn_default_configuration")
#  endif
#else
#  ifdef _WIN32 // what stands in for a weak symbol there names the start of its section
#    define SN_OF_ITS_OWN __attribute__((section(".rdata$sn_configuration")))
#  else
#    define SN_OF_ITS_OWN
#  endif
extern "C" SN_WEAK SN_OF_ITS_OWN const sn::Options sn_configuration;
const sn::Options sn_configuration = sn::default_options;
#endif

namespace sn::os
{
void read_options()
{
  static bool is_read = false;
  if (is_read)
    return;
  is_read = true;
  const Options* volatile linked = &sn_configuration; // what is linked, not what the compiler sees here
  options = {*linked};
  char value[max_options_bytes];
  size_t length = environment("SNMALLOC_OPTIONS", value, sizeof(value));
  parse_options(value, length, write_error);
  if (options.stats == StatsLine::at_exit && !keep_stderr())
    options.stats = StatsLine::never;
}
} // namespace sn::os
