package kvm4j.cli.doctor;

import com.fasterxml.jackson.annotation.JsonInclude;

import java.util.List;

/**
 * A decoded register that tells what the processor's virtualization can do.
 *
 * @param name its name in the vendor's manual
 * @param index the number of the MSR, or the leaf of CPUID, in hexadecimal
 * @param value what it holds, in hexadecimal, as JSON's numbers are too short for it
 * @param numbers its fields that are numbers, in words; null if it has none
 * @param available what can be used, by choice
 * @param fixed what is always on
 * @param missing what this processor does not have
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record FeatureRegister(
        String name,
        String index,
        String value,
        String numbers,
        List<String> available,
        List<String> fixed,
        List<String> missing) {}
