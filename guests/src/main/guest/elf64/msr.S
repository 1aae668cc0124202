/*
 * One RDMSR after the other. The kernel answers, unless the host has it ask user space (an MSR
 * filter, KVM_CAP_X86_USER_SPACE_MSR): then each is a KVM_EXIT_X86_RDMSR.
 *
 * Parameters: how many, 0 is endless; the MSR's index. MSR 0, IA32_P5_MC_ADDR, KVM always knows;
 * one that it does not know is a general protection fault, which nobody here handles.
 */
#include "guest.h"

	.globl	_start
_start:
	mov	PARAMETER(0), %rsi	// RDMSR writes RAX and RDX
	mov	PARAMETER(1), %ecx
1:	rdmsr
	dec	%rsi
	jnz	1b
	exit	0
