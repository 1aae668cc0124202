package kvm4j.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;

import kvm4j.bindings.libc.Libc;

import org.junit.jupiter.api.Test;

import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.util.Optional;

class ErrorNamesTest {

    private static final SymbolLookup LIBC = Linker.nativeLinker().defaultLookup();

    @Test
    void aLibraryThatKnowsNoSymbolsStillSaysWhatWentWrong() {
        ErrorNames old =
                ErrorNames.of(name -> name.endsWith("_np") ? Optional.empty() : LIBC.find(name));
        assertEquals(Optional.empty(), old.symbol(Libc.EACCES()));
        assertEquals(Optional.of("Permission denied"), old.text(Libc.EACCES()));
    }

    @Test
    void aNewerLibraryHasBoth() {
        ErrorNames names = ErrorNames.of(LIBC);
        assertEquals(Optional.of("EACCES"), names.symbol(Libc.EACCES()));
        assertEquals(Optional.of("Permission denied"), names.text(Libc.EACCES()));
        assertEquals(Optional.empty(), names.symbol(4000));
        assertEquals(Optional.empty(), names.text(4000));
    }
}
