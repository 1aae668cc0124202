/*
 * Port input by a string instruction: REP INSB to the same buffer again and again, from a register
 * without side effects.
 *
 * Parameters: how many times, 0 is endless; and how many bytes each time, up to a page.
 */
#include "guest.h"

#define BUFFER 0x9000

	.globl	_start
_start:
	mov	PARAMETER(0), %rbx
	mov	PARAMETER(1), %r8d
	mov	$COM1_SCRATCH, %edx
1:	mov	%r8d, %ecx
	mov	$BUFFER, %edi
	rep insb			// KVM_EXIT_IO, with a count
	dec	%rbx
	jnz	1b
	exit	0
