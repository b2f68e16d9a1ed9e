// helpers: what programs call. A helper is its row in abi/helpers.def and its body here, in one file per family
// (map_helpers.cpp, trace_helpers.cpp, …); a row that is not refused without a body is a link error. The module's face.
#pragma once

#include "skep/helpers/environment.hpp"
#include "skep/helpers/format.hpp"
#include "skep/helpers/packet.hpp"
#include "skep/helpers/table.hpp"
