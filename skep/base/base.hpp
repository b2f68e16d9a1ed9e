// base: plumbing that everything may use and that knows nothing about eBPF. This is the module's face: other modules
// include this header and no other of base.
#pragma once

#include "skep/base/bytes.hpp"
#include "skep/base/check.hpp"
#include "skep/base/diagnostic.hpp"
#include "skep/base/error.hpp"
#include "skep/base/escape.hpp"
#include "skep/base/hex.hpp"
#include "skep/base/json_writer.hpp"
#include "skep/base/mapped_memory.hpp"
#include "skep/base/sha.hpp"
#include "skep/base/suggest.hpp"
#include "skep/base/unique_fd.hpp"
