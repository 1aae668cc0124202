package kvm4j.benchmarks.report;

import kvm4j.benchmarks.result.LabResults;
import kvm4j.benchmarks.result.Row;
import kvm4j.benchmarks.result.Series;
import kvm4j.benchmarks.statistics.Bootstrap;
import kvm4j.benchmarks.statistics.Estimate;
import kvm4j.benchmarks.statistics.Interval;

import org.apache.commons.statistics.descriptive.Quantile;

import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A run in the form of JMH's JSON results, for the programs that show these. A kind of exit is a
 * benchmark, and a contestant the value of its parameter; a turn stands for an iteration, whose
 * figure is a median, and the score is their median.
 *
 * @param results what the lab found
 */
public record JmhResults(LabResults results) {

    private static final double[] PERCENTILES = {
        0, 50, 90, 95, 99, 99.9, 99.99, 99.999, 99.9999, 100
    };

    /** {@return the JSON text} */
    public String text() {
        Bootstrap bootstrap = Bootstrap.reproducible();
        List<Map<String, Object>> benchmarks = new ArrayList<>();
        for (Row row : results.rows()) {
            for (Series series : row.series()) {
                benchmarks.add(benchmark(row, series, bootstrap.median(series.forks())));
            }
        }
        return JsonMapper.builder()
                .enable(SerializationFeature.INDENT_OUTPUT)
                .build()
                .writeValueAsString(benchmarks);
    }

    private Map<String, Object> benchmark(Row row, Series series, Estimate median) {
        Map<String, Object> benchmark = new LinkedHashMap<>();
        benchmark.put("jmhVersion", "kvm4j bench " + results.versions().get("kvm4j"));
        benchmark.put("benchmark", "kvm4j.bench." + row.kind());
        benchmark.put("mode", "avgt");
        benchmark.put("threads", 1);
        benchmark.put("forks", series.forks().size());
        benchmark.put("jvm", "java");
        benchmark.put("jvmArgs", options());
        benchmark.put("jdkVersion", results.versions().getOrDefault("Java", ""));
        benchmark.put("vmName", results.versions().getOrDefault("JVM", ""));
        benchmark.put("vmVersion", results.versions().getOrDefault("Java", ""));
        benchmark.put("warmupIterations", 1);
        benchmark.put("warmupTime", "until the time of a turn is steady");
        benchmark.put("warmupBatchSize", 1);
        benchmark.put("measurementIterations", series.forks().getFirst().length);
        benchmark.put("measurementTime", "a turn");
        benchmark.put("measurementBatchSize", 1);
        benchmark.put("params", Map.of("contestant", series.contestant()));
        benchmark.put("primaryMetric", metric(series, median));
        benchmark.put("secondaryMetrics", Map.of());
        return benchmark;
    }

    private List<String> options() {
        String options = results.versions().getOrDefault("JVM options", "");
        return Arrays.stream(options.split(" ")).filter(option -> !option.isEmpty()).toList();
    }

    private static Map<String, Object> metric(Series series, Estimate median) {
        Interval interval =
                median.interval() == null
                        ? new Interval(median.value(), median.value())
                        : median.interval();
        Map<String, Object> metric = new LinkedHashMap<>();
        metric.put("score", median.value());
        metric.put("scoreError", (interval.high() - interval.low()) / 2);
        metric.put("scoreConfidence", List.of(interval.low(), interval.high()));
        metric.put("scorePercentiles", percentiles(series));
        metric.put("scoreUnit", "ns/op");
        metric.put("rawData", series.forks());
        return metric;
    }

    private static Map<String, Double> percentiles(Series series) {
        double[] turns = series.forks().stream().flatMapToDouble(Arrays::stream).toArray();
        Map<String, Double> percentiles = new LinkedHashMap<>();
        for (double percentile : PERCENTILES) {
            percentiles.put(
                    Double.toString(percentile),
                    Quantile.withDefaults().evaluate(turns, percentile / 100));
        }
        return percentiles;
    }
}
