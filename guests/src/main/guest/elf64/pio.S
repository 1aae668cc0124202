/*
 * Port output: one OUT of a byte after the other, to a register that only remembers it.
 *
 * Parameter: how many. LOOP counts down before it compares, so 0 goes on practically for ever.
 */
#include "guest.h"

	.globl	_start
_start:
	mov	PARAMETER(0), %rcx
	mov	$COM1_SCRATCH, %edx
1:	out	%al, %dx		// KVM_EXIT_IO
	loop	1b
	exit	0
