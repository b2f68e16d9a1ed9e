// object: what is in the file? From ELF bytes (or an assembled unit, or bare instructions) to an Object: programs,
// maps, data, externs, BTF, license. Pure values: nothing machine-dependent, nothing loaded. The module's face.
#pragma once

#include "skep/object/from_code.hpp"
#include "skep/object/object_types.hpp"
#include "skep/object/read_object.hpp"
#include "skep/object/write_object.hpp"
