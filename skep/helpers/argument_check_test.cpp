// The referee's sentences: each kind of argument, wrong.
#include "skep/helpers/twin.hpp"

namespace skep {
namespace {

using twin::map;
using twin::number;
using twin::value;

twin::MapSpec map_of(MapType type, std::uint32_t flags = 0) {
  twin::MapSpec spec;
  spec.attributes = {.type = type, .key_size = 4, .value_size = 8, .max_entries = 2, .flags = flags};
  if (type == MapType::ringbuf) spec.attributes = {.type = type, .max_entries = 4096};
  return spec;
}

struct Row {
  HelperId helper;
  std::vector<twin::Argument> arguments;
  const char* problem;
};

TEST(ArgumentCheck, SaysWhichArgumentIsWrongAndWhy) {
  const twin::Argument nowhere = number(0x1000);
  // Maps: 0 memory of 16 bytes, 1 hash, 2 ring buffer, 3 read-only, 4 write-only.
  const Row rows[] = {
      {HelperId::map_lookup_elem,
       {nowhere, value(0)},
       "bpf_map_lookup_elem: argument 1 (map): 0x1000 is no map of this program"},
      {HelperId::map_lookup_elem,
       {map(1), nowhere},
       "argument 2 (map key): 4 bytes at 0x1000 are not memory the program may read"},
      {HelperId::map_lookup_elem, {map(1), value(0, 13)}, "argument 2 (map key): 4 bytes at"},
      {HelperId::map_update_elem, {map(1), value(0), value(0, 12), number(0)}, "argument 3 (map value): 8 bytes at"},
      {HelperId::map_lookup_elem,
       {map(2), value(0)},
       "argument 1 (map): a map of type ringbuf is not what this helper works on"},
      {HelperId::ringbuf_output,
       {map(1), value(0), number(4), number(0)},
       "argument 1 (map): a map of type hash is not what this helper works on"},
      {HelperId::map_lookup_percpu_elem, {map(1), value(0), number(0)}, "a map of type hash is not what"},
      {HelperId::map_update_elem, {map(3), value(0), value(0), number(0)}, "programs may only read this map"},
      {HelperId::map_delete_elem, {map(3), value(0)}, "programs may only read this map"},
      {HelperId::map_lookup_elem, {map(4), value(0)}, "programs may only write this map"},
      {HelperId::trace_printk,
       {value(0), number(0), number(0), number(0), number(0)},
       "argument 2 (size): it must not be zero"},
      {HelperId::trace_printk,
       {value(0), number(17), number(0), number(0), number(0)},
       "argument 1 (memory): 17 bytes at"},
      {HelperId::trace_printk,
       {number(0), number(4), number(0), number(0), number(0)},
       "argument 1 (memory): 4 bytes at 0x0"},
      {HelperId::probe_read_kernel, {value(0), number(-1), number(0)}, "argument 1 (memory)"},
      {HelperId::probe_read_kernel, {value(3), number(4), number(0)}, "argument 1 (memory): 4 bytes at"},
      {HelperId::ringbuf_submit, {value(0), number(0)}, "argument 1 (reserved record)"},
      {HelperId::loop,
       {number(1), nowhere, number(0), number(0)},
       "argument 2 (callback): 0x1000 is not a function of this program"},
      {HelperId::strncmp, {value(0), number(4), value(5)}, "argument 3 (string): no terminator in the 8 bytes"},
      {HelperId::strtol, {value(0), number(4), number(0), value(0, 4)}, "is not a multiple of 8"},
      {HelperId::perf_event_output, {value(0), map(1), number(0), value(0), number(4)}, "argument 1 (context)"},
  };
  for (const Row& row : rows) {
    twin::Program program({twin::memory(ByteVector(16)), map_of(MapType::hash), map_of(MapType::ringbuf),
                           map_of(MapType::array, bpf_f_rdonly_prog), map_of(MapType::array, bpf_f_wronly_prog),
                           twin::memory(ByteVector(8, 'x'))});
    switch (row.arguments.size()) {
      case 2: program.call(row.helper, {row.arguments[0], row.arguments[1]}); break;
      case 3: program.call(row.helper, {row.arguments[0], row.arguments[1], row.arguments[2]}); break;
      case 4: program.call(row.helper, {row.arguments[0], row.arguments[1], row.arguments[2], row.arguments[3]}); break;
      default:
        program.call(row.helper,
                     {row.arguments[0], row.arguments[1], row.arguments[2], row.arguments[3], row.arguments[4]});
    }
    const std::string fault = twin::fault_of(program);
    EXPECT_NE(fault.find(row.problem), std::string::npos) << "wanted: " << row.problem << "\ngot:    " << fault;
  }
}

TEST(ArgumentCheck, LetsNothingThroughBeWrong) {
  twin::Program program({twin::memory(ByteVector(16)), map_of(MapType::hash)});
  program.call(HelperId::probe_read_kernel, {number(0), number(0), number(0)});  // zero bytes, nowhere
  program.call(HelperId::snprintf, {number(0), number(0), value(0), number(0), number(0)});
  EXPECT_EQ(twin::run_here(program).results, (std::vector<std::int64_t>{0, 1}));
}

}  // namespace
}  // namespace skep
