struct bpf_insn a[] = { BPF_MOV64_IMM(BPF_REG_0, ~(1U << 3) | 0x10), BPF_LD_IMM64(BPF_REG_1, -1LL), BPF_EMIT_CALL(BPF_FUNC_trace_printk), BPF_EXIT_INSN() };
