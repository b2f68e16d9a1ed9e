// ELF → Object.
#pragma once

#include "skep/object/object_types.hpp"

namespace skep {

struct ReadObjectOptions {
  std::string name = {};  ///< Object::name, usually the file's stem up to the first dot
};

/// Opens every object the field produces (reference/objects.md): one that cannot be used in part still opens, with the
/// reason in that program's `problems` or the object's `notes`. Errors only for what is no ELF64 BPF object at all, or
/// whose tables are corrupt. The Object does not borrow `bytes`.
[[nodiscard]] Result<Object> read_object(ByteView bytes, const ReadObjectOptions& options = {});

}  // namespace skep
