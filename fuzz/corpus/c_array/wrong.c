struct bpf_insn p[] = {
 { 0xb7, 1, 0, 70000, 0 }, BPF_MOV(1,), { (1 }, #if
}; /* "