// The loader: creates an Object's maps, fills in what instructions refer to, loads its programs and attaches them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "skep/kernel/kernel.hpp"
#include "skep/object/object.hpp"

namespace skep {

struct LoadOptions {
  std::vector<std::string> programs = {};  ///< by name; empty: all with autoload
  std::optional<ProgramType> type = {};    ///< overrides the section's
  std::uint32_t log_level = 0;
};

struct LoadedProgram {
  std::size_t index;  ///< into Object::programs
  Program program;
  std::string log;  ///< the kernel's log, if asked for
};
struct LoadedObject {
  BtfObject btf;
  std::vector<Map> maps;  ///< as Object::maps
  std::vector<LoadedProgram> programs;
};

/// Errors name the map or program and what stands in the way (a map type this kernel lacks, CO-RE relocations,
/// undefined symbols, a refused program with the log's last line).
[[nodiscard]] Result<LoadedObject> load(Kernel& kernel, const Object& object, const LoadOptions& options = {});

/// Attaches one loaded program as its section says. Errors: nothing to attach to (says which --flag would run it), a
/// target this kernel cannot fire.
[[nodiscard]] Result<Link> attach(const LoadedProgram& loaded, const Object& object);

}  // namespace skep
