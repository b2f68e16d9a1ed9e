// maps: what programs keep. One file per map type; all behave as Linux's do, errno for errno. The module's face.
#pragma once

#include "skep/maps/create.hpp"
#include "skep/maps/kernel_map.hpp"
#include "skep/maps/perf_buffer.hpp"
#include "skep/maps/ring_buffer.hpp"
#include "skep/maps/slots.hpp"
