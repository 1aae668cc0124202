/*
 * Computes a chain of numbers, each from the one before, and makes no exit of its own: whatever is lost
 * or done twice while others have the processor shows in all that follow.
 *
 * Parameters: how many, 0 is endless, which the host may change at any time; the number to begin with,
 * to which that of the processor is added.
 *
 * RDI at entry is the processor's number, for several that somebody drives: at COUNTERS + 64 times that
 * are how many numbers there are by now, and the last.
 */
#include "guest.h"

#define COUNTERS 0x10000

	.globl	_start
_start:
	mov	PARAMETER(1), %rax
	add	%rdi, %rax
	shl	$6, %edi
	add	$COUNTERS, %edi
	xor	%ecx, %ecx
1:	mov	%rax, %rdx		// Marsaglia's xorshift with 64 bits
	shl	$13, %rdx
	xor	%rdx, %rax
	mov	%rax, %rdx
	shr	$7, %rdx
	xor	%rdx, %rax
	mov	%rax, %rdx
	shl	$17, %rdx
	xor	%rdx, %rax
	inc	%rcx
	mov	%rax, 8(%rdi)
	mov	%rcx, (%rdi)
	mov	PARAMETER(0), %rdx
	dec	%rdx			// 0 is more than any
	cmp	%rdx, %rcx
	jbe	1b
	exit	0
