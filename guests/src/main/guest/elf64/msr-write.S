/*
 * One WRMSR of zero after the other. The kernel answers, unless the host has it ask user space (an
 * MSR filter, KVM_CAP_X86_USER_SPACE_MSR): then each is a KVM_EXIT_X86_WRMSR.
 *
 * Parameters: how many, 0 is endless; the MSR's index, such as 0x79, IA32_BIOS_UPDT_TRIG. One that does
 * not take zero is a triple fault.
 */
#include "guest.h"

	.globl	_start
_start:
	mov	PARAMETER(0), %rsi
	mov	PARAMETER(1), %ecx
	xor	%eax, %eax
	xor	%edx, %edx
1:	wrmsr
	dec	%rsi
	jnz	1b
	exit	0
