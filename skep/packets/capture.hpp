// Packet captures: pcap and pcapng in, pcap out, through libpcap.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "skep/base/base.hpp"

namespace skep {

struct CapturedPacket {
  std::uint64_t number = 0;  ///< 1-based
  std::int64_t seconds = 0;
  std::uint32_t nanoseconds = 0;
  std::uint32_t original_length = 0;  ///< as on the wire
  ByteView bytes = {};                ///< as captured; valid until the next read
};

class CaptureReader {
 public:
  /// "-" is standard input. Errors: no such file, not a capture (says what it looks like), unsupported link type.
  [[nodiscard]] static Result<CaptureReader> open(const std::string& path);
  CaptureReader(CaptureReader&&) noexcept;
  CaptureReader& operator=(CaptureReader&&) noexcept;
  ~CaptureReader();
  /// The next packet; nothing at the end. Errors: a capture cut in the middle of a packet names the packet's number.
  [[nodiscard]] Result<std::optional<CapturedPacket>> next();
  [[nodiscard]] int link_type() const;  ///< DLT_EN10MB = 1
  [[nodiscard]] std::string link_type_name() const;
  [[nodiscard]] std::uint64_t file_size() const;  ///< 0 if unknown (a pipe)
  [[nodiscard]] std::uint64_t position() const;   ///< bytes read so far

 private:
  CaptureReader();
  struct State;
  std::unique_ptr<State> state_;
};

class CaptureWriter {
 public:
  [[nodiscard]] static Result<CaptureWriter> create(const std::string& path, int link_type);
  CaptureWriter(CaptureWriter&&) noexcept;
  CaptureWriter& operator=(CaptureWriter&&) noexcept;
  ~CaptureWriter();
  [[nodiscard]] Result<void> write(const CapturedPacket& packet);
  /// Flushes; errors that buffering hid (disk full) come out here.
  [[nodiscard]] Result<void> finish();

 private:
  CaptureWriter();
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace skep
