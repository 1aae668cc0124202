package kvm4j.trace.jfr;

import jdk.jfr.Label;
import jdk.jfr.MetadataDefinition;
import jdk.jfr.Name;
import jdk.jfr.Relational;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** The number of a machine in this process: events with the same number are of the same machine. */
@MetadataDefinition
@Relational
@Name("kvm4j.MachineNumber")
@Label("Machine")
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.FIELD)
@interface MachineNumber {}
