// load: from an Object to live things, through a Kernel: maps, relocations, PROG_LOAD, attachment by section name; and
// map contents for readers. The module's face.
#pragma once

#include "skep/load/globals.hpp"
#include "skep/load/loader.hpp"
#include "skep/load/print_map.hpp"
