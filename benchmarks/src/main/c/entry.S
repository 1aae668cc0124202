/*
 * The firmware with which QEMU enters the guests that kvm4j and the floor enter directly: from the
 * reset vector to long mode, with the page tables that are in memory already, and on to the guest.
 *
 * A ROM of 64 KiB below 4 GiB. CR3, RSP and RIP come from the command line that builds it.
 */
	.code16
	.globl	_start
_start:
	cli
	lgdtl	%cs:(gdt_register - _start)
	mov	$1 << 5, %eax			// PAE
	mov	%eax, %cr4
	mov	$CR3, %eax
	mov	%eax, %cr3
	mov	$0xc0000080, %ecx		// IA32_EFER
	mov	$1 << 8, %eax			// LME
	xor	%edx, %edx
	wrmsr
	mov	$0x80000011, %eax		// PG, ET, PE
	mov	%eax, %cr0
	ljmpl	*%cs:(long_mode_pointer - _start)

	.code64
long_mode:
	mov	$0x10, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %ss
	mov	$RSP, %rsp
	mov	$RIP, %rax
	jmp	*%rax

	.balign	8
gdt:	.quad	0
	.quad	0x00af9b000000ffff		// 0x08: 64-bit code
	.quad	0x00cf93000000ffff		// 0x10: data
gdt_register:
	.word	gdt_register - gdt - 1
	.long	gdt
long_mode_pointer:
	.long	long_mode
	.word	0x08

	.org	0xfff0				// the reset vector
	.code16
	jmp	_start
	.org	0x10000
