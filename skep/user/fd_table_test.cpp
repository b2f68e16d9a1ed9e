// Ids: they count up, are never used again, and cost nothing once their objects are gone.
#include "skep/user/fd_table.hpp"

#include <gtest/gtest.h>

namespace skep {
namespace {

TEST(IdTable, FindsWhatLivesAndWalksOverWhatIsGone) {
  IdTable<LinkEntry> table;
  std::vector<std::shared_ptr<LinkEntry>> links;
  for (int i = 0; i < 5; ++i) table.add(links.emplace_back(std::make_shared<LinkEntry>()));
  EXPECT_EQ(links[4]->id, 5U);
  links[1] = links[2] = nullptr;
  EXPECT_EQ(table.next(0), 1U);
  EXPECT_EQ(table.next(1), 4U);
  EXPECT_EQ(table.next(5), 0U);
  EXPECT_EQ(table.find(2), nullptr);
  EXPECT_EQ(table.find(4), links[3]);
  EXPECT_EQ(table.find(0), nullptr);
  EXPECT_EQ(table.find(6), nullptr);
}

TEST(IdTable, ForgetsWhatIsGone) {
  IdTable<LinkEntry> table;
  const auto kept = std::make_shared<LinkEntry>();
  table.add(kept);
  for (int i = 0; i < 100'000; ++i) table.add(std::make_shared<LinkEntry>());
  EXPECT_LT(table.remembered(), 100U);
  EXPECT_EQ(table.find(kept->id), kept);
  const auto last = std::make_shared<LinkEntry>();
  table.add(last);
  EXPECT_EQ(last->id, 100'002U);
}

}  // namespace
}  // namespace skep
