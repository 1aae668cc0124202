/*
 * Two processors send each other interrupts, each when it got the other's, and sleep in between.
 * The second is started by INIT and SIPI, at the first entry alone, and stays in real mode; so the
 * local APICs are used by way of their MSRs, in x2APIC mode.
 *
 * Parameter: how many round trips, 0 is endless.
 */
#include "guest.h"

#define VECTOR 0x41
#define GATES 0xa000
#define GATE (GATES + 16 * VECTOR)
#define PRESENT_INTERRUPT_GATE 0x8e00
#define STARTED 0xb000		/* not 0 once the second processor was started */
#define TRAMPOLINE 0x9000

#define APIC_BASE 0x1b
#define X2APIC_ENABLED 0x400
#define END_OF_INTERRUPT 0x80b
#define SPURIOUS_VECTOR 0x80f
#define SPURIOUS_ENABLED 0x1ff
#define COMMAND 0x830
#define ALL_OTHERS_INIT 0xc4500
#define ALL_OTHERS_SIPI 0xc4600
#define FIXED (0x4000 | VECTOR)

/* EDX is the upper half: whom a command is for, and zero in all the others. */
.macro write_msr register:req, value:req
	mov	$\register, %ecx
	mov	$\value, %eax
	wrmsr
.endm

.macro enable_local_apic
	mov	$APIC_BASE, %ecx
	rdmsr
	or	$X2APIC_ENABLED, %eax
	wrmsr
	xor	%edx, %edx
	write_msr SPURIOUS_VECTOR, SPURIOUS_ENABLED
.endm

/* The handler takes one from R8. */
.macro await_interrupt
	mov	%r8, %r9
1:	sti
	hlt
	cli
	cmp	%r8, %r9
	je	1b
.endm

	.globl	_start
_start:
	mov	$handler, %eax
	mov	%ax, GATE
	movw	%cs, GATE + 2
	movw	$PRESENT_INTERRUPT_GATE, GATE + 4
	shr	$16, %eax
	mov	%ax, GATE + 6
	lidt	gates
	enable_local_apic

	cmpl	$0, STARTED
	jne	2f
	movl	$1, STARTED
	mov	$trampoline, %esi
	mov	$TRAMPOLINE, %edi
	mov	$(trampoline_end - trampoline), %ecx
	rep movsb
	movl	$(TRAMPOLINE + real_mode_handler - trampoline), 4 * VECTOR
	write_msr COMMAND, ALL_OTHERS_INIT
	write_msr COMMAND, (ALL_OTHERS_SIPI | TRAMPOLINE >> 12)
	await_interrupt			// it says that it is there

2:	mov	PARAMETER(0), %r8
3:	mov	$1, %edx
	write_msr COMMAND, FIXED
	await_interrupt
	test	%r8, %r8
	jnz	3b
	exit	0

handler:
	xor	%edx, %edx
	write_msr END_OF_INTERRUPT, 0
	dec	%r8
	iretq

gates:
	.word	256 * 16 - 1
	.quad	GATES

	.code16
trampoline:
	xor	%ax, %ax
	mov	%ax, %ss
	mov	$TRAMPOLINE, %sp
	enable_local_apic
	write_msr COMMAND, FIXED
4:	sti
	hlt
	jmp	4b
real_mode_handler:
	write_msr END_OF_INTERRUPT, 0
	write_msr COMMAND, FIXED
	iret
trampoline_end:
