// The shortest way to an Object: instructions that somebody typed or pasted, with no file around them to say what they
// are.
#include "skep/object/from_code.hpp"

namespace skep {

Object object_from_code(std::vector<RawInsn> code, const CodeOptions& options) {
  ProgramSpec program;
  program.name = options.name;
  program.section = options.name;
  program.type = options.type;
  program.type_known = options.type != ProgramType::unspec;
  program.type_reason = program.type_known ? "given" : "bare instructions name no program type";
  program.attach_target = options.attach_target;
  program.functions.push_back({options.name, Slot{0}, static_cast<std::uint32_t>(code.size()), 0, true});
  program.code = std::move(code);

  Object object;
  object.name = options.name;
  object.license = options.license;
  object.has_license = true;
  object.programs.push_back(std::move(program));
  return object;
}

}  // namespace skep
