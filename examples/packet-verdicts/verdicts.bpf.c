/* One file, three kinds of programs over the same packets. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 256);
	__type(key, __u8);
	__type(value, __u64);
} by_protocol SEC(".maps");

const volatile __u16 vlan = 42;

/* Drops what is not IPv4, and puts a VLAN tag into the rest: four more bytes at the front. */
SEC("xdp")
int tag(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	void *end = (void *)(long)ctx->data_end;
	struct ethhdr header;
	__be16 *tagged;

	if (data + sizeof(header) > end)
		return XDP_ABORTED;
	__builtin_memcpy(&header, data, sizeof(header));
	if (header.h_proto != bpf_htons(ETH_P_IP))
		return XDP_DROP;
	if (bpf_xdp_adjust_head(ctx, -4))
		return XDP_ABORTED;
	data = (void *)(long)ctx->data;
	end = (void *)(long)ctx->data_end;
	if (data + sizeof(header) + 4 > end)
		return XDP_ABORTED;
	__builtin_memcpy(data, &header, 12);
	tagged = data + 12;
	tagged[0] = bpf_htons(ETH_P_8021Q);
	tagged[1] = bpf_htons(vlan);
	return XDP_TX;
}

/* Counts IPv4 packets by protocol, lowers their time to live, and shoots the rest. */
SEC("tc")
int count(struct __sk_buff *skb)
{
	__u8 protocol = 0, ttl = 9;
	__u64 one = 1, *seen;

	if (skb->protocol != bpf_htons(ETH_P_IP))
		return TC_ACT_SHOT;
	if (bpf_skb_load_bytes(skb, ETH_HLEN + __builtin_offsetof(struct iphdr, protocol), &protocol, 1))
		return TC_ACT_SHOT;
	bpf_skb_store_bytes(skb, ETH_HLEN + __builtin_offsetof(struct iphdr, ttl), &ttl, 1, 0);
	seen = bpf_map_lookup_elem(&by_protocol, &protocol);
	if (seen)
		*seen += 1;
	else
		bpf_map_update_elem(&by_protocol, &protocol, &one, BPF_ANY);
	return protocol == 1 ? TC_ACT_STOLEN : TC_ACT_OK;
}

/* Keeps the first 34 bytes (Ethernet and IPv4 headers) of UDP packets, all of TCP, nothing else. */
SEC("socket")
int capture(struct __sk_buff *skb)
{
	__u8 protocol = 0;

	bpf_skb_load_bytes(skb, ETH_HLEN + __builtin_offsetof(struct iphdr, protocol), &protocol, 1);
	return protocol == 17 ? 34 : protocol == 6 ? -1 : 0;
}

char LICENSE[] SEC("license") = "GPL";
