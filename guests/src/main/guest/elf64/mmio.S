/*
 * Memory-mapped output: one 4-byte store after the other to where no memory is.
 *
 * Parameter: how many; 0 is endless.
 */
#include "guest.h"

	.globl	_start
_start:
	mov	PARAMETER(0), %rcx
	mov	$MMIO_ADDRESS, %edi
1:	mov	%eax, (%rdi)		// KVM_EXIT_MMIO
	loop	1b
	exit	0
