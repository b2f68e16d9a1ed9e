// .BTF.ext as Documentation/bpf/btf.rst lays it out: a header with up to three sub-sections (func_info, line_info,
// core_relo), each a record size followed by blocks {section name, record count, records}. Read with the same code;
// only what a record means differs.
#include "skep/btf/btf_ext.hpp"

#include <algorithm>
#include <map>

namespace skep {

namespace {

constexpr std::uint16_t magic = 0xeb9f;
// Sizes of struct bpf_func_info, bpf_line_info and bpf_core_relo; files may have longer records.
constexpr std::uint32_t function_record_size = 8;
constexpr std::uint32_t line_record_size = 16;
constexpr std::uint32_t core_record_size = 16;

struct SubSection {
  std::string_view name;
  std::uint64_t offset;  ///< in .BTF.ext
  std::uint64_t size;
  std::uint32_t record_size;
};

class BtfExtParser {
 public:
  BtfExtParser(ByteView bytes, const Btf& btf, ByteOrder order) : file_(bytes, "section .BTF.ext", order), btf_(btf) {
    // struct btf_header: str_len is what bounds a name offset.
    const ByteReader header(btf.bytes(), "section .BTF", order);
    string_size_ = header.read<std::uint32_t>(20).value_or(0);
  }

  Result<BtfExt> parse() {
    TRY(found_magic, file_.read<std::uint16_t>(0));
    if (found_magic != magic)
      return fail("section .BTF.ext does not begin with the BTF magic 0xeb9f but with {:#x}", found_magic);
    TRY(version, file_.read<std::uint8_t>(2));
    if (version != 1) return fail("section .BTF.ext has version {}; only 1 is known", version);
    TRY(header_size, file_.read<std::uint32_t>(4));
    if (header_size < 24)
      return fail("section .BTF.ext has a header of {} bytes, too short for its fields", header_size);

    TRY_VOID(read("func_info", header_size, 8, function_record_size, &BtfExtParser::read_function));
    TRY_VOID(read("line_info", header_size, 16, line_record_size, &BtfExtParser::read_line));
    // CO-RE relocations came later (Linux 5.4): the header says whether it has them.
    if (header_size >= 32) TRY_VOID(read("core_relo", header_size, 24, core_record_size, &BtfExtParser::read_core));
    return std::move(result_);
  }

 private:
  using ReadRecord = Result<void> (BtfExtParser::*)(BtfExtSection& section, std::uint64_t at);

  /// A sub-section whose {offset, length} pair stands at `field` of the header.
  Result<void> read(std::string_view name, std::uint32_t header_size, std::uint64_t field,
                    std::uint32_t least_record_size, ReadRecord read_record) {
    TRY(offset, file_.read<std::uint32_t>(field));
    TRY(size, file_.read<std::uint32_t>(field + 4));
    if (size == 0) return {};
    const std::uint64_t start = std::uint64_t{header_size} + offset;
    if (!file_.contains(start, size))
      return fail("section .BTF.ext: {} ({} bytes at {:#x}) reaches beyond the end", name, size, start);
    if (size < 4) return fail("section .BTF.ext: {} is truncated", name);
    TRY(record_size, file_.read<std::uint32_t>(start));
    if (record_size < least_record_size || record_size % 4 != 0) {
      return fail("section .BTF.ext: {} has records of {} bytes; at least {} are needed", name, record_size,
                  least_record_size);
    }
    return read_blocks({name, start + 4, std::uint64_t{size} - 4, record_size}, read_record);
  }

  Result<void> read_blocks(const SubSection& part, ReadRecord read_record) {
    std::uint64_t at = part.offset;
    const std::uint64_t end = part.offset + part.size;
    while (at < end) {
      if (end - at < 8) return fail("section .BTF.ext: {} ends in the middle of a block header", part.name);
      TRY(name_offset, file_.read<std::uint32_t>(at));
      TRY(count, file_.read<std::uint32_t>(at + 4));
      at += 8;
      TRY(name, string(name_offset));
      const std::uint64_t length = std::uint64_t{count} * part.record_size;
      if (length > end - at)
        return fail("section .BTF.ext: {} counts {} records for section {}, more than it holds", part.name, count,
                    name);
      const std::size_t index = section_index(name);
      for (const std::uint64_t block_end = at + length; at < block_end; at += part.record_size) {
        TRY_VOID((this->*read_record)(result_.sections[index], at));
      }
    }
    return {};
  }

  Result<void> read_function(BtfExtSection& section, std::uint64_t at) {
    TRY(byte_offset, file_.read<std::uint32_t>(at));
    TRY(type, file_.read<std::uint32_t>(at + 4));
    if (!btf_.contains(type) || btf_.type(type).kind != BtfKind::function) {
      return fail("section .BTF.ext: the function at offset {:#x} of {} has type {}, which is no function", byte_offset,
                  section.name, type);
    }
    section.functions.push_back({byte_offset, type});
    return {};
  }

  Result<void> read_line(BtfExtSection& section, std::uint64_t at) {
    TRY(byte_offset, file_.read<std::uint32_t>(at));
    TRY(file_offset, file_.read<std::uint32_t>(at + 4));
    TRY(text_offset, file_.read<std::uint32_t>(at + 8));
    TRY(line_and_column, file_.read<std::uint32_t>(at + 12));
    TRY(file, string(file_offset));
    TRY(text, string(text_offset));
    section.lines.push_back(
        {byte_offset, file, text, line_and_column >> 10, line_and_column & 0x3ff, file_offset, text_offset});
    return {};
  }

  Result<void> read_core(BtfExtSection& section, std::uint64_t at) {
    TRY(byte_offset, file_.read<std::uint32_t>(at));
    TRY(type, file_.read<std::uint32_t>(at + 4));
    TRY(access_offset, file_.read<std::uint32_t>(at + 8));
    TRY(kind, file_.read<std::uint32_t>(at + 12));
    TRY(access, string(access_offset));
    if (!btf_.contains(type))
      return fail("section .BTF.ext: the CO-RE relocation at offset {:#x} of {} has type {}, which does not exist",
                  byte_offset, section.name, type);
    // Kinds newer than ours keep their number: whoever applies the relocation refuses them.
    section.core.push_back({byte_offset, type, access, static_cast<CoreKind>(kind)});
    return {};
  }

  Result<std::string_view> string(std::uint32_t offset) const {
    if (offset >= string_size_)
      return fail("section .BTF.ext: a name at offset {} of {} bytes of strings", offset, string_size_);
    return btf_.string(offset);
  }

  std::size_t section_index(std::string_view name) {
    const auto [entry, inserted] = index_.try_emplace(name, result_.sections.size());
    if (inserted) result_.sections.push_back({name, {}, {}, {}});
    return entry->second;
  }

  ByteReader file_;
  const Btf& btf_;
  std::uint32_t string_size_ = 0;
  BtfExt result_;
  std::map<std::string_view, std::size_t> index_;
};

}  // namespace

const BtfExtSection* BtfExt::find(std::string_view section) const {
  const auto found =
      std::find_if(sections.begin(), sections.end(), [&](const BtfExtSection& s) { return s.name == section; });
  return found == sections.end() ? nullptr : &*found;
}

Result<BtfExt> parse_btf_ext(ByteView bytes, const Btf& btf, ByteOrder order) {
  return BtfExtParser(bytes, btf, order).parse();
}

}  // namespace skep
