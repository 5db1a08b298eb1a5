// Runs a model under many random schedules, then exhaustively as far as a bound on context switches goes.
#pragma once

#include <stdio.h>

template<typename Model>
int run()
{
  rl::test_params parameters;
  parameters.search_type = rl::sched_random;
  parameters.iteration_count = 500000;
  if (!rl::simulate<Model>(parameters))
    return 1;
  parameters.search_type = rl::sched_bound;
  parameters.context_bound = 3;
  parameters.iteration_count = 10000000;
  return rl::simulate<Model>(parameters) ? 0 : 1;
}
