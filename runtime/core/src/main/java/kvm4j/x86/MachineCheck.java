package kvm4j.x86;

/**
 * A machine check; Intel SDM volume 3, chapter 17.
 *
 * @param bank which bank reports it
 * @param status what goes into MCi_STATUS
 * @param address what goes into MCi_ADDR
 * @param misc what goes into MCi_MISC
 * @param globalStatus what goes into MCG_STATUS
 */
public record MachineCheck(int bank, long status, long address, long misc, long globalStatus) {}
