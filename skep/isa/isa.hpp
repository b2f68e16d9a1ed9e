// isa: the instruction set as values and rows (RFC 9669). The module's face.
#pragma once

#include "skep/isa/decode.hpp"
#include "skep/isa/evaluate.hpp"
#include "skep/isa/instruction.hpp"
#include "skep/isa/opcode.hpp"
#include "skep/isa/operations.hpp"
