/*
 * One exit of each class after the other: what the kernel handles alone, then what user space does.
 *
 * Parameter: how many rounds; 0 is endless. Each touches one page more of the first 1024 from 2 MiB
 * on, so that pages are mapped while it runs.
 */
#include "guest.h"

#define IA32_P5_MC_ADDR 0 // KVM always knows it, and no host lets a guest read it by itself
#define CR4_MCE 0x40
#define TOUCHED 0x200000
#define TOUCHED_PAGES_MASK 0x3ff
#define PAGE_SHIFT 12

	.globl	_start
_start:
	mov	PARAMETER(0), %rsi
	xor	%ebp, %ebp
1:	xor	%eax, %eax
	cpuid				// CPUID
	mov	$IA32_P5_MC_ADDR, %ecx
	rdmsr				// RDMSR
	mov	%cr4, %rax
	xor	$CR4_MCE, %rax
	mov	%rax, %cr4		// a control register
	mov	%ebp, %edi
	and	$TOUCHED_PAGES_MASK, %edi
	shl	$PAGE_SHIFT, %edi
	mov	%ebp, TOUCHED(%rdi)	// a page that is not mapped yet
	mov	$COM1_SCRATCH, %edx
	mov	%ebp, %eax
	out	%al, %dx		// a port, written
	in	%dx, %al		// and read
	mov	$MMIO_ADDRESS, %edi
	mov	%ebp, (%rdi)		// a device in memory, written
	mov	(%rdi), %eax		// and read
	inc	%ebp
	dec	%rsi
	jnz	1b
	exit	0
