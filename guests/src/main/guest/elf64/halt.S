/*
 * One HLT after the other, interrupts off. Without an in-kernel irqchip each is a KVM_EXIT_HLT, and
 * the next KVM_RUN goes on behind it: a loop for those who drive a vCPU themselves. A machine ends
 * at the first; with an irqchip the vCPU sleeps there for good.
 *
 * Parameter: how many; 0 is endless.
 */
#include "guest.h"

	.globl	_start
_start:
	mov	PARAMETER(0), %rcx
1:	hlt				// KVM_EXIT_HLT
	loop	1b
	exit	0
