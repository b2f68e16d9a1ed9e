// Rows of the bpf(2) commands: dense, counted, attr ends where the fields of the installed headers end (commands that
// have not grown since).
#include "skep/abi/commands.hpp"

#include <gtest/gtest.h>
#include <linux/bpf.h>

#include <cstddef>

namespace skep {
namespace {

std::uint32_t attr_end(BpfCommand command) { return find_command(static_cast<std::uint32_t>(command))->attr_end; }

TEST(Commands, RowsAreDenseAndCounted) {
  ASSERT_EQ(commands().size(), 39U);
  for (std::size_t i = 0; i < commands().size(); ++i) EXPECT_EQ(commands()[i].id, i);
  EXPECT_EQ(find_command(5)->uapi_name, "BPF_PROG_LOAD");
  EXPECT_EQ(find_command(39), nullptr);
  EXPECT_EQ(find_command(0xffffffff), nullptr);
}

TEST(Commands, AttrsEndBehindTheLastFieldTheCommandKnows) {
#define END(member) (offsetof(union bpf_attr, member) + sizeof(static_cast<union bpf_attr*>(nullptr)->member))
  EXPECT_EQ(attr_end(BpfCommand::map_lookup_elem), END(flags));
  EXPECT_EQ(attr_end(BpfCommand::map_update_elem), END(flags));
  EXPECT_EQ(attr_end(BpfCommand::map_delete_elem), END(key));
  EXPECT_EQ(attr_end(BpfCommand::map_get_next_key), END(next_key));
  EXPECT_EQ(attr_end(BpfCommand::prog_test_run), END(test.batch_size));
  EXPECT_EQ(attr_end(BpfCommand::prog_get_next_id), END(next_id));
  EXPECT_EQ(attr_end(BpfCommand::prog_get_fd_by_id), END(prog_id));
  EXPECT_EQ(attr_end(BpfCommand::map_get_fd_by_id), END(open_flags));
  EXPECT_EQ(attr_end(BpfCommand::obj_get_info_by_fd), END(info.info));
  EXPECT_EQ(attr_end(BpfCommand::task_fd_query), END(task_fd_query.probe_addr));
  EXPECT_EQ(attr_end(BpfCommand::map_freeze), sizeof(__u32));
  EXPECT_EQ(attr_end(BpfCommand::map_lookup_batch), END(batch.flags));
  EXPECT_EQ(attr_end(BpfCommand::link_update), END(link_update.old_prog_fd));
  EXPECT_EQ(attr_end(BpfCommand::link_detach), END(link_detach.link_fd));
  EXPECT_EQ(attr_end(BpfCommand::prog_bind_map), END(prog_bind_map.flags));
#undef END
}

}  // namespace
}  // namespace skep
