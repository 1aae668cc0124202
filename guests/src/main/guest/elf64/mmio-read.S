/*
 * Memory-mapped input: one 4-byte load after the other from where no memory is.
 *
 * Parameter: how many; 0 is endless.
 */
#include "guest.h"

	.globl	_start
_start:
	mov	PARAMETER(0), %rcx
	mov	$MMIO_ADDRESS, %esi
1:	mov	(%rsi), %eax		// KVM_EXIT_MMIO
	loop	1b
	exit	0
