#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

/* Reads the 64th byte of a packet without asking whether there is one. */
SEC("xdp")
int reader(struct xdp_md *ctx)
{
	unsigned char *data = (void *)(long)ctx->data;

	return data[63] == 0 ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
