/*
 * Port output by a string instruction: REP OUTSB from the same buffer again and again, to a register
 * that only remembers the last byte.
 *
 * Parameters: how many times, 0 is endless; and how many bytes each time, up to a page.
 */
#include "guest.h"

	.globl	_start
_start:
	mov	PARAMETER(0), %rbx
	mov	PARAMETER(1), %r8d
	mov	$COM1_SCRATCH, %edx
1:	mov	%r8d, %ecx
	mov	$PARAMETER_BLOCK, %esi
	rep outsb			// KVM_EXIT_IO, with a count
	dec	%rbx
	jnz	1b
	exit	0
