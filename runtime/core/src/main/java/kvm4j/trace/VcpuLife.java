package kvm4j.trace;

import kvm4j.kvm.ExitReason;
import kvm4j.linux.NativeThread;

import java.util.ArrayList;
import java.util.List;

/** Makes one vCPU's time line of the events of its thread, which come in order. */
final class VcpuLife {

    private final RunLog.Calls calls;
    private final Rounds rounds = new Rounds();
    private final List<Absence> absences = new ArrayList<>();
    private final List<Moment> moments = new ArrayList<>();
    private TraceEvent.SwitchedOut away;
    private long firstCall = Rounds.UNSEEN;
    private long emulated;
    private long forwarded;
    private long received;
    private boolean announced;

    VcpuLife(RunLog.Calls calls) {
        this.calls = calls;
    }

    void add(TraceEvent event) {
        long time = event.place().time();
        switch (event) {
            case TraceEvent.Entered entry -> {
                rounds.begin();
                rounds.enter(entry);
            }
            case TraceEvent.Left exit -> {
                if (!isInGuest()) {
                    rounds.begin();
                }
                rounds.leave(exit);
            }
            case TraceEvent.HandedOver handed -> {
                handOver(time, handed.reason());
                announced = true;
                if (handed.reason() != ExitReason.INTR) {
                    forwarded++;
                }
            }
            case TraceEvent.Received exit -> {
                received++;
                if (!announced) {
                    handOver(time, exit.reason());
                }
                announced = false;
            }
            case TraceEvent.RunCalled _ -> {
                announced = false;
                callAgain(time);
            }
            case TraceEvent.Emulated _ -> emulated++;
            case TraceEvent.Marked mark ->
                    moments.add(new Moment(time, mark.mark(), mark.detail()));
            case TraceEvent.SwitchedOut out -> away = out;
            case TraceEvent.SwitchedIn _ -> comeBack(time);
            case TraceEvent.Called _, TraceEvent.Lost _ -> {}
        }
    }

    private boolean isInGuest() {
        int round = rounds.last();
        return round >= 0
                && rounds.entry(round) != Rounds.UNSEEN
                && rounds.exit(round) == Rounds.UNSEEN
                && rounds.handedOver(round) == Rounds.UNSEEN;
    }

    /** A call that returns without having entered the guest is a round of its own. */
    private void handOver(long time, ExitReason reason) {
        int round = rounds.last();
        if (round < 0 || rounds.handedOver(round) != Rounds.UNSEEN) {
            rounds.begin();
        }
        rounds.handOver(time, reason);
    }

    private void callAgain(long time) {
        if (firstCall == Rounds.UNSEEN) {
            firstCall = time;
        }
        int round = rounds.last();
        if (round >= 0
                && rounds.handedOver(round) != Rounds.UNSEEN
                && rounds.calledAgain(round) == Rounds.UNSEEN) {
            rounds.callAgain(time);
        }
    }

    private void comeBack(long time) {
        if (away != null) {
            absences.add(new Absence(away.place().time(), time, away.preempted()));
            away = null;
        }
    }

    VcpuTimeline finish() {
        return new VcpuTimeline(
                calls.vcpu(),
                new NativeThread(calls.thread()),
                firstCall,
                rounds,
                absences,
                moments,
                new TimeAccount(rounds, absences, firstCall).times(),
                emulated,
                forwarded,
                received);
    }
}
