/*
 * Starts all other processors with INIT and SIPI; each processor counts in a cache line of its own,
 * at COUNTERS + 64 times its APIC identifier, the others in real mode where SIPI started them.
 *
 * Parameters: how far to count, up to 2^32 - 1, 0 is endless; how many processors there are.
 */
#include "guest.h"

#define COUNTERS 0x10000
#define FINISHED 0xa000		/* how many of the other processors are through */
#define TRAMPOLINE 0x9000

#define LOCAL_APIC 0xfee00000
#define SPURIOUS_VECTOR 0xf0
#define SPURIOUS_ENABLED 0x1ff
#define COMMAND 0x300
#define ALL_OTHERS_INIT 0xc4500
#define ALL_OTHERS_SIPI 0xc4600

	.globl	_start
_start:
	mov	$trampoline, %esi
	mov	$TRAMPOLINE, %edi
	mov	$(trampoline_end - trampoline), %ecx
	rep movsb
	mov	$LOCAL_APIC, %ebx
	movl	$SPURIOUS_ENABLED, SPURIOUS_VECTOR(%rbx)
	movl	$ALL_OTHERS_INIT, COMMAND(%rbx)
	movl	$(ALL_OTHERS_SIPI | TRAMPOLINE >> 12), COMMAND(%rbx)

	mov	PARAMETER(0), %eax
	mov	$COUNTERS, %ebx
1:	incl	(%rbx)
	cmp	%eax, (%rbx)
	jne	1b
	mov	PARAMETER(1), %eax
	dec	%eax
2:	pause
	cmp	%eax, FINISHED
	jne	2b
	exit	0

	.code16
trampoline:
	xor	%ax, %ax
	mov	%ax, %ds
	mov	PARAMETER(0), %ebp
	mov	$1, %eax
	cpuid				// EBX: the APIC identifier in its highest byte
	shr	$24, %ebx
	shl	$6, %bx
	mov	$(COUNTERS >> 4), %ax
	mov	%ax, %ds
1:	incl	(%bx)
	cmp	%ebp, (%bx)
	jne	1b
	xor	%ax, %ax
	mov	%ax, %ds
	lock incl FINISHED
2:	hlt
	jmp	2b
trampoline_end:
