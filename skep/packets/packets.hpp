// packets: captures in and out (libpcap), and running a program over every packet of one. The module's face.
#pragma once

#include "skep/packets/capture.hpp"
#include "skep/packets/run_capture.hpp"
