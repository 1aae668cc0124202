package kvm4j.trace;

import java.util.List;

/**
 * Adds up where a vCPU's time went. What is not bounded by two events that were seen is counted
 * nowhere.
 */
final class TimeAccount {

    private final Rounds rounds;
    private final List<Absence> absences;
    private final long from;
    private long to;
    private int nextAbsence;
    private long nonRoot;
    private long kernel;
    private long user;
    private long preempted;
    private long waiting;

    /**
     * An account of rounds.
     *
     * @param from when {@code KVM_RUN} was called first
     */
    TimeAccount(Rounds rounds, List<Absence> absences, long from) {
        this.rounds = rounds;
        this.absences = absences;
        this.from = from;
        this.to = from;
    }

    WorldTimes times() {
        if (from == Rounds.UNSEEN) {
            return new WorldTimes(0, 0, 0, 0, 0, 0);
        }
        long before = from;
        for (int round = 0; round < rounds.count(); round++) {
            before = add(round, before);
        }
        absences.forEach(this::add);
        return new WorldTimes(to - from, nonRoot, kernel, user, preempted, waiting);
    }

    /**
     * Adds a round.
     *
     * @param before since when the vCPU has been in the kernel
     * @return since when it is there again
     */
    private long add(int round, long before) {
        long entry = rounds.entry(round);
        long exit = rounds.exit(round);
        long handed = rounds.handedOver(round);
        long back = rounds.calledAgain(round);
        to = Math.max(to, Math.max(exit, Math.max(handed, back)));
        long inKernel = before;
        if (entry != Rounds.UNSEEN) {
            kernel += present(before, entry);
            nonRoot += exit == Rounds.UNSEEN ? 0 : exit - entry;
            inKernel = exit;
        } else if (exit != Rounds.UNSEEN) {
            inKernel = exit;
        }
        if (handed == Rounds.UNSEEN) {
            return inKernel;
        }
        kernel += present(inKernel, handed);
        user += back == Rounds.UNSEEN ? 0 : present(handed, back);
        return back;
    }

    /** How long the thread had a processor in a time in root operation. */
    private long present(long begin, long end) {
        if (begin == Rounds.UNSEEN || end <= begin) {
            return 0;
        }
        long present = end - begin;
        while (nextAbsence < absences.size() && absences.get(nextAbsence).from() < end) {
            Absence absence = absences.get(nextAbsence++);
            if (absence.from() >= begin) {
                present -= Math.min(end, absence.to()) - absence.from();
            }
        }
        return present;
    }

    private void add(Absence absence) {
        long lasted = Math.min(absence.to(), to) - absence.from();
        if (absence.from() < from || lasted <= 0) {
            return;
        }
        if (absence.preempted()) {
            preempted += lasted;
        } else {
            waiting += lasted;
        }
    }
}
