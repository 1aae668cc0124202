/*
 * Waits for interrupts with HLT and answers each by a byte to a port: the first instruction of the
 * handler. A byte goes there before the first, too, as soon as interrupts are on.
 *
 * Parameters: how many interrupts to take, 0 is endless; whether there is a local APIC that wants
 * to be enabled and told of their ends, 0 or 1; and the port, 0 being COM1's scratch register.
 */
#include "guest.h"

#define VECTOR 0x40
#define GATES 0xa000
#define GATE (GATES + 16 * VECTOR)
#define PRESENT_INTERRUPT_GATE 0x8e00

#define NOWHERE 0xb000		/* takes the end of interrupt where nobody wants it */
#define LOCAL_APIC 0xfee00000
#define END_OF_INTERRUPT 0xb0
#define SPURIOUS_VECTOR 0xf0
#define SPURIOUS_ENABLED 0x1ff

	.globl	_start
_start:
	mov	$handler, %eax
	mov	%ax, GATE
	movw	%cs, GATE + 2
	movw	$PRESENT_INTERRUPT_GATE, GATE + 4
	shr	$16, %eax
	mov	%ax, GATE + 6
	lidt	gates

	mov	PARAMETER(0), %rsi
	mov	PARAMETER(2), %edx
	test	%edx, %edx
	jnz	1f
	mov	$COM1_SCRATCH, %edx
1:	mov	$NOWHERE, %edi
	cmpl	$0, PARAMETER(1)
	je	2f
	mov	$LOCAL_APIC, %edi
	movl	$SPURIOUS_ENABLED, SPURIOUS_VECTOR(%rdi)
2:	sti
	nop
	out	%al, %dx
3:	hlt
	jmp	3b

handler:
	out	%al, %dx
	movl	$0, END_OF_INTERRUPT(%rdi)
	dec	%rsi
	jz	4f
	iretq
4:	exit	0

gates:
	.word	256 * 16 - 1
	.quad	GATES
