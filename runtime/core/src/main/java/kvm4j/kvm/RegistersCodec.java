package kvm4j.kvm;

import kvm4j.bindings.kvm.kvm_regs;
import kvm4j.x86.Registers;

import java.lang.foreign.MemorySegment;

/** {@code struct kvm_regs}. */
final class RegistersCodec {

    private RegistersCodec() {}

    static Registers load(MemorySegment source) {
        return new Registers(
                kvm_regs.rax(source),
                kvm_regs.rbx(source),
                kvm_regs.rcx(source),
                kvm_regs.rdx(source),
                kvm_regs.rsi(source),
                kvm_regs.rdi(source),
                kvm_regs.rsp(source),
                kvm_regs.rbp(source),
                kvm_regs.r8(source),
                kvm_regs.r9(source),
                kvm_regs.r10(source),
                kvm_regs.r11(source),
                kvm_regs.r12(source),
                kvm_regs.r13(source),
                kvm_regs.r14(source),
                kvm_regs.r15(source),
                kvm_regs.rip(source),
                kvm_regs.rflags(source));
    }

    static void store(Registers registers, MemorySegment target) {
        kvm_regs.rax(target, registers.rax());
        kvm_regs.rbx(target, registers.rbx());
        kvm_regs.rcx(target, registers.rcx());
        kvm_regs.rdx(target, registers.rdx());
        kvm_regs.rsi(target, registers.rsi());
        kvm_regs.rdi(target, registers.rdi());
        kvm_regs.rsp(target, registers.rsp());
        kvm_regs.rbp(target, registers.rbp());
        kvm_regs.r8(target, registers.r8());
        kvm_regs.r9(target, registers.r9());
        kvm_regs.r10(target, registers.r10());
        kvm_regs.r11(target, registers.r11());
        kvm_regs.r12(target, registers.r12());
        kvm_regs.r13(target, registers.r13());
        kvm_regs.r14(target, registers.r14());
        kvm_regs.r15(target, registers.r15());
        kvm_regs.rip(target, registers.rip());
        kvm_regs.rflags(target, registers.rflags());
    }
}
