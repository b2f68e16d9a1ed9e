// UserKernel::State: the tables, and the commands' functions over them. The commands live in cmd_*.cpp, one family a
// file; dispatch.cpp has the list.
#pragma once

#include <deque>
#include <optional>
#include <random>

#include "skep/user/attr.hpp"
#include "skep/user/fd_table.hpp"
#include "skep/user/user_kernel.hpp"

namespace skep {

struct UserKernel::State {
  explicit State(const UserKernelOptions& chosen);
  /// Empties the program arrays: a program in an array that it uses would keep itself.
  ~State();

  UserKernelOptions options;
  HelperTable helper_bodies;
  FdTable fds;
  IdTable<ProgramEntry> programs;
  IdTable<MapEntry> maps;
  IdTable<BtfEntry> btfs;
  IdTable<LinkEntry> links;
  std::vector<std::weak_ptr<LinkEntry>> hooks;  ///< attached links, in order of attachment
  std::deque<std::string> trace_lines;
  std::mt19937 random{std::random_device{}()};
  Machine machine;
  Statistics statistics;
  std::vector<RunReport> faults;
  std::optional<Fault> test_run_fault;
  OwnMemory own_memory;
  ProbedMemory probed_memory;
  EventTask own_task;  ///< this process, for test runs; own_task_now() keeps it right
  std::uint32_t next_perf_id = 1;

  /// Puts an object behind a new descriptor.
  [[nodiscard]] long install(std::shared_ptr<KernelObject> object) { return fds.add(std::move(object)); }

  // ---- commands: a result ≥ 0 or -errno ----
  [[nodiscard]] long map_create(const Attr& attr);
  [[nodiscard]] long map_lookup_elem(const Attr& attr);
  [[nodiscard]] long map_update_elem(const Attr& attr);
  [[nodiscard]] long map_delete_elem(const Attr& attr);
  [[nodiscard]] long map_lookup_and_delete_elem(const Attr& attr);
  [[nodiscard]] long map_get_next_key(const Attr& attr);
  [[nodiscard]] long map_freeze(const Attr& attr);
  [[nodiscard]] long prog_load(const Attr& attr);
  [[nodiscard]] long prog_test_run(const Attr& attr);
  [[nodiscard]] long prog_bind_map(const Attr& attr);
  [[nodiscard]] long btf_load(const Attr& attr);
  [[nodiscard]] long obj_get_info_by_fd(const Attr& attr);
  [[nodiscard]] long prog_get_next_id(const Attr& attr);
  [[nodiscard]] long map_get_next_id(const Attr& attr);
  [[nodiscard]] long btf_get_next_id(const Attr& attr);
  [[nodiscard]] long link_get_next_id(const Attr& attr);
  [[nodiscard]] long prog_get_fd_by_id(const Attr& attr);
  [[nodiscard]] long map_get_fd_by_id(const Attr& attr);
  [[nodiscard]] long btf_get_fd_by_id(const Attr& attr);
  [[nodiscard]] long link_get_fd_by_id(const Attr& attr);
  [[nodiscard]] long raw_tracepoint_open(const Attr& attr);
  [[nodiscard]] long link_create(const Attr& attr);
  [[nodiscard]] long link_detach(const Attr& attr);

  // ---- links ----
  /// A link that runs `program` when `target` fires.
  [[nodiscard]] std::shared_ptr<LinkEntry> add_link(std::shared_ptr<ProgramEntry> program, LinkType type,
                                                    std::string name, const TracepointTarget& target,
                                                    bool raw_arguments);
  /// Attached links of attached programs, in order of attachment; links that are gone are forgotten.
  [[nodiscard]] std::vector<std::shared_ptr<LinkEntry>> live_hooks();
  /// The task that test runs run for.
  [[nodiscard]] const EventTask& own_task_now();
  /// One run of a program, counted in its and our statistics; a fault is kept for take_faults().
  [[nodiscard]] RunResult run_program(ProgramEntry& program, const RunInput& input);
};

}  // namespace skep
