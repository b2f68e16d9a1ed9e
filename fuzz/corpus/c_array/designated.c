{ .code = BPF_ALU64|BPF_MOV|BPF_K, .dst_reg = BPF_REG_1, .imm = (__u8)'\n' /* x */ }, { .off = 0xfffc }
