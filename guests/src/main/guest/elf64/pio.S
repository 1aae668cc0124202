/*
 * Port output: one OUT after the other, the first byte to a register that only remembers it.
 *
 * Parameters: how many, 0 is practically endless, as LOOP counts down before it compares; and how
 * many bytes at a time, 1, 2 or 4, 0 being 1.
 */
#include "guest.h"

	.globl	_start
_start:
	mov	PARAMETER(0), %rcx
	mov	PARAMETER(1), %ebx
	mov	$COM1_SCRATCH, %edx
	cmp	$4, %ebx
	je	4f
	cmp	$2, %ebx
	je	2f

1:	out	%al, %dx		// KVM_EXIT_IO
	loop	1b
	exit	0
2:	out	%ax, %dx
	loop	2b
	exit	0
4:	out	%eax, %dx
	loop	4b
	exit	0
