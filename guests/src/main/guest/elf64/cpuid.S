/*
 * One CPUID after the other. Each exits, but the kernel answers it: user space sees nothing of it
 * before the end.
 *
 * Parameter: how many; 0 is endless.
 */
#include "guest.h"

	.globl	_start
_start:
	mov	PARAMETER(0), %rsi	// CPUID writes RAX, RBX, RCX and RDX
1:	xor	%eax, %eax		// leaf 0
	cpuid
	dec	%rsi
	jnz	1b
	exit	0
