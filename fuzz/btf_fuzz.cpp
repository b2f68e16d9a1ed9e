// BTF from anywhere: parsed or refused; whatever parses can be printed in every form, and values of its types read and
// written without a step outside their bytes.
#include "skep/btf/btf.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  for (const skep::ByteOrder order : {skep::ByteOrder::little, skep::ByteOrder::big}) {
    const auto btf = skep::Btf::parse(skep::ByteView(data, size), order);
    if (!btf) continue;
    skep::JsonWriter json;
    json.begin_array();
    for (std::uint32_t id = 0; id < std::min(btf->type_count(), 200U); ++id) {
      static_cast<void>(skep::raw_text(*btf, id).size() + skep::c_definition(*btf, id).size());
      static_cast<void>(skep::c_prototype(*btf, id).size() + skep::c_type(*btf, id, "x").size() + btf->align_of(id));
      skep::write_json(json, *btf, id);
      if (id % 8 != size % 8) continue;  // values of hostile types take up to 200,000 steps each
      const skep::ByteView memory(data, std::min<std::size_t>(size, btf->size_of(id).value_or(size)));
      skep::write_value(json, *btf, id, memory);
      static_cast<void>(skep::parse_value(*btf, id, skep::value_text(*btf, id, memory)));
    }
    json.end_array();
    static_cast<void>(skep::fix_datasecs(*btf, {{".data", 8, {{"x", 4}}}}));
  }
  return 0;
}
