// vm: how a program runs. Code is a program lowered for the engines; a Machine runs it, one run at a time, on one
// thread. The module's face.
#pragma once

#include "skep/vm/code.hpp"
#include "skep/vm/fault.hpp"
#include "skep/vm/machine.hpp"
#include "skep/vm/memory.hpp"
