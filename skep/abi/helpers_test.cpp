// Rows of helpers.def: complete, dense, consistent. Their columns are held against Linux in linux_helpers_test.cpp.
#include "skep/abi/helpers.hpp"

#include <gtest/gtest.h>

#include <set>

namespace skep {
namespace {

TEST(Helpers, AreAllThere) {
  ASSERT_EQ(helpers().size(), 211U);
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < helpers().size(); ++i) {
    EXPECT_EQ(static_cast<std::size_t>(helpers()[i].id), i + 1);
    names.insert(helpers()[i].name);
  }
  EXPECT_EQ(names.size(), helpers().size());
}

TEST(Helpers, AreFoundByNumberAndByEitherSpelling) {
  ASSERT_NE(find_helper(1U), nullptr);
  EXPECT_EQ(find_helper(1U)->name, "map_lookup_elem");
  EXPECT_EQ(find_helper(211U)->name, "cgrp_storage_delete");
  EXPECT_EQ(find_helper(0U), nullptr);
  EXPECT_EQ(find_helper(212U), nullptr);
  EXPECT_EQ(find_helper(0xffffffffU), nullptr);
  EXPECT_EQ(find_helper("trace_printk"), find_helper(6U));
  EXPECT_EQ(find_helper("bpf_trace_printk"), find_helper(6U));
  EXPECT_EQ(find_helper("printk"), nullptr);
  EXPECT_EQ(find_helper("bpf_"), nullptr);
}

TEST(Helpers, ArgumentsFollowEachOther) {
  const auto is_memory = [](ArgType type) {
    return type == ArgType::mem || type == ArgType::mem_or_null || type == ArgType::uninit_mem ||
           type == ArgType::uninit_mem_or_null;
  };
  const auto is_size = [](ArgType type) { return type == ArgType::const_size || type == ArgType::const_size_or_zero; };
  for (const HelperInfo& helper : helpers()) {
    bool ended = false;
    for (std::size_t i = 0; i < helper.args.size(); ++i) {
      const ArgType type = helper.args[i];
      EXPECT_FALSE(ended && type != ArgType::none) << helper.name << ": a gap before argument " << i + 1;
      ended |= type == ArgType::none;
      const bool sized = i + 1 < helper.args.size() && is_size(helper.args[i + 1]);
      EXPECT_EQ(is_memory(type), sized) << helper.name << ": memory and its size belong together, argument " << i + 1;
    }
  }
}

TEST(Helpers, EveryRowHasCallersAndAConsistentSupport) {
  for (const HelperInfo& helper : helpers()) {
    EXPECT_NE(helper.types, 0U) << helper.name;
    EXPECT_FALSE(helper.allowed_for(ProgramType::unspec)) << helper.name;
    EXPECT_EQ(helper.support.level == SupportLevel::refused, helper.support.error != 0) << helper.name;
    EXPECT_FALSE(helper.since.empty()) << helper.name;
  }
}

// include/linux/license.h: a fixed list of strings, compared exactly.
TEST(License, IsComparedExactly) {
  for (const char* license :
       {"GPL", "GPL v2", "GPL and additional rights", "Dual BSD/GPL", "Dual MIT/GPL", "Dual MPL/GPL"}) {
    EXPECT_TRUE(license_is_gpl_compatible(license)) << license;
  }
  for (const char* license : {"", "gpl", "GPLv2", "GPL-2.0", "MIT", "Proprietary", "GPL ", "Dual GPL/BSD"}) {
    EXPECT_FALSE(license_is_gpl_compatible(license)) << license;
  }
}

}  // namespace
}  // namespace skep
