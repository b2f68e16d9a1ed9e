#include "skep/packets/capture.hpp"

#include <pcap/pcap.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace skep {
namespace {

struct CloseCapture {
  void operator()(pcap_t* capture) const { pcap_close(capture); }
};
struct CloseDump {
  void operator()(pcap_dumper_t* dump) const { pcap_dump_close(dump); }
};
struct CloseFile {
  void operator()(std::FILE* file) const {
    if (file != stdin) std::fclose(file);
  }
};

constexpr int snapshot_bytes = 262144;  ///< libpcap's MAXIMUM_SNAPLEN

/// libpcap's message without the file name it may start with.
std::string reason(const char* message) { return message == nullptr ? "unknown reason" : std::string(message); }

}  // namespace

struct CaptureReader::State {
  std::unique_ptr<pcap_t, CloseCapture> capture;
  std::FILE* file = nullptr;  ///< owned by `capture`
  std::string path;
  std::uint64_t size = 0;
  std::uint64_t packets = 0;
};

CaptureReader::CaptureReader() : state_(std::make_unique<State>()) {}
CaptureReader::CaptureReader(CaptureReader&&) noexcept = default;
CaptureReader& CaptureReader::operator=(CaptureReader&&) noexcept = default;
CaptureReader::~CaptureReader() = default;

Result<CaptureReader> CaptureReader::open(const std::string& path) {
  CaptureReader reader;
  State& state = *reader.state_;
  state.path = path;
  std::unique_ptr<std::FILE, CloseFile> file(path == "-" ? stdin : std::fopen(path.c_str(), "rbe"));
  if (file == nullptr) return fail_errno(errno, fmt::format("cannot open {}", path));
  struct stat status {};
  if (fstat(fileno(file.get()), &status) == 0) {
    if (S_ISDIR(status.st_mode)) return fail("{} is a directory, not a capture", path);
    if (S_ISREG(status.st_mode)) state.size = static_cast<std::uint64_t>(status.st_size);
  }
  std::array<char, PCAP_ERRBUF_SIZE> message{};
  state.capture.reset(pcap_fopen_offline_with_tstamp_precision(file.get(), PCAP_TSTAMP_PRECISION_NANO, message.data()));
  if (state.capture == nullptr) {
    return fail_with_help("make one with: tcpdump -w FILE, or convert it with: editcap -F pcap",
                          "{} is not a pcap or pcapng capture: {}", path, reason(message.data()));
  }
  state.file = file.release();  // pcap_close() closes it
  return reader;
}

Result<std::optional<CapturedPacket>> CaptureReader::next() {
  pcap_pkthdr* header = nullptr;
  const std::uint8_t* bytes = nullptr;
  const int status = pcap_next_ex(state_->capture.get(), &header, &bytes);
  if (status == PCAP_ERROR_BREAK) return std::optional<CapturedPacket>{};
  if (status != 1) {
    return fail_with_help("the packets before it were read; the capture was probably cut off while it was written",
                          "{}: packet {} cannot be read: {}", state_->path, state_->packets + 1,
                          reason(pcap_geterr(state_->capture.get())));
  }
  ++state_->packets;
  CapturedPacket packet;
  packet.number = state_->packets;
  packet.seconds = header->ts.tv_sec;
  packet.nanoseconds = static_cast<std::uint32_t>(header->ts.tv_usec);  // nanosecond precision was asked for
  packet.original_length = header->len;
  packet.bytes = {bytes, header->caplen};
  return std::optional<CapturedPacket>{packet};
}

int CaptureReader::link_type() const { return pcap_datalink(state_->capture.get()); }

std::string CaptureReader::link_type_name() const {
  const char* name = pcap_datalink_val_to_name(link_type());
  return name != nullptr ? name : fmt::format("link type {}", link_type());
}

std::uint64_t CaptureReader::file_size() const { return state_->size; }

std::uint64_t CaptureReader::position() const {
  const long at = std::ftell(state_->file);
  return at < 0 ? 0 : static_cast<std::uint64_t>(at);
}

struct CaptureWriter::State {
  std::unique_ptr<pcap_t, CloseCapture> capture;
  std::unique_ptr<pcap_dumper_t, CloseDump> dump;
  std::string path;
};

CaptureWriter::CaptureWriter() : state_(std::make_unique<State>()) {}
CaptureWriter::CaptureWriter(CaptureWriter&&) noexcept = default;
CaptureWriter& CaptureWriter::operator=(CaptureWriter&&) noexcept = default;
CaptureWriter::~CaptureWriter() = default;

Result<CaptureWriter> CaptureWriter::create(const std::string& path, int link_type) {
  CaptureWriter writer;
  State& state = *writer.state_;
  state.path = path;
  state.capture.reset(pcap_open_dead_with_tstamp_precision(link_type, snapshot_bytes, PCAP_TSTAMP_PRECISION_NANO));
  if (state.capture == nullptr) return fail_errno(ENOMEM, "cannot write captures");
  state.dump.reset(pcap_dump_open(state.capture.get(), path.c_str()));
  if (state.dump == nullptr) return fail("cannot write {}: {}", path, reason(pcap_geterr(state.capture.get())));
  return writer;
}

Result<void> CaptureWriter::write(const CapturedPacket& packet) {
  pcap_pkthdr header{};
  header.ts.tv_sec = packet.seconds;
  header.ts.tv_usec = packet.nanoseconds;
  header.caplen = static_cast<bpf_u_int32>(packet.bytes.size());
  header.len = std::max(header.caplen, packet.original_length);
  pcap_dump(reinterpret_cast<u_char*>(state_->dump.get()), &header, packet.bytes.data());
  if (std::ferror(pcap_dump_file(state_->dump.get())) != 0)
    return fail_errno(errno, fmt::format("cannot write {}", state_->path));
  return {};
}

Result<void> CaptureWriter::finish() {
  if (pcap_dump_flush(state_->dump.get()) != 0) return fail_errno(errno, fmt::format("cannot write {}", state_->path));
  return {};
}

}  // namespace skep
