#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

enum colour { RED, GREEN = 5, BLUE = -3 };
struct point {
  int x;
  int y;
};

const volatile _Bool loud = 1;
const volatile enum colour colour = GREEN;
const volatile signed char tiny = -5;
const volatile unsigned char byte = 7;
const volatile long wide = -1;
const volatile char name[8] = "abc";
const int folded = 3;
int list[3] = {1, 2, 3};
struct point corner = {1, -2};
int data = 9;  // also an option of skep
int never;

SEC("xdp")
int show(struct xdp_md *ctx) {
  bpf_printk("loud %d colour %d tiny %d", loud, colour, tiny);
  bpf_printk("byte %d wide %ld folded %d", byte, wide, folded);
  bpf_printk("name %s list %d %d", (const char *)name, list[0], list[2]);
  bpf_printk("corner %d %d data %d", corner.x, corner.y, data);
  return XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
