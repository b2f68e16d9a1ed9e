/* Swaps the addresses of a frame and sends it back; drops what is too short. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_helpers.h>

int returned;

SEC("xdp")
int bounce(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	void *end = (void *)(long)ctx->data_end;
	struct ethhdr *header = data;
	unsigned char destination[ETH_ALEN];

	if (data + sizeof(*header) > end)
		return XDP_DROP;
	if (ctx->rx_queue_index != 0)
		return XDP_PASS;
	__builtin_memcpy(destination, header->h_dest, ETH_ALEN);
	__builtin_memcpy(header->h_dest, header->h_source, ETH_ALEN);
	__builtin_memcpy(header->h_source, destination, ETH_ALEN);
	returned++;
	return XDP_TX;
}

SEC("socket")
int mark(struct __sk_buff *skb)
{
	return skb->mark == 7 ? 64 : 0;
}

char LICENSE[] SEC("license") = "GPL";
