// asm: text ⇄ instructions, both directions, three dialects. The module's face.
#pragma once

#include "skep/asm/assemble.hpp"
#include "skep/asm/dialect.hpp"
#include "skep/asm/disassemble.hpp"
#include "skep/asm/fields.hpp"
#include "skep/asm/spellings.hpp"
#include "skep/asm/unit.hpp"
