// btf: the BPF Type Format (Documentation/bpf/btf.rst) and .BTF.ext. The module's face.
#pragma once

#include "skep/btf/btf_ext.hpp"
#include "skep/btf/build.hpp"
#include "skep/btf/c_declaration.hpp"
#include "skep/btf/mend_externs.hpp"
#include "skep/btf/type.hpp"
#include "skep/btf/value.hpp"
