/** Tiny guest kernels and their catalogue. */
module kvm4j.guests {
    exports kvm4j.guests;
}
