package kvm4j.x86;

/**
 * The state of an 8259A interrupt controller.
 *
 * @param lastIrr the lines' levels when last seen, for edge detection
 * @param irr interrupt request register
 * @param imr interrupt mask register
 * @param isr in-service register
 * @param priorityAdd which line has the highest priority
 * @param irqBase the vector of line 0
 * @param readRegSelect whether a read gives the ISR, not the IRR
 * @param poll whether a poll command is pending
 * @param specialMask whether special mask mode is on
 * @param initState how far an initialisation sequence is
 * @param autoEoi whether interrupts acknowledge themselves
 * @param rotateOnAutoEoi whether that rotates priorities
 * @param specialFullyNestedMode whether special fully nested mode is on
 * @param init4 whether the initialisation has a fourth word
 * @param elcr which lines are level-triggered
 * @param elcrMask which of them can be
 */
public record PicState(
        int lastIrr,
        int irr,
        int imr,
        int isr,
        int priorityAdd,
        int irqBase,
        int readRegSelect,
        int poll,
        int specialMask,
        int initState,
        int autoEoi,
        int rotateOnAutoEoi,
        int specialFullyNestedMode,
        int init4,
        int elcr,
        int elcrMask) {}
