// snmalloc: double free of {object}: an object of 100 bytes
#include "../misuse.h"

void run()
{
  char* volatile object = new char[100];
  show("object", object);
  delete[] object;
  if (misuse())
    delete[] object;
}
